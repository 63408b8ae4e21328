import { unreachable } from '../model/errors.js';
import type { Shape } from '../model/plan.js';

/** A shape as the grid sees it: its edges, and how they make it. */
export interface Outline {
  /** Flat `[ax, ay, bx, by, …]`, units of 1e-7 degree. A circle is one edge without length. */
  readonly edges: readonly number[];
  /** −1: the edges bound a polygon. Else the shape is everything within this of an edge. */
  readonly radiusM: number;
}

export function outlineOf(shape: Shape): Outline {
  switch (shape.type) {
    case 'polygon':
      return { edges: shape.rings.flatMap((ring) => edgesOf(ring, true)), radiusM: -1 };
    case 'circle': {
      const { lngE7, latE7 } = shape.center;
      return { edges: [lngE7, latE7, lngE7, latE7], radiusM: shape.radiusM };
    }
    case 'corridor':
      return { edges: shape.lines.flatMap((line) => edgesOf(line, false)), radiusM: shape.corridorM };
    default:
      return unreachable(shape);
  }
}

/** The edges in the order of `signedDistanceM`, the edge that closes a ring first. */
function edgesOf(line: readonly number[], closed: boolean): number[] {
  const edges: number[] = [];
  for (let i = closed ? 0 : 2; i < line.length; i += 2) {
    const before = i === 0 ? line.length - 2 : i - 2;
    edges.push(line[before] as number, line[before + 1] as number, line[i] as number, line[i + 1] as number);
  }
  return edges;
}
