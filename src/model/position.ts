/** CGCS2000/WGS-84 in units of 1e-7 degree, int32 each. The order is always longitude, latitude. */
export interface PositionE7 {
  readonly lngE7: number;
  readonly latE7: number;
}

export const E7 = 10_000_000;
export const MAX_LNG_E7 = 180 * E7;
export const MAX_LAT_E7 = 90 * E7;

/** GeoJSON's `[lng, lat]` in degrees. */
export type LngLat = readonly [lng: number, lat: number];

export function toLngLat(position: PositionE7): LngLat {
  return [position.lngE7 / E7, position.latE7 / E7];
}

export function fromLngLat([lng, lat]: readonly [number, number]): PositionE7 {
  return { lngE7: Math.round(lng * E7), latE7: Math.round(lat * E7) };
}
