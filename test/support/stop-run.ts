import { unitState } from '../../src/engine/admit.js';
import { putInForce } from '../../src/engine/lib/plans.js';
import { foldFix } from '../../src/engine/pipeline.js';
import { createState, type Stand } from '../../src/engine/state.js';
import type { Fix } from '../../src/model/fix.js';
import { SIGMA_PER_HDOP_M } from '../../src/model/limits.js';
import type { UnitKind } from '../../src/model/plan.js';
import { createDrift, DRIFT_MODEL } from '../../src/simulator/drift.js';
import { createRandom } from '../../src/simulator/random.js';
import { at, circle, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';

export interface StopOptions {
  readonly kind: UnitKind;
  /** On the way, until it stops. */
  readonly speedMps: number;
  /** With the receiver of `src/simulator/drift.ts`; false: one under open sky. */
  readonly drifts: boolean;
}

/** Open sky: error on each axis, and the accuracy that is reported. */
const OPEN_SKY_M = 3;
const OPEN_SKY_HDOP_CENTI = 100;
const UNIT = 'unit-1';
const APPROACH_MS = 5 * MINUTE;
const STAY_MS = 25 * MINUTE;

/**
 * A unit comes straight to a stop and stays for 25 minutes, a fix each 10 s. Answers how much later than its first position at
 * rest its last stand begins, ms; below 0: too early.
 */
export function runStop(seed: number, { kind, speedMps, drifts }: StopOptions): number {
  const random = createRandom(seed, 'stop', kind);
  const drift = createDrift(createRandom(seed, 'stop', kind, 'drift'));
  const stopMs = T0 + APPROACH_MS + random.integer(0, DRIFT_MODEL.sampleMs - 1);
  const fixes: Fix[] = [];
  for (let ms = T0; ms < stopMs + STAY_MS; ms += DRIFT_MODEL.sampleMs) {
    const shortM = (Math.max(0, stopMs - ms) / 1_000) * speedMps;
    const error = drift();
    const [eastM, northM] = drifts
      ? [error.eastM, error.northM]
      : [OPEN_SKY_M * random.gaussian(), OPEN_SKY_M * random.gaussian()];
    const hdopCenti = drifts ? Math.round((error.accuracyM / SIGMA_PER_HDOP_M) * 100) : OPEN_SKY_HDOP_CENTI;
    fixes.push(fix(ms, at(eastM - shortM, northM), { hdopCenti }));
  }
  const restMs = fixes.find(({ eventTimeMs }) => eventTimeMs >= stopMs)?.eventTimeMs ?? stopMs;
  return (standsOf(fixes, kind).at(-1)?.sinceMs ?? Number.POSITIVE_INFINITY) - restMs;
}

/** The stands of a unit with these fixes, by the engine's own stages. */
export function standsOf(fixes: readonly Fix[], kind: UnitKind = 'car'): readonly Stand[] {
  const state = createState('test');
  const schedules = { always: [T0 - HOUR, T0 + 24 * HOUR], 'mode:peak': [], 'mode:off-peak': [], 'mode:low': [] };
  const places = [circle('far', at(50_000), 50)];
  state.plans = [putInForce(plan({ places, units: [unit(UNIT, { kind })], rules: [], schedules }))];
  state.planVersion = 1;
  const { base } = unitState(state, UNIT);
  for (const one of fixes) foldFix(state, base, UNIT, one);
  return base.stands;
}
