import type { AlertVersion } from '../../../src/model/alert.js';
import { PLAN_LEAD_MS } from '../../../src/model/limits.js';
import { ORDER, ORDER_RULE } from '../district.js';
import type { Folded, TimedEntry } from './decoded-log.js';
import type { Violation } from './violation.js';

/** When the order of the log stands; null: there is none, or its end is not in the log in time. */
export function orderSpan(log: readonly TimedEntry[]): readonly [fromMs: number, toMs: number] | null {
  const series = log.flatMap(({ atMs, entry }) =>
    entry.kind === 'plan' && entry.plan.series !== undefined && entry.plan.inForceFromMs >= atMs + PLAN_LEAD_MS
      ? [entry.plan]
      : [],
  );
  const first = series.find(({ orders }) => orders !== undefined);
  const after = series.find(({ orders, version }) => orders === undefined && version === (first?.version ?? 0) + 1);
  return first === undefined || after === undefined ? null : [first.inForceFromMs, after.inForceFromMs];
}

/**
 * A verdict is judged by the plan of its own time: nothing at an order's post is from before the order, or goes on after it. What is found
 * late is told as raised, or reopened, and as cleared by one entry: the latter says when it ended.
 */
export function checkOrders(log: readonly TimedEntry[], { alerts }: Folded): Violation[] {
  const span = orderSpan(log);
  if (span === null) return [];
  const [fromMs, toMs] = span;
  const ends = new Set(alerts.flatMap((alert) => (alert.toMs === null ? [] : [told(alert)])));
  return alerts.flatMap((alert): Violation[] => {
    if (alert.ruleId !== ORDER_RULE || alert.condition === 'retracted') return [];
    const isOver = alert.toMs === null ? alert.atMs <= toMs + 1_000 || ends.has(told(alert)) : alert.toMs <= toMs;
    const isIts = alert.fromMs >= fromMs && isOver;
    const isSaid = alert.evidence.orders?.join() === ORDER;
    if (isIts && isSaid) return [];
    const { alertId, version } = alert;
    return [{ invariant: 'orders', detail: `${alertId} version ${version} is not of the order of ${fromMs}–${toMs}` }];
  });
}

/** An alert at the entry that told of it. */
function told({ alertId, logId }: AlertVersion): string {
  return `${alertId} ${logId}`;
}
