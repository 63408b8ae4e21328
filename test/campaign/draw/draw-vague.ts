import type { Random } from '../../../src/simulator/random.js';
import { MAX_TRACK_SIGMA_M } from '../../../src/model/limits.js';
import { MINUTE } from '../../engine/support.js';
import type { FixSpec, Point, Stay, UnitSpec } from '../scenario.js';
import { dm } from './draw-district.js';
import type { Motion } from './draw-motion.js';
import { type Way, whereAt } from './draw-way.js';

/** Shorter stands say nothing of whether a gap may be told. */
const LEAST_STAY_MS = 9 * MINUTE;
/** Of two equal, independent errors east and north: their one in σ of the accuracy, which two thirds of fixes keep to. */
const PER_ACCURACY = 1 / 1.515;
/** No fix is further off than so many times its accuracy: one in a hundred would be. */
const MOST_OFF = 2;

/** Of awakenings: that the first position is the last one of before. */
const KEEPS = 0.6;

type Source = 'satellites' | 'wifi' | 'coarse' | 'cell' | 'cached';
const SOURCES: readonly Source[] = ['satellites', 'satellites', 'wifi', 'wifi', 'wifi', 'coarse', 'cell', 'cached'];

/**
 * What a phone in a pocket makes of where a unit goes: it sleeps for minutes and wakes for some fixes, says how far off it may be,
 * from 5 to 1,000 m, and is so; the first position that it says after a sleep may be the last one before it. Where its unit
 * stands inside a place, nothing that it says may leave it out for certain.
 */
export function drawVagueMotion(random: Random, unit: UnitSpec, { waypoints, stands }: Way, toMs: number): Motion {
  const neverSleeps = random.chance(0.25);
  const sleepsOnTheWay = !neverSleeps && random.chance(0.5);
  const moves = (ms: number): boolean => whereAt(waypoints, ms).speedMps > 0.5;
  const fixes: FixSpec[] = [];
  let last: Said | null = null;
  for (let atMs = random.integer(1_000, 90_000); atMs < toMs; ) {
    const burst = drawBurst(random);
    const untilMs = atMs + (random.chance(0.3) ? 1_000 : random.integer(MINUTE / 2, 5 * MINUTE));
    const kept: Said | null = !neverSleeps && random.chance(KEEPS) ? last : null;
    for (const wokeMs = atMs; atMs < Math.min(untilMs, toMs); atMs += unit.intervalMs + random.integer(0, 2_000)) {
      if (sleepsOnTheWay && moves(atMs)) break;
      const isKept = kept !== null && atMs === wokeMs;
      const fix: Said = isKept ? { ...kept, kept: true } : said(burst, whereAt(waypoints, atMs), last);
      fixes.push({ ...fix, tracker: unit.tracker, ms: atMs });
      if (!isKept && fix.accuracyDm !== undefined && fix.accuracyDm < 10 * MAX_TRACK_SIGMA_M) last = fix;
    }
    if (!neverSleeps) atMs += random.integer(MINUTE, 12 * MINUTE);
    while (sleepsOnTheWay && atMs < toMs && moves(atMs)) atMs += MINUTE;
  }
  const stays = stands
    .filter((stay) => stay.toMs - stay.fromMs >= LEAST_STAY_MS)
    .map((stay): Stay => ({ ...stay, kind: 'doubtful' }));
  return { fixes, stays };
}

/** How a receiver finds where it is, for some fixes in a row. */
interface Burst {
  readonly source: Source;
  readonly accuracyM: () => number;
  /** By how many accuracies it is off, east and north. */
  readonly off: () => readonly [east: number, north: number];
}

function drawBurst(random: Random): Burst {
  const source = random.pick(SOURCES);
  const angle = random.between(0, 2 * Math.PI);
  const bias = random.between(0, MOST_OFF);
  const isBiased = source !== 'satellites' && random.chance(0.5);
  return {
    source,
    accuracyM: () => accuracyOf(random, source),
    off: () => (isBiased ? [bias * Math.cos(angle), bias * Math.sin(angle)] : drawOff(random)),
  };
}

function accuracyOf(random: Random, source: Source): number {
  switch (source) {
    case 'satellites':
      return random.between(5, 30);
    case 'wifi':
      return random.chance(0.7) ? 65 : random.between(35, 110);
    case 'coarse':
      return random.between(100, 300);
    case 'cell':
      return random.chance(0.5) ? 700 : random.between(300, 1_000);
    case 'cached':
      return 0;
  }
}

function drawOff(random: Random): readonly [east: number, north: number] {
  for (;;) {
    const [east, north] = [PER_ACCURACY * random.gaussian(), PER_ACCURACY * random.gaussian()];
    if (Math.hypot(east, north) < MOST_OFF) return [east, north];
  }
}

type Said = Pick<FixSpec, 'kept' | 'at' | 'accuracyDm' | 'satellites' | 'hdopCenti'>;

function said(burst: Burst, there: { readonly eastM: number; readonly northM: number }, last: Said | null): Said {
  if (burst.source === 'cached') {
    // Without a satellite in view: the coordinates of some time ago, and a fine figure.
    const at: Point = last?.at ?? dm(there.eastM, there.northM);
    return { at, satellites: 0, hdopCenti: 90 };
  }
  const accuracyM = burst.accuracyM();
  const [east, north] = burst.off();
  const at = dm(there.eastM + accuracyM * east, there.northM + accuracyM * north);
  return { at, accuracyDm: Math.round(10 * accuracyM) };
}
