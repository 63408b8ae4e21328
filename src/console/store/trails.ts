import type { PositionRecord } from '../../model/hot.js';

/** Where a unit was at an instant, event time in ms, degrees. */
export interface TrailPoint {
  readonly atMs: number;
  readonly lng: number;
  readonly lat: number;
}

/** The last minutes of each unit, oldest first. */
export type Trails = ReadonlyMap<string, readonly TrailPoint[]>;

/** A trail is so long, and has a point so often: it shows a way, not a speed. */
export const TRAIL_MS = 600_000;
export const TRAIL_STEP_MS = 10_000;
/** A line over a longer silence would claim a way that nobody saw. */
export const TRAIL_HOLE_MS = 90_000;

/** Trails after new positions; a position that is older than the end of its trail, or follows it at once, changes nothing. */
export function longerTrails(trails: Trails, positions: readonly PositionRecord[]): Trails {
  let next: Map<string, readonly TrailPoint[]> | null = null;
  for (const { unit, eventTimeMs, lng, lat } of positions) {
    const trail = trails.get(unit) ?? [];
    const last = trail.at(-1);
    if (last !== undefined && eventTimeMs < last.atMs + TRAIL_STEP_MS) continue;
    next ??= new Map(trails);
    const kept = trail.filter(({ atMs }) => atMs >= eventTimeMs - TRAIL_MS);
    next.set(unit, [...kept, { atMs: eventTimeMs, lng, lat }]);
  }
  return next ?? trails;
}

/** A trail as lines, cut where the unit was not heard for long. */
export function trailLines(trail: readonly TrailPoint[]): readonly (readonly TrailPoint[])[] {
  const lines: TrailPoint[][] = [];
  let before: TrailPoint | null = null;
  for (const point of trail) {
    if (before === null || point.atMs - before.atMs > TRAIL_HOLE_MS) lines.push([]);
    lines.at(-1)?.push(point);
    before = point;
  }
  return lines.filter((line) => line.length > 1);
}
