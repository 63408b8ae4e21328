import { encodeLogEntry } from '../codec/log-codec.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import type { DistrictSource } from '../district/district-source.js';
import { loadDistrict } from '../district/load-district.js';
import { loadRoads } from '../district/load-roads.js';
import { BeatwatchError } from '../model/errors.js';
import type { AreaE7, CompiledPlan } from '../model/plan.js';
import { NO_ROADS, type RoadCollection } from '../model/roads.js';
import { planNeeded } from './plan-keeper.js';

/** District files that a server was given: right ones, or what is wrong with those of this district. */
export type ReadDistrict =
  | { readonly id: string; readonly source: DistrictSource; readonly refused: null; readonly roads: ReadRoads }
  | { readonly id: string; readonly source: null; readonly refused: DistrictError; readonly roads: ReadRoads };

/** The roads of a district, or what is wrong with them; a district that has none has an empty collection. */
export type ReadRoads = RoadCollection | DistrictError;

/** Faults that one line names; what is wrong besides is only counted. */
const MAX_FAULTS_IN_LINE = 3;

/** Rejects when the faults do not even leave known whose files they are: then nobody can say which plan would stay. */
export async function readDistrict(folder: string, nowMs: number): Promise<ReadDistrict> {
  try {
    const source = await loadLoggable(folder, nowMs);
    return { id: source.id, source, refused: null, roads: await readRoads(folder, source.area) };
  } catch (error) {
    if (!(error instanceof DistrictError) || error.district === null) throw error;
    return { id: error.district, source: null, refused: error, roads: await readRoads(folder, null) };
  }
}

/** Roads that are wrong keep no plan from being logged: nothing but a map depends on them. */
async function readRoads(folder: string, area: AreaE7 | null): Promise<ReadRoads> {
  try {
    const roads = await loadRoads(folder, area);
    return roads === null ? NO_ROADS : { ...NO_ROADS, features: roads.features };
  } catch (error) {
    if (!(error instanceof DistrictError)) throw error;
    return error;
  }
}

/** Like `loadDistrict`, and a plan that the log could not take now is a fault, too. */
export async function loadLoggable(folder: string, nowMs: number): Promise<DistrictSource> {
  const source = await loadDistrict(folder);
  refuseTooLarge(firstPlan(source, nowMs), folder);
  return source;
}

/** A plan that the log cannot take is a fault of the folder that it is of. */
export function refuseTooLarge(plan: CompiledPlan, folder: string): void {
  const fault = sizeFault(plan);
  if (fault !== null) throw new DistrictError(folder, [fault], 0, plan.district);
}

/** The plan as a server would log it that begins a log now. */
export function firstPlan(source: DistrictSource, nowMs: number): CompiledPlan {
  const plan = planNeeded([], { source }, nowMs, 'wall');
  if (plan === null) throw new Error('bug: a log without a plan needs none');
  return plan;
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

/** `units.json /units/1/tracker: got …; plan.json: … and 4 more` */
export function faultsLine({ faults }: DistrictError): string {
  const named = faults
    .slice(0, MAX_FAULTS_IN_LINE)
    .map(({ file, path, reason }) => `${file}${path === '' ? '' : ` ${path}`}: ${reason}`);
  const rest = faults.length - named.length;
  return `${named.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`;
}
