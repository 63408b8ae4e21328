import { firstEndingAfter, intersect, normalise, subtract, unite } from '../../model/intervals.js';
import type { DutyStrengthRule, Intervals, MovedTerms, PlanUnit } from '../../model/plan.js';
import { earlier, nextChangeMs } from '../agenda/instants.js';
import type { LimitInForce } from '../plan/limits-over.js';
import { FOREVER_MS, holeMs } from '../plan/plans.js';
import { countsUnit, unitsSoFar } from '../plan/so-far.js';
import { taskTimes } from '../plan/tasks.js';
import { dutyIntervals } from '../plan/windows.js';
import { formatTerms, stillUntil } from '../track/movement.js';
import { allUnseen, doubtEndMs, unseenOf } from './doubts.js';
import type { PresenceSpan } from './presence.js';
import type { PresenceScope } from './slice.js';
import { spokenOf } from './spoken.js';

/** Units that a rule counts wherever they are: when they were on hand, and when they may have been. */
export interface OnHand {
  /** By (from, unit), up to the engine's clock. */
  readonly covered: readonly PresenceSpan[];
  readonly possible: readonly PresenceSpan[];
  /** When that changes though nothing is heard of any of them; null: not within a day. */
  readonly nextMs: number | null;
}

/** How far ahead of the engine's clock it is found out; who is to look again is told of it. */
const AHEAD_MS = 86_400_000;
/** What a unit had to do so long before is not asked: longer than the longest time in which a unit must have moved. */
const BACK_MS = 5 * 3_600_000;

/**
 * A unit is on hand while it is on duty, in service, without a task, and heard of: fences can use its positions, or it was stated by radio
 * where it is. One out of sight may be on hand for as long as a doubt about it lasts. Where the rule wants units that keep moving, one that
 * was on duty in the rule's hours for as long as that must have moved: one of which nobody can tell may be on hand, one that surely has not
 * is not.
 *
 * @param units all that some version of the plan has the rule count
 * @param binds when the rule binds
 */
export function onHand(
  state: PresenceScope,
  units: ReadonlySet<string>,
  binds: Intervals,
  limits: readonly LimitInForce<DutyStrengthRule>[],
): OnHand {
  const covered: PresenceSpan[] = [];
  const possible: PresenceSpan[] = [];
  const { nowMs } = state;
  let nextMs: number | null = null;
  const bound = cut(binds, state.finalToMs - BACK_MS, nowMs + AHEAD_MS);
  for (const unit of unitsSoFar(state)) {
    if (!units.has(unit.id)) continue;
    const times = timesOf(state, unit, bound, limits);
    addSpans(covered, unit.id, times.surely, nowMs);
    addSpans(possible, unit.id, times.perhaps, nowMs + 1);
    for (const one of [times.surely, times.perhaps]) nextMs = earlier(nextMs, nextChangeMs(one, nowMs));
  }
  covered.sort(bySpan);
  return { covered, possible, nextMs };
}

/** Flat, and ahead of the engine's clock as far as it is known. */
interface OnHandTimes {
  readonly surely: Intervals;
  readonly perhaps: Intervals;
}

function timesOf(
  state: PresenceScope,
  unit: PlanUnit,
  bound: Intervals,
  limits: readonly LimitInForce<DutyStrengthRule>[],
): OnHandTimes {
  const untilMs = state.nowMs + AHEAD_MS;
  const asked = intersect(dutyIntervals(state, unit.id), bound);
  const free = subtract(asked, taskTimes(state, unit.id));
  const unseen = unseenOf(state, unit, untilMs);
  const stretches = allUnseen(unseen);
  const hidden = normalise(stretches.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]));
  const said = saidTimes(state, unit.id, stretches);
  const seen = unite([subtract(free, hidden), intersect(free, said.stands)]);
  const lasting = unite([...stretches.map((stretch) => stretch.lasting), said.after]);
  const doubted = subtract(intersect(free, lasting), seen);
  const surely: Intervals[] = [];
  const perhaps: Intervals[] = [];
  for (const { rule, fromMs, toMs } of limits) {
    if (!countsUnit(rule, unit.id)) continue;
    const then = [fromMs, toMs];
    const there = intersect(seen, then);
    perhaps.push(intersect(doubted, then));
    if (rule.moved === null) surely.push(there);
    else {
      const { moved, still } = movedTimes(state, unit, rule.moved, asked);
      surely.push(intersect(there, moved));
      perhaps.push(subtract(subtract(there, moved), still));
    }
  }
  return { surely: unite(surely), perhaps: unite(perhaps) };
}

/** When it was stated by radio where the unit is; and when it may have stayed there after the time of a statement had run out. */
function saidTimes(
  state: PresenceScope,
  unitId: string,
  unseen: Parameters<typeof spokenOf>[2],
): { readonly stands: Intervals; readonly after: Intervals } {
  const stands: [number, number][] = [];
  const after: [number, number][] = [];
  for (const { statement, fromMs, toMs, hiddenToMs, ranOut } of spokenOf(state, unitId, unseen)) {
    if (statement.at === null) continue;
    // One that stands is looked at again when it ends.
    stands.push([fromMs, toMs > state.nowMs ? FOREVER_MS : toMs]);
    if (ranOut) after.push([toMs, Math.min(hiddenToMs, doubtEndMs(state, toMs))]);
  }
  return { stands: normalise(stands), after: normalise(after) };
}

/** When the unit has moved as it must, or must not have yet; and when it surely has not. */
function movedTimes(
  state: PresenceScope,
  unit: PlanUnit,
  terms: MovedTerms,
  asked: Intervals,
): { readonly moved: Intervals; readonly still: Intervals } {
  const movement = state.units.get(unit.id)?.head?.movement.get(formatTerms(terms));
  const early: [number, number][] = [];
  for (let i = 0; i < asked.length; i += 2)
    early.push([asked[i] as number, Math.min(asked[i + 1] as number, (asked[i] as number) + terms.withinMs)]);
  const moved = unite([normalise(early), movement?.moved ?? []]);
  return { moved, still: movement === undefined ? [] : stillUntil(movement, FOREVER_MS, holeMs(unit)) };
}

/** The intervals that reach into a time, whole. */
function cut(intervals: Intervals, fromMs: number, toMs: number): Intervals {
  const first = firstEndingAfter(intervals, fromMs);
  return intervals.slice(first, Math.max(first, endOf(intervals, toMs)));
}

function endOf(intervals: Intervals, toMs: number): number {
  const i = firstEndingAfter(intervals, toMs);
  return i < intervals.length && (intervals[i] as number) < toMs ? i + 2 : i;
}

function addSpans(spans: PresenceSpan[], unit: string, intervals: Intervals, untilMs: number): void {
  for (let i = 0; i < intervals.length && (intervals[i] as number) < untilMs; i += 2)
    spans.push({ unit, fromMs: intervals[i] as number, toMs: Math.min(intervals[i + 1] as number, untilMs) });
}

function bySpan(a: PresenceSpan, b: PresenceSpan): number {
  return a.fromMs - b.fromMs || a.toMs - b.toMs || (a.unit < b.unit ? -1 : 1);
}
