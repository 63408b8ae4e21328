import type { Fix } from '../model/fix.js';
import { CHECKPOINT_MS, HORIZON_MS, REFOLD_FIXES_PER_S, REFOLD_WAIT_MS } from '../model/limits.js';
import { planAt } from './plan/plans.js';
import type { PresenceSlice } from './presence/slice.js';
import { outrank } from './presence/statements.js'; //      what was said of it by radio
import { observePoint } from './rules/observe.js'; //        too fast? out of its zone?
import { trackFix } from './track/believe.js'; //          plausible?
import { countingCopy, saysWhere } from './track/copies.js';
import { fencePoint } from './track/fences.js'; //       which places, with hysteresis
import { endOfInstant, firstAtOrAfter, fixesWithin } from './track/fix-list.js';
import { NO_DRIVES, routesWithOther } from './track/drives.js';
import { type Crossing, cloneFold, createFold, EMPTY_FOLD, type UnitFold, type Visit } from './track/fold.js';
import type { HeldFixes } from './track/held-fixes.js';
import { addRecent } from './track/recent.js';
import type { TrackScope } from './track/slice.js';
import { standPoint } from './track/stands.js'; //       where a unit stands still
import type { Checkpoint, UnitState } from './track/unit.js';

/** What the fold of a unit may touch. */
type FoldScope = TrackScope & Pick<PresenceSlice, 'statements'>;

/** How a unit was brought up to date. */
export interface FoldedUnit {
  readonly head: UnitFold;
  /** It was folded again from a checkpoint, for something came before what was folded. */
  readonly late: boolean;
  /** Late fixes wait: the head stands as if they had not come. */
  readonly waits: boolean;
  /** It had to be made again at once, so what it came to before is not known. */
  readonly isMadeAgain: boolean;
  /** Places at which its visits, and its crossings, are not what they were; a place may stand there twice. */
  readonly visited: readonly string[];
  readonly passed: readonly string[];
  /** Routes along which it drove otherwise than was known. */
  readonly driven: readonly string[];
  /** Where it may have been while nothing was seen of it, or is while nothing is believed, is other than it was. */
  readonly unseenChanged: boolean;
}

/**
 * Folds what came for a unit, in event-time order: each fix once, and again from the last checkpoint before it when something comes
 * late.
 */
export function foldUnit(state: FoldScope, unit: UnitState): FoldedUnit {
  const before = unit.head;
  const waits = before !== null && unit.standing !== null && state.nowMs < unit.refoldFromMs;
  const late = before === null || (unit.standing !== null && !waits);
  const unseen = before === null ? null : unseenMark(before);
  const crossed = before?.crossings.length ?? 0;
  const drivenBefore = before?.drives ?? NO_DRIVES;
  const head = late ? goBack(state, unit) : ownHead(unit, before);
  if (unit.standing === null) unit.changedFromMs = null;
  foldMore(state, unit, head);
  advanceBase(state, unit);
  const visited = late ? placesWithOther(before, head, visitsByPlace, isSameVisit) : placesChanged(head);
  const passed = late ? placesWithOther(before, head, crossingsByPlace, isSameCrossing) : placesCrossed(head, crossed);
  head.changed.clear();
  const driven = routesWithOther(drivenBefore, head.drives);
  const unseenChanged = unseen === null || !isSameUnseen(unseenMark(head), unseen);
  return { head, late, waits, isMadeAgain: before === null, visited, passed, driven, unseenChanged };
}

/** The head, to be folded on: the one that all share is not. */
function ownHead(unit: UnitState, head: UnitFold): UnitFold {
  if (head !== EMPTY_FOLD || unit.fixes.length === 0) return head;
  unit.head = createFold();
  return unit.head;
}

const NONE: readonly string[] = [];

function placesChanged({ changed }: UnitFold): readonly string[] {
  return changed.size === 0 ? NONE : [...changed];
}

/** Places of the crossings from `start` on. */
function placesCrossed({ crossings }: UnitFold, start: number): readonly string[] {
  return crossings.length === start ? NONE : crossings.slice(start).map(({ place }) => place);
}

interface UnseenMark {
  readonly holes: number;
  readonly lastToMs: number;
  readonly candidateMs: number;
}

/** Changes whenever a stretch out of sight is added, or ends elsewhere than it did, and with what is not believed yet. */
function unseenMark({ holes, candidates }: UnitFold): UnseenMark {
  return {
    holes: holes.length,
    lastToMs: holes.at(-1)?.to.eventTimeMs ?? 0,
    candidateMs: candidates.at(-1)?.eventTimeMs ?? 0,
  };
}

function isSameUnseen(a: UnseenMark, b: UnseenMark): boolean {
  return a.holes === b.holes && a.lastToMs === b.lastToMs && a.candidateMs === b.candidateMs;
}

