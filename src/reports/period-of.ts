import type { AlertVersion } from '../model/alert.js';
import type { DayPlace, DayRecord, DaySpan, DayUnit, DayVisit } from '../model/day-record.js';
import { assert } from '../model/errors.js';
import { normalise } from '../model/intervals.js';
import type { CompiledPlan, Intervals, PlanPlace, PlanUnit } from '../model/plan.js';
import type { FixCounts, ReportPeriod, ReportPlace, ReportUnit, ReportVisit } from './period.js';
import { ordersAt } from './place-orders.js';
import { lengthMs } from './spans.js';

/** One settled day, with what its record names but does not hold. */
export interface ReportDay {
  readonly record: DayRecord;
  /** SHA-256 of the record as canonical JSON, hexadecimal. */
  readonly recordSha256: string;
  /** Every plan that the record names. */
  readonly plans: readonly CompiledPlan[];
  /** All versions of the alerts that were raised on that day, in the order of their transitions. */
  readonly alerts: readonly AlertVersion[];
  /** When some of these were deleted, as they need not be kept any more: the others are fewer. Null: none were. */
  readonly alertsDeletedAtMs: number | null;
}

/**
 * What some days of one district come to together. `days`: at least one, in the order of the calendar, each once. `missing`: dates that were
 * asked for and are not settled.
 */
export function periodOf(days: readonly ReportDay[], missing: readonly string[] = []): ReportPeriod {
  const last = days.at(-1);
  assert(last !== undefined, 'a report is of a day at least');
  const plans = days.flatMap((day) => day.plans);
  const plan = plans.at(-1);
  assert(plan !== undefined, 'the record of a day names a plan');
  const records = days.map(({ record }) => record);
  return {
    district: last.record.district,
    name: plan.name,
    timeZone: last.record.timeZone,
    days: days.map(({ record: { day, fromMs, toMs, foldVersion }, recordSha256, alertsDeletedAtMs }) => ({
      day,
      fromMs,
      toMs,
      recordSha256,
      foldVersion,
      alertsDeletedAtMs,
    })),
    missing,
    places: grouped(
      records.flatMap(({ places }) => places),
      ({ place }) => place,
    ).map(([id, own]) =>
      placeOf(
        id,
        own,
        days,
        planned(plans, ({ places }) => places, id),
      ),
    ),
    units: grouped(
      records.flatMap(({ units }) => units),
      ({ unit }) => unit,
    ).map(([id, own]) =>
      unitOf(
        id,
        own,
        records,
        planned(plans, ({ units }) => units, id),
      ),
    ),
    alerts: days.flatMap(({ alerts }) => alerts),
  };
}

function placeOf(
  id: string,
  own: readonly DayPlace[],
  days: readonly ReportDay[],
  plan: PlanPlace | undefined,
): ReportPlace {
  const last = own.at(-1) as DayPlace;
  const all = (spans: (place: DayPlace) => readonly DaySpan[]): Intervals => normalise(own.flatMap(spans));
  return {
    place: id,
    kind: last.kind,
    name: plan?.name ?? { zh: id, en: id },
    required: all(({ required }) => required),
    covered: all(({ covered }) => covered),
    unknown: all(({ unknown }) => unknown),
    orders: ordersAt(id, days),
    visits: visitsAt(id, days),
  };
}

/** A visit over midnight is in the records of both days; the later one knows more of its end. */
function visitsAt(id: string, days: readonly ReportDay[]): ReportVisit[] {
  const byVisit = new Map<string, DayVisit>();
  for (const { record } of days)
    for (const visit of record.visits)
      if (visit.place === id) byVisit.set(`${visit.kind} ${visit.unit} ${visit.innerFromMs}`, visit);
  return [...byVisit.values()]
    .sort((a, b) => a.innerFromMs - b.innerFromMs || (a.unit < b.unit ? -1 : 1))
    .map(({ unit, kind, innerFromMs, innerToMs, outerFromMs, outerToMs }) => ({
      unit,
      kind,
      innerFromMs,
      innerToMs,
      outerFromMs,
      outerToMs,
    }));
}

function unitOf(
  id: string,
  own: readonly DayUnit[],
  records: readonly DayRecord[],
  plan: PlanUnit | undefined,
): ReportUnit {
  const last = own.at(-1) as DayUnit;
  const stands = records.flatMap(({ alerts, toMs }) =>
    alerts
      .filter(({ rule, unit }) => rule === 'dwell-long' && unit === id)
      .flatMap(({ episodes }) => episodes.map((one): DaySpan => [one.fromMs, one.toMs ?? toMs])),
  );
  const away = own.flatMap(({ tasks }) => tasks.filter(({ task }) => task === 'escort' || task === 'incident'));
  return {
    unit: id,
    callsign: plan?.callsign ?? id,
    kind: last.kind,
    group: last.group,
    duty: normalise(own.flatMap(({ duty }) => duty)),
    tasks: normalise(away.map(({ fromMs, toMs }) => [fromMs, toMs])),
    silences: own.flatMap(({ silences }) => silences),
    stands: normalise(stands),
    fixes: own.map(fixCountsOf).reduce(plus),
  };
}

function fixCountsOf({ duty, expectedIntervalMs, fixes: { admitted, flagged } }: DayUnit): FixCounts {
  return { expected: Math.floor(lengthMs(duty.flat()) / expectedIntervalMs), admitted, flagged };
}

function plus(a: FixCounts, b: FixCounts): FixCounts {
  const flags = [...new Set([...Object.keys(a.flagged), ...Object.keys(b.flagged)])].sort();
  return {
    expected: a.expected + b.expected,
    admitted: a.admitted + b.admitted,
    flagged: Object.fromEntries(flags.map((flag) => [flag, (a.flagged[flag] ?? 0) + (b.flagged[flag] ?? 0)])),
  };
}

/** A place or unit as the newest of the plans has it. */
function planned<One extends { readonly id: string }>(
  plans: readonly CompiledPlan[],
  of: (plan: CompiledPlan) => readonly One[],
  id: string,
): One | undefined {
  for (const plan of [...plans].reverse()) {
    const found = of(plan).find((one) => one.id === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Groups by id, sorted by id; each group in the order of the list. */
function grouped<One>(all: readonly One[], idOf: (one: One) => string): [string, One[]][] {
  const groups = new Map<string, One[]>();
  for (const one of all) groups.set(idOf(one), [...(groups.get(idOf(one)) ?? []), one]);
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}
