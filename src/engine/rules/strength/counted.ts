import { normalise } from '../../../model/intervals.js';
import type { Intervals } from '../../../model/plan.js';
import type { PresenceSpan } from '../../presence/presence.js';

/** Presence that counts for so many, over `[fromMs, toMs)`. */
export interface CountedSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counts: number;
  /** Those whom it counts besides, each once wherever they are. Absent: none is named. */
  readonly officers?: readonly string[];
}

/** What a unit counts for over a part of its presence. */
export interface CountedPart {
  readonly fromMs: number;
  readonly toMs: number;
  /** For certain, and at the most. */
  readonly least: number;
  readonly most: number;
  readonly officers?: readonly string[];
}

/** The parts of a unit's presence over a time, one after the other. */
export type CountParts = (unit: string, fromMs: number, toMs: number) => readonly CountedPart[];

/** Each unit once, however many spans say that it is, or may be, there; its spans that meet become one. */
export function countedSpans(
  spans: readonly PresenceSpan[],
  partsOf: CountParts,
  bound: 'least' | 'most',
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
    for (let i = 0; i < times.length; i += 2)
      for (const part of partsOf(unit, times[i] as number, times[i + 1] as number))
        counted.push({
          fromMs: part.fromMs,
          toMs: part.toMs,
          counts: part[bound],
          ...(part.officers === undefined ? {} : { officers: part.officers }),
        });
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
  const changes: [atMs: number, span: CountedSpan, by: 1 | -1][] = [];
  const here = new Count();
  for (const span of spans) {
    if (span.toMs <= fromMs || span.fromMs >= toMs) continue;
    if (span.fromMs <= fromMs) here.add(span, 1);
    else changes.push([span.fromMs, span, 1]);
    if (span.toMs < toMs) changes.push([span.toMs, span, -1]);
  }
  changes.sort((a, b) => a[0] - b[0]);
  const counts = [{ atMs: fromMs, count: here.count }];
  for (const [atMs, span, by] of changes) {
    here.add(span, by);
    const { count } = here;
    const last = counts.at(-1);
    if (last?.atMs === atMs) counts[counts.length - 1] = { atMs, count };
    else counts.push({ atMs, count });
  }
  return counts;
}

/** How many there are at an instant: an officer who is on two units is one. */
class Count {
  #nameless = 0;
  readonly #officers = new Map<string, number>();

  add({ counts, officers = [] }: CountedSpan, by: 1 | -1): void {
    this.#nameless += by * counts;
    for (const id of officers) {
      const times = (this.#officers.get(id) ?? 0) + by;
      if (times === 0) this.#officers.delete(id);
      else this.#officers.set(id, times);
    }
  }

  get count(): number {
    return this.#nameless + this.#officers.size;
  }
}
