import { intersect } from '../model/intervals.js';
import type { ReportDaySpan, ReportPlace } from './period.js';
import { type PresenceTimes, presenceTimes } from './presence.js';
import type { UnitStay } from './visit-spans.js';

/**
 * Whether a checkpoint was visited on a day. `visited`: a unit on duty was there. `possible`: nobody was seen there, and somebody may have been.
 * `not-visited`: nobody can have been there. `not-required`: no rule asked for presence, and nobody was there.
 */
export type VisitedState = 'visited' | 'possible' | 'not-visited' | 'not-required';

export interface CheckpointDay {
  readonly state: VisitedState;
  readonly visits: number;
  /** First and last instant at which a unit on duty was seen inside, on that day; null when none was. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
  readonly times: PresenceTimes;
}

/** `stays`: those of the place. */
export function checkpointDay(place: ReportPlace, stays: readonly UnitStay[], day: ReportDaySpan): CheckpointDay {
  const span = [day.fromMs, day.toMs];
  const times = presenceTimes(place, span);
  const inside = stays.flatMap(({ inner }) => intersect(inner, span));
  const covered = intersect(place.covered, span);
  const seen = [...inside, ...covered];
  return {
    state: stateOf(seen.length > 0, times),
    visits: stays.reduce((sum, { inner }) => sum + intersect(inner, span).length / 2, 0),
    firstMs: seen.length === 0 ? null : Math.min(...seen),
    lastMs: seen.length === 0 ? null : Math.max(...seen),
    times,
  };
}

function stateOf(seen: boolean, { requiredMs, unknownMs }: PresenceTimes): VisitedState {
  if (seen) return 'visited';
  if (unknownMs > 0) return 'possible';
  return requiredMs > 0 ? 'not-visited' : 'not-required';
}
