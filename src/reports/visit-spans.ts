import { intersect } from '../model/intervals.js';
import type { Intervals } from '../model/plan.js';
import type { ReportPeriod, ReportPlace, ReportVisit } from './period.js';
import { type Span, union } from './spans.js';

/** The least that a visit was: up to the end of the period while it goes on. */
export function innerSpan({ innerFromMs, innerToMs }: ReportVisit, periodToMs: number): Span {
  return [innerFromMs, innerToMs ?? Math.max(periodToMs, innerFromMs)];
}

/** The most that a visit can have been. Where the trace begins with it, it claims nothing earlier; while it goes on, it has no end. */
export function outerSpan({ innerFromMs, outerFromMs, innerToMs, outerToMs }: ReportVisit): Span {
  const fromMs = outerFromMs ?? innerFromMs;
  return [fromMs, outerToMs ?? (innerToMs === null ? Number.POSITIVE_INFINITY : innerToMs)];
}

/** When a unit was at a place, at least and at most; crosses do not count. */
export interface UnitStay {
  readonly unit: string;
  readonly inner: Intervals;
  readonly outer: Intervals;
}

/** The stays of each unit while it was on duty, by unit. */
export function staysAt(place: ReportPlace, period: Pick<ReportPeriod, 'days' | 'units'>): UnitStay[] {
  const toMs = period.days.at(-1)?.toMs ?? 0;
  const dutyOf = new Map(period.units.map(({ unit, duty }) => [unit, duty]));
  const visits = place.visits.filter(({ kind }) => kind === 'visit');
  return [...new Set(visits.map(({ unit }) => unit))].sort().map((unit) => {
    const own = visits.filter((visit) => visit.unit === unit);
    const duty = dutyOf.get(unit) ?? [];
    return {
      unit,
      inner: intersect(union(own.flatMap((visit) => innerSpan(visit, toMs))), duty),
      outer: intersect(union(own.flatMap(outerSpan)), duty),
    };
  });
}
