import type { Intervals } from '../model/plan.js';

/** A stretch of time, `[fromMs, toMs)`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The parts of a plan's interval list inside `[fromMs, toMs)`. */
export function spansWithin(intervals: Intervals, fromMs: number, toMs: number): Span[] {
  const spans: Span[] = [];
  for (let i = 0; i + 1 < intervals.length; i += 2) {
    const from = Math.max(fromMs, intervals[i] as number);
    const to = Math.min(toMs, intervals[i + 1] as number);
    if (from < to) spans.push({ fromMs: from, toMs: to });
  }
  return spans;
}

export function isWithin(intervals: Intervals, ms: number): boolean {
  for (let i = 0; i + 1 < intervals.length; i += 2) {
    if (ms >= (intervals[i] as number) && ms < (intervals[i + 1] as number)) return true;
  }
  return false;
}

export function overlaps(a: Span, b: Span): boolean {
  return a.fromMs < b.toMs && b.fromMs < a.toMs;
}

export function intersection(a: Span, b: Span): Span | null {
  const fromMs = Math.max(a.fromMs, b.fromMs);
  const toMs = Math.min(a.toMs, b.toMs);
  return fromMs < toMs ? { fromMs, toMs } : null;
}

/** Sorted and merged: spans less than `gapMs` apart become one. */
export function merged(spans: readonly Span[], gapMs: number): Span[] {
  const result: { fromMs: number; toMs: number }[] = [];
  for (const span of [...spans].sort((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs)) {
    const last = result.at(-1);
    if (last !== undefined && span.fromMs - last.toMs < gapMs) last.toMs = Math.max(last.toMs, span.toMs);
    else result.push({ ...span });
  }
  return result;
}

/** What of `[fromMs, toMs)` is in none of the spans, which are sorted and disjoint. */
export function uncovered(whole: Span, spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  let fromMs = whole.fromMs;
  for (const span of spans) {
    if (span.toMs <= fromMs) continue;
    if (span.fromMs >= whole.toMs) break;
    if (span.fromMs > fromMs) result.push({ fromMs, toMs: span.fromMs });
    fromMs = span.toMs;
  }
  if (fromMs < whole.toMs) result.push({ fromMs, toMs: whole.toMs });
  return result;
}
