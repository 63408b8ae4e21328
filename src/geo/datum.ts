import gcoordModule from 'gcoord';
import type { LngLat } from '../model/position.js';

/**
 * What a file's coordinates refer to. CGCS2000 and WGS-84 agree to centimetres. GCJ-02 is the obfuscated datum of most
 * published Chinese maps, 300 to 700 m off.
 */
export type Datum = 'WGS84' | 'CGCS2000' | 'GCJ02';

/** What is used of it. As a module and as CommonJS its typings differ: the default is the object, or a namespace around it. */
interface Gcoord {
  readonly WGS84: unknown;
  readonly GCJ02: unknown;
  readonly transform: (position: LngLat, from: unknown, to: unknown) => [number, number];
}
const gcoord = gcoordModule as unknown as Gcoord;

/** Converged to 1e-10 degree; four or five rounds do. */
const CONVERGED_DEG = 1e-10;
const MAX_ROUNDS = 20;

/**
 * Degrees in a datum to degrees WGS-84. The same input gives the same output, so borders that were shared stay shared.
 * The inverse of GCJ-02 is exact to 1e-5 m; positions outside the box around China in which GCJ-02 is defined pass
 * unchanged. (gcoord's own inverse stops at 0.1 m, and never returns for some positions on the edge of that box.)
 */
export function toWgs84(datum: Datum, lngLat: LngLat): LngLat {
  if (datum !== 'GCJ02') return lngLat;
  let [lng, lat] = lngLat;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const [shiftedLng, shiftedLat] = toGcj02([lng, lat]);
    const errorLng = shiftedLng - lngLat[0];
    const errorLat = shiftedLat - lngLat[1];
    lng -= errorLng;
    lat -= errorLat;
    if (Math.abs(errorLng) < CONVERGED_DEG && Math.abs(errorLat) < CONVERGED_DEG) break;
  }
  return [lng, lat];
}

/** Degrees WGS-84 to degrees GCJ-02, the published formula. */
export function toGcj02([lng, lat]: LngLat): [lng: number, lat: number] {
  return gcoord.transform([lng, lat], gcoord.WGS84, gcoord.GCJ02);
}
