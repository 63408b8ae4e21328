import type { Random } from '../../../src/simulator/random.js';
import { HOUR, MINUTE } from '../../engine/support.js';
import type { Delivery, FixSpec, Point } from '../scenario.js';

interface Phase {
  readonly kind: 'slow' | 'offline' | 'held' | 'ahead' | 'fast' | 'behind' | 'frozen';
  readonly fromMs: number;
  readonly toMs: number;
  /** `offline`: how the backlog goes out. */
  readonly newestFirst: boolean;
  readonly chunk: number;
  /** `ahead`, `fast`, `behind`: by how much the tracker's clock is wrong. */
  readonly byMs: number;
}

const KINDS = ['slow', 'slow', 'offline', 'offline', 'offline', 'ahead', 'fast', 'behind', 'frozen'] as const;
/** BeiDou and GPS count weeks in ten bits, some receivers only so. */
const ROLLOVER_MS = 1_024 * 7 * 24 * HOUR;

export interface LinkWeather {
  /** The longest that a fix waits, as a rule. */
  readonly mostDelayMs: number;
  readonly duplicates: number;
  /** Share of fixes that are held back on their own, so that later ones overtake them. */
  readonly reordered: number;
  readonly phases: number;
  readonly reboots: number;
  /** Fixes of some minutes come just before the horizon, when what they say of is long over. */
  readonly holds: boolean;
  /** Its clock may be wrong. */
  readonly clocks: boolean;
  /** Some tracker is away for longer than the horizon. */
  readonly veryLate: boolean;
}

/** One tracker's clock and link: which fixes it stores, and when it hands them over. */
export function drawLink(
  random: Random,
  fixes: readonly FixSpec[],
  toMs: number,
  weather: LinkWeather,
): { readonly fixes: readonly FixSpec[]; readonly deliveries: readonly Delivery[] } {
  const phases = drawPhases(random, toMs, weather);
  const shown: FixSpec[] = [];
  const deliveries: Delivery[] = [];
  const backlogs = new Map<Phase, number[]>();
  const deliver = (atMs: number, indices: readonly number[]): void => {
    const tracker = shown[indices[0] ?? 0]?.tracker ?? '';
    deliveries.push({ atMs: Math.round(atMs), tracker, fixes: indices });
  };
  for (const fix of fixes) {
    const phase = phases.find(({ fromMs, toMs: until }) => fix.ms >= fromMs && fix.ms < until) ?? null;
    const stored = phase?.kind === 'offline' && random.chance(0.7);
    const offsetMs = phase === null ? 0 : clockOffsetMs(phase);
    const index = shown.length;
    const saidMs = phase?.kind === 'frozen' ? phase.fromMs : fix.ms + offsetMs;
    shown.push({ ...fix, ms: saidMs, ...(stored ? { backfill: true } : {}) });
    if (phase?.kind === 'offline') {
      backlogs.set(phase, [...(backlogs.get(phase) ?? []), index]);
      continue;
    }
    if (phase?.kind === 'held') {
      deliver(fix.ms + random.between(26, 29.75) * MINUTE, [index]);
      continue;
    }
    const isHeld = random.chance(phase?.kind === 'slow' ? 0.7 : weather.reordered);
    const delayMs = isHeld ? random.between(0, weather.mostDelayMs) : random.between(50, 2_500);
    deliver(fix.ms + delayMs, [index]);
    if (random.chance(weather.duplicates)) deliver(fix.ms + random.between(0, weather.mostDelayMs), [index]);
  }
  for (const [phase, indices] of backlogs) {
    const queue = phase.newestFirst ? indices.toReversed() : indices;
    let atMs = phase.toMs + random.integer(0, 3_000);
    for (let from = 0; from < queue.length; from += phase.chunk) {
      deliver(atMs, queue.slice(from, from + phase.chunk));
      atMs += random.integer(100, 2_000);
    }
  }
  for (let reboot = 0; reboot < weather.reboots; reboot += 1) {
    const atMs = random.integer(5 * MINUTE, toMs);
    const recent = shown.flatMap(({ ms }, index) => (ms < atMs && ms > atMs - 5 * MINUTE ? [index] : []));
    const sent = recent.filter((index) =>
      deliveries.some(({ fixes: known, atMs: at }) => at < atMs && known.includes(index)),
    );
    if (sent.length > 0) deliver(atMs + random.integer(1_000, 20_000), sent);
  }
  return { fixes: shown, deliveries };
}

