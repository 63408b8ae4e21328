import { polygonContains } from '../geo/polygon.js';
import type { CompiledPlan, PlanPlace, RingE7 } from '../model/plan.js';
import { E7 } from '../model/position.js';

type Coordinates = number[];
type PlaceGeometry =
  | { type: 'Point'; coordinates: Coordinates }
  | { type: 'Polygon'; coordinates: Coordinates[][] }
  | { type: 'MultiPolygon'; coordinates: Coordinates[][][] }
  | { type: 'LineString'; coordinates: Coordinates[] }
  | { type: 'MultiLineString'; coordinates: Coordinates[][] };

interface PlaceProperties {
  id: string;
  kind: PlanPlace['kind'];
  nameZh: string;
  nameEn: string;
  tier?: number;
  stopAllowed: boolean;
  radiusM?: number;
  corridorM?: number;
}
export interface PlaceCollection {
  type: 'FeatureCollection';
  datum: 'WGS84';
  features: { type: 'Feature'; geometry: PlaceGeometry; properties: PlaceProperties }[];
}

/** A plan's places as GeoJSON in WGS-84; written to a file, it is a `places.geojson` that gives the same places again. */
export function placesGeoJson(plan: Pick<CompiledPlan, 'places'>): PlaceCollection {
  return {
    type: 'FeatureCollection',
    datum: 'WGS84',
    features: plan.places.map((place) => ({
      type: 'Feature',
      geometry: geometryOf(place),
      properties: propertiesOf(place),
    })),
  };
}

function propertiesOf({ id, kind, name, tier, stopAllowed, shape }: PlanPlace): PlaceProperties {
  return {
    id,
    kind,
    nameZh: name.zh,
    nameEn: name.en,
    ...(tier === null ? {} : { tier }),
    stopAllowed,
    ...(shape.type === 'circle' ? { radiusM: shape.radiusM } : {}),
    ...(shape.type === 'corridor' ? { corridorM: shape.corridorM } : {}),
  };
}

function geometryOf({ shape }: PlanPlace): PlaceGeometry {
  switch (shape.type) {
    case 'circle':
      return { type: 'Point', coordinates: [shape.center.lngE7 / E7, shape.center.latE7 / E7] };
    case 'corridor': {
      const [first = [], ...more] = shape.lines.map(positionsOf);
      return more.length === 0
        ? { type: 'LineString', coordinates: first }
        : { type: 'MultiLineString', coordinates: [first, ...more] };
    }
    case 'polygon': {
      const [first = [], ...more] = nestRings(shape.rings);
      return more.length === 0
        ? { type: 'Polygon', coordinates: first }
        : { type: 'MultiPolygon', coordinates: [first, ...more] };
    }
  }
}

/**
 * Even-odd rings into GeoJSON's parts with holes: a ring inside an even number of others is a part, one inside an odd
 * number is a hole of the innermost. Rings of a place may touch but never cross, so any vertex that they do not share decides.
 */
function nestRings(rings: readonly RingE7[]): Coordinates[][][] {
  const around = rings.map((ring) => rings.filter((other) => other !== ring && ringInside(ring, other)));
  const parts = new Map<RingE7, Coordinates[][]>();
  rings.forEach((ring, index) => {
    if ((around[index]?.length ?? 0) % 2 === 0) parts.set(ring, [closed(ring, true)]);
  });
  rings.forEach((ring, index) => {
    const outer = around[index] ?? [];
    if (outer.length % 2 === 0) return;
    const depth = (other: RingE7) => around[rings.indexOf(other)]?.length ?? 0;
    const innermost = outer.reduce((best, other) => (depth(other) > depth(best) ? other : best));
    parts.get(innermost)?.push(closed(ring, false));
  });
  return [...parts.values()];
}

function ringInside(ring: RingE7, other: RingE7): boolean {
  const shared = new Set(positionsOf(other).map(String));
  const deciding = positionsOf(ring).find((position) => !shared.has(String(position)));
  if (deciding === undefined) return false;
  const [lng = 0, lat = 0] = deciding;
  return polygonContains([other], Math.round(lng * E7), Math.round(lat * E7));
}

/** RFC 7946: the first position again at the end; parts counter-clockwise, holes clockwise. */
function closed(ring: RingE7, counterClockwise: boolean): Coordinates[] {
  const positions = positionsOf(ring);
  const [head] = positions;
  if (doubledArea(ring) > 0 !== counterClockwise) positions.reverse();
  else if (head !== undefined) return [...positions, head];
  const start = positions.at(-1);
  return start === undefined ? [] : [start, ...positions.slice(0, -1), start];
}

/** Relative to the first vertex, so that the products stay small enough for the sign to be right. */
function doubledArea(ring: RingE7): number {
  const [x0 = 0, y0 = 0] = ring;
  let area = 0;
  for (let i = 2; i + 3 < ring.length; i += 2) {
    const [x1, y1] = [(ring[i] ?? 0) - x0, (ring[i + 1] ?? 0) - y0];
    const [x2, y2] = [(ring[i + 2] ?? 0) - x0, (ring[i + 3] ?? 0) - y0];
    area += x1 * y2 - x2 * y1;
  }
  return area;
}

function positionsOf(flat: readonly number[]): Coordinates[] {
  const positions: Coordinates[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) positions.push([(flat[i] ?? 0) / E7, (flat[i + 1] ?? 0) / E7]);
  return positions;
}
