import type { RhythmFacts } from '../../model/alert.js';
import { MAX_REVISITS } from '../../model/limits.js';
import type { PredictableRule } from '../../model/plan.js';
import type { LimitInForce } from '../plan/limits-over.js';
import type { StayStart } from './stays.js';

/** By which terms a row was found to be one: those of its last stay. */
export interface RowTerms {
  readonly revisits: number;
  readonly withinMs: number;
  readonly planVersion: number;
}

/** Stays that follow each other in one stretch of the rule's hours, and none of which may hide between them. */
export interface Row {
  /** When the rule's hours began; null: there is no stay. */
  readonly opensMs: number | null;
  /** Of the last MAX_REVISITS + 1 stays the earliest and the proven start, flat, ms; oldest first. */
  readonly starts: readonly number[];
  /** Since when the last of them could each have been guessed, and by which terms; null: they could not. */
  readonly guessed: ({ readonly sinceMs: number } & RowTerms) | null;
}

export const NO_ROW: Row = { opensMs: null, starts: [], guessed: null };

/** The bounds of the last intervals of a row: the shortest and the longest that they can have been, ms. */
interface Band {
  readonly smallestMs: number;
  readonly largestMs: number;
}

/** The row with one more stay; with that alone if no interval leads to it that counts. */
export function rowWith(row: Row, opensMs: number, start: StayStart, limit: LimitInForce<PredictableRule>): Row {
  const { earliestMs, atMs, isNext } = start;
  const { rule, planVersion } = limit;
  const beforeMs = row.starts.at(-1);
  const goesOn =
    isNext && row.opensMs === opensMs && beforeMs !== undefined && earliestMs - beforeMs >= rule.leastIntervalMs;
  const starts = [...(goesOn ? row.starts : []), earliestMs, atMs].slice(-2 * (MAX_REVISITS + 1));
  const { revisits, withinMs } = rule;
  const band = bandOf(starts, revisits);
  if (band === null || band.largestMs - band.smallestMs > 2 * withinMs) return { opensMs, starts, guessed: null };
  return { opensMs, starts, guessed: { sinceMs: row.guessed?.sinceMs ?? atMs, revisits, withinMs, planVersion } };
}

/** Null: there are not so many intervals. */
function bandOf(starts: readonly number[], intervals: number): Band | null {
  const first = starts.length - 2 * (intervals + 1);
  if (first < 0) return null;
  let [smallestMs, largestMs] = [Number.POSITIVE_INFINITY, 0];
  for (let i = first + 2; i < starts.length; i += 2) {
    smallestMs = Math.min(smallestMs, (starts[i] as number) - (starts[i - 1] as number));
    largestMs = Math.max(largestMs, (starts[i + 1] as number) - (starts[i - 2] as number));
  }
  return { smallestMs, largestMs };
}

/** The last instant at which the next stay may begin and the row go on. */
export function latestMs({ starts }: Row, { revisits, withinMs }: RowTerms): number {
  const band = bandOf(starts, revisits - 1);
  return (starts.at(-2) ?? 0) + (band?.smallestMs ?? 0) + 2 * withinMs;
}

/** What is told of a row whose last stays could have been guessed. */
export function factsOf({ starts }: Row, { revisits, withinMs }: RowTerms): RhythmFacts {
  const { smallestMs, largestMs } = bandOf(starts, revisits) ?? { smallestMs: 0, largestMs: 0 };
  const proven = starts.filter((_, i) => i % 2 === 1).slice(-(revisits + 1));
  const lastMs = proven.at(-1) ?? 0;
  return {
    startsMs: proven,
    smallestMs,
    largestMs,
    withinMs,
    nextFromMs: lastMs + smallestMs,
    nextToMs: lastMs + largestMs,
  };
}
