import type { Ruler } from '../geo/ruler.js';
import { signedDistanceM } from '../geo/shape.js';
import type { Shape } from '../model/plan.js';
import { isStand, type Leg, legSpeedMps, type Path, positionOnLeg } from './path.js';
import type { Span } from './spans.js';

/** Near a boundary the way is looked at so often, ms; a graze shorter than this may be missed. */
const GLANCE_MS = 250;

/**
 * When a unit was truly within `marginM` of the shape (0: inside it; negative: that deep inside), to the millisecond.
 * Distance to a shape cannot change faster than the unit moves, so far from the boundary long stretches need one look.
 */
export function presenceOf(ruler: Ruler, path: Path, shape: Shape, marginM: number, untilMs: number): Span[] {
  const spans: { fromMs: number; toMs: number }[] = [];
  const add = (fromMs: number, toMs: number): void => {
    const last = spans.at(-1);
    if (last !== undefined && last.toMs >= fromMs) last.toMs = toMs;
    else if (toMs > fromMs) spans.push({ fromMs, toMs });
  };
  for (const leg of path.legs) {
    if (leg.fromMs >= untilMs) break;
    eachInside(ruler, leg, shape, marginM, (fromMs, toMs) => add(fromMs, Math.min(toMs, untilMs)));
  }
  return spans;
}

function eachInside(
  ruler: Ruler,
  leg: Leg,
  shape: Shape,
  marginM: number,
  found: (fromMs: number, toMs: number) => void,
): void {
  const distanceAt = (ms: number): number => signedDistanceM(ruler, shape, positionOnLeg(leg, ms)) - marginM;
  let atMs = leg.fromMs;
  let distance = distanceAt(atMs);
  if (isStand(leg)) {
    if (distance <= 0) found(leg.fromMs, leg.toMs);
    return;
  }
  const metresPerMs = legSpeedMps(ruler, leg) / 1_000;
  while (atMs < leg.toMs) {
    const nextMs = Math.min(leg.toMs, atMs + Math.max(GLANCE_MS, Math.floor(Math.abs(distance) / metresPerMs)));
    const next = distanceAt(nextMs);
    if (distance <= 0 && next <= 0) found(atMs, nextMs);
    else if (distance <= 0) found(atMs, crossingMs(distanceAt, atMs, nextMs, true));
    else if (next <= 0) found(crossingMs(distanceAt, atMs, nextMs, false), nextMs);
    atMs = nextMs;
    distance = next;
  }
}

/** First instant at which the unit is no more (`leaving`), or is, inside. */
function crossingMs(distanceAt: (ms: number) => number, fromMs: number, toMs: number, leaving: boolean): number {
  let low = fromMs;
  let high = toMs;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (distanceAt(middle) <= 0 === leaving) low = middle;
    else high = middle;
  }
  return high;
}
