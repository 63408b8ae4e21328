import type { Random } from '../../../src/simulator/random.js';
import { MINUTE, RULER } from '../../engine/support.js';
import { isCheckpoint, positionOf } from '../district.js';
import type { FixSpec, PlaceSpec, Point, Stay, UnitSpec } from '../scenario.js';
import { dm } from './draw-district.js';

/** 0° N 0° E, to the last digit: a decimetre beside it is a position. */
const NULL_ISLAND: Point = [
  -positionOf([0, 0]).lngE7 * RULER.metresPerLngE7 * 10,
  -positionOf([0, 0]).latE7 * RULER.metresPerLatE7 * 10,
];
/** What a unit does next, by the number drawn: the greatest that still means it. */
const WALKS_OVER_THE_EDGE = 0.14;
const PARKS_BESIDE = 0.26;
const SPEEDS_MPS = { car: [7, 13], motorcycle: [8, 14], foot: [1.2, 1.8] } as const;

interface Waypoint {
  readonly ms: number;
  readonly eastM: number;
  readonly northM: number;
  /** A quiet receiver from here on: noise stays within this, metres. */
  readonly noiseM: number;
}

export interface Motion {
  /** In event-time order; the tracker's clock is right. */
  readonly fixes: readonly FixSpec[];
  readonly stays: readonly Stay[];
}

/** Where a unit goes, and what its receiver makes of it. One that is alone parks beside places and does nothing else. */
export function drawMotion(
  random: Random,
  unit: UnitSpec,
  places: readonly PlaceSpec[],
  toMs: number,
  isAlone: boolean,
): Motion {
  const { waypoints, stays } = drawWay(random, unit, places, toMs, isAlone);
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

function drawWay(
  random: Random,
  { id, kind }: UnitSpec,
  places: readonly PlaceSpec[],
  toMs: number,
  isAlone: boolean,
): { readonly waypoints: readonly Waypoint[]; readonly stays: readonly Stay[] } {
  const noiseM = random.pick([4, 8, 15]);
  const [slowest, fastest] = SPEEDS_MPS[kind];
  const waypoints: Waypoint[] = [
    { ms: 0, eastM: random.between(-200, 1_900), northM: random.between(-200, 400), noiseM },
  ];
  const stays: Stay[] = [];
  const last = (): Waypoint => waypoints.at(-1) as Waypoint;
  const go = (eastM: number, northM: number, speedMps: number = random.between(slowest, fastest)): void => {
    const before = last();
    const lengthM = Math.hypot(eastM - before.eastM, northM - before.northM);
    waypoints.push({
      ms: before.ms + Math.max(1_000, Math.round((lengthM / speedMps) * 1_000)),
      eastM,
      northM,
      noiseM,
    });
  };
  const stand = (lastsMs: number): void => void waypoints.push({ ...last(), ms: last().ms + Math.round(lastsMs) });
  while (last().ms < toMs) {
    const chance = isAlone ? PARKS_BESIDE : random.next();
    const post = random.pick(places.filter(isCheckpoint));
    const edge = edgeOf(random, post);
    if (chance < WALKS_OVER_THE_EDGE) {
      // Well inside, for a walk over the edge, and back.
      go(...edge(-25));
      const fromMs = last().ms;
      stand(random.between(4, 6) * MINUTE);
      go(...edge(12), 1.3);
      stand(random.between(3, 4.5) * MINUTE);
      go(...edge(-25), 1.3);
      stand(random.between(4, 6) * MINUTE);
      stays.push({ kind: 'inside', unit: id, place: post.id, fromMs, toMs: last().ms });
    } else if (chance <= PARKS_BESIDE) {
      go(...edge(-25));
      stand(random.between(1.5, 2.5) * MINUTE);
      go(...edge(14), 1.3);
      const fromMs = last().ms;
      stand(random.between(17, 23) * MINUTE);
      stays.push({ kind: 'beside', unit: id, place: post.id, fromMs, toMs: last().ms });
    } else if (chance < 0.31) {
      go(...edge(-35));
      const fromMs = last().ms;
      stand(random.between(8, 16) * MINUTE);
      stays.push({ kind: 'drifting', unit: id, place: post.id, fromMs, toMs: last().ms });
    } else if (chance < 0.4) {
      go(...edge(random.between(-10, 20)));
      stand(random.between(0, 8) * MINUTE);
    } else if (chance < 0.7) {
      go(...edge(-random.between(15, 40)));
      stand(random.between(0, 14) * MINUTE);
    } else {
      go(random.between(-250, 2_100), random.between(-300, 480));
      if (random.chance(0.5)) stand(random.between(0, 18) * MINUTE);
    }
  }
  return { waypoints, stays: stays.filter((stay) => stay.toMs < toMs) };
}

/** Points so far beyond a place's edge, along one ray from its middle. */
function edgeOf(random: Random, place: PlaceSpec): (beyondM: number) => [eastM: number, northM: number] {
  if (place.kind === 'corridor') throw new Error('bug: a corridor is no checkpoint');
  const [east, north] = [place.at[0] / 10, place.at[1] / 10];
  if (place.kind === 'square') {
    const side = random.chance(0.5) ? 1 : -1;
    return (beyondM) => [east + side * Math.max(0, place.halfM + beyondM), north];
  }
  const angle = random.between(0, 2 * Math.PI);
  const [x, y] = [Math.cos(angle), Math.sin(angle)];
  return (beyondM) => {
    const lengthM = Math.max(0, place.radiusM + beyondM);
    return [east + lengthM * x, north + lengthM * y];
  };
}

function whereAt(waypoints: readonly Waypoint[], ms: number): Waypoint & { readonly speedMps: number } {
  const next = waypoints.findIndex((waypoint) => waypoint.ms > ms);
  const to = waypoints[next < 0 ? waypoints.length - 1 : next] as Waypoint;
  const from = waypoints[Math.max(0, (next < 0 ? waypoints.length : next) - 1)] as Waypoint;
  const lengthMs = Math.max(1, to.ms - from.ms);
  const share = Math.min(1, (ms - from.ms) / lengthMs);
  const [east, north] = [to.eastM - from.eastM, to.northM - from.northM];
  return {
    ms,
    eastM: from.eastM + share * east,
    northM: from.northM + share * north,
    noiseM: from.noiseM,
    speedMps: (1_000 * Math.hypot(east, north)) / lengthMs,
  };
}
