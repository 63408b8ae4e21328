import type { Fix } from '../../src/model/fix.js';
import type { FixesEntry } from '../../src/model/log-entry.js';
import type { Random } from '../../src/simulator/random.js';
import { at, fix } from '../engine/support.js';

export const TRACKERS: readonly string[] = ['bd-1', 'bd-2', 'bd-3', 'bd-4', 'bd-5'];
const INTERVAL_MS = 10_000;
/** A tracker that had no link sends what it has stored, up to so much later. */
const BACKLOG_MS = 7_200_000;

/** Fixes of a small fleet: most in time, some hours late, some twice, some with two positions, some without, some of a clock that is ahead. */
export class DrawnFleet {
  readonly #random: Random;
  readonly #stored: { readonly tracker: string; readonly fix: Fix; readonly dueMs: number }[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** What one flush brings at a log time, or null. */
  entryAt(nowMs: number): FixesEntry | null {
    const random = this.#random;
    const batches: FixesEntry['batches'][number][] = [];
    for (const tracker of TRACKERS) {
      const fixes = this.#fixesOf(tracker, nowMs);
      if (fixes.length === 0) continue;
      batches.push({
        tracker,
        reportId: Buffer.from(`${nowMs}${tracker}`).subarray(0, 16).toString('hex'),
        fixes,
        rejected: [],
      });
    }
    return batches.length === 0 || random.chance(0.02) ? null : { kind: 'fixes', batches };
  }

  #fixesOf(tracker: string, nowMs: number): Fix[] {
    const random = this.#random;
    const fresh = this.#draw(Math.floor(nowMs / INTERVAL_MS) * INTERVAL_MS);
    const fixes: Fix[] = [];
    if (random.chance(0.1)) this.#stored.push({ tracker, fix: fresh, dueMs: nowMs + random.integer(0, BACKLOG_MS) });
    else if (random.chance(0.9)) fixes.push(fresh);
    if (random.chance(0.05)) fixes.push(fresh);
    if (random.chance(0.05)) fixes.push({ ...fresh, position: at(random.integer(-900, 900)) });
    if (random.chance(0.01)) fixes.push(fix(nowMs + random.integer(61_000, 9_000_000), at(0)));
    for (const [i, late] of [...this.#stored.entries()].toReversed()) {
      if (late.tracker !== tracker || late.dueMs > nowMs) continue;
      fixes.push(late.fix);
      this.#stored.splice(i, 1);
    }
    return fixes;
  }

  #draw(eventTimeMs: number): Fix {
    const random = this.#random;
    const position = at(random.integer(-900, 900), random.integer(-900, 900));
    if (random.chance(0.03)) return fix(eventTimeMs, null);
    return fix(eventTimeMs, position, { speedCmps: random.integer(0, 2_000), lightbar: random.chance(0.5) });
  }
}
