import type { AlertVersion, RouteDirection } from './alert.js';
import type { RosterEntry, StatementEntry, TaskEntry } from './log-entry.js';
import type { LogId } from './log-id.js';
import type { PlanRecord } from './plan-record.js';
import type { Roster } from './roster.js';
import type { TrackerFault } from './tracker-fault.js';
import type { VisitVersion } from './visit.js';

/** The runner's place in the log and in the two output streams. A commit moves it only where it is as the engine found it: so nothing is doubled. */
export interface Cursor {
  readonly logId: LogId;
  readonly foldVersion: number;
  readonly lastAlert: number;
  readonly lastVisit: number;
}

/** Value of `positions` by unit: the latest by event time. */
export interface PositionRecord {
  readonly unit: string;
  readonly tracker: string;
  readonly eventTimeMs: number;
  readonly lng: number;
  readonly lat: number;
  readonly sigmaM: number;
  /** As the receiver said it, metres, 68 %. */
  readonly accuracyM: number | null;
  readonly speedMps: number | null;
  readonly courseDeg: number | null;
  readonly power: boolean | null;
  readonly batteryPercent: number | null;
  readonly ignition: boolean | null;
  readonly lightbar: boolean | null;
  readonly sos: boolean | null;
}

export type UnitHealth =
  | 'unseen'
  | 'live'
  | 'late'
  | 'silent'
  | 'no-gnss'
  | 'power-cut'
  | 'clock-fault'
  | 'backfilling'
  | 'off-duty';

/** Value of `units` by unit. */
export interface UnitRecord {
  readonly unit: string;
  readonly health: UnitHealth;
  readonly onDuty: boolean;
  /** When the tracker last said anything, log time. */
  readonly lastHeardMs: number | null;
  /** What is wrong with all that the tracker said since it was last useful; null: nothing, or it says nothing. */
  readonly trackerFault: TrackerFault | null;
  /** The tracker's clock less the server's, ms, where that is the fault. */
  readonly clockOffsetMs: number | null;
  /** Places that it is in now, sorted. */
  readonly places: readonly string[];
  /** Late fixes of it wait to be taken up until then, log time; null: none does. */
  readonly refoldAtMs: number | null;
  /** The last thing that was said of it by radio, while that may matter; it is no position. Null: nothing was. */
  readonly statement: StatementRecord | null;
}

/** What a supervisor stated of a unit by radio. */
export interface StatementRecord extends Omit<StatementEntry, 'kind' | 'unit'> {
  /** Log time of its entry. */
  readonly statedAtMs: number;
  /** Since when it holds no more, and what ended it; null: it stands. */
  readonly endedMs: number | null;
  readonly endedBy: StatementEnd | null;
}
/** Its time ran out, another statement came, or the unit reported a position. */
export type StatementEnd = 'time' | 'statement' | 'position';

export type Presence = 'covered' | 'uncovered' | 'unknown';

/** Value of `coverage` by place. */
export interface CoverageRecord {
  readonly place: string;
  readonly presence: Presence;
  /** Units seen or stated to be there now, sorted; and units that may be there, sorted. */
  readonly units: readonly string[];
  readonly possibleUnits: readonly string[];
  /** Those of `units` that nobody saw there: they are there by what was said on the radio. Sorted. */
  readonly statedUnits: readonly string[];
  /** End of the last presence that was proven or stated, and whose; null while covered, and before the first. */
  readonly lastCoveredMs: number | null;
  readonly lastUnit: string | null;
  /** When a gap alert falls due unless somebody comes; null when no rule binds now. */
  readonly dueMs: number | null;
  /** How far a route was driven; absent: no rule watches it along its line. */
  readonly route?: RouteProgress;
}

/** How far a route was driven, by its segments of equal length. */
export interface RouteProgress {
  readonly lengthM: number;
  /** When each segment was seen last, from the beginning of the line on: event time, whole seconds since 1970; 0: not since it is watched. */
  readonly segmentsSeenS: readonly number[];
  /** When an overdue alert falls due unless it is driven, or fell; null: the rule does not bind now. */
  readonly dueMs: number | null;
  /** Indices of segments that were last seen only between two fixes, ascending. */
  readonly inferred: readonly number[];
  /** Who has covered most of it since their last pass, within the time of a pass; null: nobody is on it. A unit, or a group where teams make passes. */
  readonly pass: { readonly by: string; readonly coveredPercent: number } | null;
  /** The last pass that was completed, event times. */
  readonly lastPass: {
    readonly by: string;
    readonly fromMs: number;
    readonly toMs: number;
    readonly direction: RouteDirection;
    readonly observedPercent: number;
  } | null;
}

/** Value of `tasks` by task id: what its last entry says, so `actor` is who opened or who closed it. */
export type TaskRecord = Omit<TaskEntry, 'kind'>;

/** The one value of `roster`: who crews which unit as far as it may still count, and which entry said so last. */
export interface RosterRecord extends Roster {
  readonly last: Omit<RosterEntry, 'kind' | 'shifts'> & { readonly loggedAtMs: number };
  /** Ids of the last entries, the newest first. */
  readonly ids: readonly string[];
}

/** Absolute values to write; null deletes the field. Keys sorted by the engine. */
export interface HotDelta {
  readonly positions: ReadonlyMap<string, PositionRecord | null>;
  readonly units: ReadonlyMap<string, UnitRecord | null>;
  readonly coverage: ReadonlyMap<string, CoverageRecord | null>;
  readonly tasks: ReadonlyMap<string, TaskRecord | null>;
  /** `now`: the roster; null: none is kept any more. */
  readonly roster: ReadonlyMap<string, RosterRecord | null>;
  /** Plans that the log has taken up, by version. */
  readonly plans: ReadonlyMap<string, PlanRecord>;
  /** `alerts:open` by alert id: active, or not acknowledged. Null: it is closed now. */
  readonly openAlerts: ReadonlyMap<string, AlertVersion | null>;
  /** `alerts:closed` by alert id: the last version of alerts that closed. */
  readonly closedAlerts: ReadonlyMap<string, AlertVersion>;
}

/** What one entry brought about (C1). */
export interface EntryOutputs {
  readonly logId: LogId;
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
}

/** How many fixes had each disposition, and why fixes were flagged, since genesis. */
export interface FixCounters {
  readonly admitted: number;
  readonly duplicate: number;
  readonly flagged: number;
  readonly refused: number;
  readonly flags: Readonly<Record<string, number>>;
}

/** One script call's worth of work: everything or nothing, and harmless when repeated. */
export interface Commit {
  readonly expected: Cursor | null;
  readonly target: Cursor;
  readonly outputs: readonly EntryOutputs[];
  readonly hot: HotDelta;
  readonly counters: FixCounters;
}

/** Value of `snapshot`. */
export interface SnapshotPointer {
  readonly cursor: Cursor;
  readonly file: string;
  readonly sha256: string;
  readonly foldVersion: number;
  /** Digest of the log's entry at the cursor, so that a snapshot of another history is not taken (L1); null: not known. */
  readonly entryDigest: string | null;
}
