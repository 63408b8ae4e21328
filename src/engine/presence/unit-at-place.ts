import { firstEndingAfter, intersect, normalise, pairsOf, subtract } from '../../model/intervals.js';
import type { Intervals, PlanUnit } from '../../model/plan.js';
import { dutyIntervals } from '../plan/windows.js';
import type { PlaceTrack, UnitFold, Visit } from '../track/fold.js';
import { marksUntil } from '../track/marks.js';
import type { Sight } from '../track/sight.js';
import { supportOf } from '../track/sight.js';
import { doubtsAnywhere, type Pair, placesInDoubt, type UnitUnseen, unseenOf, vagueDoubtsOf } from './doubts.js';
import type { PresenceScope } from './slice.js';

/** One unit at one place: stretches of event time, flat. What goes on ends ahead of the engine's clock. */
export interface UnitAtPlace {
  readonly unit: string;
  /** On duty, and proven to be there. */
  readonly covered: Intervals;
  /** On duty, and maybe there. */
  readonly possible: Intervals;
  /** When it may be there, whatever its duty, from the time on at which this was found; both ends of a stretch belong to it. */
  readonly maybe: Intervals;
  /** The end of the last of all these: behind it nothing of it holds, and nothing changes. */
  readonly untilMs: number;
}

/** Where a unit may have been while it was out of sight. */
export interface UnitDoubts {
  readonly unseen: UnitUnseen;
  /** The same at all places; null: it depends on the place. */
  readonly anywhere: Intervals | null;
  /** At the others never. Empty if it does not depend on the place. */
  readonly byPlace: ReadonlyMap<string, Intervals>;
  readonly sight: Sight;
  /** The end of what goes on. */
  readonly untilMs: number;
}

export function findUnitDoubts(state: PresenceScope, unit: PlanUnit, sight: Sight, untilMs: number): UnitDoubts {
  const unseen = unseenOf(state, unit, untilMs, sight);
  const hasTracks = (state.units.get(unit.id)?.head?.places.size ?? 0) > 0;
  const anywhere = hasTracks ? null : doubtsAnywhere(state, unseen);
  if (anywhere !== null) return { unseen: NOTHING, anywhere, byPlace: NOWHERE, sight, untilMs };
  return { unseen, anywhere, byPlace: placesInDoubt(state, unseen, unit), sight, untilMs };
}

const NOTHING: UnitUnseen = { over: [], open: [] };
const NOWHERE: ReadonlyMap<string, Intervals> = new Map();

/** What is found of a unit at each place, if it is the same at all; null: it cannot have been there, or it depends on the place. */
export function findUnitAnywhere(unit: PlanUnit, { anywhere }: UnitDoubts): UnitAtPlace | null {
  return anywhere === null || anywhere.length === 0 ? null : unitAtPlace(unit, NEVER, anywhere, anywhere);
}

/**
 * Of a unit about which nothing is stated or vague, and no position is disbelieved: what goes on at a place then ends by what is known
 * now. Null: it never was there, and cannot have been.
 */
export function findUnitAtPlace(
  state: PresenceScope,
  unit: PlanUnit,
  { unseen, byPlace, sight, untilMs }: UnitDoubts,
  placeId: string,
): UnitAtPlace | null {
  const fold = state.units.get(unit.id)?.head ?? null;
  const track = fold?.places.get(placeId);
  const doubts = byPlace.get(placeId) ?? NEVER;
  if (fold === null || track === undefined)
    return doubts.length === 0 ? null : unitAtPlace(unit, NEVER, doubts, doubts);
  const isHidden = sight === 'out-of-sight';
  const proven = provenPairs(fold, track, isHidden, untilMs);
  const seenMs = isHidden ? (fold.lastFence?.eventTimeMs ?? 0) : untilMs;
  const vague = vagueDoubtsOf(state, unseen, placeId, unit);
  const maybe = [...pairsOf(doubts), ...vague, ...trackDoubts(track, seenMs, untilMs)];
  if (proven.length === 0 && maybe.length === 0) return null;
  const duty = dutyIntervals(state, unit.id);
  const fromNow = maybe.filter(([, toMs]) => toMs >= state.nowMs);
  // A mark does not hold yet at the instant at which it begins.
  const isOpenMark = ([fromMs, toMs]: Pair): boolean => fromMs === track.possible.sinceMs && toMs === untilMs;
  return unitAtPlace(
    unit,
    intersect(normalise(proven), duty),
    intersect(normalise(maybe), duty),
    normalise(fromNow.map((pair): [number, number] => [pair[0] + (isOpenMark(pair) ? 1 : 0), pair[1]])),
  );
}
const NEVER: Intervals = [];

function unitAtPlace({ id }: PlanUnit, covered: Intervals, possible: Intervals, maybe: Intervals): UnitAtPlace {
  const untilMs = Math.max(covered.at(-1) ?? 0, possible.at(-1) ?? 0, maybe.at(-1) ?? 0);
  return { unit: id, covered, possible, maybe, untilMs };
}

/** When what its track says of a place is no proof: it stood outside by the median, or a position may have been inside. */
export function trackDoubts(
  { visits, weakSinceMs, possible }: PlaceTrack,
  seenMs: number,
  untilMs: number,
): readonly Pair[] {
  const pairs: Pair[] = visits.flatMap(({ weak }) => pairsOf(weak));
  if (weakSinceMs !== null) pairs.push([weakSinceMs, untilMs]);
  pairs.push(...pairsOf(marksUntil(possible, seenMs)));
  return pairs;
}

/** When the unit was proven to be in the place, on duty or not. */
export function provenPairs(fold: UnitFold, track: PlaceTrack, isHidden: boolean, untilMs: number): readonly Pair[] {
  return track.visits.flatMap((visit) =>
    pairsOf(subtract([visit.innerFromMs, liveUntilMs(fold, track, visit, isHidden, untilMs)], visit.weak)),
  );
}

function liveUntilMs(fold: UnitFold, track: PlaceTrack, visit: Visit, isHidden: boolean, untilMs: number): number {
  if (!visit.open) return provenUntilMs(visit);
  if (track.lostMs !== null || isHidden) return Math.max(visit.innerToMs, supportOf(track, fold.lastFence));
  return track.weakSinceMs ?? Math.max(untilMs, visit.innerToMs);
}

/**
 * Until when a visit counts, looking back: until its unit was last seen inside, or what it was after that was told weak. A unit may
 * stand at the edge for hours, so how it leaves in the end must take back nothing of the time before.
 */
export function provenUntilMs({ innerToMs, weak }: Visit): number {
  return Math.max(innerToMs, weak.at(-1) ?? 0);
}

/** Longer than any doubt lasts of which no outage is a part: what comes later is looked for later. */
export const LOOK_AHEAD_MS = 6 * 3_600_000;

/** When presence that may be begins or ends there though nothing is heard; at its end itself it still holds for a reader of the record. */
export function nextChangeMs({ possible }: UnitAtPlace, nowMs: number): number | null {
  const i = firstEndingAfter(possible, nowMs - 1);
  const fromMs = possible[i];
  if (fromMs === undefined || fromMs > nowMs + LOOK_AHEAD_MS) return null;
  return fromMs > nowMs ? fromMs : Math.min((possible[i + 1] as number) + 1, nowMs + LOOK_AHEAD_MS);
}
