/**
 * What a fix of a trace is good for, by the fix itself and the area of the plan: `precise` (fences use it), `vague` (σ above
 * MAX_FENCE_SIGMA_M: it makes no unit enter or leave), or why it does not say where the unit was.
 */
export type FixQuality =
  | 'precise'
  | 'vague'
  | 'too-vague'
  | 'no-position'
  | 'null-island'
  | 'not-located'
  | 'out-of-area';

/** One fix of a unit as an auditor gets it: one row for each position of an instant, however many copies the log has. */
export interface TraceFix {
  readonly type: 'fix';
  readonly unit: string;
  readonly tracker: string;
  readonly eventTimeMs: number;
  /** Degrees, WGS-84; both null: the fix has no position. */
  readonly lng: number | null;
  readonly lat: number | null;
  /** The accuracy that the engine uses, metres; null: the position is not usable. */
  readonly sigmaM: number | null;
  readonly quality: FixQuality;
  /** There is another fix for the same instant, with another position. */
  readonly conflict: boolean;
  readonly altitudeM: number | null;
  readonly speedMps: number | null;
  /** Clockwise from north. */
  readonly courseDeg: number | null;
  readonly located: boolean | null;
  readonly satellites: number | null;
  readonly beidouSatellites: number | null;
  readonly hdop: number | null;
  /** As the receiver says it: metres, 68 %. */
  readonly accuracyM: number | null;
  readonly power: boolean | null;
  readonly batteryPercent: number | null;
  readonly ignition: boolean | null;
  readonly lightbar: boolean | null;
  readonly sos: boolean | null;
  /** Stored by the tracker while it had no link. */
  readonly backfill: boolean | null;
  /** Log entry of the first copy, as `<ms>-<seq>`. */
  readonly logId: string;
}

/** A stretch in which nobody knows where a unit was: no usable position for longer than its silence threshold. Never joined into a line. */
export interface TraceHole {
  readonly type: 'hole';
  readonly unit: string;
  /** The last usable position before it, or the beginning of the range that was asked for; event time, ms. */
  readonly fromMs: number;
  /** The first usable position after it, or the end of the range. */
  readonly toMs: number;
}

/** Rows of a trace: sorted by unit, then event time; a hole stands between the positions that it parts. */
export type TraceRow = TraceFix | TraceHole;

/**
 * - `inside`: precise fixes whose accuracy disc lies wholly in the area, no longer apart than the unit's silence threshold.
 * - `possible`: the unit may have been inside: a disc meets the area, a way between two fixes does, or a hole from which it was in reach.
 * - `unknown`: nobody knows where the unit was.
 */
export type PresenceCertainty = 'inside' | 'possible' | 'unknown';

/** Why a stretch is not `inside`: a position near the boundary, a way through, or a hole in the trace. */
export type PresenceCause = 'fix' | 'near' | 'way' | 'hole';

/** One stretch of one unit in an area that was asked for. Rows are sorted by unit, then `fromMs`; stretches of one unit do not overlap. */
export interface AreaPresence {
  readonly type: 'presence';
  readonly unit: string;
  readonly certainty: PresenceCertainty;
  readonly cause: PresenceCause;
  /** Event times, within the range that was asked for. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Fixes of this stretch. */
  readonly fixes: number;
  /** The whole hole that the stretch is part of, cut off at half an hour outside the range; null unless `cause` is `hole`. */
  readonly hole: { readonly fromMs: number; readonly toMs: number } | null;
}
