import type { FixDecision } from './decision.js';
import type { LogId } from './log-id.js';

/** What an auditor asks: copies of a unit's fixes by event time and by log time, both `[from, to)`, ms. */
export interface FixSearch {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly loggedFromMs: number;
  readonly loggedToMs: number;
}

export interface FixSearchResult {
  /** What became of each copy, sorted by event time, then log id, then ordinal. */
  readonly decisions: readonly FixDecision[];
  /** Log times that were looked through; `loggedToMs` is where the log ends, if that is before the end that was asked for. */
  readonly loggedFromMs: number;
  readonly loggedToMs: number;
  /** What could not be told, because it is not in the log any more. */
  readonly missing: readonly MissingPart[];
  /** Entries that the engine could not fold, and passed over: what they hold was never decided about. */
  readonly skipped: readonly LogId[];
}

/** Times `[fromMs, toMs)`: of the log, or event times whose plan is not known. */
export interface MissingPart {
  readonly what: 'log' | 'plan';
  readonly fromMs: number;
  readonly toMs: number;
}
