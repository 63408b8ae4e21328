import { SEVERITIES } from '../../model/plan.js';
import { type AlertLoad, BUDGET_AN_HOUR, type LoadRow, type ToldAlert } from '../../model/what-if.js';

const HOUR_MS = 3_600_000;
export interface LoadOptions {
  /** Log times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly operators: number;
}

/** What the alerts asked within a stretch of log time. */
export function alertLoad(alerts: readonly ToldAlert[], { fromMs, toMs, operators }: LoadOptions): AlertLoad {
  const lastsH = (toMs - fromMs) / HOUR_MS;
  const within = alerts
    .map((alert) => ({ alert, asked: alert.askedAtMs.filter((atMs) => atMs >= fromMs && atMs < toMs) }))
    .filter(({ asked }) => asked.length > 0);
  const rules = [...new Set(within.map(({ alert }) => alert.rule))].sort();
  const rows = rules.flatMap((rule) =>
    SEVERITIES.map((severity) => {
      const own = within.filter(({ alert }) => alert.rule === rule && alert.severity === severity);
      return { rule, severity, ...sumOf(own, lastsH) };
    }).filter(({ alerts: count }) => count > 0),
  );
  const hours = Array.from({ length: Math.ceil(lastsH) }, () => 0);
  for (const { asked } of within)
    for (const atMs of asked) {
      const hour = Math.floor((atMs - fromMs) / HOUR_MS);
      hours[hour] = (hours[hour] ?? 0) + 1;
    }
  const most = Math.max(0, ...hours);
  return {
    rows,
    ...sumOf(within, lastsH),
    hours,
    hoursOverBudget: hours.filter((asked) => asked > BUDGET_AN_HOUR * operators).length,
    busiest: most === 0 ? null : { fromMs: fromMs + hours.indexOf(most) * HOUR_MS, asked: most },
  };
}

function sumOf(
  some: readonly { readonly alert: ToldAlert; readonly asked: readonly number[] }[],
  lastsH: number,
): Omit<LoadRow, 'rule' | 'severity'> {
  const asked = some.reduce((sum, one) => sum + one.asked.length, 0);
  return {
    asked,
    anHour: asked / lastsH,
    alerts: some.length,
    retracted: some.filter(({ alert }) => alert.isRetracted).length,
  };
}
