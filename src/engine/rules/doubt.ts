import { normalise, subtract } from '../lib/intervals.js';
import type { PresenceSpan } from '../lib/presence.js';
import type { SettledDoubt } from '../state.js';

export interface DoubtInput {
  /** Before this, who may have been there is forgotten but for `settled`. */
  readonly sinceMs: number;
  /** Of the gap that began before `sinceMs` and ended at or after it; null: there is none. */
  readonly settled: SettledDoubt | null;
  /** Who may have been there. */
  readonly possible: () => readonly PresenceSpan[];
  /** Holes in the log (T3): nobody knows who was there. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** What of a time without proven presence is certain: nobody can have been there. */
export interface Certainty {
  /** The longest such stretch. */
  readonly longestMs: number;
  /** Start of the stretch that goes on at the end; null: somebody may be there. */
  readonly runningFromMs: number | null;
  /** Who may have been there, sorted. */
  readonly units: readonly string[];
}

export function certaintyOf(fromMs: number, toMs: number, input: DoubtInput): Certainty {
  const settled = fromMs < input.sinceMs ? input.settled : null;
  const startMs = settled === null ? fromMs : input.sinceMs;
  const spans = input.possible().filter((span) => span.toMs > startMs && span.fromMs < toMs);
  const pairs = spans.map((span): [number, number] => [span.fromMs, span.toMs]);
  for (const outage of input.outages) pairs.push([outage.fromMs, outage.toMs]);
  const sure = subtract([startMs, toMs], normalise(pairs));
  if (settled !== null && sure[0] === startMs) sure[0] = Math.max(fromMs, settled.sureFromMs);
  let longestMs = settled?.longestMs ?? 0;
  for (let i = 0; i < sure.length; i += 2) {
    longestMs = Math.max(longestMs, (sure[i + 1] as number) - (sure[i] as number));
  }
  const runningFromMs = sure.at(-1) === toMs ? (sure.at(-2) ?? null) : null;
  const units = new Set(settled?.units);
  for (const { unit } of spans) units.add(unit);
  return { longestMs, runningFromMs, units: [...units].sort() };
}
