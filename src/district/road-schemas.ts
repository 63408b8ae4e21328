import { type Static, type TSchema, Type } from 'typebox';
import { GEOMETRIES, outside } from './place-schemas.js';
import { Name, Note, strict } from './schema-parts.js';

const RoadProperties = strict({
  highway: Type.String({
    description: 'a class of road as OpenStreetMap has it, for example "primary" or "residential"',
    pattern: '^[a-z][a-z_]{0,39}$',
  }),
  /** The name on the signs; for a language in which the road has no name of its own. */
  name: Type.Optional(Name),
  nameZh: Type.Optional(Name),
  nameEn: Type.Optional(Name),
  note: Type.Optional(Note),
});
/** What a road may look like, by the type of its geometry. */
export const ROAD_FEATURES = {
  LineString: road(GEOMETRIES.LineString),
  MultiLineString: road(GEOMETRIES.MultiLineString),
} as const;
function road<G extends TSchema>(geometry: G) {
  return strict({
    type: Type.Literal('Feature'),
    bbox: Type.Optional(Type.Array(Type.Number())),
    geometry,
    properties: RoadProperties,
  });
}
type RoadSchema = (typeof ROAD_FEATURES)[keyof typeof ROAD_FEATURES];
export type RoadFile = Static<RoadSchema>;

export const ROAD_COUNT = { minItems: 0, maxItems: 20_000 };
/** The outside of `roads.geojson`; features are checked one by one. */
export const RoadsOutline = strict({ ...outside, features: Type.Array(Type.Unknown(), ROAD_COUNT) });
/** `roads.geojson`: GeoJSON (RFC 7946) with the datum said. Strict: what tools add is taken away before, by `withoutForeign`. */
export const RoadsSchema = strict(
  {
    ...outside,
    features: Type.Array(Type.Union([ROAD_FEATURES.LineString, ROAD_FEATURES.MultiLineString]), ROAD_COUNT),
  },
  { title: 'roads.geojson' },
);
