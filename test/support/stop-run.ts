import { HeldFixes } from '../../src/engine/track/held-fixes.js';
import { putInForce } from '../../src/engine/plan/plans.js';
import { foldFix } from '../../src/engine/fold-unit.js';
import { createState } from '../../src/engine/state.js';
import { createFold, type Stand } from '../../src/engine/track/fold.js';
import type { Fix } from '../../src/model/fix.js';
import { SIGMA_PER_HDOP_M } from '../../src/model/limits.js';
import type { UnitKind } from '../../src/model/plan.js';
import { createDrift, DRIFT_MODEL } from '../../src/simulator/drift.js';
import { createRandom } from '../../src/simulator/random.js';
import { distanceM } from '../../src/geo/ruler.js';
import { at, circle, fix, HOUR, MINUTE, plan, RULER, T0, unit } from '../engine/support.js';

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

/** A round of deliveries: how many of its stops made no stand of their own. */
export interface Round {
  readonly stops: number;
  readonly missed: number;
}

/** Stops of one to three minutes, 65 to 115 m apart. */
const STOPS_PER_ROUND = 20;
const VAN_MPS = 8;
/** A stop is found by a stand that lies no further from it, and holds at least half of it. */
const NEAR_M = 30;

/** A van under open sky that stops every minute or two, a fix each `intervalMs`. */
export function runRound(seed: number, intervalMs: number): Round {
  const random = createRandom(seed, 'round', String(intervalMs));
  const stops: { fromMs: number; toMs: number; eastM: number }[] = [];
  let [ms, eastM] = [T0 + random.integer(0, intervalMs), 0];
  for (let i = 0; i < STOPS_PER_ROUND; i += 1) {
    const legM = random.integer(65, 115);
    const fromMs = ms + Math.round((legM / VAN_MPS) * 1_000);
    eastM += legM;
    ms = fromMs + random.integer(60_000, 180_000);
    stops.push({ fromMs, toMs: ms, eastM });
  }
  const fixes: Fix[] = [];
  for (let nowMs = T0; nowMs < ms + 2 * MINUTE; nowMs += intervalMs) {
    const position = at(eastAt(stops, nowMs) + OPEN_SKY_M * random.gaussian(), OPEN_SKY_M * random.gaussian());
    fixes.push(fix(nowMs, position, { hdopCenti: OPEN_SKY_HDOP_CENTI }));
  }
  const stands = standsOf(fixes);
  const missed = stops.filter(
    (stop) =>
      !stands.some((stand) => {
        const both = Math.min(stand.lastMs, stop.toMs) - Math.max(stand.sinceMs, stop.fromMs);
        return both >= (stop.toMs - stop.fromMs) / 2 && distanceM(RULER, stand, at(stop.eastM)) <= NEAR_M;
      }),
  );
  return { stops: stops.length, missed: missed.length };
}

/** At rest at a stop, or on the way to the next one or away. */
function eastAt(stops: readonly { fromMs: number; toMs: number; eastM: number }[], ms: number): number {
  const next = stops.find(({ toMs }) => toMs > ms);
  if (next === undefined) return (stops.at(-1)?.eastM ?? 0) + ((ms - (stops.at(-1)?.toMs ?? ms)) / 1_000) * VAN_MPS;
  return next.eastM - (Math.max(0, next.fromMs - ms) / 1_000) * VAN_MPS;
}

/** The stands of a unit with these fixes, by the engine's own stages. */
export function standsOf(fixes: readonly Fix[], kind: UnitKind = 'car'): readonly Stand[] {
  const state = createState('test');
  const schedules = { always: [T0 - HOUR, T0 + 24 * HOUR], 'mode:peak': [], 'mode:off-peak': [], 'mode:low': [] };
  const places = [circle('far', at(50_000), 50)];
  state.plans = [putInForce(plan({ places, units: [unit(UNIT, { kind })], rules: [], schedules }))];
  state.planVersion = 1;
  const held = new HeldFixes();
  const base = createFold();
  for (const one of fixes) {
    held.replace(held.length, 0, [one]);
    foldFix(state, base, UNIT, held, one);
  }
  return base.stands;
}
