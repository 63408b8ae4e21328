import type { CompiledPlan, Intervals, Mode } from '../../model/plan.js';
import type { UnitRecord } from '../../model/hot.js';

export interface ModeNow {
  readonly mode: Mode | 'none';
  /** The next change, ms; null: the plan names none. */
  readonly next: { readonly mode: Mode | 'none'; readonly atMs: number } | null;
}

const MODES: readonly Mode[] = ['peak', 'off-peak', 'low'];

/** Which mode of duty the plan has at an instant, and what comes after it. */
export function modeAt({ schedules }: CompiledPlan, nowMs: number): ModeNow {
  const next = Math.min(...MODES.map((mode) => boundaryAfter(schedules[`mode:${mode}`] ?? [], nowMs)));
  return {
    mode: modeOf(schedules, nowMs),
    next: Number.isFinite(next) ? { mode: modeOf(schedules, next), atMs: next } : null,
  };
}

function modeOf(schedules: CompiledPlan['schedules'], atMs: number): Mode | 'none' {
  return MODES.find((mode) => isIn(schedules[`mode:${mode}`] ?? [], atMs)) ?? 'none';
}

function isIn(intervals: Intervals, atMs: number): boolean {
  for (let i = 0; i < intervals.length; i += 2)
    if ((intervals[i] as number) <= atMs && atMs < (intervals[i + 1] as number)) return true;
  return false;
}

function boundaryAfter(intervals: Intervals, atMs: number): number {
  return intervals.find((boundaryMs) => boundaryMs > atMs) ?? Number.POSITIVE_INFINITY;
}

export interface Strength {
  readonly onDuty: number;
  /** Of those on duty: units that report, and units that nobody hears. */
  readonly live: number;
  readonly silent: number;
}

const UNHEARD: ReadonlySet<UnitRecord['health']> = new Set(['silent', 'unseen', 'power-cut']);

export function strengthOf(units: ReadonlyMap<string, UnitRecord>): Strength {
  const onDuty = [...units.values()].filter((unit) => unit.onDuty);
  const silent = onDuty.filter(({ health }) => UNHEARD.has(health)).length;
  return { onDuty: onDuty.length, live: onDuty.length - silent, silent };
}
