import type { Severity } from '../../model/plan.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';
import { type AlertFilter, passes, SHOW_ALL } from './filter.js';
import { digest, FLOOD_ALERTS, type FloodDigest, floodDigest, recentCount } from './order.js';

/** So many alerts are shown one by one; of the rest there are counts. */
export const SHOWN = 20;

/** The alerts that the page lists, and what it says of those that it does not. */
export interface ListedAlerts {
  readonly shown: readonly AlertAnswer[];
  readonly more: Readonly<Record<Severity, number>>;
  /** Null: there is none, or somebody filters and so looks at a part of it. */
  readonly flood: (Pick<FloodDigest, 'counts'> & { readonly recent: number }) | null;
  /** How many the filter hides. */
  readonly hidden: number;
}

/** What is listed of the open alerts: by urgency, filtered, and in a flood the high ones alone. */
export function listedAlerts(
  open: ReadonlyMap<string, AlertAnswer>,
  filter: AlertFilter,
  me: string,
  nowMs: number,
): ListedAlerts {
  const all = [...open.values()];
  const wanted = all.filter((alert) => passes(filter, alert, me));
  const recent = recentCount(all, nowMs);
  const isAll = wanted.length === all.length && isShowAll(filter);
  if (isAll && recent >= FLOOD_ALERTS) {
    const { shown, counts } = floodDigest(all, SHOWN);
    return { shown, more: { high: 0, medium: 0, low: 0 }, flood: { counts, recent }, hidden: 0 };
  }
  return { ...digest(wanted, SHOWN), flood: null, hidden: all.length - wanted.length };
}

function isShowAll({ severity, rule, unacknowledged, mine }: AlertFilter): boolean {
  return severity === SHOW_ALL.severity && rule === SHOW_ALL.rule && !unacknowledged && !mine;
}
