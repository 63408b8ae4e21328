import { compareCopies, samePosition } from '../engine/track/copies.js';
import type { LoggedFix } from '../log/fix-history.js';
import { BeatwatchError } from '../model/errors.js';

/** Different fixes of one unit for one instant that a query takes. */
export const MAX_FIXES_AN_INSTANT = 1_000;

/** What a unit's tracker said of one instant. */
export interface Instant {
  /** Index of its stretch. */
  readonly stretch: number;
  readonly atMs: number;
  /** Different fixes, in the order in which they were first logged: each repeat of one is left out. */
  readonly fixes: readonly LoggedFix[];
  /** Two of them have different positions. */
  readonly conflict: boolean;
}

/**
 * Gathers the rows of a reading into instants: copies of a fix count once (its identity is tracker and event time). Throws `query-too-large` for a
 * tracker that says one instant over and over, with another position each time.
 */
export async function* instantsOf(batches: AsyncIterable<readonly LoggedFix[]>): AsyncGenerator<readonly Instant[]> {
  let open: LoggedFix[] = [];
  for await (const batch of batches) {
    const instants: Instant[] = [];
    for (const row of batch) {
      const [first] = open;
      if (first !== undefined && isOfInstant(first, row)) {
        if (!open.some((one) => compareCopies(one.fix, row.fix) === 0)) open.push(row);
        if (open.length > MAX_FIXES_AN_INSTANT) throw tooMany(row);
        continue;
      }
      if (first !== undefined) instants.push(instantOf(open));
      open = [row];
    }
    yield instants;
  }
  if (open.length > 0) yield [instantOf(open)];
}

function isOfInstant(a: LoggedFix, b: LoggedFix): boolean {
  return a.stretch === b.stretch && a.fix.eventTimeMs === b.fix.eventTimeMs;
}

function instantOf(fixes: readonly LoggedFix[]): Instant {
  const [first] = fixes as readonly [LoggedFix];
  const conflict = fixes.some(({ fix }) => !samePosition(fix, first.fix));
  return { stretch: first.stretch, atMs: first.fix.eventTimeMs, fixes, conflict };
}

function tooMany({ fix }: LoggedFix): BeatwatchError {
  return new BeatwatchError(
    'query-too-large',
    `got more than ${MAX_FIXES_AN_INSTANT} different fixes of one tracker for ${new Date(fix.eventTimeMs).toISOString()}, expected at most that: its clock stood still; ask for a period without that instant`,
    { limit: MAX_FIXES_AN_INSTANT, eventTimeMs: fix.eventTimeMs },
  );
}
