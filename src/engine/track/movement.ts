import { distanceM, type Ruler } from '../../geo/ruler.js';
import { MOVED_PARTS, POSSIBLE_SIGMAS } from '../../model/limits.js';
import type { AreaE7, Intervals, MovedTerms, PlanUnit } from '../../model/plan.js';
import { holeMs } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import type { TrackPoint, UnitFold } from './fold.js';
import { addMark } from './marks.js';
import { leastDistanceM } from './points.js';

/** What the positions of a unit say of whether it keeps moving. Replaced, never changed in place. */
export interface Movement {
  /** Parts of the time asked about in which there were positions, oldest first: at most MOVED_PARTS and two. */
  readonly parts: readonly MovementPart[];
  /** Event time of the first position since the last hole in the trace, and of the latest. */
  readonly sinceMs: number;
  readonly lastMs: number;
  /** When it had surely come so far within the time: flat intervals. The last may end ahead of the latest position. */
  readonly moved: Intervals;
  /** When it surely had not: flat intervals; and since when it has not now, or null. */
  readonly still: Intervals;
  readonly stillSinceMs: number | null;
}

interface MovementPart {
  /** Event time divided by the length of a part. */
  readonly nth: number;
  /** The first position in it. */
  readonly first: TrackPoint;
  /** Where its positions can have been, their errors granted. */
  readonly box: AreaE7;
}

/** By what is asked, as `formatTerms`. */
export type MovementByTerms = ReadonlyMap<string, Movement>;
export const NO_MOVEMENT: MovementByTerms = new Map();

export function formatTerms({ metres, withinMs }: MovedTerms): string {
  return `${metres}/${withinMs}`;
}

/** What a position says of whether its unit keeps moving, where a rule of the plan of its time asks. */
export function measureMovement(
  fold: UnitFold,
  point: TrackPoint,
  unit: PlanUnit,
  { plan, moving }: PlanInForce,
): void {
  const asked = moving.get(unit.id);
  if (asked === undefined) return;
  const movement = new Map(fold.movement);
  for (const terms of asked) {
    const key = formatTerms(terms);
    movement.set(key, stepMovement(movement.get(key), point, terms, plan.ruler, holeMs(unit) - 1));
  }
  fold.movement = movement;
}

/**
 * What a further position makes of it. The unit has moved when two of its positions within the time lie that far apart, the error of each
 * granted: the later one and the first of an earlier part. It has surely not when it was seen for all of the time, and the box around all
 * its positions, with POSSIBLE_SIGMAS of error, has a shorter diagonal. In between nobody can tell.
 *
 * @param mostGapMs two positions further apart in time than this say nothing of the time between them
 */
function stepMovement(
  before: Movement | undefined,
  point: TrackPoint,
  { metres, withinMs }: MovedTerms,
  ruler: Ruler,
  mostGapMs: number,
): Movement {
  const { eventTimeMs } = point;
  const partMs = withinMs / MOVED_PARTS;
  const isGap = before === undefined || eventTimeMs - before.lastMs > mostGapMs;
  const sinceMs = isGap ? eventTimeMs : before.sinceMs;
  const kept = (before?.parts ?? []).filter(({ nth }) => (nth + 1) * partMs > eventTimeMs - withinMs);
  const moved = [...(before?.moved ?? [])];
  const far = kept.findLast(
    ({ first }) => first.eventTimeMs > eventTimeMs - withinMs && leastDistanceM(ruler, first, point) >= metres,
  );
  if (far !== undefined) extend(moved, eventTimeMs, far.first.eventTimeMs + withinMs);
  const parts = withPoint(kept, point, Math.floor(eventTimeMs / partMs), ruler);
  const isStill = eventTimeMs - sinceMs >= withinMs && diagonalM(parts, ruler) < metres;
  const still = [...(before?.still ?? [])];
  let stillSinceMs = before?.stillSinceMs ?? null;
  if (stillSinceMs !== null && !isStill) {
    addMark(still, stillSinceMs, isGap ? (before?.lastMs ?? stillSinceMs) : eventTimeMs);
    stillSinceMs = null;
  }
  if (isStill) stillSinceMs ??= eventTimeMs;
  return { parts, sinceMs, lastMs: eventTimeMs, moved, still, stillSinceMs };
}

/** When it surely had not moved, up to `untilMs`; of what goes on, for as long as its latest position says something. Flat. */
export function stillUntil({ still, stillSinceMs, lastMs }: Movement, untilMs: number, mostGapMs: number): Intervals {
  if (stillSinceMs === null) return still;
  const intervals = [...still];
  addMark(intervals, stillSinceMs, Math.min(untilMs, lastMs + mostGapMs));
  return intervals;
}

/** Changes whenever a stretch begins, and when one in which the unit surely has not moved ends. */
export function movementMark(movement: MovementByTerms): number {
  let mark = 0;
  for (const { moved, still, stillSinceMs } of movement.values())
    mark += moved.length + still.length + (stillSinceMs === null ? 0 : 1);
  return mark;
}

/** Without what ended before the cutoff. */
export function keptMovement(movement: MovementByTerms, cutoffMs: number): MovementByTerms {
  const kept = new Map<string, Movement>();
  for (const [terms, one] of movement)
    kept.set(terms, { ...one, moved: endingFrom(one.moved, cutoffMs), still: endingFrom(one.still, cutoffMs) });
  return kept;
}

function endingFrom(intervals: Intervals, cutoffMs: number): Intervals {
  return intervals.filter((_, i) => (intervals[i | 1] as number) >= cutoffMs);
}

/** Adds a stretch that begins at or after each that is there; one that meets the last goes on with it. */
function extend(intervals: number[], fromMs: number, toMs: number): void {
  const lastMs = intervals.at(-1);
  if (lastMs !== undefined && lastMs >= fromMs) intervals[intervals.length - 1] = Math.max(lastMs, toMs);
  else intervals.push(fromMs, toMs);
}

function withPoint(
  parts: readonly MovementPart[],
  point: TrackPoint,
  nth: number,
  ruler: Ruler,
): readonly MovementPart[] {
  const last = parts.at(-1);
  const own = boxOf(point, ruler);
  if (last?.nth !== nth) return [...parts, { nth, first: point, box: own }];
  return [...parts.slice(0, -1), { ...last, box: around(last.box, own) }];
}

function boxOf({ lngE7, latE7, sigmaM }: TrackPoint, { metresPerLngE7, metresPerLatE7 }: Ruler): AreaE7 {
  const east = Math.ceil((POSSIBLE_SIGMAS * sigmaM) / metresPerLngE7);
  const north = Math.ceil((POSSIBLE_SIGMAS * sigmaM) / metresPerLatE7);
  return { westE7: lngE7 - east, southE7: latE7 - north, eastE7: lngE7 + east, northE7: latE7 + north };
}

function around(a: AreaE7, b: AreaE7): AreaE7 {
  return {
    westE7: Math.min(a.westE7, b.westE7),
    southE7: Math.min(a.southE7, b.southE7),
    eastE7: Math.max(a.eastE7, b.eastE7),
    northE7: Math.max(a.northE7, b.northE7),
  };
}

function diagonalM(parts: readonly MovementPart[], ruler: Ruler): number {
  const { westE7, southE7, eastE7, northE7 } = parts.map(({ box }) => box).reduce(around);
  return distanceM(ruler, { lngE7: westE7, latE7: southE7 }, { lngE7: eastE7, latE7: northE7 });
}
