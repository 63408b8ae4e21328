import type { PositionRecord } from '../../model/hot.js';

/** Where a unit was at an instant, event time in ms, degrees. */
export interface TrailPoint {
  readonly atMs: number;
  readonly lng: number;
  readonly lat: number;
}

/** Points, oldest first: of each the instant, the longitude and the latitude. As objects those of a large fleet would take four times the memory. */
export type Trail = Float64Array;

/** The last minutes of each unit. */
export type Trails = ReadonlyMap<string, Trail>;

const NUMBERS_A_POINT = 3;
const NO_TRAIL: Trail = new Float64Array();

/** A trail is so long, and has a point so often: it shows a way, not a speed. */
export const TRAIL_MS = 600_000;
export const TRAIL_STEP_MS = 10_000;
/** A line over a longer silence would claim a way that nobody saw. */
export const TRAIL_HOLE_MS = 90_000;

/** Trails after new positions; a position that is older than the end of its trail, or follows it at once, changes nothing. */
export function longerTrails(trails: Trails, positions: readonly PositionRecord[]): Trails {
  let next: Map<string, Trail> | null = null;
  for (const { unit, eventTimeMs, lng, lat } of positions) {
    const trail = trails.get(unit) ?? NO_TRAIL;
    const lastMs = trail.at(-NUMBERS_A_POINT);
    if (lastMs !== undefined && eventTimeMs < lastMs + TRAIL_STEP_MS) continue;
    next ??= new Map(trails);
    const kept = trail.subarray(firstAfter(trail, eventTimeMs - TRAIL_MS));
    const longer = new Float64Array(kept.length + NUMBERS_A_POINT);
    longer.set(kept);
    longer.set([eventTimeMs, lng, lat], kept.length);
    next.set(unit, longer);
  }
  return next ?? trails;
}

/** Where the points begin that are no older than an instant. */
function firstAfter(trail: Trail, fromMs: number): number {
  let at = 0;
  while (at < trail.length && (trail[at] as number) < fromMs) at += NUMBERS_A_POINT;
  return at;
}

/** The points of a trail, one by one. A map asks for those of a whole fleet twice a second, so nothing else is made for them. */
export function pointsOf(trail: Trail): readonly TrailPoint[] {
  const points: TrailPoint[] = [];
  for (let at = 0; at < trail.length; at += NUMBERS_A_POINT)
    points.push({ atMs: trail[at] ?? 0, lng: trail[at + 1] ?? 0, lat: trail[at + 2] ?? 0 });
  return points;
}

/** Points as lines, cut where the unit was not heard for long. */
export function trailLines(points: readonly TrailPoint[]): readonly (readonly TrailPoint[])[] {
  const lines: TrailPoint[][] = [];
  let before: TrailPoint | null = null;
  for (const point of points) {
    if (before === null || point.atMs - before.atMs > TRAIL_HOLE_MS) lines.push([]);
    lines.at(-1)?.push(point);
    before = point;
  }
  return lines.filter((line) => line.length > 1);
}
