import { normalise } from '../../../model/intervals.js';
import type { Intervals } from '../../../model/plan.js';
import type { PresenceSpan } from '../../presence/presence.js';

/** Presence that counts for so many, over `[fromMs, toMs)`. */
export interface CountedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: number;
}

/** Each unit once, however many spans say that it is, or may be, there; its spans that meet become one. */
export function countedSpans(
  spans: readonly PresenceSpan[],
  countsFor: (unit: string, atMs: number) => number,
): CountedSpan[] {
  const byUnit = new Map<string, PresenceSpan[]>();
  for (const span of spans) {
    const own = byUnit.get(span.unit);
    if (own === undefined) byUnit.set(span.unit, [span]);
    else own.push(span);
  }
  const counted: CountedSpan[] = [];
  for (const [unit, own] of byUnit) {
    const times = normalise(own.map(({ fromMs, toMs }): [number, number] => [fromMs, toMs]));
    for (let i = 0; i < times.length; i += 2) {
      const fromMs = times[i] as number;
      counted.push({ fromMs, toMs: times[i + 1] as number, counts: countsFor(unit, fromMs) });
    }
  }
  return counted;
}

/** Over `[fromMs, toMs)`, flat: when those who are there count for fewer than `atLeast`. */
export function shortWithin(spans: readonly CountedSpan[], atLeast: number, fromMs: number, toMs: number): Intervals {
  const short: number[] = [];
  let isShort = false;
  for (const { atMs, count } of countsWithin(spans, fromMs, toMs)) {
    if (count < atLeast === isShort) continue;
    isShort = !isShort;
    short.push(atMs);
  }
  if (isShort) short.push(toMs);
  return short;
}

/** How many there are at the fewest over `[fromMs, toMs)`, which is not empty. */
export function fewestWithin(spans: readonly CountedSpan[], fromMs: number, toMs: number): number {
  return countsWithin(spans, fromMs, toMs).reduce(
    (least, { count }) => Math.min(least, count),
    Number.POSITIVE_INFINITY,
  );
}

/** How many there are from each instant on at which that changes, the first of them `fromMs`. Nothing of an empty stretch. */
function countsWithin(
  spans: readonly CountedSpan[],
  fromMs: number,
  toMs: number,
): { readonly atMs: number; readonly count: number }[] {
  if (fromMs >= toMs) return [];
  const changes: [atMs: number, by: number][] = [];
  let count = 0;
  for (const span of spans) {
    if (span.toMs <= fromMs || span.fromMs >= toMs) continue;
    if (span.fromMs <= fromMs) count += span.counts;
    else changes.push([span.fromMs, span.counts]);
    if (span.toMs < toMs) changes.push([span.toMs, -span.counts]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  const counts = [{ atMs: fromMs, count }];
  for (const [atMs, by] of changes) {
    count += by;
    const last = counts.at(-1);
    if (last?.atMs === atMs) counts[counts.length - 1] = { atMs, count };
    else counts.push({ atMs, count });
  }
  return counts;
}
