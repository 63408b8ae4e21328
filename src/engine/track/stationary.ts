import { distanceM, type Ruler } from '../../geo/ruler.js';
import { STATIONARY_RADIUS_M, STATIONARY_SPEED_CMPS } from '../../model/limits.js';
import type { PositionE7 } from '../../model/position.js';
import type { UnitFold } from './fold.js';
import type { HeldFixes } from './held-fixes.js';
import { PointColumns } from './point-columns.js';
import { sampleRecent } from './recent.js';

/** Fewer positions, or a shorter stretch, say nothing about standing still. */
const LEAST_POINTS = 3;
const LEAST_SPAN_MS = 60_000;
/** Share of the positions that must lie in the disc: a multipath burst must not make a parked car a driving one. */
const SHARE = 0.75;

/**
 * Whether a unit stands still, by its believed positions of the last STATIONARY_WINDOW_MS:
 * it does not report a driving speed, and three quarters of them lie within STATIONARY_RADIUS_M + σ of their median.
 */
export function isStationary(ruler: Ruler, fold: UnitFold, fixes: HeldFixes): boolean {
  const { last, recentFromMs, recentCount } = fold;
  if (last === null || recentCount < LEAST_POINTS) return false;
  if (last.eventTimeMs - recentFromMs < LEAST_SPAN_MS) return false;
  if (last.speedCmps !== null && last.speedCmps > STATIONARY_SPEED_CMPS) return false;
  recent.clear();
  sampleRecent(fold, fixes, recent);
  const middle = middleOf(recent);
  let near = 0;
  for (let i = 0; i < recent.length; i += 1) {
    const awayM = distanceM(ruler, middle, recent.positionAt(i));
    if (awayM <= STATIONARY_RADIUS_M + (recent.sigmaM[i] as number)) near += 1;
  }
  return near >= SHARE * recent.length;
}

/** The positions that it is found from. */
const recent = new PointColumns();

/** Median on each axis of the points from `from` on, the lower one of an even number. */
export function middleOf({ lngE7, latE7, length }: PointColumns, from = 0): PositionE7 {
  return { lngE7: lowerMedian(lngE7, from, length), latE7: lowerMedian(latE7, from, length) };
}

/** Values of which a median is being found. */
let scratch = new Int32Array(64);

function lowerMedian(values: Int32Array, from: number, to: number): number {
  const length = to - from;
  if (scratch.length < length) scratch = new Int32Array(2 * length);
  for (let i = 0; i < length; i += 1) scratch[i] = values[from + i] as number;
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
