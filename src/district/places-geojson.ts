import { type Footprint, footprints } from '../geo/footprint.js';
import { type AreaGeometry, type ShapeGeometry, shapeGeometry } from '../geo/shape-geojson.js';
import type { CompiledPlan, PlanPlace } from '../model/plan.js';

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
interface Feature<Geometry, Properties> {
  type: 'Feature';
  geometry: Geometry;
  properties: Properties;
}
interface Collection<Geometry, Properties> {
  type: 'FeatureCollection';
  datum: 'WGS84';
  features: Feature<Geometry, Properties>[];
}

export type PlaceCollection = Collection<ShapeGeometry, PlaceProperties>;
/** `areaM2` within 0.7 %; `lengthM` of a corridor's lines within 0.5 %. */
export type FootprintCollection = Collection<AreaGeometry, PlaceProperties & { areaM2: number; lengthM?: number }>;

/** A plan's places as GeoJSON in WGS-84; written to a file, it is a `places.geojson` that gives the same places again. */
export function placesGeoJson(plan: Pick<CompiledPlan, 'places'>): PlaceCollection {
  return {
    type: 'FeatureCollection',
    datum: 'WGS84',
    features: plan.places.map((place) => ({
      type: 'Feature',
      geometry: shapeGeometry(place.shape),
      properties: propertiesOf(place),
    })),
  };
}

/**
 * The areas that a plan's places cover, for a map: circles and corridors as polygons. Within 0.7 % of the radius or the
 * corridor; what is inside is decided by `signedDistanceM`, not by these.
 */
export async function placeFootprints(plan: Pick<CompiledPlan, 'places'>): Promise<FootprintCollection> {
  const areas = await footprints(plan.places.map(({ shape }) => shape));
  const features = plan.places.map((place, index): FootprintCollection['features'][number] => {
    const { geometry, areaM2, lengthM } = areas[index] as Footprint;
    const properties = { ...propertiesOf(place), areaM2, ...(lengthM === null ? {} : { lengthM }) };
    return { type: 'Feature', geometry, properties };
  });
  return { type: 'FeatureCollection', datum: 'WGS84', features };
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
