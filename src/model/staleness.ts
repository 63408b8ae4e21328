/**
 * Why a district's state is not of now: its store does not answer, the log is ahead of what is folded, or no plan is in force, so
 * that nothing is judged; or log time stands, for the clock of the process that answers is wrong, or behind the log (T2).
 */
export const STALE_REASONS = ['store-away', 'clock', 'log-ahead', 'behind', 'no-plan'] as const;
export type StaleReason = (typeof STALE_REASONS)[number];

/** What whoever reads a district's state must be told about it. */
export interface Staleness {
  readonly reason: StaleReason;
  /** Log time, ms: what came later is not in the state. Null: there was no time at which the state was good. */
  readonly sinceMs: number | null;
  /** What was got, what was expected and what to do. */
  readonly detail: string;
}

/** How far the log is ahead of the cursor, all of one instant. */
export interface Lag {
  /** Log time of the cursor, ms; null: nothing has been folded yet. */
  readonly foldedToMs: number | null;
  /** Log time of the last entry, ms; null: there is no log. */
  readonly lastMs: number | null;
  /** The first entry that is not folded, `<ms>-<seq>`; null: all are. */
  readonly waiting: string | null;
}
