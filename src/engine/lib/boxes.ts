import type { CompiledPlan, PlanPlace } from '../../model/plan.js';
import type { PositionE7 } from '../../model/position.js';

/** Bounding boxes of a plan's places, four numbers each: west, south, east, north, 1e-7 degree, radius or corridor granted. */
export function boxesOf(plan: CompiledPlan): Float64Array {
  const boxes = new Float64Array(4 * plan.places.length);
  for (const [i, place] of plan.places.entries()) boxes.set(boxOf(place, plan.ruler), 4 * i);
  return boxes;
}

/** Whether the box of place `i` meets the box of the line between two positions. */
export function boxMeets(boxes: Float64Array, i: number, a: PositionE7, b: PositionE7): boolean {
  return (
    Math.max(a.lngE7, b.lngE7) >= (boxes[4 * i] as number) &&
    Math.max(a.latE7, b.latE7) >= (boxes[4 * i + 1] as number) &&
    Math.min(a.lngE7, b.lngE7) <= (boxes[4 * i + 2] as number) &&
    Math.min(a.latE7, b.latE7) <= (boxes[4 * i + 3] as number)
  );
}

/** Whether a position may lie within `reachM` of place `i`: exact for no place, wrong for none that is. */
export function boxWithin(
  boxes: Float64Array,
  i: number,
  { lngE7, latE7 }: PositionE7,
  reachM: number,
  ruler: CompiledPlan['ruler'],
): boolean {
  const dx = reachM / ruler.metresPerLngE7;
  const dy = reachM / ruler.metresPerLatE7;
  return (
    lngE7 + dx >= (boxes[4 * i] as number) &&
    latE7 + dy >= (boxes[4 * i + 1] as number) &&
    lngE7 - dx <= (boxes[4 * i + 2] as number) &&
    latE7 - dy <= (boxes[4 * i + 3] as number)
  );
}

/** Bounding box of one place: west, south, east, north. */
export function boxOf({ shape }: PlanPlace, ruler: CompiledPlan['ruler']): [number, number, number, number] {
  switch (shape.type) {
    case 'circle':
      return around([[shape.center.lngE7, shape.center.latE7]], shape.radiusM, ruler);
    case 'corridor':
      return around(shape.lines, shape.corridorM, ruler);
    case 'polygon':
      return around(shape.rings, 0, ruler);
  }
}

function around(
  lists: readonly (readonly number[])[],
  marginM: number,
  ruler: CompiledPlan['ruler'],
): [number, number, number, number] {
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const list of lists) {
    for (let i = 0; i < list.length; i += 2) {
      const x = list[i] as number;
      const y = list[i + 1] as number;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  }
  const dx = marginM / ruler.metresPerLngE7 + 1;
  const dy = marginM / ruler.metresPerLatE7 + 1;
  return [box[0] - dx, box[1] - dy, box[2] + dx, box[3] + dy];
}
