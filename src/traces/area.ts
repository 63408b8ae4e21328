import { geometryFaults } from '../geo/validate.js';
import type { Ruler } from '../geo/ruler.js';
import { shapeBox } from '../geo/shape-box.js';
import { BeatwatchError } from '../model/errors.js';
import type { CompiledPlan, Shape } from '../model/plan.js';
import { E7, fromLngLat } from '../model/position.js';
import type { QueryRange } from './query.js';

/** Longest side of the box around an area that may be asked about, metres: a large district. */
export const MAX_AREA_SIDE_M = 300_000;
/** Corners of a polygon that may be asked about. */
export const MAX_AREA_CORNERS = 5_000;

type LngLat = readonly number[];

/** An area as somebody asks for it; degrees WGS-84. Polygons as in GeoJSON. */
export type AskedArea =
  | { readonly type: 'Polygon'; readonly coordinates: readonly (readonly LngLat[])[] }
  | { readonly type: 'MultiPolygon'; readonly coordinates: readonly (readonly (readonly LngLat[])[])[] }
  | { readonly type: 'Box'; readonly bbox: readonly number[] }
  | { readonly type: 'Circle'; readonly center: LngLat; readonly radiusM: number };

export interface AreaFault {
  readonly got: string;
  readonly expected: string;
}

/** The shape that somebody asks about, or what is wrong with it: polygons that cross themselves, or cover half the earth. */
export function askedShape(area: AskedArea, ruler: Ruler): Shape | AreaFault {
  const outside = positionsOf(area).find(([lng = 0, lat = 0]) => Math.abs(lng) > 180 || Math.abs(lat) > 90);
  if (outside !== undefined) return { got: JSON.stringify(outside), expected: '[longitude, latitude] in degrees' };
  if (area.type === 'Box') return boxShape(area.bbox, ruler);
  if (area.type === 'Circle') {
    const { lngE7, latE7 } = fromLngLat(area.center as [number, number]);
    return sized({ type: 'circle', center: { lngE7, latE7 }, radiusM: area.radiusM }, ruler);
  }
  const parts = area.type === 'Polygon' ? [area.coordinates] : area.coordinates;
  const corners = parts.flat().reduce((sum, ring) => sum + ring.length, 0);
  if (corners > MAX_AREA_CORNERS) return { got: `${corners} corners`, expected: `at most ${MAX_AREA_CORNERS}` };
  const open = parts.flat().find((ring) => !isClosed(ring));
  if (open !== undefined) {
    return {
      got: `a ring from ${JSON.stringify(open[0])} to ${JSON.stringify(open.at(-1))}`,
      expected: 'rings that end where they begin',
    };
  }
  const rings = parts.flat().map((ring) => ring.slice(0, -1).flatMap(e7Of));
  const shape: Shape = { type: 'polygon', rings };
  const tooLarge = sized(shape, ruler);
  if ('got' in tooLarge) return tooLarge;
  const place = {
    id: 'area',
    kind: 'checkpoint',
    name: { zh: '', en: '' },
    shape,
    stopAllowed: false,
    tier: null,
  } as const;
  const [fault] = geometryFaults([place], new Map([['area', parts.map((part) => part.length)]]));
  if (fault === undefined) return shape;
  const at =
    fault.ring === null ? '' : ` (ring ${fault.ring}${fault.vertex === null ? '' : `, corner ${fault.vertex}`})`;
  return { got: `${fault.reason}${at}`, expected: 'rings that neither cross themselves nor each other' };
}

function positionsOf(area: AskedArea): readonly LngLat[] {
  switch (area.type) {
    case 'Polygon':
      return area.coordinates.flat();
    case 'MultiPolygon':
      return area.coordinates.flat(2);
    case 'Circle':
      return [area.center];
    default:
      return [area.bbox.slice(0, 2), area.bbox.slice(2, 4)];
  }
}

function boxShape(bbox: readonly number[], ruler: Ruler): Shape | AreaFault {
  const [west = 0, south = 0, east = 0, north = 0] = bbox;
  if (west >= east || south >= north)
    return { got: JSON.stringify(bbox), expected: '[west, south, east, north] with west < east and south < north' };
  const ring = [west, south, east, south, east, north, west, north].map((degrees) => Math.round(degrees * E7));
  return sized({ type: 'polygon', rings: [ring] }, ruler);
}

function sized(shape: Shape, ruler: Ruler): Shape | AreaFault {
  const { westE7, southE7, eastE7, northE7 } = shapeBox(ruler, shape);
  const sides = [(eastE7 - westE7) * ruler.metresPerLngE7, (northE7 - southE7) * ruler.metresPerLatE7];
  if (sides.every((side) => side <= MAX_AREA_SIDE_M)) return shape;
  const [width, height] = sides.map((side) => Math.round(side / 1_000));
  return { got: `an area of ${width} km by ${height} km`, expected: `at most ${MAX_AREA_SIDE_M / 1_000} km a side` };
}

function isClosed(ring: readonly LngLat[]): boolean {
  const [first, last] = [ring[0], ring.at(-1)];
  return first?.[0] === last?.[0] && first?.[1] === last?.[1];
}

function e7Of([lng = 0, lat = 0]: LngLat): [number, number] {
  return [Math.round(lng * E7), Math.round(lat * E7)];
}

/**
 * The shape of a place by the plans of a range. Throws `place-unknown` when none has it, and `place-changed` when two have different
 * ones, with the instant of the change.
 */
export function placeShape(plans: readonly CompiledPlan[], place: string, { fromMs, toMs }: QueryRange): Shape {
  // Before the first plan the first one holds.
  const inRange = plans.filter(
    ({ inForceFromMs }, i) => (i === 0 || inForceFromMs < toMs) && (plans[i + 1]?.inForceFromMs ?? toMs) > fromMs,
  );
  let found: Shape | null = null;
  for (const plan of inRange) {
    const shape = plan.places.find(({ id }) => id === place)?.shape;
    if (shape === undefined) continue;
    if (found !== null && JSON.stringify(found) !== JSON.stringify(shape)) throw changed(place, plan.inForceFromMs);
    found = shape;
  }
  if (found !== null) return found;
  throw new BeatwatchError(
    'place-unknown',
    `got place ${place}, expected one of a plan that was in force in this period`,
    {
      got: place,
    },
  );
}

function changed(place: string, atMs: number): BeatwatchError {
  const text = new Date(atMs).toISOString();
  return new BeatwatchError(
    'place-changed',
    `got a period in which ${place} has two shapes, expected one: ask for what was before ${text}, and for what was from then on`,
    { place, changedAtMs: atMs },
  );
}
