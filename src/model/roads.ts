/** How a road is drawn: from those that cross the country to those on which no car goes. */
export const ROAD_CLASSES = ['trunk', 'main', 'street', 'path'] as const;
export type RoadClass = (typeof ROAD_CLASSES)[number];

export interface RoadFeature {
  readonly type: 'Feature';
  readonly geometry:
    | { readonly type: 'LineString'; readonly coordinates: RoadLine }
    | { readonly type: 'MultiLineString'; readonly coordinates: readonly RoadLine[] };
  /** A road without a name has neither. */
  readonly properties: { readonly class: RoadClass; readonly nameZh?: string; readonly nameEn?: string };
}

/** Positions `[lng, lat]`, degrees WGS-84. */
export type RoadLine = readonly (readonly [lng: number, lat: number])[];

/** The roads under a district's map. They are background: no plan has them, and no verdict depends on them. */
export interface RoadCollection {
  readonly type: 'FeatureCollection';
  readonly features: readonly RoadFeature[];
}

export const NO_ROADS: RoadCollection = { type: 'FeatureCollection', features: [] };
