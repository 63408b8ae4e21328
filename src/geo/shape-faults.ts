import { unreachable } from '../model/errors.js';
import type { RingE7, Shape } from '../model/plan.js';
import { MAX_LAT_E7, MAX_LNG_E7 } from '../model/position.js';
import { rulerAt } from './ruler.js';

/** Smallest and largest radius of a circle and width of a corridor to one side, metres; both still pass. */
export const MIN_RADIUS_M = 5;
export const MAX_RADIUS_M = 5_000;

/** Where in a shape, and what is wrong. `ring` counts rings or lines, `vertex` counts vertices of it. */
export interface ShapeFault {
  readonly ring: number | null;
  readonly vertex: number | null;
  readonly reason: string;
}

/** Faults of a shape's values: what must hold before its edges can be looked at. */
export function valueFaults(shape: Shape): ShapeFault[] {
  switch (shape.type) {
    case 'polygon':
      return [
        ...(shape.rings.length === 0 ? [fault('got no ring, expected at least one')] : []),
        ...shape.rings.flatMap((ring, i) => lineFaults(ring, i, 3, 0)),
      ];
    case 'circle':
      return [
        ...radiusFaults('radius', shape.radiusM),
        ...lineFaults([shape.center.lngE7, shape.center.latE7], null, 1, shape.radiusM),
      ];
    case 'corridor':
      return [
        ...radiusFaults('corridor', shape.corridorM),
        ...(shape.lines.length === 0 ? [fault('got no line, expected at least one')] : []),
        ...shape.lines.flatMap((line, i) => lineFaults(line, i, 2, shape.corridorM)),
      ];
    default:
      return unreachable(shape);
  }
}

function radiusFaults(what: string, metres: number): ShapeFault[] {
  // Written so that NaN is refused.
  if (metres >= MIN_RADIUS_M && metres <= MAX_RADIUS_M) return [];
  return [fault(`got a ${what} of ${metres} m, expected ${MIN_RADIUS_M} to ${MAX_RADIUS_M} m`)];
}

/** Faults of a ring (its last vertex leads back to its first), a line, or a single point. */
function lineFaults(line: RingE7, index: number | null, leastVertices: number, radiusM: number): ShapeFault[] {
  if (line.length % 2 !== 0) return [fault(`got ${line.length} coordinates, expected pairs`, index)];
  const faults: ShapeFault[] = [];
  const distinct = new Set<string>();
  for (let i = 0; i < line.length; i += 2) {
    const lngE7 = line[i] as number;
    const latE7 = line[i + 1] as number;
    distinct.add(`${lngE7},${latE7}`);
    const vertex = index === null ? null : i / 2;
    const outside = rangeFault(lngE7, latE7);
    if (outside !== null) faults.push(fault(outside, index, vertex));
  }
  if (faults.length > 0) return faults;
  if (distinct.size < leastVertices) {
    faults.push(fault(`got ${distinct.size} distinct vertices, expected at least ${leastVertices}`, index));
  }
  for (let i = 0; i < line.length; i += 2) {
    const lngE7 = line[i] as number;
    const before = i === 0 ? (leastVertices === 3 ? line.length - 2 : 0) : i - 2;
    const reachE7 = radiusM === 0 ? 0 : radiusM / rulerAt(line[i + 1] as number).metresPerLngE7;
    const turnsRound = Math.abs(lngE7 - (line[before] as number)) > MAX_LNG_E7;
    if (!turnsRound && !(radiusM <= MAX_RADIUS_M && Math.abs(lngE7) + reachE7 > MAX_LNG_E7)) continue;
    const at = degrees(lngE7, line[i + 1] as number);
    const reason = `crosses the antimeridian (180° east) at ${at}, expected a place on one side of it`;
    faults.push(fault(reason, index, index === null ? null : i / 2));
  }
  return faults;
}

function rangeFault(lngE7: number, latE7: number): string | null {
  if (!Number.isInteger(lngE7) || !Number.isInteger(latE7)) {
    return `got coordinates ${lngE7}, ${latE7}, expected whole units of 1e-7 degree`;
  }
  if (Math.abs(lngE7) > MAX_LNG_E7) return `got longitude ${lngE7 / 1e7}, expected -180 to 180`;
  if (Math.abs(latE7) > MAX_LAT_E7) return `got latitude ${latE7 / 1e7}, expected -90 to 90`;
  return null;
}

export function fault(reason: string, ring: number | null = null, vertex: number | null = null): ShapeFault {
  return { ring, vertex, reason };
}

/** A position for people: degrees, longitude first. */
export function degrees(lngE7: number, latE7: number): string {
  return `[${(lngE7 / 1e7).toFixed(7)}, ${(latE7 / 1e7).toFixed(7)}]`;
}
