import type { Random } from '../../../src/simulator/random.js';
import { MINUTE } from '../../engine/support.js';
import { isCheckpoint } from '../district.js';
import type { PlaceSpec, Stay, UnitSpec } from '../scenario.js';

/** What a unit does next, by the number drawn: the greatest that still means it. */
const WALKS_OVER_THE_EDGE = 0.14;
const PARKS_BESIDE = 0.26;
const SITS = 0.6;
const SPEEDS_MPS = { car: [7, 13], motorcycle: [8, 14], foot: [1.2, 1.8] } as const;

interface Waypoint {
  readonly ms: number;
  readonly eastM: number;
  readonly northM: number;
  /** A quiet receiver from here on: noise stays within this, metres. */
  readonly noiseM: number;
}

/** Where a unit truly is, whatever its receiver says. */
export interface Way {
  readonly waypoints: readonly Waypoint[];
  /** What a good receiver must show. */
  readonly stays: readonly Stay[];
  /** Every stand well inside a place. */
  readonly stands: readonly Omit<Stay, 'kind'>[];
}

/**
 * What a unit does. One that is `alone` parks beside places and does nothing else; one that `sits` is in places most of the time,
 * for longer than a gap takes.
 */
export type Habit = 'alone' | 'sits' | 'roams';

export function drawWay(
  random: Random,
  { id, kind }: UnitSpec,
  places: readonly PlaceSpec[],
  toMs: number,
  habit: Habit,
): Way {
  const noiseM = random.pick([4, 8, 15]);
  const [slowest, fastest] = SPEEDS_MPS[kind];
  const waypoints: Waypoint[] = [
    { ms: 0, eastM: random.between(-200, 1_900), northM: random.between(-200, 400), noiseM },
  ];
  const stays: Stay[] = [];
  const stands: Omit<Stay, 'kind'>[] = [];
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
    const chance = habit === 'alone' ? PARKS_BESIDE : random.next();
    const post = random.pick(places.filter(isCheckpoint));
    const edge = edgeOf(random, post);
    const inside = (beyondM: number, lastsMs: number): void => {
      go(...edge(beyondM));
      const fromMs = last().ms;
      stand(lastsMs);
      stands.push({ unit: id, place: post.id, fromMs, toMs: last().ms });
    };
    if (habit === 'sits' && chance < SITS) inside(-random.between(20, 40), random.between(8, 25) * MINUTE);
    else if (chance < WALKS_OVER_THE_EDGE) {
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
      inside(-random.between(15, 40), random.between(0, 14) * MINUTE);
    } else {
      go(random.between(-250, 2_100), random.between(-300, 480));
      if (random.chance(0.5)) stand(random.between(0, 18) * MINUTE);
    }
  }
  const isOver = (stay: { readonly toMs: number }): boolean => stay.toMs < toMs;
  return { waypoints, stays: stays.filter(isOver), stands: stands.filter(isOver) };
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

export function whereAt(waypoints: readonly Waypoint[], ms: number): Waypoint & { readonly speedMps: number } {
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
