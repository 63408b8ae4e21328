import type { Intervals } from '../../model/plan.js';

/** When a stay at a place began: its first proven presence, and the earliest that it can have been. Event times, ms. */
export interface StayStart {
  readonly earliestMs: number;
  readonly atMs: number;
  /** Nobody can have stayed between the stay before it and this one, nor have made one of both. */
  readonly isNext: boolean;
}

/** What is known at an instant of the stays up to it. */
export interface StaysSoFar {
  /** The last stretch in which somebody may have been there, with holes up to `mergeMs`; null: nobody was. */
  readonly maybe: { readonly fromMs: number; readonly toMs: number; readonly hasStay: boolean } | null;
  /** End of the last proven presence; null: there was none. */
  readonly lastMs: number | null;
  /** Somebody may have stayed since, apart from the stay that ended then. */
  readonly mayHide: boolean;
}

export const NO_STAYS: StaysSoFar = { maybe: null, lastMs: null, mayHide: false };

export interface Stays {
  readonly starts: readonly StayStart[];
  readonly after: StaysSoFar;
}

/**
 * Puts presences together to stays: what begins within `mergeMs` of the end of what was before belongs to the same stay.
 *
 * What may have been there makes a start vague where it touches it, and hides a stay where it lies apart from both neighbours. So a
 * start with `isNext` is the next one whatever part of `maybe` somebody was really there.
 *
 * @param proven when somebody was there
 * @param maybe when somebody was or may have been there; holds all of `proven`
 * @param mergeMs by the plan in force at an event time
 */
export function staysOver(
  proven: Intervals,
  maybe: Intervals,
  mergeMs: (atMs: number) => number,
  before: StaysSoFar,
): Stays {
  const starts: StayStart[] = [];
  let known = before;
  let p = 0;
  for (let m = 0; m < maybe.length; m += 2) {
    const [fromMs, toMs] = [maybe[m] as number, maybe[m + 1] as number];
    known = entered(known, fromMs, mergeMs(fromMs));
    for (; p < proven.length && (proven[p] as number) < toMs; p += 2) {
      const [startMs, endMs] = [proven[p] as number, proven[p + 1] as number];
      const mostMs = mergeMs(startMs);
      if (known.lastMs === null || startMs - known.lastMs > mostMs) starts.push(startOf(known, startMs, mostMs));
      known = { maybe: { ...stretchOf(known), hasStay: true }, lastMs: endMs, mayHide: false };
    }
    known = { ...known, maybe: { ...stretchOf(known), toMs } };
  }
  return { starts, after: known };
}

/** Somebody may be there from `fromMs` on. */
function entered(known: StaysSoFar, fromMs: number, mergeMs: number): StaysSoFar {
  const { maybe, lastMs, mayHide } = known;
  const next = { fromMs, toMs: fromMs, hasStay: false };
  if (maybe === null) return { ...known, maybe: next };
  if (fromMs - maybe.toMs <= mergeMs) return known;
  const wentOn = lastMs !== null && maybe.toMs > lastMs + mergeMs;
  return { ...known, maybe: next, mayHide: mayHide || !maybe.hasStay || wentOn };
}

function startOf(known: StaysSoFar, atMs: number, mergeMs: number): StayStart {
  const { fromMs, hasStay } = stretchOf(known);
  const isNext = known.lastMs !== null && !known.mayHide && !hasStay && fromMs >= atMs - mergeMs;
  return { earliestMs: fromMs, atMs, isNext };
}

/** The stretch that is read: there is one. */
function stretchOf({ maybe }: StaysSoFar): NonNullable<StaysSoFar['maybe']> {
  return maybe ?? { fromMs: 0, toMs: 0, hasStay: false };
}
