import { resolve } from 'node:path';
import { checkDistrict, type DistrictSource } from './district-source.js';
import { FaultList } from './faults.js';
import { parseFiles } from './read-files.js';
import { readFolder } from './read-folder.js';

/**
 * Reads and checks a district folder: `district.json`, `places.geojson`, `units.json`, `plan.json`.
 * Whatever is wrong with it, the only error is a `DistrictError` (code `district-invalid`) that lists all faults.
 */
export async function loadDistrict(folder: string): Promise<DistrictSource> {
  const { files, sha256 } = await readFolder(resolve(folder));
  const faults = new FaultList();
  return checkDistrict(parseFiles(files, faults), { folder, sha256 }, faults);
}
