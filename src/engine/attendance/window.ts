import { normalise, pairsOf } from '../../model/intervals.js';
import type { CheckpointWindowRule, Intervals } from '../../model/plan.js';
import { judgedFromMs, type OutageInput } from '../agenda/after-outage.js';
import { dueUnder, type LimitInForce, limitAt } from '../plan/limits-over.js';
import { once, type PresenceSpan } from '../presence/presence.js';
import { type HidingInput, hidingSpans } from '../presence/hiding.js';
import { type Absence, type Attendance, type Attended, attendanceOver, NOBODY_YET } from './attendance.js';

export interface WindowInput extends HidingInput, OutageInput {
  /** Before this, who was there is forgotten but for `remembered`. */
  readonly sinceMs: number;
  /** What remains known of the window that began before `sinceMs` and was not over then; null: there was none. */
  readonly remembered: RememberedWindow | null;
  /** When the checkpoint is to be manned. */
  readonly binds: Intervals;
  /** The rule over the versions of the plan. */
  readonly limits: readonly LimitInForce<CheckpointWindowRule>[];
  /** Whether a unit does not report where it is now. */
  readonly isUnseen: (unitId: string) => boolean;
  /** Whether a unit that left then, and was not there until `toMs`, had been called away by a task. */
  readonly isCalledAway: (unitId: string, atMs: number, toMs: number) => boolean;
}

/** A window so far: with those who are proven to have been there, and with all who may have been, too. */
export interface RememberedWindow {
  readonly opensMs: number;
  readonly proven: Attendance;
  readonly most: Attendance;
  /** For how long nobody can have been there at the least when somebody was last proven to be. */
  readonly leastAwayMs: number;
  /** Whether the last who was proven to be there had been called away. */
  readonly isExcused: boolean;
}

/** A time in which a checkpoint is to be manned, and what is known of it. */
export interface CheckpointWindow {
  readonly input: WindowInput;
  readonly opensMs: number;
  readonly closesMs: number;
  /** What is known of it before `input.sinceMs`; null: all that is known came after. */
  readonly before: RememberedWindow | null;
  /** Where a presence that counts may hide. */
  readonly hiding: () => readonly PresenceSpan[];
}

export function windowOf(input: WindowInput, opensMs: number, closesMs: number): CheckpointWindow {
  const { remembered } = input;
  const before = remembered?.opensMs === opensMs ? remembered : null;
  return { input, opensMs, closesMs, before, hiding: once(() => hidingSpans(input)) };
}

/** Who is proven to have been there up to an instant, each for long enough to count. */
export function provenUntil(window: CheckpointWindow, untilMs: number): Attended {
  const before = window.before?.proven ?? NOBODY_YET;
  return attendedUntil(window, { spans: counted(window), before, untilMs, countsFromMs: 0 });
}

/**
 * The same with all who may have been there.
 *
 * @param firstMs start of the first proven presence: time without anybody counts from then on; null: it counts not at all
 */
export function mostUntil(window: CheckpointWindow, untilMs: number, firstMs: number | null): Attended {
  const { outages } = window.input;
  const pairs = [...counted(window), ...window.hiding(), ...outages].map(({ fromMs, toMs }) => [fromMs, toMs] as const);
  const spans = pairsOf(normalise(pairs)).map(([fromMs, toMs]) => ({ unit: '', fromMs, toMs }));
  const before = window.before?.most ?? NOBODY_YET;
  return attendedUntil(window, { spans, before, untilMs, countsFromMs: firstMs ?? Number.POSITIVE_INFINITY });
}

function counted({ input }: CheckpointWindow): readonly PresenceSpan[] {
  return input.covered.filter((span) => span.toMs - span.fromMs >= input.countsAfterMs(span));
}

interface Attending {
  readonly spans: readonly PresenceSpan[];
  readonly before: Attendance;
  readonly untilMs: number;
  readonly countsFromMs: number;
}

