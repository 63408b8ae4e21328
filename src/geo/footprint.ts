import { unreachable } from '../model/errors.js';
import type { Shape } from '../model/plan.js';
import { E7 } from '../model/position.js';
import { type AreaGeometry, areaGeometry, type Coordinates, lineGeometry, shapeGeometry } from './shape-geojson.js';

/** The area that a shape covers. */
export interface Footprint {
  readonly geometry: AreaGeometry;
  readonly areaM2: number;
  /** Length of a corridor's lines, metres; null for other shapes. */
  readonly lengthM: number | null;
}

/** Corners of a circle's polygon, and of a quarter of the round end of a corridor: the chord is off by 0.12 %. */
const CIRCLE_STEPS = 64;
const QUARTER_STEPS = CIRCLE_STEPS / 4;

type Turf = typeof import('./turf-parts.js');

/**
 * Footprints for maps, within 0.7 % of the radius or corridor. Turf measures on a sphere: from 18° to 54° north up to 0.5 % off
 * along a meridian, 0.33 % along a parallel, 0.43 % in an area; and the chords are off by 0.12 % more.
 */
export async function footprints(shapes: readonly Shape[]): Promise<Footprint[]> {
  // Turf takes long to load: only who wants footprints pays for it.
  const turf = await import('./turf-parts.js');
  return shapes.map((shape) => {
    const geometry = areaOf(turf, shape);
    return { geometry, areaM2: turf.area(geometry), lengthM: lengthOf(turf, shape) };
  });
}

function areaOf(turf: Turf, shape: Shape): AreaGeometry {
  switch (shape.type) {
    case 'polygon':
      return areaGeometry(shape);
    case 'circle': {
      const middle = shapeGeometry(shape).coordinates as [number, number];
      return rounded(turf.circle(middle, shape.radiusM, { units: 'meters', steps: CIRCLE_STEPS }).geometry);
    }
    case 'corridor': {
      const lines = turf.feature(lineGeometry(shape.lines));
      const area = turf.buffer(lines, shape.corridorM, { units: 'meters', steps: QUARTER_STEPS });
      if (area === undefined) throw new Error('bug: a corridor without a line');
      return rounded(area.geometry);
    }
    default:
      return unreachable(shape);
  }
}

/** With as many digits as a position has: an answer with all those that turf computes is half as long again. */
function rounded(geometry: AreaGeometry): AreaGeometry {
  const { type, coordinates } = geometry;
  return type === 'Polygon'
    ? { type, coordinates: coordinates.map(roundedRing) }
    : { type, coordinates: coordinates.map((rings) => rings.map(roundedRing)) };
}

function roundedRing(ring: readonly Coordinates[]): Coordinates[] {
  return ring.map((position) => position.map((degrees) => Math.round(degrees * E7) / E7));
}

function lengthOf(turf: Turf, shape: Shape): number | null {
  if (shape.type !== 'corridor') return null;
  return turf.length(turf.feature(lineGeometry(shape.lines)), { units: 'meters' });
}
