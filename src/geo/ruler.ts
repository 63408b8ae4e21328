import type { PositionE7 } from '../model/position.js';

/**
 * Metres for one 1e-7 degree, near one latitude. Distances are planar on it: half a degree of latitude away an
 * east-west length is off by 0.4 % at 24° (its error grows with the distance), a north-south length by 0.01 %.
 */
export interface Ruler {
  readonly metresPerLngE7: number;
  readonly metresPerLatE7: number;
}

/** WGS-84: semi-major axis in metres, and the first eccentricity squared. */
const SEMI_MAJOR_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;
const ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING);
const RADIANS_PER_E7 = Math.PI / 180 / 10_000_000;

/**
 * The WGS-84 ruler at a latitude: radii of curvature of the prime vertical (× cos) and of the meridian. Its sine and
 * cosine may differ in the last bit between runtimes, so it is made once, by the loader, and travels in the plan.
 */
export function rulerAt(latE7: number): Ruler {
  const latitude = latE7 * RADIANS_PER_E7;
  const sine = Math.sin(latitude);
  const w2 = 1 - ECCENTRICITY_2 * sine * sine;
  const w = Math.sqrt(w2);
  return {
    metresPerLngE7: (SEMI_MAJOR_M / w) * Math.cos(latitude) * RADIANS_PER_E7,
    metresPerLatE7: ((SEMI_MAJOR_M * (1 - ECCENTRICITY_2)) / (w2 * w)) * RADIANS_PER_E7,
  };
}

export function distanceM(ruler: Ruler, a: PositionE7, b: PositionE7): number {
  const east = (b.lngE7 - a.lngE7) * ruler.metresPerLngE7;
  const north = (b.latE7 - a.latE7) * ruler.metresPerLatE7;
  return Math.sqrt(east * east + north * north);
}