/** The fold of the last checkpoint that holds. */
function goBack(state: FoldScope, unit: UnitState): UnitFold {
  const { checkpoints, fixes } = unit;
  while ((checkpoints.at(-1)?.untilMs ?? 0) > (unit.changedFromMs ?? 0)) checkpoints.pop();
  const last = checkpoints.at(-1);
  const head = cloneFold(last?.fold ?? unit.base);
  unit.head = head;
  unit.folded = last === undefined ? fixes.behind : firstAtOrAfter(fixes, last.untilMs);
  fixes.disbelieveAfter(head.last?.eventTimeMs ?? 0);
  unit.standing = null;
  unit.refoldFromMs = state.nowMs + refoldPauseMs(fixes.length - firstAtOrAfter(fixes, state.nowMs - HORIZON_MS));
  return head;
}

/**
 * How long late fixes of a unit wait once it has been folded again: so many fixes a second in the long run, whatever its tracker
 * sends and in whatever order. A unit that reports each ten seconds waits for nothing.
 */
function refoldPauseMs(fixes: number): number {
  return Math.min(REFOLD_WAIT_MS, Math.floor(fixes / REFOLD_FIXES_PER_S) * 1_000);
}

/** Folds what came after all that was folded. While late fixes wait, the head stands as if they had not come. */
function foldMore(state: FoldScope, unit: UnitState, head: UnitFold): void {
  const { standing, fixes } = unit;
  if (standing === null) {
    foldWithCheckpoints(state, unit, head);
    return;
  }
  standing.appendLater(fixes);
  foldFixes(state, head, unit.id, standing, unit.folded);
  unit.folded = standing.length;
}

/** Folds the rest of a unit's fixes, and keeps the fold as it was where an event-time slot begins. */
function foldWithCheckpoints(state: FoldScope, unit: UnitState, head: UnitFold, end = unit.fixes.length): void {
  const { fixes, checkpoints } = unit;
  while (unit.folded < end) {
    const slotMs = slotOf(fixes.timeMs(unit.folded));
    const lastMs = unit.folded > fixes.behind ? fixes.timeMs(unit.folded - 1) : slotMs;
    if (slotOf(lastMs) < slotMs) checkpoints.push({ untilMs: slotMs, lastMs, fold: cloneFold(head) });
    const slotEnd = Math.min(end, firstAtOrAfter(fixes, slotMs + CHECKPOINT_MS));
    foldFixes(state, head, unit.id, fixes, unit.folded, slotEnd);
    unit.folded = slotEnd;
  }
}

function slotOf(eventTimeMs: number): number {
  return eventTimeMs - (eventTimeMs % CHECKPOINT_MS);
}

/** Folds `fixes[from, to)` of a unit, which are by event time, instant by instant. */
function foldFixes(
  state: FoldScope,
  fold: UnitFold,
  unitId: string,
  fixes: HeldFixes,
  from: number,
  to = fixes.length,
): void {
  for (let i = from; i < to; ) {
    const end = endOfInstant(fixes, i);
    foldInstant(state, fold, unitId, fixes, i, end);
    i = end;
  }
}

function foldInstant(
  state: FoldScope,
  fold: UnitFold,
  unitId: string,
  fixes: HeldFixes,
  start: number,
  end: number,
): void {
  const first = fixes.at(start);
  const plan = end - start === 1 ? null : planAt(state, first.eventTimeMs);
  const planned = plan?.unitById.get(unitId);
  const one =
    plan === null || planned === undefined
      ? first
      : countingCopy(fixesWithin(fixes, start, end), fold.last, planned, plan.plan);
  foldFix(state, fold, unitId, fixes, one);
}

/** One of the fixes of a unit, through the stages that follow it in event time. */
export function foldFix(state: FoldScope, fold: UnitFold, unitId: string, fixes: HeldFixes, fix: Fix): void {
  state.foldedFixes += 1;
  const plan = planAt(state, fix.eventTimeMs);
  const planned = plan?.unitById.get(unitId);
  if (plan === null || planned === undefined) return;
  let previous = fold.last;
  const points = trackFix(fold, fix, planned, plan.plan);
  for (const [i, point] of points.entries()) addRecent(fold, fixes, point, points[i - 1] ?? previous, planned);
  for (const point of points) {
    fencePoint(fold, fixes, point, planned, plan);
    observePoint(fold, fixes, point, planned, plan);
    outrank(state, fold, unitId, point, plan);
    standPoint(fold, fixes, previous, point, planned, plan.plan.ruler);
    previous = point;
  }
}

