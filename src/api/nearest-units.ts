import { distanceM as lengthM } from '../geo/ruler.js';
import { signedDistanceM } from '../geo/shape.js';
import { shapeBox, shapeMiddle } from '../geo/shape-box.js';
import type { PositionRecord, StatementRecord, TaskRecord, UnitHealth, UnitRecord } from '../model/hot.js';
import { MAX_FENCE_SIGMA_M } from '../model/limits.js';
import type { TaskKind } from '../model/log-entry.js';
import type { CompiledPlan, PlanUnit, Shape } from '../model/plan.js';
import { fromLngLat, type PositionE7 } from '../model/position.js';
import { reachM } from '../model/reach.js';
import { silentAfterMs } from '../model/silence.js';
import type { NearestUnit, UnitAvailability, WhereCertainty } from '../protocol/nearest-units.js';

/** What is known of the units of one instant; `LiveState` is one. */
interface UnitsNow {
  readonly units: readonly UnitRecord[];
  readonly positions: readonly PositionRecord[];
  readonly tasks: readonly TaskRecord[];
}

/**
 * The units on duty as seen from a shape: those that may be sent first, and among them the nearest first. A unit that is not known to be where
 * it was last seen counts by the furthest that it may be by now.
 */
export function nearestUnits(plan: CompiledPlan, now: UnitsNow, to: Shape, nowMs: number): readonly NearestUnit[] {
  const records = new Map(now.units.map((record) => [record.unit, record]));
  const positions = new Map(now.positions.map((position) => [position.unit, position]));
  const open = now.tasks.filter(({ fromMs, toMs }) => fromMs <= nowMs && (toMs === null || toMs > nowMs));
  return plan.units
    .flatMap((unit) => {
      const record = records.get(unit.id);
      if (record === undefined || !record.onDuty) return [];
      const where = whereIs({ plan, to, nowMs }, unit, record, positions.get(unit.id));
      return [{ ...about(unit, record), ...taskOf(unit.id, open), ...where }];
    })
    .sort(byWhoComesFirst);
}

function about({ id, callsign, kind, group, crewCount }: PlanUnit, { health }: UnitRecord) {
  return { unit: id, callsign, kind, group, crewCount, health };
}

/** What a task makes of a unit; the last one that holds it back most counts. */
const HOLDS: Readonly<Record<TaskKind, UnitAvailability>> = {
  escort: 'tasked',
  incident: 'tasked',
  maintenance: 'maintenance',
  'out-of-service': 'out-of-service',
};
const RANK: Readonly<Record<UnitAvailability, number>> = { free: 0, tasked: 1, maintenance: 2, 'out-of-service': 3 };

function taskOf(unit: string, open: readonly TaskRecord[]): Pick<NearestUnit, 'availability' | 'taskId'> {
  let found: Pick<NearestUnit, 'availability' | 'taskId'> = { availability: 'free', taskId: null };
  for (const { units, task, taskId } of open)
    if (units.includes(unit) && RANK[HOLDS[task]] > RANK[found.availability])
      found = { availability: HOLDS[task], taskId };
  return found;
}

type Where = Pick<NearestUnit, 'certainty' | 'distanceM' | 'leastM' | 'mostM' | 'ageMs' | 'statedAt'>;

interface Asked {
  readonly plan: CompiledPlan;
  readonly to: Shape;
  readonly nowMs: number;
}

function whereIs(asked: Asked, unit: PlanUnit, record: UnitRecord, position: PositionRecord | undefined): Where {
  const { plan, to, nowMs } = asked;
  const stated = statedWhere(asked, record.statement);
  if (stated !== null) return stated;
  if (position === undefined)
    return { certainty: 'unknown', distanceM: null, leastM: null, mostM: null, ageMs: null, statedAt: null };
  const ageMs = Math.max(0, nowMs - position.eventTimeMs);
  const distanceM = Math.max(0, signedDistanceM(plan.ruler, to, fromLngLat([position.lng, position.lat])));
  const last = { distanceM: Math.round(distanceM), ageMs, statedAt: null };
  const withinM = reachM(plan, unit.kind, position, nowMs);
  if (withinM === null) return { ...last, certainty: 'unknown', leastM: null, mostM: null };
  return {
    ...last,
    certainty: certaintyOf(unit, record, position, ageMs),
    leastM: Math.round(Math.max(0, distanceM - withinM)),
    mostM: Math.round(distanceM + withinM),
  };
}

/** Healths in which a tracker's last position says nothing of now. */
const UNHEARD: ReadonlySet<UnitHealth> = new Set(['unseen', 'silent', 'no-gnss', 'power-cut', 'clock-fault']);

function certaintyOf(
  { expectedIntervalMs }: PlanUnit,
  { health, trackerFault }: UnitRecord,
  { sigmaM }: PositionRecord,
  ageMs: number,
): WhereCertainty {
  const isCurrent = ageMs <= silentAfterMs(expectedIntervalMs) && sigmaM <= MAX_FENCE_SIGMA_M;
  return isCurrent && trackerFault === null && !UNHEARD.has(health) ? 'current' : 'doubtful';
}

/** Null: no statement stands that says where the unit is. */
function statedWhere({ plan, to, nowMs }: Asked, statement: StatementRecord | null): Where | null {
  if (statement === null || statement.at === null || statement.endedMs !== null || statement.untilMs <= nowMs)
    return null;
  const at = plan.places.find(({ id }) => id === statement.at);
  if (at === undefined) return null;
  const middle = shapeMiddle(plan.ruler, at.shape);
  const distanceM = at.shape === to ? 0 : Math.max(0, signedDistanceM(plan.ruler, to, middle));
  // It is somewhere in the place: as far from its middle as a corner of the box around it, at most.
  const spreadM = at.shape === to ? 0 : cornerM(plan, at.shape, middle);
  return {
    certainty: 'stated',
    distanceM: Math.round(distanceM),
    leastM: Math.round(Math.max(0, distanceM - spreadM)),
    mostM: Math.round(distanceM + spreadM),
    ageMs: Math.max(0, nowMs - statement.statedAtMs),
    statedAt: at.id,
  };
}

function cornerM({ ruler }: CompiledPlan, shape: Shape, middle: PositionE7): number {
  const { westE7, southE7 } = shapeBox(ruler, shape);
  return lengthM(ruler, middle, { lngE7: westE7, latE7: southE7 });
}

function byWhoComesFirst(a: NearestUnit, b: NearestUnit): number {
  return (
    RANK[a.availability] - RANK[b.availability] ||
    countedM(a) - countedM(b) ||
    (a.unit < b.unit ? -1 : a.unit > b.unit ? 1 : 0)
  );
}

/** The distance that the order goes by, metres. */
function countedM({ certainty, distanceM, mostM }: NearestUnit): number {
  const isThere = certainty === 'current' || certainty === 'stated';
  return (isThere ? distanceM : mostM) ?? Number.MAX_SAFE_INTEGER;
}
