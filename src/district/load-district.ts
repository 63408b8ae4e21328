import { resolve } from 'node:path';
import { checkDistrict, type DistrictSource } from './district-source.js';
import { FaultList } from './faults.js';
import { parseFiles } from './read-files.js';
import { type FolderRead, readFolder } from './read-folder.js';

/**
 * Reads and checks a district folder: `district.json`, `places.geojson`, `units.json`, `plan.json`.
 * Whatever is wrong with it, the only error is a `DistrictError` (code `district-invalid`) that lists all faults.
 */
export async function loadDistrict(folder: string): Promise<DistrictSource> {
  return checkRead(await readFolder(resolve(folder)), folder);
}

/** The same of files that are read already. `folder`: what errors call it. */
export function checkRead({ files, sha256 }: FolderRead, folder: string): DistrictSource {
  const faults = new FaultList();
  return checkDistrict(parseFiles(files, faults), { folder, sha256 }, faults);
}
