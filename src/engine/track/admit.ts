import type { Fix, FixFlag } from '../../model/fix.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../../model/limits.js';
import type { TrackerBatch } from '../../model/log-entry.js';
import { nextSettleMs } from '../agenda/instants.js';
import { type Bucket, bucketAt } from '../plan/buckets.js';
import { planAt, silentAfterMs } from '../plan/plans.js';
import { samePosition, saysWhere, withCopy } from './copies.js';
import { endOfInstant, type FixList, firstAtOrAfter, fixesWithin } from './fix-list.js';
import type { TrackPoint } from './fold.js';
import { pointOf, type Unusable } from './points.js';
import { changeFrom } from './refold.js';
import type { TrackScope } from './slice.js';
import { type BaseEnd, type UnitState, unitState } from './unit.js';
import { noteRefused, noteWord } from './usefulness.js';

/**
 * Is each fix new? Puts the new ones where they belong in event time and counts what became of every other one. Judged by
 * the copy's own log time: the same fix may come twice, and counts if any copy is in time.
 */
export function admitBatch(state: TrackScope, batch: TrackerBatch): void {
  state.counts.refused += batch.rejected.length;
  let heard: UnitState | null = null;
  for (const fix of batch.fixes) {
    const plan = planAt(state, fix.eventTimeMs);
    const planned = plan?.unitByTracker.get(batch.tracker);
    const unit = planned === undefined ? null : unitState(state, planned.id);
    const point = pointOf(fix, plan?.plan.area);
    if (unit !== null && planned !== undefined) {
      if (unit !== heard) hear(state, unit);
      heard = unit;
      noteWord(unit.use, { fix, nowMs: state.nowMs, recentMs: silentAfterMs(planned), point });
    }
    admitFix(state, unit, fix, point, bucketAt(state, unit?.id ?? null, fix.eventTimeMs));
  }
  const now = planAt(state, state.nowMs)?.unitByTracker.get(batch.tracker);
  if (now !== undefined) {
    if (batch.fixes.length === 0) hear(state, unitState(state, now.id));
    for (const { code } of batch.rejected) noteRefused(unitState(state, now.id).use, code, state.nowMs);
  }
}

/** The tracker said something: its silence, if any, is over at the next settling instant. */
export function hear(state: TrackScope, unit: UnitState): void {
  unit.lastHeardMs = state.nowMs;
  state.timers.setEarlier({ kind: 'unit', unit: unit.id }, nextSettleMs(state.nowMs));
}

function admitFix(
  state: TrackScope,
  unit: UnitState | null,
  fix: Fix,
  point: TrackPoint | Unusable,
  bucket: Bucket,
): void {
  const found = admission(unit, fix, state.nowMs, bucket, state.resumed?.atMs);
  if (found.is === 'duplicate') state.counts.duplicate += 1;
  else if (found.is !== 'new') flag(state, found.is);
  if (unit === null) return;
  if (found.is === 'clock-ahead') unit.clockFaultMs = state.nowMs;
  else if (fix.backfill === true) unit.backfillMs = state.nowMs;
  if (found.is === 'new' && point === 'out-of-area') unit.outOfAreaMs = state.nowMs;
  if (!('held' in found) || found.held === null) return;
  for (const _ of found.crowded) flag(state, 'too-dense');
  state.dirtyUnits.add(unit.id);
  // What the head was folded from stands until it is made again.
  if (unit.head !== null && found.start < unit.folded) unit.standing ??= unit.fixes.firstOf(unit.folded);
  const { start, removed, held } = found;
  changeFrom(unit, start < unit.fixes.length ? Math.min(fix.eventTimeMs, unit.fixes.timeMs(start)) : fix.eventTimeMs);
  unit.fixes.replace(start, removed, held);
}

function flag(state: TrackScope, name: FixFlag): void {
  state.counts.flags[name] = (state.counts.flags[name] ?? 0) + 1;
}

/** What a copy of a fix comes to, before anybody asks whether its position can be believed. */
export type Admission =
  | { readonly is: 'clock-ahead' | 'late' | 'unknown-tracker' }
  /** Another instant of the same bucket counts. */
  | { readonly is: 'too-dense'; readonly other: Fix | null }
  | Placed;

