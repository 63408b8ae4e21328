import type { PresenceSpan } from '../presence/presence.js';

/** What a window has seen so far of a checkpoint: who came first, who was there last, and how long nobody was there in between. */
export interface Attendance {
  /** Start of the first presence and whose it was; null: nobody has come. */
  readonly firstMs: number | null;
  readonly firstUnit: string | null;
  /** End of the last presence and whose it was; null: nobody has come. */
  readonly lastMs: number | null;
  readonly lastUnit: string | null;
  /** All stretches between the two in which nobody was there, but for handovers. */
  readonly awayMs: number;
  /** Those of them that began when the last who was there had been called away. */
  readonly excusedMs: number;
}

export const NOBODY_YET: Attendance = {
  firstMs: null,
  firstUnit: null,
  lastMs: null,
  lastUnit: null,
  awayMs: 0,
  excusedMs: 0,
};

/** A stretch without presence that is no handover. */
export interface Absence {
  readonly fromMs: number;
  readonly toMs: number;
  /** What was known as it began. */
  readonly before: Attendance;
  /** Who ended it; null: nobody has, or the window did. */
  readonly byUnit: string | null;
  /** The last who was there had been called away. */
  readonly isExcused: boolean;
}

export interface Attended {
  readonly attendance: Attendance;
  /** Those that somebody ended, oldest first. */
  readonly over: readonly Absence[];
  /** The one that goes on at the end, however short; null: somebody is there. */
  readonly trailing: Absence | null;
}

export interface AttendedSpan {
  readonly opensMs: number;
  /** What came before is in `before`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly before: Attendance;
  /** How long nobody may be there while one unit takes over from another, by the plan of the time. */
  readonly handoverMs: (atMs: number) => number;
  /** Time without presence counts only from then on. */
  readonly countsFromMs: number;
  /** Whether a unit that left then, and was not there until `toMs`, had been called away. */
  readonly isCalledAway: (unit: string, atMs: number, toMs: number) => boolean;
}

/** What presences, sorted by their start, come to over `[fromMs, toMs)`. */
export function attendanceOver(spans: readonly PresenceSpan[], over: AttendedSpan): Attended {
  const { opensMs, fromMs, toMs, handoverMs, countsFromMs } = over;
  const isExcused = ({ lastUnit, lastMs }: Attendance, untilMs: number): boolean =>
    lastUnit !== null && lastMs !== null && over.isCalledAway(lastUnit, lastMs, untilMs);
  const absences: Absence[] = [];
  let known = over.before;
  for (const span of spans) {
    if (span.toMs <= fromMs || span.fromMs >= toMs) continue;
    const [startMs, endMs] = [Math.max(span.fromMs, fromMs), Math.min(span.toMs, toMs)];
    const sinceMs = known.lastMs ?? opensMs;
    const isAbsence = known.lastMs === null ? startMs > sinceMs : startMs - sinceMs > handoverMs(startMs);
    const absence = { fromMs: sinceMs, toMs: startMs, before: known, byUnit: span.unit };
    const excused = isAbsence && isExcused(known, startMs);
    if (isAbsence) absences.push({ ...absence, isExcused: excused });
    const countsMs = isAbsence && known.lastMs !== null ? Math.max(0, startMs - Math.max(sinceMs, countsFromMs)) : 0;
    const isLast = known.lastMs === null || endMs > known.lastMs;
    known = {
      firstMs: known.firstMs ?? startMs,
      firstUnit: known.firstMs === null ? span.unit : known.firstUnit,
      lastMs: isLast ? endMs : known.lastMs,
      lastUnit: isLast ? span.unit : known.lastUnit,
      awayMs: known.awayMs + countsMs,
      excusedMs: known.excusedMs + (excused ? countsMs : 0),
    };
  }
  const sinceMs = known.lastMs ?? opensMs;
  if (sinceMs >= toMs) return { attendance: known, over: absences, trailing: null };
  const trailing = { fromMs: sinceMs, toMs, before: known, byUnit: null, isExcused: isExcused(known, toMs) };
  return { attendance: known, over: absences, trailing };
}
