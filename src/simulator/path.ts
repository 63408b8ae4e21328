import { distanceM, type Ruler } from '../geo/ruler.js';
import type { PositionE7 } from '../model/position.js';
import { pointBetween } from './ground.js';

/** What a unit is about; it decides on its lights. */
export type Activity = 'transit' | 'post' | 'route' | 'area';

/** A straight way at constant speed, or a stand (`from` and `to` are equal), over `[fromMs, toMs)`. */
export interface Leg {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: PositionE7;
  readonly to: PositionE7;
  readonly activity: Activity;
}

/** Where a unit truly is from switching its tracker on to switching it off: legs without a hole between them. */
export interface Path {
  readonly unit: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly legs: readonly Leg[];
}

export interface TrueState {
  readonly position: PositionE7;
  readonly speedMps: number;
  /** Clockwise from north; null at a stand. */
  readonly courseDeg: number | null;
  readonly activity: Activity;
}

export function isStand(leg: Leg): boolean {
  return leg.from.lngE7 === leg.to.lngE7 && leg.from.latE7 === leg.to.latE7;
}

export function positionOnLeg(leg: Leg, ms: number): PositionE7 {
  return pointBetween(leg.from, leg.to, (ms - leg.fromMs) / (leg.toMs - leg.fromMs));
}

export function legSpeedMps(ruler: Ruler, leg: Leg): number {
  return distanceM(ruler, leg.from, leg.to) / ((leg.toMs - leg.fromMs) / 1_000);
}

/** The unit's true state at an instant of the path. A pure function of time. */
export function stateAt(ruler: Ruler, path: Path, ms: number): TrueState {
  const leg = legAt(path, ms);
  const moving = !isStand(leg);
  return {
    position: positionOnLeg(leg, ms),
    speedMps: moving ? legSpeedMps(ruler, leg) : 0,
    courseDeg: moving ? courseDeg(ruler, leg) : null,
    activity: leg.activity,
  };
}

function legAt(path: Path, ms: number): Leg {
  let low = 0;
  let high = path.legs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((path.legs[middle] as Leg).fromMs <= ms) low = middle;
    else high = middle - 1;
  }
  return path.legs[low] as Leg;
}

function courseDeg(ruler: Ruler, leg: Leg): number {
  const eastM = (leg.to.lngE7 - leg.from.lngE7) * ruler.metresPerLngE7;
  const northM = (leg.to.latE7 - leg.from.latE7) * ruler.metresPerLatE7;
  return ((Math.atan2(eastM, northM) * 180) / Math.PI + 360) % 360;
}