function attendedUntil(window: CheckpointWindow, { spans, before, untilMs, countsFromMs }: Attending): Attended {
  const { opensMs, input } = window;
  return attendanceOver(spans, {
    opensMs,
    fromMs: window.before === null ? opensMs : Math.max(opensMs, input.sinceMs),
    toMs: untilMs,
    before,
    handoverMs: (atMs) => handoverAt(window, atMs),
    countsFromMs,
    isCalledAway: (unit, atMs, toMs) => isCalledAway(window, unit, atMs, toMs),
  });
}

/** A task that was over before all but what is remembered was forgotten still excuses who was the last there. */
function isCalledAway({ before, input }: CheckpointWindow, unit: string, atMs: number, toMs: number): boolean {
  const isLast = before !== null && before.proven.lastUnit === unit && before.proven.lastMs === atMs;
  return (isLast && before.isExcused) || input.isCalledAway(unit, atMs, toMs);
}

/** For how long nobody can have been there up to `untilMs`, at the least, after the first proven presence at `firstMs`. */
export function leastAwayMs(window: CheckpointWindow, untilMs: number, firstMs: number): number {
  // What is forgotten is asked for only as of the last proven presence.
  if (window.before !== null && untilMs < window.input.sinceMs) return window.before.leastAwayMs;
  const { attendance, trailing } = mostUntil(window, untilMs, firstMs);
  if (trailing === null || trailing.toMs - trailing.fromMs <= handoverAt(window, untilMs)) return attendance.awayMs;
  return attendance.awayMs + trailing.toMs - Math.max(trailing.fromMs, firstMs);
}

function handoverAt({ input }: CheckpointWindow, atMs: number): number {
  return limitAt(input.limits, atMs)?.rule.handoverMs ?? 0;
}

/** Until when somebody must have come; null: never. */
export function lateFromMs({ input, opensMs }: CheckpointWindow): number | null {
  return dueUnder(input.limits, opensMs)?.dueMs ?? null;
}

/** Who leaves before this leaves too early. */
export function mayLeaveFromMs({ input, closesMs }: CheckpointWindow): number {
  return closesMs - (limitAt(input.limits, closesMs - 1)?.rule.graceMs ?? 0);
}

/** From when on an absence that began at `fromMs` is, with those before it, too much. Null: it never is. */
export function tooLongFromMs({ input }: CheckpointWindow, fromMs: number, { awayMs }: Attendance): number | null {
  for (const limit of input.limits) {
    const { absenceMs, handoverMs } = limit.rule;
    const dueMs = Math.max(limit.fromMs, fromMs + Math.max(absenceMs - awayMs, handoverMs + 1));
    if (dueMs < limit.toMs) return dueMs;
  }
  return null;
}

/** From when on an absence is too much: nobody has come, or those who had come are away. Null: it never is. */
export function dueFromMs(
  window: CheckpointWindow,
  { fromMs, before }: Pick<Absence, 'fromMs' | 'before'>,
): number | null {
  return before.firstMs === null ? lateFromMs(window) : tooLongFromMs(window, fromMs, before);
}

/** A tracker's reports of a time have come within so many report intervals: nobody enters a place with fewer than two fixes. */
const REPORTS_AWAITED = 2;

/** How long after an instant its reports may still come. */
export function awaitedMs({ reportIntervalMs }: OutageInput): number {
  return REPORTS_AWAITED * reportIntervalMs;
}

/** How long nobody was there since the first came, but for who had been called away. `running`: an absence that goes on, or did at the end. */
export function unexcusedMs({ awayMs, excusedMs }: Attendance, running: Absence | null): number {
  const runsMs = running === null || running.isExcused ? 0 : running.toMs - running.fromMs;
  return awayMs - excusedMs + runsMs;
}

/** When what began at `fromMs`, and was too much at `dueMs`, is judged. */
export function judgedMs({ input }: CheckpointWindow, fromMs: number, dueMs: number): number {
  return judgedFromMs(fromMs, dueMs + awaitedMs(input), input);
}
