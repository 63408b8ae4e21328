import type { AreaE7, Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { unreachable } from '../model/errors.js';
import type { Ruler } from './ruler.js';

/** The least box around a shape, 1e-7 degree. */
export function shapeBox(ruler: Ruler, shape: Shape): AreaE7 {
  switch (shape.type) {
    case 'polygon':
      return boxAround(ruler, shape.rings, 0);
    case 'circle':
      return boxAround(ruler, [[shape.center.lngE7, shape.center.latE7]], shape.radiusM);
    case 'corridor':
      return boxAround(ruler, shape.lines, shape.corridorM);
    default:
      return unreachable(shape);
  }
}

/** The middle of the least box around a shape. */
export function shapeMiddle(ruler: Ruler, shape: Shape): PositionE7 {
  const { westE7, southE7, eastE7, northE7 } = shapeBox(ruler, shape);
  return { lngE7: (westE7 + eastE7) / 2, latE7: (southE7 + northE7) / 2 };
}

function boxAround(ruler: Ruler, lines: readonly (readonly number[])[], marginM: number): AreaE7 {
  let [westE7, southE7] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [eastE7, northE7] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const line of lines) {
    for (let i = 0; i < line.length; i += 2) {
      const [lngE7, latE7] = [line[i] as number, line[i + 1] as number];
      westE7 = Math.min(westE7, lngE7);
      eastE7 = Math.max(eastE7, lngE7);
      southE7 = Math.min(southE7, latE7);
      northE7 = Math.max(northE7, latE7);
    }
  }
  const [x, y] = [marginM / ruler.metresPerLngE7, marginM / ruler.metresPerLatE7];
  return {
    westE7: Math.floor(westE7 - x),
    southE7: Math.floor(southE7 - y),
    eastE7: Math.ceil(eastE7 + x),
    northE7: Math.ceil(northE7 + y),
  };
}