/** `fixes[start, start + removed)` become `held`; null: nothing changes. */
export interface Placed {
  readonly start: number;
  readonly removed: number;
  readonly held: readonly Fix[] | null;
  /** `new`: its instant's first. `duplicate`, `conflict`: another copy of one that is held, with its position or another. */
  readonly is: 'new' | 'duplicate' | 'conflict';
  /** `duplicate`: the copy that had its position. */
  readonly same: Fix | null;
  /** `new`: copies that counted at the other instants of the bucket, which do so no more. */
  readonly crowded: readonly Fix[];
}

/** The unit's fixes that may still be joined by others, and the last instant that may not. */
export interface Held {
  /** By event time, copies of one instant in their order; at least those within the horizon. */
  readonly fixes: FixList;
  readonly baseEnd: BaseEnd | null;
}

/**
 * Depends on the copy, its log time and the copies that may still come in time, and on nothing that the fold remembers or
 * forgets beside them: so it can be found again from a part of the log (decisions.ts). Of the instants of one bucket one counts,
 * whatever order they come in: the first of those that say where the unit was, else the first.
 *
 * @param unit null: no unit has the tracker
 * @param resumedAtMs of the last `resume` before the copy: what is older is passed over
 */
export function admission(unit: Held | null, fix: Fix, nowMs: number, bucket: Bucket, resumedAtMs = 0): Admission {
  if (fix.eventTimeMs > nowMs + CLOCK_AHEAD_MS) return { is: 'clock-ahead' };
  if (fix.eventTimeMs < Math.max(nowMs - HORIZON_MS, resumedAtMs)) return { is: 'late' };
  if (unit === null) return { is: 'unknown-tracker' };
  const { fixes, baseEnd } = unit;
  const start = firstAtOrAfter(fixes, fix.eventTimeMs);
  if (start < fixes.length && fixes.timeMs(start) === fix.eventTimeMs) {
    const copies = fixesWithin(fixes, start, endOfInstant(fixes, start));
    const same = copies.find((one) => samePosition(one, fix)) ?? null;
    const held = withCopy(copies, fix);
    const change = { start, removed: copies.length, held: held === copies ? null : held, crowded: [], same };
    return { is: same === null ? 'conflict' : 'duplicate', ...change };
  }
  const useful = saysWhere(fix);
  if (
    baseEnd !== null &&
    isIn(bucket, baseEnd.atMs) &&
    beats(baseEnd.atMs, baseEnd.saysWhere, fix.eventTimeMs, useful)
  ) {
    return { is: 'too-dense', other: null };
  }
  let [from, to] = [start, start];
  while (from > fixes.behind && isIn(bucket, fixes.timeMs(from - 1))) from -= 1;
  while (to < fixes.length && isIn(bucket, fixes.timeMs(to))) to += 1;
  if (from === to) return { is: 'new', start, removed: 0, held: [fix], same: null, crowded: NONE };
  const crowded: Fix[] = [];
  let first = start;
  for (let i = from; i < to; i = endOfInstant(fixes, i)) {
    const other = fixes.at(i);
    if (beats(other.eventTimeMs, saysWhere(other), fix.eventTimeMs, useful)) return { is: 'too-dense', other };
    // What is final has counted, as saying nothing.
    if (other.eventTimeMs < nowMs - HORIZON_MS) continue;
    if (crowded.length === 0) first = i;
    crowded.push(other);
  }
  const removed = crowded.length === 0 ? 0 : to - first;
  return { is: 'new', start: first, removed, held: [fix], same: null, crowded };
}

const NONE: readonly Fix[] = [];

/** Of two instants of one bucket, whether the first is the one that counts. */
function beats(atMs: number, says: boolean, otherMs: number, otherSays: boolean): boolean {
  return says === otherSays ? atMs < otherMs : says;
}

function isIn({ fromMs, toMs }: Bucket, atMs: number): boolean {
  return atMs >= fromMs && atMs < toMs;
}
