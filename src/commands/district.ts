import { firstPlan, loadLoggable } from '../app/read-district.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import { loadDistrict } from '../district/load-district.js';
import { schemas } from '../district/schemas.js';
import { warningsOf } from '../district/warnings.js';
import { readOptions, usageError } from './options.js';

const USAGE = `beatwatch district check FOLDER     say everything that is wrong with a district's files
beatwatch district plan FOLDER      print the plan that the engine would get, as JSON
beatwatch district schema           print the JSON Schemas of the four files`;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, {}, args);
  if (options === null) return 0;
  const [verb, folder] = options.words;
  if (verb === 'schema') return print(schemas);
  if (folder === undefined || (verb !== 'check' && verb !== 'plan')) {
    throw usageError(`got ${JSON.stringify(options.words.join(' '))}, expected check FOLDER, plan FOLDER or schema`);
  }
  try {
    const nowMs = Date.now();
    if (verb === 'plan') return print(firstPlan(await loadDistrict(folder), nowMs));
    const source = await loadLoggable(folder, nowMs);
    const plan = firstPlan(source, nowMs);
    for (const warning of warningsOf(plan))
      process.stdout.write(`${JSON.stringify({ type: 'warning', ...warning })}\n`);
    for (const ignored of source.ignored)
      process.stdout.write(`${JSON.stringify({ type: 'ignored', file: 'places.geojson', ...ignored })}\n`);
    const { id, places, units, rules } = source;
    return print({ type: 'ok', district: id, places: places.length, units: units.length, rules: rules.length });
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    return told(folder, error.faults);
  }
}

function told(folder: string, faults: readonly DistrictFault[]): number {
  for (const fault of faults) process.stdout.write(`${JSON.stringify({ type: 'fault', ...fault })}\n`);
  process.stderr.write(`${folder}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
  return 1;
}

function print(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}
