import type { AlertRule } from '../../model/alert.js';
import { SEVERITIES, type Severity } from '../../model/plan.js';
import type { ToldAlert } from './told-alerts.js';

const HOUR_MS = 3_600_000;
/** What an operator can act on: EEMUA 191 and ISA-18.2 say about six alarms an hour. */
export const BUDGET_AN_HOUR = 6;

/** The alerts of one rule and severity. */
export interface LoadRow {
  readonly rule: AlertRule;
  readonly severity: Severity;
  /** How often they asked somebody to act. */
  readonly asked: number;
  readonly anHour: number;
  /** Of the alerts, how many were taken back later. */
  readonly alerts: number;
  readonly retracted: number;
}

/** What a plan asks of the people who act on its alerts, over a stretch of time. */
export interface AlertLoad extends Omit<LoadRow, 'rule' | 'severity'> {
  /** By rule, the severest first. */
  readonly rows: readonly LoadRow[];
  /** How often somebody was asked in each hour from the start on; the last may be shorter. */
  readonly hours: readonly number[];
  /** Hours with more than the operators can act on. */
  readonly hoursOverBudget: number;
  /** When the busiest hour began, ms, and how often it asked; null: nobody was asked. */
  readonly busiest: { readonly fromMs: number; readonly asked: number } | null;
}

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
