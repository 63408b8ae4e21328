import type { Ruler } from '../geo/ruler.js';
import type { Fix } from '../model/fix.js';
import { SIGMA_PER_HDOP_M } from '../model/limits.js';
import type { UnitKind } from '../model/plan.js';
import type { DriftSample } from './drift.js';
import { shifted } from './ground.js';
import type { TrueState } from './path.js';
import type { Random } from './random.js';

/** Error of a receiver under open sky, each axis. */
const OPEN_SKY_SIGMA_M = 3;
const ALTITUDE_DM = 850;

/**
 * What a good receiver says of a unit's true state: every field filled, small errors; `random` is the fix's own. With a
 * drift sample, its error and its accuracy instead.
 */
export function receive(
  ruler: Ruler,
  kind: UnitKind,
  state: TrueState,
  eventTimeMs: number,
  random: Random,
  drift: DriftSample | null,
): Fix {
  const eastM = drift?.eastM ?? OPEN_SKY_SIGMA_M * random.gaussian();
  const northM = drift?.northM ?? OPEN_SKY_SIGMA_M * random.gaussian();
  const moving = state.courseDeg !== null;
  const speedMps = Math.max(0, moving ? state.speedMps + 0.2 * random.gaussian() : Math.abs(0.1 * random.gaussian()));
  const courseDeg = state.courseDeg === null ? null : (state.courseDeg + 2 * random.gaussian() + 360) % 360;
  const satellites = random.integer(drift === null ? 12 : 6, drift === null ? 22 : 12);
  const hdopCenti = drift === null ? random.integer(80, 120) : Math.round((drift.accuracyM / SIGMA_PER_HDOP_M) * 100);
  const onFoot = kind === 'foot';
  return {
    eventTimeMs,
    position: shifted(ruler, state.position, eastM, northM),
    altitudeDm: ALTITUDE_DM + Math.round(30 * random.gaussian()),
    speedCmps: Math.round(speedMps * 100),
    courseCdeg: courseDeg === null ? null : Math.floor(courseDeg * 100) % 36_000,
    located: true,
    satellites,
    beidouSatellites: random.integer(Math.ceil(satellites / 3), Math.ceil(satellites / 2)),
    hdopCenti,
    accuracyDm: null,
    power: true,
    batteryPercent: null,
    ignition: onFoot ? null : moving || state.activity === 'post',
    lightbar: onFoot ? null : state.activity === 'post' || state.activity === 'route',
    sos: false,
    backfill: false,
  };
}
