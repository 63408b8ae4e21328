import type { PositionE7 } from './position.js';

/**
 * One position report, valid in every field. Integers only, so that equal fixes have equal bytes everywhere; null means
 * that the tracker did not say (absent is never 0).
 */
export interface Fix {
  /** When the fix was taken: ms since the Unix epoch, UTC. */
  readonly eventTimeMs: number;
  /** Null: the tracker spoke but has no position. */
  readonly position: PositionE7 | null;
  readonly altitudeDm: number | null;
  readonly speedCmps: number | null;
  /** Clockwise from north, hundredths of a degree, 0..35999. */
  readonly courseCdeg: number | null;
  /** The receiver's own word on whether the position is a live fix. */
  readonly located: boolean | null;
  readonly satellites: number | null;
  readonly beidouSatellites: number | null;
  readonly hdopCenti: number | null;
  /** Radius that holds the true position in 68 of 100 cases, as the receiver says it. */
  readonly accuracyDm: number | null;
  /** False: main power was cut. */
  readonly power: boolean | null;
  /** Charge of the tracker's battery, 0..100. */
  readonly batteryPercent: number | null;
  readonly ignition: boolean | null;
  readonly lightbar: boolean | null;
  readonly sos: boolean | null;
  /** The tracker's word that this fix was stored while it had no link. */
  readonly backfill: boolean | null;
}

/** Why ingest refused a fix. It is logged with its reason and never reaches the fold. */
export const FIX_REJECTIONS = [
  'time-missing',
  'time-too-old',
  'time-too-far-ahead',
  'position-incomplete',
  'longitude-range',
  'latitude-range',
  'altitude-range',
  'speed-range',
  'course-range',
  'satellites-range',
  'hdop-range',
  'accuracy-range',
  'battery-range',
] as const;
export type FixRejection = (typeof FIX_REJECTIONS)[number];

export interface RejectedFix {
  /** Index in the report's list. */
  readonly index: number;
  readonly code: FixRejection;
  /** It called for help: that is heard though nothing else of it is. */
  readonly sos?: true;
}

/** Why the fold stored a fix without moving any state. */
export const FIX_FLAGS = [
  'clock-ahead',
  'late',
  'conflict',
  'too-dense',
  'null-island',
  'no-position',
  'not-located',
  'out-of-area',
  'too-vague',
  'outlier',
  'unknown-tracker',
] as const;
export type FixFlag = (typeof FIX_FLAGS)[number];

/** What became of a fix that a tracker handed over; exactly one of these. */
export type Disposition = 'admitted' | 'duplicate' | 'flagged' | 'refused';
