import type { Random } from '../../../src/simulator/random.js';
import { MINUTE, RULER } from '../../engine/support.js';
import { positionOf } from '../district.js';
import type { FixSpec, Point, Stay, UnitSpec } from '../scenario.js';
import { dm } from './draw-district.js';
import { type Way, whereAt } from './draw-way.js';

/** 0° N 0° E, to the last digit: a decimetre beside it is a position. */
const NULL_ISLAND: Point = [
  -positionOf([0, 0]).lngE7 * RULER.metresPerLngE7 * 10,
  -positionOf([0, 0]).latE7 * RULER.metresPerLatE7 * 10,
];
export interface Motion {
  /** In event-time order; the tracker's clock is right. */
  readonly fixes: readonly FixSpec[];
  readonly stays: readonly Stay[];
}

/** What a good receiver makes of where a unit goes. */
export function drawMotion(random: Random, unit: UnitSpec, { waypoints, stays }: Way, toMs: number): Motion {
  const hasHdop = random.chance(0.7);
  const saysSpeed = random.chance(0.6);
  const fixes: FixSpec[] = [];
  let silentToMs = 0;
  let drift = NO_DRIFT;
  for (let k = 0; ; k += 1) {
    const ms = 1_000 + k * unit.intervalMs + random.integer(0, 2_000);
    if (ms >= toMs) return { fixes, stays };
    const isCalm = stays.some(({ fromMs, toMs: until }) => ms >= fromMs && ms <= until);
    if (ms < silentToMs && !isCalm) continue;
    if (random.chance(0.006)) silentToMs = ms + random.integer(2, 8) * MINUTE;
    const there = whereAt(waypoints, ms);
    const quality = hasHdop
      ? { hdopCenti: !isCalm && random.chance(0.03) ? random.integer(700, 2_500) : random.integer(80, 260) }
      : { satellites: !isCalm && random.chance(0.05) ? random.integer(2, 7) : random.integer(8, 16) };
    const speed = saysSpeed ? { speedCmps: Math.round(there.speedMps * 100) } : {};
    const noiseM = isCalm ? Math.min(4, there.noiseM) : there.noiseM;
    const isDrifting = stays.some((stay) => stay.kind === 'drifting' && ms >= stay.fromMs && ms <= stay.toMs);
    drift = isDrifting ? wandered(random, drift) : NO_DRIFT;
    const at = dm(
      there.eastM + drift.eastM + noiseM * random.between(-1, 1),
      there.northM + drift.northM + noiseM * random.between(-1, 1),
    );
    const fix: FixSpec = { tracker: unit.tracker, ms, at, ...quality, ...speed };
    fixes.push(isCalm ? fix : spoilt(random, fix));
    if (!isCalm && random.chance(0.015)) fixes.push(rival(random, fix));
  }
}

/** How far off a receiver is that stands between walls: a slow walk within what a parked unit's place has to spare. */
interface Drift {
  readonly eastM: number;
  readonly northM: number;
}
const NO_DRIFT: Drift = { eastM: 0, northM: 0 };
const MOST_DRIFT_M = 22;

function wandered(random: Random, { eastM, northM }: Drift): Drift {
  const by = (offM: number): number =>
    Math.max(-MOST_DRIFT_M, Math.min(MOST_DRIFT_M, 0.95 * offM + random.between(-6, 6)));
  return { eastM: by(eastM), northM: by(northM) };
}

/** What receivers say now and then: nothing, zero, a place far away, the position of some time ago. */
function spoilt(random: Random, fix: FixSpec): FixSpec {
  const [east, north] = fix.at ?? [0, 0];
  const chance = random.next();
  if (chance < 0.008) return { ...fix, at: [east + random.integer(20_000, 90_000), north] };
  if (chance < 0.012) return { ...fix, at: NULL_ISLAND };
  if (chance < 0.02) return { ...fix, located: false, at: [east + 700, north - 300] };
  if (chance < 0.028) {
    const { at: _at, ...rest } = fix;
    return rest;
  }
  return fix;
}

/** Another position for the same instant. */
function rival(random: Random, fix: FixSpec): FixSpec {
  const [east, north] = fix.at ?? [0, 0];
  const at: Point = [east + random.integer(-1_500, 1_500), north + random.integer(-1_500, 1_500)];
  return { ...fix, at, ...(fix.hdopCenti === undefined ? {} : { hdopCenti: random.integer(80, 260) }) };
}
