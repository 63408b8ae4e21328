import { distanceM, type Ruler } from '../geo/ruler.js';
import { signedDistanceM } from '../geo/shape.js';
import { unreachable } from '../model/errors.js';
import type { Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { Random } from './random.js';

/** Where vehicles may go: questions about places that the drawing of itineraries asks. Planar, on the plan's ruler. */

/** The point at a fraction of the way; whole 1e-7 degrees. */
export function pointBetween(from: PositionE7, to: PositionE7, fraction: number): PositionE7 {
  return {
    lngE7: Math.round(from.lngE7 + (to.lngE7 - from.lngE7) * fraction),
    latE7: Math.round(from.latE7 + (to.latE7 - from.latE7) * fraction),
  };
}

export function shifted(ruler: Ruler, position: PositionE7, eastM: number, northM: number): PositionE7 {
  return {
    lngE7: Math.round(position.lngE7 + eastM / ruler.metresPerLngE7),
    latE7: Math.round(position.latE7 + northM / ruler.metresPerLatE7),
  };
}

/** Uniform in a disc. */
export function randomNear(ruler: Ruler, center: PositionE7, radiusM: number, random: Random): PositionE7 {
  for (;;) {
    const x = random.between(-1, 1);
    const y = random.between(-1, 1);
    if (x * x + y * y <= 1) return shifted(ruler, center, x * radiusM, y * radiusM);
  }
}

export interface Box {
  readonly minLngE7: number;
  readonly maxLngE7: number;
  readonly minLatE7: number;
  readonly maxLatE7: number;
}

export function boxOf(ruler: Ruler, shapes: readonly Shape[], marginM: number): Box {
  let [minLngE7, maxLngE7, minLatE7, maxLatE7] = [
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];
  for (const shape of shapes) {
    const reachM =
      marginM + (shape.type === 'circle' ? shape.radiusM : shape.type === 'corridor' ? shape.corridorM : 0);
    for (const { lngE7, latE7 } of verticesOf(shape)) {
      minLngE7 = Math.min(minLngE7, lngE7 - reachM / ruler.metresPerLngE7);
      maxLngE7 = Math.max(maxLngE7, lngE7 + reachM / ruler.metresPerLngE7);
      minLatE7 = Math.min(minLatE7, latE7 - reachM / ruler.metresPerLatE7);
      maxLatE7 = Math.max(maxLatE7, latE7 + reachM / ruler.metresPerLatE7);
    }
  }
  return { minLngE7, maxLngE7, minLatE7, maxLatE7 };
}

export function randomInBox(box: Box, random: Random): PositionE7 {
  return {
    lngE7: Math.round(random.between(box.minLngE7, box.maxLngE7)),
    latE7: Math.round(random.between(box.minLatE7, box.maxLatE7)),
  };
}

/** The vertices that a shape is made of. */
export function verticesOf(shape: Shape): PositionE7[] {
  switch (shape.type) {
    case 'circle':
      return [shape.center];
    case 'polygon':
      return shape.rings.flatMap(positionsOf);
    case 'corridor':
      return shape.lines.flatMap(positionsOf);
    default:
      return unreachable(shape);
  }
}

export function positionsOf(flat: readonly number[]): PositionE7[] {
  const positions: PositionE7[] = [];
  for (let i = 0; i + 1 < flat.length; i += 2)
    positions.push({ lngE7: flat[i] as number, latE7: flat[i + 1] as number });
  return positions;
}

export function centreOf(shape: Shape): PositionE7 {
  const vertices = verticesOf(shape);
  const mean = (values: number[]): number => Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  return { lngE7: mean(vertices.map((v) => v.lngE7)), latE7: mean(vertices.map((v) => v.latE7)) };
}

/** A random point at least `depthM` inside the shape, or as deep as a few hundred draws find one. */
export function randomInside(ruler: Ruler, shape: Shape, depthM: number, random: Random): PositionE7 {
  const box = boxOf(ruler, [shape], 0);
  let deepest = centreOf(shape);
  let deepestM = signedDistanceM(ruler, shape, deepest);
  for (let draw = 0; draw < 300; draw++) {
    const point = randomInBox(box, random);
    const distance = signedDistanceM(ruler, shape, point);
    if (distance <= -depthM) return point;
    if (distance < deepestM) [deepest, deepestM] = [point, distance];
  }
  return deepest;
}

/**
 * Whether the straight way keeps further than `marginM` outside the shape. With `leaving`, a way that begins nearer may, if
 * it leaves for good.
 */
export function keepsClear(
  ruler: Ruler,
  shape: Shape,
  from: PositionE7,
  to: PositionE7,
  marginM: number,
  leaving: boolean,
): boolean {
  let away = !leaving;
  return everyAlong(ruler, from, to, (point) => {
    const distance = signedDistanceM(ruler, shape, point) - marginM;
    if (distance > 0) away = true;
    return distance > 0 || !away ? Math.abs(distance) : null;
  });
}

/** Whether the straight way stays at least `depthM` inside. */
export function keepsInside(ruler: Ruler, shape: Shape, from: PositionE7, to: PositionE7, depthM: number): boolean {
  return everyAlong(ruler, from, to, (point) => {
    const distance = signedDistanceM(ruler, shape, point) + depthM;
    return distance <= 0 ? -distance : null;
  });
}

/** Walks along the way; `safeM` answers how far it may go on without asking again, or null to stop: false. */
function everyAlong(
  ruler: Ruler,
  from: PositionE7,
  to: PositionE7,
  safeM: (point: PositionE7) => number | null,
): boolean {
  const lengthM = distanceM(ruler, from, to);
  for (let doneM = 0; doneM < lengthM; ) {
    const safe = safeM(pointBetween(from, to, doneM / lengthM));
    if (safe === null) return false;
    doneM += Math.max(safe, 2);
  }
  return safeM(to) !== null;
}

/** Whether the shapes come within `marginM` of each other, by points 25 m apart on the second. */
export function isNear(ruler: Ruler, a: Shape, b: Shape, marginM: number): boolean {
  return samplesOf(ruler, b).some(({ point, reachM }) => signedDistanceM(ruler, a, point) <= marginM + reachM);
}

const SAMPLE_M = 25;

function samplesOf(ruler: Ruler, shape: Shape): { point: PositionE7; reachM: number }[] {
  switch (shape.type) {
    case 'circle':
      return [{ point: shape.center, reachM: shape.radiusM }];
    case 'polygon':
      return shape.rings.flatMap((ring) => alongLine(ruler, [...ring, ring[0] as number, ring[1] as number], 0));
    case 'corridor':
      return shape.lines.flatMap((line) => alongLine(ruler, line, shape.corridorM));
    default:
      return unreachable(shape);
  }
}

function alongLine(ruler: Ruler, line: readonly number[], reachM: number): { point: PositionE7; reachM: number }[] {
  const vertices = positionsOf(line);
  return vertices.flatMap((from, index) => {
    const to = vertices[index + 1] ?? from;
    const steps = Math.max(1, Math.ceil(distanceM(ruler, from, to) / SAMPLE_M));
    return Array.from({ length: steps }, (_, step) => ({ point: pointBetween(from, to, step / steps), reachM }));
  });
}
