import type { Disposition, Fix, FixFlag, RejectedFix } from './fix.js';
import type { LogId } from './log-id.js';

/** Where a copy of a fix stands in the log. */
export interface CopyPlace {
  readonly logId: LogId;
  /** Its number in the entry, from 0: report by report, in each the valid fixes first, then the refused. */
  readonly ordinal: number;
}

/** Another fix that a decision was made against. */
export interface ComparedFix extends CopyPlace {
  readonly fix: Fix;
  readonly sigmaM: number | null;
}

/** What was measured against a limit: how far ahead, how late, how fast. */
export interface Measured {
  readonly got: number;
  readonly limit: number;
  readonly unit: 'ms' | 'mps';
}

/**
 * - `confirmed`: nothing that may still come changes it.
 * - `provisional`: a fix that comes within the horizon, or the next ones after it, may change it.
 * - `unproven`: it depends on fixes before those that the log was read from.
 */
export type DecisionFinality = 'confirmed' | 'provisional' | 'unproven';

/** What was decided about one copy of a fix: exactly one disposition, and the reason. */
export interface FixDecision extends CopyPlace {
  /** Log time of the copy's entry, ms. */
  readonly loggedAtMs: number;
  /** Whose tracker it was by the plan of that time; null: nobody's. */
  readonly unit: string | null;
  readonly tracker: string;
  readonly reportId: string;
  /** The event time; of a refused fix, whose fields are not kept, the log time. */
  readonly atMs: number;
  /** Null: it was refused. */
  readonly fix: Fix | null;
  readonly rejected: RejectedFix | null;
  /** Accuracy that the engine used, metres; null: the position is not usable. */
  readonly sigmaM: number | null;
  readonly disposition: Disposition;
  readonly flag: FixFlag | null;
  readonly measured: Measured | null;
  /**
   * What the fix was compared with. A duplicate or a conflict: the copy that counted in its place. A late fix: the copy that came in
   * time, if one did. An outlier: the last believed position. Null for others.
   */
  readonly comparedWith: ComparedFix | null;
  readonly finality: DecisionFinality;
}
