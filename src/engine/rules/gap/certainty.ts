import { intersect, normalise, subtract } from '../../../model/intervals.js';
import { type HidingInput, hidingSpans } from '../../presence/hiding.js';
import type { RememberedDoubt } from './remembered-doubt.js';

export interface DoubtInput extends HidingInput {
  /** Before this, who may have been there is forgotten but for `remembered`. */
  readonly sinceMs: number;
  /** What remains known of a gap that started before `sinceMs` and ended at or after it; null: there is none. */
  readonly remembered: RememberedDoubt | null;
  /** Holes in the log (T3): nobody knows who was there. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
}

/** What of a time without proven presence is sure: nobody can have been there. */
export interface Certainty {
  /** The stretches that are sure, flat; of what is forgotten, the last ones. */
  readonly sure: readonly number[];
  /** All of them together, the forgotten ones too. */
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
  const remembered = fromMs < input.sinceMs ? input.remembered : null;
  const startMs = remembered === null ? fromMs : input.sinceMs;
  const spans = hidingSpans(input).filter((span) => span.toMs > startMs && span.fromMs < toMs);
  const pairs = spans.map((span): [number, number] => [span.fromMs, span.toMs]);
  for (const outage of input.outages) pairs.push([outage.fromMs, outage.toMs]);
  const sure = subtract([startMs, toMs], normalise(pairs));
  const before = remembered === null ? [] : intersect(remembered.sure, [fromMs, startMs]);
  let sureMs = remembered?.sureMs ?? 0;
  if (before.length > 0 && before.at(-1) === sure[0]) {
    sure[0] = before.at(-2) as number;
    before.length -= 2;
    sureMs -= startMs - sure[0];
  }
  let longestMs = remembered?.longestMs ?? 0;
  let latelyFromMs = fromMs;
  for (let i = 0; i < sure.length; i += 2) {
    const lastsMs = (sure[i + 1] as number) - (sure[i] as number);
    sureMs += lastsMs;
    longestMs = Math.max(longestMs, lastsMs);
    if (lastsMs >= limitMs) latelyFromMs = sure[i + 1] as number;
  }
  const runningFromMs = sure.at(-1) === toMs ? (sure.at(-2) ?? null) : null;
  const units = new Set(remembered?.units);
  const lately = new Set(latelyFromMs < input.sinceMs ? remembered?.units : []);
  for (const span of spans) {
    units.add(span.unit);
    if (span.toMs > latelyFromMs) lately.add(span.unit);
  }
  return {
    sure: [...before, ...sure],
    sureMs,
    longestMs,
    runningFromMs,
    units: [...units].sort(),
    lately: [...lately].sort(),
  };
}
