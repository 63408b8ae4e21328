import type { Random } from '../../../src/simulator/random.js';
import { MINUTE, RULER } from '../../engine/support.js';
import { positionOf } from '../district.js';
import type { FixSpec, Misplacement, Point, Stay, UnitSpec } from '../scenario.js';
import { dm } from './draw-district.js';
import type { Motion } from './draw-motion.js';
import { type Way, whereAt } from './draw-way.js';

/** Of units, for each trouble. */
const CHANCES = { denseBurst: 0.06, powerCut: 0.08, disputed: 0.1 };

/** What a tracker that talks and is useless says for a while. */
export type Useless = 'no position' | 'out of area' | 'frozen position';

/** From when to when, and how. */
export interface UselessPhase {
  readonly kind: Useless;
  readonly fromMs: number;
  readonly toMs: number;
  /** `out of area`: what became of every position. */
  readonly misplaced: Misplacement;
}

const MISPLACED: Readonly<Record<Misplacement, (at: Point) => Point>> = {
  '5,000 km away': farAway,
  'coordinates × 0.1': tenth,
  'sign lost': signLost,
  'coordinates swapped': swapped,
};

const KINDS = ['no position', 'out of area', 'out of area', 'out of area', 'frozen position'] as const;

export function drawUseless(random: Random, toMs: number): UselessPhase | null {
  if (!random.chance(0.14)) return null;
  const fromMs = random.integer(2, 18) * MINUTE;
  const kind = random.pick(KINDS);
  const misplaced = random.pick(Object.keys(MISPLACED) as Misplacement[]);
  return { kind, fromMs, toMs: Math.min(toMs, fromMs + random.integer(13, 30) * MINUTE), misplaced };
}

/** Fixes of a while say nothing of where the unit is; what it does then shows in nothing but the rule about such trackers. */
export function withUseless({ fixes, stays }: Motion, { id }: UnitSpec, phase: UselessPhase | null): Motion {
  if (phase === null) return { fixes, stays };
  const { kind, fromMs, toMs, misplaced } = phase;
  const first = fixes.find(({ ms }) => ms >= fromMs)?.at ?? [0, 0];
  const spoilt = fixes.map((fix): FixSpec => {
    if (fix.ms < fromMs || fix.ms >= toMs) return fix;
    const { at = first, ...rest } = fix;
    if (kind === 'no position') return rest;
    return kind === 'out of area'
      ? { ...fix, at: MISPLACED[misplaced](at), misplaced }
      : { ...fix, at: first, speedCmps: 900 };
  });
  const untouched = stays.filter((stay) => {
    const isFree = stay.toMs < fromMs || stay.fromMs > toMs;
    return isFree || (stay.kind === 'doubtful' && kind !== 'frozen position');
  });
  return { fixes: spoilt, stays: [...untouched, { kind: 'useless', unit: id, place: '', fromMs, toMs }] };
}

function farAway([east, north]: Point): Point {
  return [east + 50_000_000, north];
}

function tenth(at: Point): Point {
  const { lngE7, latE7 } = positionOf(at);
  return pointAt(Math.round(lngE7 / 10), Math.round(latE7 / 10));
}

function signLost(at: Point): Point {
  const { lngE7, latE7 } = positionOf(at);
  return pointAt(-lngE7, latE7);
}

/** In these parts that is a latitude of 116°, which ingest refuses. */
function swapped(at: Point): Point {
  const { lngE7, latE7 } = positionOf(at);
  return pointAt(latE7, lngE7);
}

function pointAt(lngE7: number, latE7: number): Point {
  const middle = positionOf([0, 0]);
  return dm((lngE7 - middle.lngE7) * RULER.metresPerLngE7, (latE7 - middle.latE7) * RULER.metresPerLatE7);
}

/** What good trackers do wrong at times: they report far too often, lose their power, or hear another receiver speak for them. */
export function withTroubles(random: Random, { fixes, stays }: Motion, { waypoints }: Way, toMs: number): Motion {
  let all = fixes;
  if (random.chance(CHANCES.powerCut)) {
    const cutMs = random.integer(0, toMs);
    const backMs = cutMs + random.integer(1, 20) * MINUTE;
    all = all.map((fix, i) => {
      const power = fix.ms < cutMs || fix.ms >= backMs;
      return { ...fix, power, batteryPercent: Math.max(0, 100 - (i % 100)) };
    });
  }
  if (random.chance(CHANCES.denseBurst)) {
    const fromMs = random.integer(MINUTE, toMs);
    const model = all.find(({ ms, at }) => ms >= fromMs && at !== undefined);
    const burst: FixSpec[] = [];
    const untilMs = Math.min(toMs, fromMs + random.integer(10, 40) * 1_000);
    for (let ms = fromMs; model !== undefined && ms < untilMs; ms += random.integer(80, 600)) {
      const { eastM, northM } = whereAt(waypoints, ms);
      burst.push({ ...model, ms, at: dm(eastM + random.between(-4, 4), northM + random.between(-4, 4)) });
    }
    all = [...all, ...burst].sort((a, b) => a.ms - b.ms);
  }
  return { fixes: stays.reduce((some, stay) => disputed(random, some, stay), all), stays };
}

/** Most trackers know of the lightbar, which is on and off for minutes, and now and then say nothing of it. */
export function withLights(random: Random, fixes: readonly FixSpec[]): readonly FixSpec[] {
  if (!random.chance(0.8)) return fixes;
  let [isOn, untilMs] = [random.chance(0.5), 0];
  return fixes.map((fix) => {
    if (fix.ms >= untilMs) {
      isOn = !isOn;
      untilMs = fix.ms + random.integer(1, 12) * MINUTE;
    }
    return random.chance(0.04) ? fix : { ...fix, lightbar: isOn };
  });
}

/** Another receiver, as sure and 2.5 km to the west, speaks for the tracker at each instant of some minutes. */
function disputed(random: Random, fixes: readonly FixSpec[], { kind, fromMs, toMs }: Stay): readonly FixSpec[] {
  if ((kind !== 'inside' && kind !== 'drifting') || !random.chance(CHANCES.disputed)) return fixes;
  const sinceMs = fromMs + MINUTE;
  const untilMs = Math.min(toMs - MINUTE, sinceMs + random.integer(2, 5) * MINUTE);
  return fixes.flatMap((fix) => {
    if (fix.at === undefined || fix.ms < sinceMs || fix.ms > untilMs) return [fix];
    const other: FixSpec = { ...fix, at: [fix.at[0] - 25_000, fix.at[1]] };
    return random.chance(0.5) ? [fix, other] : [other, fix];
  });
}
