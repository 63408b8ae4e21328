import type { Fix, FixRejection } from '../../model/fix.js';
import { CLOCK_AHEAD_MS, MAX_FENCE_SIGMA_M, STATIONARY_SPEED_CMPS } from '../../model/limits.js';
import type { PositionE7 } from '../../model/position.js';
import type { TrackerFault } from '../../model/tracker-fault.js';
import type { TrackPoint } from './fold.js';
import type { Unusable } from './points.js';

/** What a tracker's last words are good for, in the order in which they came. Times are log times unless said. */
export interface Usefulness {
  /** Its last fix that said where the unit is now; null: none did. */
  usefulMs: number | null;
  /** What has been wrong with every fix since; null: the last one was useful. */
  fault: {
    cause: TrackerFault;
    sinceMs: number;
    /** Its clock less the server's at its last word; null: not known. */
    clockOffsetMs: number | null;
    /** The same at `sinceMs`, as long as every word since may have been a stored fix; null: not known, or one was not. */
    firstOffsetMs: number | null;
  } | null;
  /** Its last word that was no stored fix, the event time that it said and the position. */
  wordMs: number | null;
  saidMs: number | null;
  saidAt: PositionE7 | null;
  /** Main power, as of the newest fix that says so, and that fix's event time. */
  power: boolean | null;
  powerMs: number | null;
  /** While it was useless, by the rule that found it, oldest first. */
  readonly episodes: UselessSpan[];
}

export interface UselessSpan {
  readonly ruleId: string;
  readonly fromMs: number;
  toMs: number | null;
  /** Null while it goes on. */
  ending: 'report' | 'silence' | 'window' | null;
  cause: TrackerFault;
  clockOffsetMs: number | null;
}

/** BeiDou and GPS count weeks in ten bits, some receivers only so. */
const ROLLOVER_MS = 1_024 * 7 * 86_400_000;
const ROLLOVER_SLACK_MS = 86_400_000;
/** A clock that is wrong stays wrong by the same time; stored fixes that come late do not. */
const STEADY_OFFSET_MS = 60_000;

export function createUsefulness(): Usefulness {
  return {
    usefulMs: null,
    fault: null,
    wordMs: null,
    saidMs: null,
    saidAt: null,
    power: null,
    powerMs: null,
    episodes: [],
  };
}

export interface Word {
  readonly fix: Fix;
  readonly nowMs: number;
  /** A position that is older than this when it comes says nothing about now. */
  readonly recentMs: number;
  readonly point: TrackPoint | Unusable;
}

/** One copy of a fix. What a tracker had stored says nothing about how it is now. */
export function noteWord(use: Usefulness, word: Word): void {
  const { fix, nowMs } = word;
  if (fix.backfill === true) return;
  const cause = causeOf(use, word);
  if (cause === null) {
    use.usefulMs = nowMs;
    use.fault = null;
  } else noteFault(use, cause, nowMs, fix.eventTimeMs - nowMs);
  const isInTime = offTimeOf(word) === null;
  if (fix.power !== null && (!isInTime || fix.eventTimeMs >= (use.powerMs ?? 0))) {
    use.power = fix.power;
    if (isInTime) use.powerMs = fix.eventTimeMs;
  }
  use.wordMs = nowMs;
  use.saidMs = fix.eventTimeMs;
  use.saidAt = fix.position;
}

/** A fix that ingest refused: of its fields only the reason is known. */
export function noteRefused(use: Usefulness, code: FixRejection, nowMs: number): void {
  const cause = code === 'time-too-old' ? 'clock-behind' : code === 'time-too-far-ahead' ? 'clock-ahead' : 'refused';
  noteFault(use, cause, nowMs, null);
  use.wordMs = nowMs;
}

function noteFault(use: Usefulness, cause: TrackerFault, nowMs: number, offsetMs: number | null): void {
  const clockOffsetMs =
    cause.startsWith('clock') || cause === 'week-rollover' || cause === 'frozen-time' ? offsetMs : null;
  const { fault } = use;
  // Stored fixes are behind by ever less, and some come twice: a fault that is nothing but such words begins anew with each of them.
  const mayBeStored = cause === 'clock-behind' || cause === 'frozen-time';
  const firstOffsetMs = mayBeStored && fault !== null ? fault.firstOffsetMs : null;
  const wanders =
    cause === 'clock-behind' &&
    firstOffsetMs !== null &&
    Math.abs(firstOffsetMs - (clockOffsetMs ?? 0)) >= STEADY_OFFSET_MS;
  if (fault === null || wanders) use.fault = { cause, sinceMs: nowMs, clockOffsetMs, firstOffsetMs: clockOffsetMs };
  else {
    // In place: a backlog is nothing but such words.
    fault.cause = cause;
    fault.clockOffsetMs = clockOffsetMs;
    fault.firstOffsetMs = firstOffsetMs;
  }
}

function causeOf(use: Usefulness, word: Word): TrackerFault | null {
  const { fix, nowMs, point } = word;
  const offTime = offTimeOf(word);
  if (offTime !== 'clock-ahead' && fix.eventTimeMs === use.saidMs && nowMs > (use.wordMs ?? nowMs))
    return 'frozen-time';
  if (offTime !== null) return offTime;
  if (point === 'out-of-area') return 'out-of-area';
  if (typeof point === 'string') return 'no-position';
  const isSame = use.saidAt?.lngE7 === point.lngE7 && use.saidAt.latE7 === point.latE7;
  if (isSame && fix.eventTimeMs !== use.saidMs && (fix.speedCmps ?? 0) > STATIONARY_SPEED_CMPS)
    return 'frozen-position';
  return point.sigmaM > MAX_FENCE_SIGMA_M ? 'vague' : null;
}

function offTimeOf({ fix, nowMs, recentMs }: Word): 'clock-ahead' | 'clock-behind' | 'week-rollover' | null {
  const behindMs = nowMs - fix.eventTimeMs;
  if (behindMs < -CLOCK_AHEAD_MS) return 'clock-ahead';
  if (behindMs < recentMs) return null;
  const isRollover = [1, 2].some((times) => Math.abs(behindMs - times * ROLLOVER_MS) < ROLLOVER_SLACK_MS);
  return isRollover ? 'week-rollover' : 'clock-behind';
}
