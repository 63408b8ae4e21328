import { MAX_BUNCH_HOLE_MS } from '../../model/limits.js';
import { keep } from '../collections.js';
import type { PlaceTrack, UnitFold, Visit } from './fold.js';
import { keptDrives } from './drives.js';
import { hasMarks } from './marks.js';
import { keptMovement } from './movement.js';
import { keptRuns } from './runs.js';
import { keptSpots } from './spots.js';
import type { TrackSlice } from './slice.js';
import { foldsOf } from './unit.js';

/** Forgets what ended before the cutoff. */
export function forgetInFold(fold: UnitFold, cutoffMs: number): void {
  for (const [id, track] of fold.places) {
    keep(track.visits, (visit) => !isFinal(visit, cutoffMs));
    for (const visit of track.visits) shorten(visit, cutoffMs);
    dropEnded(track.possible.intervals, cutoffMs);
    dropEnded(track.vague.intervals, cutoffMs);
    if (!fold.near.has(id) && isForgotten(track)) fold.places.delete(id);
  }
  keep(fold.crossings, (crossing) => crossing.toMs >= cutoffMs);
  // Whether the receiver had kept the position at which one begins, or the next may, is a matter of the one before.
  const starts = new Set(
    fold.holes.filter(({ to }) => to.eventTimeMs >= cutoffMs).map(({ from }) => from?.eventTimeMs),
  );
  starts.add(fold.lastFence?.eventTimeMs);
  keep(fold.holes, ({ to }) => to.eventTimeMs >= cutoffMs || starts.has(to.eventTimeMs));
  keep(fold.stands, (stand) => stand.endedAtMs === null || stand.endedAtMs >= cutoffMs);
  if (fold.runs.size > 0) fold.runs = keptRuns(fold.runs, cutoffMs);
  if (fold.movement.size > 0) fold.movement = keptMovement(fold.movement, cutoffMs);
  if (fold.drives.size > 0) fold.drives = keptDrives(fold.drives, cutoffMs);
  if (fold.spots.closed.length > 0) fold.spots = keptSpots(fold.spots, cutoffMs - MAX_BUNCH_HOLE_MS);
}

/** Stretches that ended before the cutoff. */
function dropEnded(intervals: number[], cutoffMs: number): void {
  let ended = 0;
  while (ended < intervals.length && (intervals[ended + 1] as number) < cutoffMs) ended += 2;
  if (ended > 0) intervals.splice(0, ended);
}

function isFinal(visit: Visit, cutoffMs: number): boolean {
  return visit.closedAtMs !== null && visit.closedAtMs < cutoffMs;
}

/** Forgets the bounds of presence that ended long ago within a visit that goes on: what counted of it is remembered elsewhere. */
function shorten({ innerFromMs, weak }: Visit, cutoffMs: number): void {
  let ended = 0;
  while (ended < weak.length && (weak[ended + 1] as number) <= cutoffMs) ended += 2;
  if (ended > 0) weak.splice(0, ended, innerFromMs, weak[ended - 1] as number);
}

/** Whether a next fix that is surely outside, as the last one was, changes nothing in it. */
export function isIdle(track: PlaceTrack): boolean {
  return (
    track.phase === 'out' &&
    track.isOutside &&
    track.insideTimes.length === 0 &&
    track.possible.sinceMs === null &&
    track.vague.sinceMs === null
  );
}

/** Whether nothing in an idle track can matter to a later fix, or to a verdict. */
export function isForgotten({ visits, possible, vague }: PlaceTrack): boolean {
  return visits.length === 0 && !hasMarks(possible) && !hasMarks(vague);
}

/** Forgets what only counts in another phase of a track, or will be known anew when a fix comes near. */
export function forgetUnused({ places, near }: UnitFold): void {
  for (const [id, track] of places) {
    if (track.phase !== 'entering') Object.assign(track, { enterMs: 0, enterOuterMs: null, enterAfterHole: false });
    if (track.phase !== 'leaving') Object.assign(track, { leaveCount: 0, leaveSinceMs: 0 });
    if (!near.has(id)) Object.assign(track, { outsideMs: null, outsideBeforeHole: false });
  }
}

/** Forgets what of the tracks ended before the cutoff. */
export function forgetTracks({ units }: TrackSlice, cutoffMs: number): void {
  for (const unit of units.values()) {
    for (const fold of foldsOf(unit)) forgetInFold(fold, cutoffMs);
    keep(unit.use.episodes, ({ toMs }) => toMs === null || toMs >= cutoffMs);
  }
}
