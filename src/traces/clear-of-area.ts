import type { Ruler } from '../geo/ruler.js';
import { shapeBox } from '../geo/shape-box.js';
import type { ClearOf } from '../log/fix-history.js';
import {
  MAX_FENCE_SIGMA_M,
  MAX_TRACK_SIGMA_M,
  POSSIBLE_FOR_MS,
  POSSIBLE_SIGMAS,
  VAGUE_SIGMAS,
} from '../model/limits.js';
import type { AreaE7, Shape } from '../model/plan.js';
import type { QueryRange } from './query.js';
import type { UnitStretch } from './unit-stretches.js';

interface AreaTimes extends QueryRange {
  readonly shape: Shape;
  readonly ruler: Ruler;
  /** What is read: with the times before and after that a hole may reach over. */
  readonly wide: QueryRange;
}

/**
 * What makes it sure of a stretch that `presenceSpans` has nothing to say of its unit, though its fixes are not read: only of units that had one
 * tracker, and the same settings, all the time.
 */
export function clearOfArea(
  { shape, ruler, fromMs, toMs, wide }: AreaTimes,
  stretches: readonly UnitStretch[],
): ClearOf {
  const box = shapeBox(ruler, shape);
  return {
    box: grown(box, ruler, POSSIBLE_SIGMAS * MAX_FENCE_SIGMA_M),
    wideBox: grown(box, ruler, VAGUE_SIGMAS * MAX_TRACK_SIGMA_M),
    fromMs,
    toMs,
    stretches: stretches.map((stretch) => {
      const isWhole = stretch.fromMs <= wide.fromMs && stretch.toMs >= wide.toMs;
      // What lies further away from the times is not read, and so says nothing.
      const quietMs = Math.min(stretch.silentAfterMs, POSSIBLE_FOR_MS);
      return isWhole ? { quietMs, area: stretch.area ?? null } : null;
    }),
  };
}

function grown({ westE7, southE7, eastE7, northE7 }: AreaE7, ruler: Ruler, marginM: number): AreaE7 {
  const [x, y] = [Math.ceil(marginM / ruler.metresPerLngE7), Math.ceil(marginM / ruler.metresPerLatE7)];
  return { westE7: westE7 - x, southE7: southE7 - y, eastE7: eastE7 + x, northE7: northE7 + y };
}
