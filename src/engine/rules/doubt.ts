import { normalise, subtract } from '../lib/intervals.js';
import type { PresenceSpan } from '../lib/presence.js';
import type { SettledDoubt } from '../state.js';

export interface DoubtInput {
  /** Before this, who may have been there is forgotten but for `settled`. */
  readonly sinceMs: number;
  /** What remains known of a gap that started before `sinceMs` and ended at or after it; null: there is none. */
  readonly settled: SettledDoubt | null;
  /** Who may have been there. */
  readonly possible: () => readonly PresenceSpan[];
  /** Holes in the log (T3): nobody knows who was there. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** What of a time without proven presence is sure: nobody can have been there. */
export interface Certainty {
  /** The stretches that are sure, flat; of what is settled, only the one that reaches beyond it. */
  readonly sure: readonly number[];
  /** All of them together, the settled ones too. */
  readonly sureMs: number;
  /** The longest of them. */
  readonly longestMs: number;
  /** Start of the stretch that goes on at the end; null: somebody may be there. */
  readonly runningFromMs: number | null;
  /** Who may have been there, sorted. */
  readonly units: readonly string[];
  /** Who may have been there since the last stretch that was sure for `limitMs`, sorted. */
  readonly lately: readonly string[];
}

export function certaintyOf(fromMs: number, toMs: number, limitMs: number, input: DoubtInput): Certainty {
  const settled = fromMs < input.sinceMs ? input.settled : null;
  const startMs = settled === null ? fromMs : input.sinceMs;
  const spans = input.possible().filter((span) => span.toMs > startMs && span.fromMs < toMs);
  const pairs = spans.map((span): [number, number] => [span.fromMs, span.toMs]);
  for (const outage of input.outages) pairs.push([outage.fromMs, outage.toMs]);
  const sure = subtract([startMs, toMs], normalise(pairs));
  let sureMs = settled?.sureMs ?? 0;
  if (settled !== null && sure[0] === startMs) {
    sure[0] = Math.max(fromMs, settled.sureFromMs);
    sureMs -= startMs - sure[0];
  }
  let longestMs = settled?.longestMs ?? 0;
  let latelyFromMs = fromMs;
  for (let i = 0; i < sure.length; i += 2) {
    const lastsMs = (sure[i + 1] as number) - (sure[i] as number);
    sureMs += lastsMs;
    longestMs = Math.max(longestMs, lastsMs);
    if (lastsMs >= limitMs) latelyFromMs = sure[i + 1] as number;
  }
  const runningFromMs = sure.at(-1) === toMs ? (sure.at(-2) ?? null) : null;
  const units = new Set(settled?.units);
  const lately = new Set(latelyFromMs < input.sinceMs ? settled?.units : []);
  for (const span of spans) {
    units.add(span.unit);
    if (span.toMs > latelyFromMs) lately.add(span.unit);
  }
  return { sure, sureMs, longestMs, runningFromMs, units: [...units].sort(), lately: [...lately].sort() };
}
