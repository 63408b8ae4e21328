import type { AlertCondition, AlertEpisode, AlertEvidence, AlertRule, AlertSubject, Certainty } from './alert.js';
import type { FixFlag } from './fix.js';
import type { TaskKind } from './log-entry.js';
import type { PlaceKind, Severity, UnitKind } from './plan.js';
import type { VisitKind } from './visit.js';

/** Instants `[fromMs, toMs)`, ms since 1970, UTC. */
export type DaySpan = readonly [fromMs: number, toMs: number];

/** A change of this number means that a record has other fields, or that a field means something else. */
export const DAY_RECORD_FORMAT = 1;

/**
 * What one local day of a district came to when all of it was folded in the order of event time. It depends on which entries the log
 * has and not on when they came, so it is the same bytes as canonical JSON whoever makes it. All spans are sorted, do not touch, and
 * lie within the day unless their field says otherwise.
 */
export interface DayRecord {
  readonly format: typeof DAY_RECORD_FORMAT;
  readonly district: string;
  /** The local date, `2026-11-24`. */
  readonly day: string;
  /** IANA name; where plans of the day differ, that of the last. */
  readonly timeZone: string;
  /** The day is `[fromMs, toMs)`: 23 to 25 hours where the clock changes. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The fold that made it. */
  readonly foldVersion: number;
  /** Plans in force in the day, oldest first. */
  readonly plans: readonly DayPlan[];
  /** When the server was away (T3): where nobody was seen then, presence is unknown. */
  readonly outages: readonly DaySpan[];
  /** Places of any plan of the day, sorted by id. */
  readonly places: readonly DayPlace[];
  readonly units: readonly DayUnit[];
  /** Visits and crosses that touch the day, sorted by inner start, unit, place and kind. */
  readonly visits: readonly DayVisit[];
  /** Alerts that touch the day, sorted by start, rule, subject and rule id. */
  readonly alerts: readonly DayAlert[];
  /** Fixes of the day from trackers that no unit had. */
  readonly unknownTrackerFixes: number;
}