/** Rarely: what a tracker stored in a week without a link, the newest first. */
export function drawOldBacklog(
  random: Random,
  tracker: string,
): { readonly fixes: readonly FixSpec[]; readonly deliveries: readonly Delivery[] } {
  if (!random.chance(0.02)) return { fixes: [], deliveries: [] };
  const fixes = Array.from({ length: random.integer(50, 300) }, (_, index): FixSpec => {
    const at: Point = [random.integer(0, 9_000), random.integer(-500, 500)];
    return { tracker, ms: -random.integer(0, 10_000) - index * 36 * MINUTE, at, backfill: true };
  });
  const chunk = random.pick([1, 20]);
  const firstMs = random.integer(MINUTE, 10 * MINUTE);
  const deliveries: Delivery[] = [];
  for (let from = 0; from < fixes.length; from += chunk) {
    const indices = fixes.slice(from, from + chunk).map((_, index) => from + index);
    deliveries.push({ atMs: firstMs + deliveries.length * 1_000, tracker, fixes: indices });
  }
  return { fixes, deliveries };
}

function drawPhases(random: Random, toMs: number, weather: LinkWeather): Phase[] {
  const phases: Phase[] = [];
  let atMs = random.integer(2 * MINUTE, 20 * MINUTE);
  for (let i = 0; i < weather.phases; i += 1) {
    const drawn = random.pick(KINDS);
    const kind = drawn === 'slow' || drawn === 'offline' || weather.clocks ? drawn : 'slow';
    const most = kind === 'offline' ? Math.max(2 * MINUTE, weather.mostDelayMs - MINUTE) : 12 * MINUTE;
    const byMs = drawOffset(random, kind);
    // A clock that is hours off, or stands still, is so for long.
    const isLong = Math.abs(byMs) >= HOUR || kind === 'frozen';
    const lastsMs =
      byMs >= HOUR
        ? HOUR
        : isLong
          ? random.integer(13, 30) * MINUTE
          : random.integer(MINUTE, Math.min(most, 20 * MINUTE));
    phases.push({
      kind,
      fromMs: atMs,
      toMs: Math.min(atMs + lastsMs, toMs),
      newestFirst: random.chance(0.5),
      chunk: random.pick([1, 3, 10, 40]),
      byMs,
    });
    atMs += lastsMs + random.integer(3 * MINUTE, 15 * MINUTE);
  }
  if (weather.holds) {
    for (let atMs = random.integer(0, 25) * MINUTE; atMs < toMs; ) {
      const untilMs = atMs + random.integer(MINUTE, 8 * MINUTE);
      // Before the others: it is what such a seed is about.
      phases.unshift({ kind: 'held', fromMs: atMs, toMs: untilMs, newestFirst: false, chunk: 1, byMs: 0 });
      atMs = untilMs + random.integer(4 * MINUTE, 40 * MINUTE);
    }
  }
  if (weather.veryLate && random.chance(0.4)) {
    const fromMs = random.integer(5 * MINUTE, 20 * MINUTE);
    const away = { kind: 'offline', newestFirst: random.chance(0.5), chunk: 10, byMs: 0 } as const;
    return [{ ...away, fromMs, toMs: fromMs + random.integer(20, 40) * MINUTE }];
  }
  return phases;
}

/** Within the 60 s that are granted, or far beyond them. */
function drawOffset(random: Random, kind: Phase['kind']): number {
  if (kind === 'fast') return random.integer(1_000, 55_000);
  if (kind === 'behind') return -random.pick([20_000, 3 * MINUTE, 10 * MINUTE, 45 * MINUTE, 8 * HOUR, ROLLOVER_MS]);
  return random.pick([90_000, 4 * MINUTE, 10 * MINUTE, 25 * MINUTE, 8 * HOUR]);
}

function clockOffsetMs({ kind, byMs }: Phase): number {
  return kind === 'ahead' || kind === 'fast' || kind === 'behind' ? byMs : 0;
}
