import { distanceM, type Ruler } from '../../geo/ruler.js';
import { STATIONARY_RADIUS_M, STATIONARY_SPEED_CMPS } from '../../model/limits.js';
import type { PositionE7 } from '../../model/position.js';
import type { TrackPoint } from './fold.js';

/** Fewer positions, or a shorter stretch, say nothing about standing still. */
const LEAST_POINTS = 3;
const LEAST_SPAN_MS = 60_000;
/** Share of the positions that must lie in the disc: a multipath burst must not make a parked car a driving one. */
const SHARE = 0.75;

/**
 * Whether a unit stands still, by its positions of the last STATIONARY_WINDOW_MS (oldest first, the latest included):
 * it does not report a driving speed, and three quarters of them lie within STATIONARY_RADIUS_M + σ of their median.
 */
export function isStationary(ruler: Ruler, recent: readonly TrackPoint[]): boolean {
  const first = recent[0];
  const latest = recent.at(-1);
  if (first === undefined || latest === undefined || recent.length < LEAST_POINTS) return false;
  if (latest.eventTimeMs - first.eventTimeMs < LEAST_SPAN_MS) return false;
  if (latest.fix.speedCmps !== null && latest.fix.speedCmps > STATIONARY_SPEED_CMPS) return false;
  const middle = middleOf(recent);
  let near = 0;
  for (const point of recent) if (distanceM(ruler, middle, point) <= STATIONARY_RADIUS_M + point.sigmaM) near += 1;
  return near >= SHARE * recent.length;
}

/** Median on each axis of the points from `from` on, the lower one of an even number. */
export function middleOf(points: readonly TrackPoint[], from = 0): PositionE7 {
  return { lngE7: lowerMedian(points, from, lngOf), latE7: lowerMedian(points, from, latOf) };
}

/** Values of which a median is being found. */
let scratch = new Int32Array(64);

function lowerMedian(points: readonly TrackPoint[], from: number, value: (point: TrackPoint) => number): number {
  const length = points.length - from;
  if (scratch.length < length) scratch = new Int32Array(2 * length);
  for (let i = 0; i < length; i += 1) scratch[i] = value(points[from + i] as TrackPoint);
  return select(scratch, length, (length - 1) >> 1);
}

/**
 * The value that would stand at `index` were the first `length` sorted; in linear time as a rule, where sorting takes ten times as long
 * for a full window.
 */
function select(values: Int32Array, length: number, index: number): number {
  let from = 0;
  let to = length - 1;
  while (from < to) {
    const pivot = values[(from + to) >> 1] as number;
    let low = from;
    let high = to;
    while (low <= high) {
      while ((values[low] as number) < pivot) low += 1;
      while ((values[high] as number) > pivot) high -= 1;
      if (low > high) break;
      const value = values[low] as number;
      values[low] = values[high] as number;
      values[high] = value;
      low += 1;
      high -= 1;
    }
    if (index <= high) to = high;
    else if (index >= low) from = low;
    else break;
  }
  return values[index] as number;
}

const lngOf = (point: TrackPoint): number => point.lngE7;
const latOf = (point: TrackPoint): number => point.latE7;