export interface DayPlan {
  readonly version: number;
  /** The plan was in force over the part `[fromMs, toMs)` of the day. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly sourceSha256: string;
}

/** Presence of units on duty at one place: each instant of the day is covered, unknown or neither. */
export interface DayPlace {
  readonly place: string;
  readonly kind: PlaceKind;
  /** When a gap rule asked for presence. */
  readonly required: readonly DaySpan[];
  /** When a unit of any kind was proven to be there, or stated to be by radio. */
  readonly covered: readonly DaySpan[];
  /** When no unit was, and one may have been, or the server was away. */
  readonly unknown: readonly DaySpan[];
  /** When presence was required and nobody can have been there. */
  readonly uncovered: readonly DaySpan[];
}

/**
 * Why nothing is known of where a unit was: its tracker said nothing (`no-report`), after main power was cut (`power-cut`), while
 * the trackers' network was out (`network`), while the server was away (`server`); or it spoke without a position that fences can use
 * (`no-position`).
 */
export type DaySilenceCause = 'no-report' | 'power-cut' | 'network' | 'server' | 'no-position';

export interface DaySilence {
  readonly fromMs: number;
  readonly toMs: number;
  readonly cause: DaySilenceCause;
}

export interface DayUnit {
  readonly unit: string;
  readonly kind: UnitKind;
  readonly group: string;
  /** How often its tracker was expected to report. */
  readonly expectedIntervalMs: number;
  /** When it was on duty and in service. */
  readonly duty: readonly DaySpan[];
  /** When it was on duty by the plan, and out of service. */
  readonly outOfService: readonly DaySpan[];
  /** Silences of its tracker while it was on duty, sorted by start; they do not overlap. */
  readonly silences: readonly DaySilence[];
  /** Its tasks that touch the day, sorted by start, then task id. */
  readonly tasks: readonly DayTask[];
  readonly fixes: DayFixes;
}

export interface DayTask {
  readonly taskId: string;
  readonly task: TaskKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Fixes that were measured in the day, each counted once however often it came. */
export interface DayFixes {
  readonly admitted: number;
  /** How many fixes had each flag; flags that no fix had are left out. `late` is none of them: nothing is late for the record. */
  readonly flagged: Readonly<Partial<Record<FixFlag, number>>>;
}

/** A visit or cross that touches the day, with its whole bounds. */
export interface DayVisit {
  readonly kind: VisitKind;
  readonly unit: string;
  readonly place: string;
  readonly innerFromMs: number;
  /** Null: it went on beyond what was folded. */
  readonly innerToMs: number | null;
  /** Null: nothing before it was folded that was surely outside. */
  readonly outerFromMs: number | null;
  /** Null: it went on, or nothing after it was folded that was surely outside. */
  readonly outerToMs: number | null;
  readonly fromHole: boolean;
  readonly toHole: boolean;
}

/** An alert that touches the day, as the whole day shows it. It has no id: `DayChange` says which live alert it is. */
export interface DayAlert {
  readonly rule: AlertRule;
  readonly ruleId: string;
  readonly subject: AlertSubject;
  readonly place: string | null;
  readonly unit: string | null;
  readonly severity: Severity;
  readonly condition: Exclude<AlertCondition, 'retracted'>;
  readonly certainty: Certainty;
  readonly suppressedBy: string | null;
  readonly fromMs: number;
  /** Null: it went on beyond what was folded. */
  readonly toMs: number | null;
  /** All of them, oldest first. */
  readonly episodes: readonly AlertEpisode[];
  readonly evidence: AlertEvidence;
}

/** What a settlement says: the record of a day, and how it differs from what was told before. */
export interface DaySettlement {
  readonly record: DayRecord;
  /** Where the live verdicts differ, as they stood then. */
  readonly changes: readonly DayChange[];
  /** What differs from the record that this one corrects; null: it is the day's first. */
  readonly correction: DayCorrection | null;
}

/** One alert or visit on which the live fold and the record do not agree. */
export interface DayChange {
  readonly about: 'alert' | 'visit';
  /** `added`: only the record has it. `removed`: only the live fold told it. `changed`: other times, or another certainty. */
  readonly change: 'added' | 'removed' | 'changed';
  /** Ids of the live alerts or visits. */
  readonly live: readonly string[];
  /** Index into `alerts` or `visits` of the record; null: `removed`. */
  readonly settled: number | null;
  readonly why: readonly DayChangeReason[];
}

export type DayChangeReason =
  /** Fixes of the unit, measured in the day, came later than the horizon. */
  | { readonly is: 'late-fixes'; readonly unit: string; readonly fixes: number; readonly mostLateMs: number }
  /** The server was away. */
  | { readonly is: 'outage'; readonly fromMs: number; readonly toMs: number }
  /** A silence counts live from when the tracker's words came, and in the record from when they were measured. */
  | { readonly is: 'log-time' }
  /** None of these. */
  | { readonly is: 'unexplained' };

/** What a record has that the one before had not, and the reverse. */
export interface DayCorrection {
  /** SHA-256 of the record before. */
  readonly corrects: string;
  /** Ids whose presence, or duty, silence, tasks or counts of fixes, differ. */
  readonly places: readonly string[];
  readonly units: readonly string[];
  readonly visits: { readonly added: readonly DayVisit[]; readonly removed: readonly DayVisit[] };
  readonly alerts: { readonly added: readonly DayAlert[]; readonly removed: readonly DayAlert[] };
}

/** A day that is settled: its settlements, oldest first; those after the first are corrections. */
export interface SettledDay {
  readonly day: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly settlements: readonly [DayMark, ...DayMark[]];
}

/** One settlement of a day, and where it stands in the log. */
export interface DayMark {
  /** SHA-256 of the record as canonical JSON, lower-case hex. */
  readonly digest: string;
  readonly foldVersion: number;
  /** Log time up to which the log was read. */
  readonly readToMs: number;
  /** Log id of its first entry, and its log time. */
  readonly logId: string;
  readonly atMs: number;
  /** Into how many entries it is divided. */
  readonly parts: number;
  readonly visits: number;
  readonly alerts: number;
  /** How many differences to the live verdicts it names. */
  readonly changes: number;
  /** Live alerts and visits that the record does not hold as they were told, by id; the first MAX_UNHELD. */
  readonly unheld: readonly string[];
  /** How many these are in all. */
  readonly unheldInAll: number;
}
