import type { PositionRecord } from '../../model/hot.js';
import { pointsOf, TRAIL_HOLE_MS, trailLines, type TrailPoint, type Trails } from '../store/trails.js';
import type { Features } from './features.js';

/** The ways of the last minutes up to where each unit was last seen; `isChosen` of one that somebody looks at. */
export function trailFeatures(
  trails: Trails,
  positions: ReadonlyMap<string, PositionRecord>,
  chosen: string | null,
): Features<{ id: string; isChosen: boolean }> {
  return {
    type: 'FeatureCollection',
    features: [...trails].flatMap(([unit, trail]) =>
      trailLines(ended(pointsOf(trail), positions.get(unit))).map((line) => ({
        type: 'Feature' as const,
        geometry: { type: 'LineString', coordinates: line.map(({ lng, lat }) => [lng, lat]) },
        properties: { id: unit, isChosen: unit === chosen },
      })),
    ),
  };
}

/** The trail with the last position at its end, however soon that came. */
function ended(trail: readonly TrailPoint[], position: PositionRecord | undefined): readonly TrailPoint[] {
  const last = trail.at(-1);
  if (position === undefined || last === undefined || position.eventTimeMs <= last.atMs) return trail;
  if (position.eventTimeMs - last.atMs > TRAIL_HOLE_MS) return trail;
  return [...trail, { atMs: position.eventTimeMs, lng: position.lng, lat: position.lat }];
}
