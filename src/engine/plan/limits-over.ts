import { unreachable } from '../../model/errors.js';
import type {
  BunchingRule,
  CheckpointWindowRule,
  DebtRule,
  DutyStrengthRule,
  DwellLongRule,
  GapRule,
  PlanRule,
  PredictableRule,
  RoutePassRule,
  StrengthRule,
} from '../../model/plan.js';
import { subjectName, type Watched } from '../../model/subject.js';
import type { PlanInForce, PlanSlice } from './slice.js';
import { watches } from './so-far.js';

/** A rule that finds what lasts for longer than a limit of its own. */
type LimitRule =
  | BunchingRule
  | CheckpointWindowRule
  | DebtRule
  | GapRule
  | PredictableRule
  | RoutePassRule
  | StrengthRule
  | DutyStrengthRule
  | DwellLongRule;

/** How long something may last before a rule finds it, while a version of the plan is in force. */
export interface LimitInForce<R extends PlanRule> {
  readonly fromMs: number;
  readonly toMs: number;
  readonly limitMs: number;
  readonly rule: R;
  readonly planVersion: number;
}

/** The limits of a rule for what it judges over the versions that have both, oldest first. */
export function limitsOver<R extends LimitRule>(
  { plans }: PlanSlice,
  rule: R,
  watched: Watched,
): readonly LimitInForce<R>[] {
  const byRule = derived.get(plans) ?? new Map<PlanRule, LimitsOfRule>();
  const ofRule = byRule.get(rule) ?? { bySubject: new Map(), byVersions: new Map() };
  const known = ofRule.bySubject.get(subjectName(watched));
  if (known !== undefined) return known as readonly LimitInForce<R>[];
  const limits = findLimits(plans, rule, watched);
  const versions = limits.map(({ planVersion }) => planVersion).join();
  const shared = ofRule.byVersions.get(versions) ?? limits;
  ofRule.byVersions.set(versions, shared);
  ofRule.bySubject.set(subjectName(watched), shared);
  derived.set(plans, byRule.set(rule, ofRule));
  return shared as readonly LimitInForce<R>[];
}

/** What a rule judges in the same versions share one list. */
interface LimitsOfRule {
  readonly bySubject: Map<string, readonly LimitInForce<LimitRule>[]>;
  readonly byVersions: Map<string, readonly LimitInForce<LimitRule>[]>;
}

/** Derived from `plans` alone, so kept until they change. */
const derived = new WeakMap<readonly PlanInForce[], Map<PlanRule, LimitsOfRule>>();

function findLimits<R extends LimitRule>(
  plans: readonly PlanInForce[],
  rule: R,
  watched: Watched,
): readonly LimitInForce<R>[] {
  const limits: LimitInForce<R>[] = [];
  for (const [i, { plan, fromMs, toMs, ruleById }] of plans.entries()) {
    const then = ruleById.get(rule.id);
    if (then?.kind !== rule.kind || !watches(then, watched)) continue;
    const same = then as R;
    // Of what was before the oldest version that is kept, nothing else is known.
    limits.push({ fromMs: i === 0 ? 0 : fromMs, toMs, limitMs: limitOf(same), rule: same, planVersion: plan.version });
  }
  return limits;
}

/** How long what a rule looks for may last. */
function limitOf(rule: LimitRule): number {
  switch (rule.kind) {
    case 'dwell-long':
      return rule.maxStandMs;
    case 'strength':
    case 'duty-strength':
    case 'bunching':
      return rule.holdMs;
    case 'zone-gap':
    case 'checkpoint-gap':
    case 'route-gap':
      return rule.thresholdMs + rule.graceMs;
    case 'route-pass':
      return rule.everyMs + rule.graceMs;
    case 'debt':
      return rule.creditMs + rule.graceMs;
    case 'checkpoint-window':
      return rule.graceMs;
    case 'predictable':
      return rule.withinMs;
    default:
      return unreachable(rule);
  }
}

/**
 * When something that began at `fromMs` and goes on is found, and by which limit: a new plan changes nothing that the one
 * before it had found, and finds at once what is beyond its own limit. Null: never.
 */
export function dueUnder<R extends PlanRule>(
  limits: readonly LimitInForce<R>[],
  fromMs: number,
): { readonly dueMs: number; readonly limit: LimitInForce<R> } | null {
  const limit = limitUnder(limits, fromMs);
  return limit === null ? null : { dueMs: dueMsUnder(limit, fromMs), limit };
}

/** The limit by which something that began at `fromMs` and goes on is found. Null: it never is. */
export function limitUnder<R extends PlanRule>(
  limits: readonly LimitInForce<R>[],
  fromMs: number,
): LimitInForce<R> | null {
  for (const limit of limits) if (dueMsUnder(limit, fromMs) < limit.toMs) return limit;
  return null;
}

/** When a limit finds something that began at `fromMs` and goes on. */
export function dueMsUnder(limit: LimitInForce<PlanRule>, fromMs: number): number {
  return Math.max(limit.fromMs, fromMs + limit.limitMs);
}

/** The limit in force at an event time; of a time without the rule, that of the version before, else the first. */
export function limitAt<R extends PlanRule>(
  limits: readonly LimitInForce<R>[],
  eventTimeMs: number,
): LimitInForce<R> | null {
  for (let i = limits.length - 1; i > 0; i -= 1) {
    const limit = limits[i] as LimitInForce<R>;
    if (limit.fromMs <= eventTimeMs) return limit;
  }
  return limits[0] ?? null;
}
