import { intersect, subtract } from '../model/intervals.js';
import type { Intervals, PlaceKind } from '../model/plan.js';
import type { ReportPeriod, ReportUnit } from './period.js';
import { lengthMs, union } from './spans.js';
import { staysAt } from './visit-spans.js';

/** What a unit on duty did. The first of these that holds at an instant counts, so the times sum to the duty. */
export const ACTIVITIES = ['task', 'checkpoint', 'route', 'silent', 'standing', 'elsewhere'] as const;
export type Activity = (typeof ACTIVITIES)[number];

export interface Utilisation {
  readonly unit: string;
  readonly dutyMs: number;
  /** Time that each activity took, by the inner bounds of the visits, ms; the times sum to `dutyMs`. */
  readonly times: Readonly<Record<Activity, number>>;
  /** The most that the time at checkpoints, and on routes, can have been: by the outer bounds, ms. */
  readonly checkpointHighMs: number;
  readonly routeHighMs: number;
}

/** How the units spent their time on duty, by unit id. */
export function utilisationOf(period: ReportPeriod): Utilisation[] {
  const inner = whereabouts(period, 'inner');
  const outer = whereabouts(period, 'outer');
  return period.units.map((unit) => {
    const [low, high] = [inner.get(unit.unit) ?? NOWHERE, outer.get(unit.unit) ?? NOWHERE];
    const times = shareOut(unit, low);
    return {
      unit: unit.unit,
      dutyMs: lengthMs(unit.duty),
      times,
      checkpointHighMs: shareOut(unit, { ...low, checkpoint: high.checkpoint }).checkpoint,
      routeHighMs: shareOut(unit, { ...low, route: high.route }).route,
    };
  });
}

type Whereabouts = Readonly<Record<Exclude<PlaceKind, 'zone'>, Intervals>>;
const NOWHERE: Whereabouts = { checkpoint: [], route: [] };

/** When each unit was at any checkpoint, and on any route, by unit id. */
function whereabouts(period: ReportPeriod, bound: 'inner' | 'outer'): Map<string, Whereabouts> {
  const found = new Map<string, Whereabouts>();
  for (const place of period.places) {
    if (place.kind === 'zone') continue;
    for (const stay of staysAt(place, period)) {
      const known = found.get(stay.unit) ?? NOWHERE;
      found.set(stay.unit, { ...known, [place.kind]: union(known[place.kind], stay[bound]) });
    }
  }
  return found;
}

function shareOut(
  { duty, tasks, silences, stands }: ReportUnit,
  { checkpoint, route }: Whereabouts,
): Record<Activity, number> {
  const silent = union(silences.flatMap(({ fromMs, toMs }) => [fromMs, toMs]));
  const claims = { task: tasks, checkpoint, route, silent, standing: stands, elsewhere: duty };
  const times = { task: 0, checkpoint: 0, route: 0, silent: 0, standing: 0, elsewhere: 0 };
  let left: Intervals = duty;
  for (const activity of ACTIVITIES) {
    times[activity] = lengthMs(intersect(left, claims[activity]));
    left = subtract(left, claims[activity]);
  }
  return times;
}
