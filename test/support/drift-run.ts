import type { HeldFixes } from '../../src/engine/track/held-fixes.js';
import { unitState } from '../../src/engine/track/unit.js';
import { intersect } from '../../src/model/intervals.js';
import { putInForce } from '../../src/engine/plan/plans.js';
import { coveredSpans, findWhereabouts } from '../../src/engine/presence/presence.js';
import { foldFix } from '../../src/engine/fold-unit.js';
import { prune } from '../../src/engine/prune.js';
import { createFold, type UnitFold } from '../../src/engine/track/fold.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import { SIGMA_PER_HDOP_M } from '../../src/model/limits.js';
import { createDrift, DRIFT_MODEL } from '../../src/simulator/drift.js';
import { createRandom } from '../../src/simulator/random.js';
import { at, circle, fix, HOUR, plan, T0, unit } from '../engine/support.js';

/** What a parked car whose receiver drifts comes to at a checkpoint. */
export interface DriftRun {
  readonly hours: number;
  /** Exits an hour by the product's fences; for a car that never moves every one is false. */
  readonly exitsPerHour: number;
  /** Exits an hour by the naive rule: one fix beyond the radius. */
  readonly naiveExitsPerHour: number;
  /** Share of the time in which the car makes the checkpoint covered. */
  readonly coveredShare: number;
}

const CAR = 'car-1';
const POST = 'post';
const INSIDE = ['in', 'leaving'];

/**
 * Parks a car offCentreM from the middle of a checkpoint, drifting as `src/simulator/drift.ts` models it, and takes its
 * fixes through the engine's own stages in event time. Coverage is what `coveredSpans` answers looking back at the hour before
 * the last: no later fix changes that. The last hour is not counted.
 */
export function runDrift(seed: number, hours: number, offCentreM: number, radiusM: number): DriftRun {
  const { state, fold, fixes } = createDistrict(hours, radiusM);
  const next = createDrift(createRandom(seed, 'drift', offCentreM));
  let exits = 0;
  let naiveExits = 0;
  let coveredMs = 0;
  let naiveInside = true;
  let nowMs = T0;
  for (let hour = 0; hour < hours; hour += 1) {
    const endMs = T0 + (hour + 1) * HOUR;
    for (; nowMs < endMs; nowMs += DRIFT_MODEL.sampleMs) {
      const { eastM, northM, accuracyM } = next();
      const naiveNow = (offCentreM + eastM) ** 2 + northM ** 2 <= radiusM ** 2;
      if (naiveInside && !naiveNow) naiveExits += 1;
      naiveInside = naiveNow;
      const hdopCenti = Math.round((accuracyM / SIGMA_PER_HDOP_M) * 100);
      const before = isInside(fold);
      const one = fix(nowMs, at(offCentreM + eastM, northM), { hdopCenti });
      fixes.replace(fixes.length, 0, [one]);
      foldFix(state, fold, CAR, fixes, one);
      if (before && !isInside(fold)) exits += 1;
    }
    state.nowMs = nowMs;
    if (hour > 0) coveredMs += coveredIn(state, endMs - 2 * HOUR, endMs - HOUR);
    prune(state);
    fixes.leaveBehind(fixes.length, fold.recentFromMs);
  }
  return {
    hours,
    exitsPerHour: exits / hours,
    naiveExitsPerHour: naiveExits / hours,
    coveredShare: coveredMs / ((hours - 1) * HOUR),
  };
}

function createDistrict(hours: number, radiusM: number): { state: EngineState; fold: UnitFold; fixes: HeldFixes } {
  const state = createState('test');
  const always = [T0 - 24 * HOUR, T0 + (hours + 24) * HOUR];
  const schedules = { always, 'mode:peak': [], 'mode:off-peak': [], 'mode:low': [] };
  state.plans = [
    putInForce(plan({ places: [circle(POST, at(0), radiusM)], units: [unit(CAR)], rules: [], schedules })),
  ];
  state.planVersion = 1;
  const fold = createFold();
  const car = unitState(state, CAR);
  car.head = fold;
  return { state, fold, fixes: car.fixes };
}

function isInside(fold: UnitFold): boolean {
  return INSIDE.includes(fold.places.get(POST)?.phase ?? 'out');
}

function coveredIn(state: EngineState, fromMs: number, toMs: number): number {
  let sum = 0;
  for (const span of coveredSpans(state, findWhereabouts(state), POST)) {
    const [from = 0, to = 0] = intersect([span.fromMs, span.toMs], [fromMs, toMs]);
    sum += to - from;
  }
  return sum;
}
