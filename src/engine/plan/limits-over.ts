import type { PlanRule } from '../../model/plan.js';
import type { Watched } from '../../model/subject.js';
import type { PlanSlice } from './slice.js';
import { watches } from './so-far.js';

/** How long something may last before a rule finds it, while a version of the plan is in force. */
export interface LimitInForce<R extends PlanRule> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limitMs: number;
  readonly rule: R;
  readonly planVersion: number;
}

/** The limits of a rule for a place or unit over the versions that have both, oldest first. */
export function limitsOver<R extends PlanRule>(
  state: PlanSlice,
  rule: R,
  watched: Watched,
  limitOf: (rule: R) => number,
): LimitInForce<R>[] {
  const limits: LimitInForce<R>[] = [];
  for (const [i, { plan, fromMs, toMs, ruleById }] of state.plans.entries()) {
    const then = ruleById.get(rule.id);
    if (then?.kind !== rule.kind || !watches(then, watched)) continue;
    const same = then as R;
    // Of what was before the oldest version that is kept, nothing else is known.
    limits.push({ fromMs: i === 0 ? 0 : fromMs, toMs, limitMs: limitOf(same), rule: same, planVersion: plan.version });
  }
  return limits;
}

/**
 * When something that began at `fromMs` and goes on is found, and by which limit: a new plan changes nothing that the one
 * before it had found, and finds at once what is beyond its own limit. Null: never.
 */
export function dueUnder<R extends PlanRule>(
  limits: readonly LimitInForce<R>[],
  fromMs: number,
): { readonly dueMs: number; readonly limit: LimitInForce<R> } | null {
  for (const limit of limits) {
    const dueMs = Math.max(limit.fromMs, fromMs + limit.limitMs);
    if (dueMs < limit.toMs) return { dueMs, limit };
  }
  return null;
}

/** The limit in force at an event time; of a time without the rule, that of the version before, else the first. */
export function limitAt<R extends PlanRule>(
  limits: readonly LimitInForce<R>[],
  eventTimeMs: number,
): LimitInForce<R> | null {
  return limits.findLast(({ fromMs }) => fromMs <= eventTimeMs) ?? limits[0] ?? null;
}
