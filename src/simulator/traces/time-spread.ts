import { REFUSE_AHEAD_MS } from '../../model/limits.js';

/** First and last instant, both in it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

const DAY_MS = 86_400_000;
/** Dates that lie further from all others than a server takes a fix ahead of its time. */
const APART_MS = REFUSE_AHEAD_MS;
/** So few fixes (or FEW_SHARE of all) at either end of a recording do not say when it begins or ends, unless they exceed MOST_SHARE. */
const FEW_FIXES = 2;
const FEW_SHARE = 0.01;
/** Fixes that are more than this share of all are never few (FEW_FIXES). */
const MOST_SHARE = 0.25;

interface Stretch {
  readonly fromMs: number;
  toMs: number;
  count: number;
}

/** When the fixes of a recording were, but for the few whose date is far from all others: one entry a day is kept. */
export class TimeSpread {
  readonly #days = new Map<number, { fromMs: number; toMs: number; count: number }>();
  #count = 0;

  add(ms: number): void {
    this.#count += 1;
    const key = Math.floor(ms / DAY_MS);
    const day = this.#days.get(key);
    if (day === undefined) {
      this.#days.set(key, { fromMs: ms, toMs: ms, count: 1 });
      return;
    }
    day.fromMs = Math.min(day.fromMs, ms);
    day.toMs = Math.max(day.toMs, ms);
    day.count += 1;
  }

  /** Null: nothing was added. A week's rollover, or the first fix of a clock that was dead, lies outside. */
  span(): Span | null {
    const stretches = this.#stretches();
    const isFew = ({ count }: Stretch): boolean =>
      count <= Math.max(FEW_FIXES, this.#count * FEW_SHARE) && count <= this.#count * MOST_SHARE;
    while (stretches.length > 1 && isFew(stretches[0] as Stretch)) stretches.shift();
    while (stretches.length > 1 && isFew(stretches.at(-1) as Stretch)) stretches.pop();
    const [first, last] = [stretches[0], stretches.at(-1)];
    return first === undefined || last === undefined ? null : { fromMs: first.fromMs, toMs: last.toMs };
  }

  #stretches(): Stretch[] {
    const stretches: Stretch[] = [];
    for (const [, day] of [...this.#days].sort(([a], [b]) => a - b)) {
      const last = stretches.at(-1);
      if (last === undefined || day.fromMs - last.toMs > APART_MS) stretches.push({ ...day });
      else {
        last.toMs = day.toMs;
        last.count += day.count;
      }
    }
    return stretches;
  }
}