/** Makes the head of a unit again as it was: it is what `folded` says of the fixes that it was folded from. */
export function restoreHead(state: FoldScope, unit: UnitState): void {
  const { base, fixes, standing, folded } = unit;
  const head = base === EMPTY_FOLD && fixes.length === 0 ? EMPTY_FOLD : cloneFold(base);
  if (standing !== null) foldFixes(state, head, unit.id, standing, standing.behind, folded);
  else {
    unit.folded = unit.fixes.behind;
    foldWithCheckpoints(state, unit, head, folded);
  }
  head.changed.clear();
  unit.head = head;
}

/**
 * Makes the last checkpoint that nothing in time can come before the base, and forgets its fixes. Not while late fixes wait: the head,
 * which was folded without them, must be made again from what was before them.
 */
function advanceBase(state: FoldScope, unit: UnitState): void {
  if (unit.standing !== null) return;
  const oldestMs = state.nowMs - HORIZON_MS;
  const { checkpoints, fixes } = unit;
  let passed = 0;
  while (passed < checkpoints.length && (checkpoints[passed] as Checkpoint).lastMs < oldestMs) passed += 1;
  const last = checkpoints[passed - 1];
  if (last === undefined) return;
  checkpoints.splice(0, passed);
  advanceBaseTo(unit, last.fold, firstAtOrAfter(fixes, last.untilMs));
}

/**
 * Units that say nothing more keep no fixes either: what is forgotten of their past must be in the base, or a restore would bring it
 * back.
 */
export function advanceSilent(state: FoldScope, unit: UnitState): void {
  advanceBase(state, unit);
  const { head, fixes } = unit;
  if (unit.standing !== null || head === null || fixes.length === fixes.behind || unit.folded < fixes.length) return;
  if (fixes.lastMs >= state.nowMs - HORIZON_MS) return;
  unit.checkpoints.length = 0;
  advanceBaseTo(unit, cloneFold(head), fixes.length);
}

/** Makes a fold the base: that of the first `count` of a unit's fixes. Of them remain those that it looks back at. */
function advanceBaseTo(unit: UnitState, fold: UnitFold, count: number): void {
  const { fixes } = unit;
  if (count === fixes.behind) return;
  const atMs = fixes.timeMs(count - 1);
  const copies = fixesWithin(fixes, firstAtOrAfter(fixes, atMs), count);
  unit.baseEnd = { atMs, saysWhere: copies.some(saysWhere) };
  unit.base = fold;
  unit.folded -= fixes.leaveBehind(count, fold.last === null ? atMs + 1 : fold.recentFromMs);
}

/** By place, in the order of event time. */
type ByPlace<T> = (fold: UnitFold) => ReadonlyMap<string, readonly T[]>;

const visitsByPlace: ByPlace<Visit> = ({ places }) =>
  new Map([...places].map(([placeId, { visits }]) => [placeId, visits]));

const crossingsByPlace: ByPlace<Crossing> = ({ crossings }) => {
  const byPlace = new Map<string, Crossing[]>();
  for (const crossing of crossings) {
    const known = byPlace.get(crossing.place);
    if (known === undefined) byPlace.set(crossing.place, [crossing]);
    else known.push(crossing);
  }
  return byPlace;
};

/** Places of which two folds of one unit say different things. */
function placesWithOther<T>(
  before: UnitFold | null,
  after: UnitFold,
  byPlace: ByPlace<T>,
  isSame: (a: T, b: T) => boolean,
): string[] {
  const [old, now] = [before === null ? new Map<string, readonly T[]>() : byPlace(before), byPlace(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((placeId) => {
    const [a, b] = [old.get(placeId) ?? [], now.get(placeId) ?? []];
    return a.length !== b.length || a.some((one, i) => !isSame(one, b[i] as T));
  });
}

function isSameVisit(a: Visit, b: Visit): boolean {
  return (
    a.innerFromMs === b.innerFromMs &&
    a.outerFromMs === b.outerFromMs &&
    a.innerToMs === b.innerToMs &&
    a.outerToMs === b.outerToMs &&
    a.open === b.open &&
    a.closedAtMs === b.closedAtMs &&
    a.fromHole === b.fromHole &&
    a.toHole === b.toHole &&
    a.cut === b.cut &&
    a.weak.length === b.weak.length &&
    a.weak.every((ms, i) => ms === b.weak[i]) &&
    isSameLight(a.lights, b.lights)
  );
}

function isSameLight(a: Visit['lights'], b: Visit['lights']): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.onMs === b.onMs && a.offMs === b.offMs && a.notMeasuredMs === b.notMeasuredMs;
}

function isSameCrossing(a: Crossing, b: Crossing): boolean {
  return a.place === b.place && a.fromMs === b.fromMs && a.toMs === b.toMs && a.insideMs === b.insideMs;
}
