import { resolve } from 'node:path';
import type { AreaE7 } from '../model/plan.js';
import { FaultList } from './faults.js';
import { type ParsedRoads, parseRoads } from './parse-roads.js';
import { parseRoadsFile, ROADS_FILE } from './read-files.js';
import { readRoads } from './read-folder.js';

/**
 * Reads and checks the roads of a district folder, `roads.geojson`; null: it has none. Whatever is wrong with them, the only error is a
 * `DistrictError` (code `district-invalid`) that lists all faults. They are no faults of the plan: roads are what a map is drawn on.
 *
 * @param area where the units of the district can be; null: the files of the plan do not say
 */
export async function loadRoads(folder: string, area: AreaE7 | null): Promise<ParsedRoads | null> {
  const faults = new FaultList();
  const value = parseRoadsFile(await readRoads(resolve(folder)), faults);
  const roads = value === undefined ? null : parseRoads(value, area, faults.in(ROADS_FILE));
  faults.throwIfAny(folder, null);
  return roads;
}
