import { planNeeded } from '../app/plan-keeper.js';
import { encodeLogEntry } from '../codec/log-codec.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import { loadDistrict } from '../district/load-district.js';
import { schemas } from '../district/schemas.js';
import { warningsOf } from '../district/warnings.js';
import { BeatwatchError } from '../model/errors.js';
import type { CompiledPlan } from '../model/plan.js';
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
    const source = await loadDistrict(folder);
    // As a server that starts now would log it.
    const plan = planNeeded(undefined, source, Date.now(), 'wall');
    if (plan === null) throw new Error('bug: a log without a plan needs none');
    if (verb === 'plan') return print(plan);
    const large = sizeFault(plan);
    if (large !== null) return told(folder, [large]);
    for (const warning of warningsOf(plan))
      process.stdout.write(`${JSON.stringify({ type: 'warning', ...warning })}\n`);
    const { id, places, units, rules } = source;
    return print({ type: 'ok', district: id, places: places.length, units: units.length, rules: rules.length });
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    return told(folder, error.faults);
  }
}

/** A server could not log the plan: an entry has a cap. */
function sizeFault(plan: CompiledPlan): DistrictFault | null {
  try {
    encodeLogEntry({ kind: 'plan', plan });
    return null;
  } catch (error) {
    if (!(error instanceof BeatwatchError) || error.code !== 'log-entry-too-large') throw error;
    const reason = `the compiled plan is too large for the log (${error.message}); take vertices out of places, or split the district`;
    return { file: '.', path: '', reason };
  }
}

function told(folder: string, faults: readonly DistrictFault[]): number {
  for (const fault of faults) process.stdout.write(`${JSON.stringify({ type: 'fault', ...fault })}\n`);
  process.stderr.write(`${folder}: ${faults.length} faults\n`);
  return 1;
}

function print(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}
