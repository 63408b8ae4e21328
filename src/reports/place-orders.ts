import type { DayPlan } from '../model/day-record.js';
import { intersect } from '../model/intervals.js';
import type { CompiledPlan, GapRule, Intervals } from '../model/plan.js';
import type { PlaceOrder } from './period.js';
import type { ReportDay } from './period-of.js';
import { union } from './spans.js';

/** What the rules of the days asked for at a place, by rule; a rule that a plan changed stands here twice. */
export function ordersAt(place: string, days: readonly Pick<ReportDay, 'record' | 'plans'>[]): PlaceOrder[] {
  const orders = new Map<string, PlaceOrder>();
  for (const { record, plans } of days) {
    for (const inForce of record.plans) {
      const plan = plans.find(({ version }) => version === inForce.version);
      for (const order of plan === undefined ? [] : ordersOf(place, plan, inForce)) {
        const key = `${order.ruleId} ${order.thresholdMs} ${order.visitMs}`;
        orders.set(key, { ...order, binds: union(orders.get(key)?.binds ?? [], order.binds) });
      }
    }
  }
  return [...orders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, order]) => order);
}

function ordersOf(place: string, plan: CompiledPlan, { fromMs, toMs }: DayPlan): PlaceOrder[] {
  const bindsOf = (schedule: string): Intervals => intersect(plan.schedules[schedule] ?? [], [fromMs, toMs]);
  return plan.rules.flatMap((rule) => {
    if (!isGapRule(rule) || !rule.places.includes(place)) return [];
    const binds = bindsOf(rule.binds);
    return {
      ruleId: rule.id,
      binds,
      thresholdMs: rule.thresholdMs,
      visitMs: visitMs(place, rule, plan, binds, bindsOf),
    };
  });
}

/** A visit counts for a rule from its least presence on; a rule against short visits that binds at the same time asks for more. */
function visitMs(
  place: string,
  rule: GapRule,
  plan: CompiledPlan,
  binds: Intervals,
  bindsOf: (schedule: string) => Intervals,
): number {
  const asked = plan.rules.flatMap((other) =>
    other.kind === 'dwell-short' && other.places.includes(place) && intersect(binds, bindsOf(other.binds)).length > 0
      ? other.minVisitMs
      : [],
  );
  return Math.max(rule.minPresenceMs, ...asked);
}

function isGapRule(rule: CompiledPlan['rules'][number]): rule is GapRule {
  return rule.kind === 'zone-gap' || rule.kind === 'checkpoint-gap' || rule.kind === 'route-gap';
}
