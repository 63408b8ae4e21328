import type { CompiledPlan, Intervals } from '../../model/plan.js';

/** A stretch of a lane. */
export interface CalendarSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** What a mode's stretch is called; empty in other lanes. */
  readonly mode: string;
}

/** A row of a day's calendar: modes of duty, a rule, or the duty of some units. */
export type CalendarLane =
  | { readonly is: 'modes'; readonly spans: readonly CalendarSpan[] }
  | { readonly is: 'rule'; readonly rule: CompiledPlan['rules'][number]; readonly spans: readonly CalendarSpan[] }
  | { readonly is: 'duty'; readonly schedule: string; readonly units: number; readonly spans: readonly CalendarSpan[] };

/** What a plan says of a day; null: its calendar does not reach to all of it. */
export function calendarOf(plan: CompiledPlan, fromMs: number, toMs: number): readonly CalendarLane[] | null {
  if (fromMs < plan.expandedFromMs || toMs > plan.expandedToMs) return null;
  const within = (schedule: string, mode = ''): CalendarSpan[] =>
    clipped(plan.schedules[schedule] ?? [], fromMs, toMs).map((span) => ({ ...span, mode }));
  const modes = (['peak', 'off-peak', 'low'] as const).flatMap((mode) => within(`mode:${mode}`, mode));
  const duties = new Map<string, number>();
  for (const { duty } of plan.units) duties.set(duty, (duties.get(duty) ?? 0) + 1);
  return [
    { is: 'modes', spans: modes.sort((a, b) => a.fromMs - b.fromMs) },
    ...plan.rules.map((rule) => ({ is: 'rule' as const, rule, spans: within(rule.binds) })),
    ...[...duties].map(([schedule, units]) => ({ is: 'duty' as const, schedule, units, spans: within(schedule) })),
  ];
}

function clipped(intervals: Intervals, fromMs: number, toMs: number): { fromMs: number; toMs: number }[] {
  const found: { fromMs: number; toMs: number }[] = [];
  for (let i = 0; i < intervals.length; i += 2) {
    const span = {
      fromMs: Math.max(fromMs, intervals[i] as number),
      toMs: Math.min(toMs, intervals[i + 1] as number),
    };
    if (span.fromMs < span.toMs) found.push(span);
  }
  return found;
}
