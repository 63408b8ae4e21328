import type { CoverageRecord, RouteProgress } from '../../model/hot.js';
import type { CompiledPlan, PlanPlace } from '../../model/plan.js';

/** How a place stands, the worst first. */
export type Standing =
  /** Nobody is there, and the time that the plan allows is over. */
  | 'overdue'
  /** Nobody is there, and it will be over. */
  | 'due'
  /** Nobody is there; no rule asks for anybody now. */
  | 'empty'
  /** Somebody may be there; nobody knows. */
  | 'in-doubt'
  | 'covered'
  /** Nothing is known of it yet. */
  | 'unheard';

/** A place on the board. */
export interface PlaceRow {
  readonly place: PlanPlace;
  readonly standing: Standing;
  /** Units that are there, and that may be. */
  readonly units: readonly string[];
  readonly possibleUnits: readonly string[];
  readonly statedUnits: readonly string[];
  /** How long nobody was seen there, ms; null: somebody is, or nobody ever was. */
  readonly emptyForMs: number | null;
  /** Until a gap falls due, ms; below 0: so long ago; null: none will. */
  readonly dueInMs: number | null;
  /** Null: no rule watches it along its line. */
  readonly route: RouteRow | null;
}

/** How far a route was driven. */
export interface RouteRow {
  /** How much of the pass that goes on is done; null: nobody is on it. */
  readonly passPercent: number | null;
  /** Segments that were not seen yet; and how long ago the oldest of the others was seen, ms; null: none was. */
  readonly unseen: number;
  readonly oldestForMs: number | null;
}

/** Places by how soon somebody must go there. */
export function boardRows(
  plan: CompiledPlan,
  coverage: ReadonlyMap<string, CoverageRecord>,
  nowMs: number,
): readonly PlaceRow[] {
  return plan.places.map((place) => rowOf(place, coverage.get(place.id), nowMs)).sort(byNeed);
}

function rowOf(place: PlanPlace, record: CoverageRecord | undefined, nowMs: number): PlaceRow {
  const { units = [], possibleUnits = [], statedUnits = [], lastCoveredMs = null, dueMs = null } = record ?? {};
  const dueInMs = dueMs === null ? null : dueMs - nowMs;
  return {
    place,
    standing: standingOf(record, nowMs),
    units,
    possibleUnits,
    statedUnits,
    emptyForMs: lastCoveredMs === null ? null : Math.max(0, nowMs - lastCoveredMs),
    dueInMs,
    route: record?.route === undefined ? null : routeRow(record.route, nowMs),
  };
}

function routeRow({ segmentsSeenS, pass }: RouteProgress, nowMs: number): RouteRow {
  const seen = segmentsSeenS.filter((atS) => atS > 0);
  return {
    passPercent: pass?.coveredPercent ?? null,
    unseen: segmentsSeenS.length - seen.length,
    oldestForMs: seen.length === 0 ? null : Math.max(0, nowMs - Math.min(...seen) * 1_000),
  };
}

/** How a place stands at an instant, by what is known of it; undefined: nothing is. */
export function standingOf(record: CoverageRecord | undefined, nowMs: number): Standing {
  if (record === undefined) return 'unheard';
  switch (record.presence) {
    case 'covered':
      return 'covered';
    case 'unknown':
      return 'in-doubt';
    case 'uncovered':
      return record.dueMs === null ? 'empty' : record.dueMs <= nowMs ? 'overdue' : 'due';
  }
}

/** How far up a place stands: what is overdue for certain, what may be, what will be. */
function rankOf({ standing, dueInMs }: PlaceRow): number {
  const isOverdue = dueInMs !== null && dueInMs <= 0;
  if (standing === 'in-doubt') return isOverdue ? 1 : 3;
  return RANK[standing];
}

const RANK: Readonly<Record<Exclude<Standing, 'in-doubt'>, number>> = {
  overdue: 0,
  due: 2,
  empty: 4,
  covered: 5,
  unheard: 6,
};

function byNeed(a: PlaceRow, b: PlaceRow): number {
  return (
    rankOf(a) - rankOf(b) ||
    (a.dueInMs ?? Number.MAX_SAFE_INTEGER) - (b.dueInMs ?? Number.MAX_SAFE_INTEGER) ||
    (b.emptyForMs ?? Number.MAX_SAFE_INTEGER) - (a.emptyForMs ?? Number.MAX_SAFE_INTEGER) ||
    (a.place.id < b.place.id ? -1 : 1)
  );
}
