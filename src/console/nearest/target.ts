import type { PositionRecord } from '../../model/hot.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';

/** Where somebody should go. */
export type Target =
  | { readonly is: 'place'; readonly place: string }
  | { readonly is: 'position'; readonly lng: number; readonly lat: number };

/** Where an alert is: its place, else where its evidence says, else where its unit was last seen; null: nobody knows. */
export function targetOf(
  { subject, place, unit, evidence }: AlertAnswer,
  positions: ReadonlyMap<string, PositionRecord>,
): Target | null {
  if (subject.kind === 'place' && place !== null) return { is: 'place', place };
  const at = evidence.position ?? evidence.standsAt ?? (unit === null ? undefined : positions.get(unit));
  if (at !== undefined) return { is: 'position', lng: at.lng, lat: at.lat };
  return place === null ? null : { is: 'place', place };
}

/** A query of the route that knows who is near. */
export function nearestPath(district: string, target: Target, limit: number): string {
  const query = new URLSearchParams(
    target.is === 'place' ? { place: target.place } : { lng: target.lng.toFixed(7), lat: target.lat.toFixed(7) },
  );
  query.set('limit', String(limit));
  return `/v1/districts/${district}/nearest-units?${query.toString()}`;
}
