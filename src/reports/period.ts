import type { AlertVersion } from '../model/alert.js';
import type { DaySilence } from '../model/day-record.js';
import type { Intervals, Names, PlaceKind, UnitKind } from '../model/plan.js';
import type { VisitKind } from '../model/visit.js';

/** What a report is made of: one local day of a district, or several. Instants are milliseconds since the Unix epoch, UTC. */
export interface ReportPeriod {
  readonly district: string;
  readonly name: Names;
  /** An IANA name. */
  readonly timeZone: string;
  /** The days of the report in the order of the calendar; there may be holes. */
  readonly days: readonly ReportDaySpan[];
  /** Days that were asked for and are not settled: the report says nothing of them. */
  readonly missing: readonly string[];
  /** Sorted by id. */
  readonly places: readonly ReportPlace[];
  /** Sorted by id. */
  readonly units: readonly ReportUnit[];
  /** All versions of the alerts that were raised in the period, in the order of their transitions. */
  readonly alerts: readonly AlertVersion[];
}

/** A local calendar day, `[fromMs, toMs)`, and the settled record that speaks for it. */
export interface ReportDaySpan {
  /** `2026-11-24`. */
  readonly day: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** SHA-256 of the record as canonical JSON, hexadecimal. */
  readonly recordSha256: string;
  readonly foldVersion: number;
  /** When alerts of the day were deleted, as they need not be kept any more: what a report counts of them is too little. Null: none were. */
  readonly alertsDeletedAtMs: number | null;
}

export interface ReportPlace {
  readonly place: string;
  readonly kind: PlaceKind;
  readonly name: Names;
  /** When a rule asked for presence at the place. */
  readonly required: Intervals;
  /** When a unit on duty was there: proven, or stated by radio. */
  readonly covered: Intervals;
  /** When nobody was proven to be there, and somebody may have been. Disjoint from `covered`. */
  readonly unknown: Intervals;
  readonly orders: readonly PlaceOrder[];
  /** Visits and crosses that touch the period, by (first fix inside, unit). */
  readonly visits: readonly ReportVisit[];
}

/** What one rule asked for at a place. */
export interface PlaceOrder {
  readonly ruleId: string;
  /** When it was in force. */
  readonly binds: Intervals;
  /** The longest absence that it allows, ms. */
  readonly thresholdMs: number;
  /** How long a visit has to last to count, ms. */
  readonly visitMs: number;
}

export interface ReportVisit {
  readonly unit: string;
  readonly kind: VisitKind;
  /** First and last fix inside. `innerToMs` is null while the visit goes on. */
  readonly innerFromMs: number;
  readonly innerToMs: number | null;
  /** Last fix outside before it; null: the trace begins with it. First fix outside after it; null: none came. */
  readonly outerFromMs: number | null;
  readonly outerToMs: number | null;
}

export interface ReportUnit {
  readonly unit: string;
  readonly callsign: string;
  readonly kind: UnitKind;
  readonly group: string;
  /** When it was on duty and in service. */
  readonly duty: Intervals;
  /** When it had a task that took it away: an escort or an incident. */
  readonly tasks: Intervals;
  /** When nothing is known of where it was, and why; sorted, disjoint. */
  readonly silences: readonly DaySilence[];
  /** When it stood still for too long where it should not: an alert `dwell-long`. */
  readonly stands: Intervals;
  readonly fixes: FixCounts;
}

/** What came of the fixes that a unit measured in the period. A fix that came twice counts once. */
export interface FixCounts {
  /** Fixes that its tracker should have sent in the time of its duty. */
  readonly expected: number;
  readonly admitted: number;
  /** Fixes that changed no verdict, by reason. */
  readonly flagged: Readonly<Record<string, number>>;
}
