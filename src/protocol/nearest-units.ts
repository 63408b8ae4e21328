import type { UnitHealth } from '../model/hot.js';
import type { UnitKind } from '../model/plan.js';

/**
 * How well it is known where a unit is.
 * - `current`: its last position is no older than its silence threshold, and nothing is wrong with its tracker.
 * - `doubtful`: it was somewhere once; where it is now, only `leastM` and `mostM` say.
 * - `stated`: a supervisor stated by radio where it is.
 * - `unknown`: it has no position, or one so old that it may be anywhere (the plan's `possibleForMs`).
 */
export type WhereCertainty = 'current' | 'doubtful' | 'stated' | 'unknown';

/** Whether a unit on duty may be sent: `tasked` is on an escort or an incident, `out-of-service` and `maintenance` are not to be sent. */
export type UnitAvailability = 'free' | 'tasked' | 'maintenance' | 'out-of-service';

/** A unit on duty, and how far it is from what was asked for. Distances are straight, metres, to the edge of a place; 0: inside. */
export interface NearestUnit {
  readonly unit: string;
  readonly callsign: string;
  readonly kind: UnitKind;
  readonly group: string;
  readonly crewCount: number;
  readonly health: UnitHealth;
  readonly availability: UnitAvailability;
  /** The open task that `availability` comes of; null: none. */
  readonly taskId: string | null;
  readonly certainty: WhereCertainty;
  /** From the last position, or from the place of the statement; null: there is neither. */
  readonly distanceM: number | null;
  /** The bounds of the distance now, by accuracy, age and the top speed of its kind; null where `certainty` is `unknown`. */
  readonly leastM: number | null;
  readonly mostM: number | null;
  /** How old the position or the statement is, ms. */
  readonly ageMs: number | null;
  /** The place that it was stated to be at; null: no statement stands. */
  readonly statedAt: string | null;
}
