import { type Static, type TSchema, Type } from 'typebox';
import { Id, Name, Note, strict } from './schema-parts.js';

const DATUMS = ['WGS84', 'CGCS2000', 'GCJ02'] as const;
export const DEFAULT_RADIUS_M = 100;
export const DEFAULT_CORRIDOR_M = 40;

const LngLatSchema = Type.Array(Type.Number(), {
  description: 'a position [lng, lat] in degrees (an altitude may follow, and is ignored)',
  minItems: 2,
  maxItems: 3,
});
const LineSchema = Type.Array(LngLatSchema, { minItems: 2, maxItems: 200_000 });
const RingSchema = Type.Array(LngLatSchema, {
  description: 'a ring of at least four positions, the last equal to the first',
  minItems: 4,
  maxItems: 200_000,
});
const PolygonRings = Type.Array(RingSchema, { minItems: 1, maxItems: 10_000 });

function geometry<N extends string, C extends TSchema>(type: N, coordinates: C) {
  return strict({ type: Type.Literal(type), coordinates, bbox: Type.Optional(Type.Array(Type.Number())) });
}
export const GEOMETRIES = {
  Point: geometry('Point', LngLatSchema),
  Polygon: geometry('Polygon', PolygonRings),
  MultiPolygon: geometry('MultiPolygon', Type.Array(PolygonRings, { minItems: 1, maxItems: 10_000 })),
  LineString: geometry('LineString', LineSchema),
  MultiLineString: geometry('MultiLineString', Type.Array(LineSchema, { minItems: 1, maxItems: 10_000 })),
} as const;

export type LineGeometry = Static<(typeof GEOMETRIES)['LineString' | 'MultiLineString']>;

const common = {
  id: Id,
  nameZh: Name,
  nameEn: Name,
  /** Response tier, 1 the most urgent. */
  tier: Type.Optional(Type.Integer({ minimum: 1, maximum: 9 })),
  /** A unit may stand here for as long as it likes. */
  stopAllowed: Type.Optional(Type.Boolean({ default: false })),
  note: Type.Optional(Note),
};
const ZoneProperties = strict({ kind: Type.Literal('zone'), ...common });
const AreaCheckpointProperties = strict({ kind: Type.Literal('checkpoint'), ...common });
const CircleCheckpointProperties = strict({
  kind: Type.Literal('checkpoint'),
  ...common,
  radiusM: Type.Optional(Type.Number({ minimum: 50, maximum: 2_000, default: DEFAULT_RADIUS_M })),
});
const RouteProperties = strict({
  kind: Type.Literal('route'),
  ...common,
  corridorM: Type.Optional(Type.Number({ minimum: 10, maximum: 500, default: DEFAULT_CORRIDOR_M })),
});

function feature<G extends TSchema, P extends TSchema>(geometrySchema: G, properties: P) {
  return strict({
    type: Type.Literal('Feature'),
    id: Type.Optional(Id),
    bbox: Type.Optional(Type.Array(Type.Number())),
    geometry: geometrySchema,
    properties,
  });
}
/** What a place of each kind may look like, by the type of its geometry. */
export const FEATURES = {
  zone: {
    Polygon: feature(GEOMETRIES.Polygon, ZoneProperties),
    MultiPolygon: feature(GEOMETRIES.MultiPolygon, ZoneProperties),
  },
  checkpoint: {
    Point: feature(GEOMETRIES.Point, CircleCheckpointProperties),
    Polygon: feature(GEOMETRIES.Polygon, AreaCheckpointProperties),
    MultiPolygon: feature(GEOMETRIES.MultiPolygon, AreaCheckpointProperties),
  },
  route: {
    LineString: feature(GEOMETRIES.LineString, RouteProperties),
    MultiLineString: feature(GEOMETRIES.MultiLineString, RouteProperties),
  },
} as const;

type Features = typeof FEATURES;
export type FeatureSchema = { [K in keyof Features]: Features[K][keyof Features[K]] }[keyof Features];
export type PlaceFeature = Static<FeatureSchema>;

/** The outside of a GeoJSON file of a district, without its features. */
export const outside = {
  type: Type.Literal('FeatureCollection'),
  /** What the coordinates mean. Published boundaries of Chinese districts are mostly GCJ-02, some 500 m off. */
  datum: Type.Enum([...DATUMS]),
  name: Type.Optional(Type.String({ maxLength: 200 })),
  note: Type.Optional(Note),
  bbox: Type.Optional(Type.Array(Type.Number())),
};
export const FEATURE_COUNT = { minItems: 1, maxItems: 5_000 };
/** The outside of `places.geojson`; features are checked one by one. */
export const PlacesOutline = strict({ ...outside, features: Type.Array(Type.Unknown(), FEATURE_COUNT) });
/** `places.geojson`: GeoJSON (RFC 7946) with the datum said. Strict: what tools add is taken away before, by `withoutForeign`. */
export const PlacesSchema = strict(
  {
    ...outside,
    features: Type.Array(
      Type.Union([
        FEATURES.zone.Polygon,
        FEATURES.zone.MultiPolygon,
        FEATURES.checkpoint.Point,
        FEATURES.checkpoint.Polygon,
        FEATURES.checkpoint.MultiPolygon,
        FEATURES.route.LineString,
        FEATURES.route.MultiLineString,
      ]),
      FEATURE_COUNT,
    ),
  },
  { title: 'places.geojson' },
);
