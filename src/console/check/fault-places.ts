import type { DistrictFault } from '../../district/faults.js';
import { DEFAULT_RADIUS_M } from '../../district/place-schemas.js';
import { type Datum, toWgs84 } from '../../geo/datum.js';
import { boundsOf, discAround, type Feature, type Features } from '../map/features.js';

/** A fault, and where it is. */
export interface PlacedFault extends DistrictFault {
  /** The place of `places.geojson` that it is about, counted from 0; null: it is about none. */
  readonly feature: number | null;
  /** Degrees, WGS-84: the position that is wrong, or the middle of the place; null: it can be shown nowhere. */
  readonly at: readonly [lng: number, lat: number] | null;
}

/** The places of a file as they can be drawn, right ones and wrong ones. */
export interface DrawnPlaces
  extends Features<{
    /** Its number in the file, counted from 0. */
    readonly id: string;
    readonly placeId: string;
    readonly kind: string;
    readonly nameZh: string;
    readonly nameEn: string;
    readonly standing: 'covered' | 'overdue' | 'empty';
  }> {
  /** Places were left out: there are too many positions. */
  readonly isCut: boolean;
}

type Position = readonly [number, number];
type Geometry = Feature<unknown>['geometry'];

/** A map draws this many positions at once. */
export const MAX_DRAWN_POSITIONS = 100_000;
/** A longer name covers the map. */
const MAX_NAME_CHARS = 40;
const FEATURE_PATH = /^\/features\/(\d+)(\/geometry\/coordinates((?:\/\d+)*))?/;

/**
 * Where each fault of a folder is, as far as its places and roads can be read.
 *
 * @param values parsed JSON by file
 */
export function placedFaults(
  values: ReadonlyMap<string, unknown>,
  faults: readonly DistrictFault[],
): readonly PlacedFault[] {
  return faults.map((fault) => {
    const [, index, inside, keys = ''] = fault.file.endsWith('.geojson') ? (FEATURE_PATH.exec(fault.path) ?? []) : [];
    if (index === undefined) return { ...fault, feature: null, at: null };
    const map = values.get(fault.file);
    const raw = featuresOf(map)[Number(index)];
    const feature = fault.file === 'places.geojson' ? Number(index) : null;
    const value = inside === undefined ? null : keys.split('/').slice(1).reduce<unknown>(memberOf, coordinatesOf(raw));
    const at = positionOf(value);
    const around = at === null ? middleOf(geometryOf(raw, datumOf(map))) : toWgs84(datumOf(map), [...at]);
    return { ...fault, feature, at: around };
  });
}

/**
 * The places that a file has, whatever is wrong with them besides.
 *
 * @param wrong places that have a fault, counted from 0
 */
export function drawnPlaces(map: unknown, wrong: ReadonlySet<number>): DrawnPlaces {
  const features: DrawnPlaces['features'][number][] = [];
  let left = MAX_DRAWN_POSITIONS;
  let isCut = false;
  // Wrong ones first: they are what somebody looks for.
  const order = [...featuresOf(map).entries()].sort(([a], [b]) => Number(wrong.has(b)) - Number(wrong.has(a)));
  for (const [index, raw] of order) {
    const geometry = geometryOf(raw, datumOf(map));
    if (geometry === null) continue;
    left -= positionsIn(geometry.coordinates);
    if (left < 0) {
      isCut = true;
      break;
    }
    const named = memberOf(raw, 'properties');
    const text = (name: string): string => {
      const value = memberOf(named, name);
      return typeof value === 'string' ? value : '';
    };
    features.push({
      type: 'Feature',
      geometry,
      properties: {
        id: String(index),
        placeId: text('id'),
        kind: text('kind'),
        nameZh: (text('nameZh') || text('id')).slice(0, MAX_NAME_CHARS),
        nameEn: (text('nameEn') || text('id')).slice(0, MAX_NAME_CHARS),
        standing: wrong.has(index) ? 'overdue' : 'covered',
      },
    });
  }
  return { type: 'FeatureCollection', features, isCut };
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name];
}

function featuresOf(map: unknown): readonly unknown[] {
  const features = memberOf(map, 'features');
  return Array.isArray(features) ? features : [];
}

function datumOf(map: unknown): Datum {
  return memberOf(map, 'datum') === 'GCJ02' ? 'GCJ02' : 'WGS84';
}

function coordinatesOf(raw: unknown): unknown {
  return memberOf(memberOf(raw, 'geometry'), 'coordinates');
}

function positionOf(value: unknown): Position | null {
  if (!Array.isArray(value)) return null;
  const [lng, lat] = value as unknown[];
  if (typeof lng !== 'number' || typeof lat !== 'number') return null;
  return Math.abs(lng) <= 180 && Math.abs(lat) <= 85 ? [lng, lat] : null;
}

/** How deep positions stand in the coordinates of a geometry. */
const DEPTH: Readonly<Record<string, number>> = {
  Point: 0,
  LineString: 1,
  MultiLineString: 2,
  Polygon: 2,
  MultiPolygon: 3,
};

/** A geometry with the positions that can be drawn, a checkpoint as its circle; null: there is none of a known type. */
function geometryOf(raw: unknown, datum: Datum): Geometry | null {
  const type = memberOf(memberOf(raw, 'geometry'), 'type');
  if (typeof type !== 'string' || !Object.hasOwn(DEPTH, type)) return null;
  const coordinates = readable(coordinatesOf(raw), DEPTH[type] ?? 0, datum);
  if (coordinates === null) return null;
  if (type !== 'Point') return { type, coordinates };
  const [lng, lat] = coordinates as Position;
  const radiusM = memberOf(memberOf(raw, 'properties'), 'radiusM');
  const isRadius = typeof radiusM === 'number' && radiusM > 0 && radiusM <= WIDEST_M;
  return { type: 'Polygon', coordinates: [discAround({ lng, lat }, isRadius ? radiusM : DEFAULT_RADIUS_M)] };
}

const WIDEST_M = 10_000;

function readable(value: unknown, depth: number, datum: Datum): unknown {
  if (depth === 0) {
    const position = positionOf(value);
    return position === null ? null : toWgs84(datum, [...position]);
  }
  if (!Array.isArray(value)) return null;
  const found = value.map((one) => readable(one, depth - 1, datum)).filter((one) => one !== null);
  return found.length === 0 ? null : found;
}

function positionsIn(value: unknown): number {
  if (!Array.isArray(value)) return 0;
  return positionOf(value) !== null ? 1 : value.reduce<number>((sum, one) => sum + positionsIn(one), 0);
}

function middleOf(geometry: Geometry | null): Position | null {
  if (geometry === null) return null;
  const [west, south, east, north] = boundsOf([{ geometry }]);
  return [(west + east) / 2, (south + north) / 2];
}
