import type { CompiledPlan, Intervals, PlanRule } from '../../model/plan.js';

/** How a rule stands to an instant. */
export interface RuleNow {
  readonly rule: PlanRule;
  readonly binds: boolean;
  /** Of the window that holds the instant, or the next one; null: the plan has no more. */
  readonly window: { readonly fromMs: number; readonly toMs: number } | null;
}

/** The rules of the plan that name a place or a unit: those that bind first, then by when they will. */
export function rulesNow({ rules, schedules }: CompiledPlan, subject: string, nowMs: number): readonly RuleNow[] {
  return rules
    .filter((rule) => subjectsOf(rule).includes(subject))
    .map((rule) => {
      const window = windowAt(schedules[rule.binds] ?? [], nowMs);
      return { rule, window, binds: window !== null && window.fromMs <= nowMs };
    })
    .sort(
      (a, b) =>
        Number(b.binds) - Number(a.binds) ||
        (a.window?.fromMs ?? Number.MAX_SAFE_INTEGER) - (b.window?.fromMs ?? Number.MAX_SAFE_INTEGER) ||
        (a.rule.id < b.rule.id ? -1 : 1),
    );
}

/** Ids of places or units. */
export function subjectsOf(rule: PlanRule): readonly string[] {
  return 'places' in rule ? rule.places : rule.units;
}

/** The window that holds an instant, else the next one; null: there is none. */
export function windowAt(
  intervals: Intervals,
  atMs: number,
): { readonly fromMs: number; readonly toMs: number } | null {
  for (let i = 0; i < intervals.length; i += 2) {
    const [fromMs, toMs] = [intervals[i] as number, intervals[i + 1] as number];
    if (toMs > atMs) return { fromMs, toMs };
  }
  return null;
}

/** What a rule asks for, ms: how long something may last, or must. */
export function limitMs(rule: PlanRule): number | null {
  switch (rule.kind) {
    case 'zone-gap':
    case 'checkpoint-gap':
    case 'route-gap':
      return rule.thresholdMs + rule.graceMs;
    case 'checkpoint-window':
      return rule.absenceMs;
    case 'debt':
      return rule.creditMs + rule.graceMs;
    case 'predictable':
      return rule.withinMs;
    case 'route-pass':
      return rule.everyMs + rule.graceMs;
    case 'strength':
    case 'duty-strength':
    case 'bunching':
    case 'off-zone':
    case 'speeding':
      return rule.holdMs;
    case 'dwell-short':
      return rule.minVisitMs;
    case 'dwell-long':
      return rule.maxStandMs;
    case 'lights':
    case 'tracker-silence':
      return null;
  }
}
