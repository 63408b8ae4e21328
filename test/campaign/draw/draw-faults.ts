import type { Random } from '../../../src/simulator/random.js';
import { HOUR, MINUTE } from '../../engine/support.js';
import type { CallKind, Fault, ServerTuning } from '../scenario.js';

const CALLS: readonly CallKind[] = [
  'commit',
  'tell',
  'tell',
  'append',
  'pointer',
  'file',
  'tick',
  'read',
  'open',
  'plan',
];

const STILL: readonly CallKind[] = ['commit', 'tell', 'tell', 'pointer', 'file', 'append', 'read'];

export type LogAhead = Extract<Fault, { readonly kind: 'log-ahead' }>;

/** Of seeds: that the log runs ahead of the clock. */
const LOG_AHEAD = 0.08;

/** A log that runs ahead of the clock, and how long it takes until somebody resumes it; null in most seeds. */
export function drawLogAhead(random: Random, toMs: number): LogAhead | null {
  if (!random.chance(LOG_AHEAD)) return null;
  const isLong = random.chance(0.7);
  return {
    kind: 'log-ahead',
    atMs: random.integer(4 * MINUTE, toMs - 12 * MINUTE),
    byMs: isLong ? 8 * HOUR : random.integer(2, 20) * MINUTE,
    resumedAfterMs: random.integer(20_000, 6 * MINUTE),
    resumedBy: isLong ? random.pick([1, 2]) : random.pick([0, 1, 2]),
  };
}

/** What breaks below the trackers, over the time that they report. */
export function drawFaults(
  random: Random,
  { processes, archives }: ServerTuning,
  failsOver: boolean,
  toMs: number,
): Fault[] {
  const faults: Fault[] = [];
  const atMs = (): number => random.integer(60_000, toMs + 5 * MINUTE);
  const some = (most: number, fault: () => Fault): void => {
    for (let i = random.integer(0, most); i > 0; i -= 1) faults.push(fault());
  };
  const server = (): number => random.integer(0, processes - 1);
  some(5, () => ({
    kind: 'kill',
    atMs: atMs(),
    process: server(),
    on: random.chance(0.15) ? null : random.pick(CALLS),
    moment: random.pick(['before', 'after']),
    downMs: random.pick([1_500, 4_000, 9_000, 30_000]),
  }));
  some(2, () => ({ kind: 'redis-kill', atMs: atMs(), downMs: random.pick([300, 2_000, 8_000, 40_000]) }));
  some(1, () => ({ kind: 'redis-full', atMs: atMs(), lastsMs: random.integer(5_000, 3 * MINUTE) }));
  some(processes > 1 ? 3 : 1, () => ({
    kind: 'pause',
    atMs: atMs(),
    process: server(),
    on: random.chance(0.3) ? null : random.pick(STILL),
    lastsMs: random.pick([1_200, 5_000, 30_000, 5 * MINUTE]),
  }));
  if (random.chance(0.35)) faults.push({ kind: 'outage', atMs: atMs(), lastsMs: random.integer(15_000, 9 * MINUTE) });
  if (random.chance(0.1)) faults.push({ kind: 'poison', atMs: atMs() });
  // Where the log was trimmed, a snapshot that is gone cannot be made again.
  if (!archives && random.chance(0.3))
    faults.push({ kind: 'snapshot-spoilt', atMs: atMs(), missing: random.chance(0.5) });
  if (failsOver) {
    const behindMs = random.pick([50, 400, 3_000]);
    const on = random.chance(0.3) ? null : random.pick(STILL);
    faults.push({ kind: 'failover', atMs: atMs(), on, behindMs, downMs: random.pick([200, 3_000, 20_000]) });
  }
  if (random.chance(0.2)) {
    const byMs = random.pick([-2 * MINUTE, -20_000, 4_000, 20_000, 5 * MINUTE, 8 * HOUR]);
    faults.push({ kind: 'clock', atMs: atMs(), process: server(), byMs, lastsMs: random.integer(10_000, 4 * MINUTE) });
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}
