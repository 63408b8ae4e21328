import type { AlertVersion } from './alert.js';
import type { Fix, RejectedFix } from './fix.js';
import type { Cursor } from './hot.js';
import type { EscalationLevel } from './escalation.js';
import type { NoticeCode, NoticeOutcome } from './notice.js';
import type { CompiledPlan } from './plan.js';
import type { ClockKind } from './ports.js';
import type { Role } from './roles.js';
import type { RosterShift } from './roster.js';
import type { VisitVersion } from './visit.js';

/** One tracker's share of a `fixes` entry. */
export interface TrackerBatch {
  readonly tracker: string;
  /** The tracker's own id for the report, lower-case hex, 2..32 digits. */
  readonly reportId: string;
  /** The report's fixes that are valid in every field, in its order. */
  readonly fixes: readonly Fix[];
  readonly rejected: readonly RejectedFix[];
}

export interface GenesisEntry {
  readonly kind: 'genesis';
  readonly district: string;
  readonly clock: ClockKind;
  readonly foldVersion: number;
}
export interface FixesEntry {
  readonly kind: 'fixes';
  readonly batches: readonly TrackerBatch[];
}
/** Trackers that spoke without a fix. Sorted, each once. */
export interface HeartbeatEntry {
  readonly kind: 'heartbeat';
  readonly trackers: readonly string[];
}
export interface PlanEntry {
  readonly kind: 'plan';
  readonly plan: CompiledPlan;
}
/** `resolve` ends what only a person's word ends: a call for help. */
export const ACTION_KINDS = ['acknowledge', 'comment', 'shelve', 'unshelve', 'resolve'] as const;
/** What a supervisor may do to an alert. `alertVersion` is the version that the person saw (O1). */
export interface ActionEntry {
  readonly kind: 'action';
  /** Made before the first append; a repeat of it changes nothing. */
  readonly actionId: string;
  readonly actor: string;
  readonly action: (typeof ACTION_KINDS)[number];
  readonly alertId: string;
  readonly alertVersion: number;
  /** What the person says; the reason, for `shelve` and `resolve`. */
  readonly comment: string | null;
  /** `shelve`: until when, at most MAX_SHELVE_MS ahead. Null for the others. */
  readonly untilMs: number | null;
}

export const TASK_KINDS = ['escort', 'incident', 'maintenance', 'out-of-service'] as const;
export type TaskKind = (typeof TASK_KINDS)[number];
/**
 * A task explains what would otherwise be a finding: alerts of its units (escort, incident) or about its units and places
 * (maintenance) that touch its time are suppressed, and still recorded. A unit that is out of service is in no verdict.
 */
export interface TaskEntry {
  readonly kind: 'task';
  readonly taskId: string;
  readonly actor: string;
  readonly task: TaskKind;
  /** Ids, sorted, each once. */
  readonly units: readonly string[];
  readonly places: readonly string[];
  readonly fromMs: number;
  /** Null: until it is closed by the same task id with an end. */
  readonly toMs: number | null;
  readonly reason: string;
}
/**
 * A supervisor states by radio where a unit is, or is not: from the entry's log time until `untilMs`, the unit's next statement or its
 * next position, whichever comes first. It is shown as a statement; it makes no position and no visit.
 */
export interface StatementEntry {
  readonly kind: 'statement';
  /** Made before the first append; a repeat of it changes nothing. */
  readonly statementId: string;
  readonly actor: string;
  readonly unit: string;
  /** The place that it is at; null: `notAt` says where it is not. */
  readonly at: string | null;
  /** Places that it is not at: ids, sorted, each once; none beside `at`. Neither: the last statement about the unit is taken back. */
  readonly notAt: readonly string[];
  /** Log time until which the statement holds, ms; at most MAX_STATEMENT_MS ahead. */
  readonly untilMs: number;
  readonly note: string | null;
}
/**
 * Who crews which unit over `[fromMs, toMs)`, in the place of what was said of that time before. It counts from its log time on: what is past
 * was judged by what was known.
 */
export interface RosterEntry {
  readonly kind: 'roster';
  /** Made before the first append; a repeat of it changes nothing. */
  readonly rosterId: string;
  readonly actor: string;
  readonly reason: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Within that time; of one unit none at the time of another, nor two with one officer. By unit, then by when they begin. */
  readonly shifts: readonly RosterShift[];
}
/** Reads by supervisors and auditors, in the order in which they were recorded; at least one. */
export interface AccessEntry {
  readonly kind: 'access';
  readonly reads: readonly AccessRead[];
}
/** Who looked at what. */
export interface AccessRead {
  readonly actor: string;
  readonly role: Role;
  readonly purpose: string | null;
  /** The route, or `live`. */
  readonly what: string;
  /** Query and path parameters, canonical JSON. */
  readonly parameters: string;
  /** How many records it answered with. */
  readonly records: number;
  /** What was answered. Live sockets have none, nor have entries that were written before answers were hashed. */
  readonly answer?: AccessAnswer;
}

/**
 * The stages of an answer. `whole`: the entry was written before the first byte of it. A streamed answer has two entries: `begun` before
 * the first byte, and after the last `ended`, or `cut` when it broke off.
 */
export const ANSWER_STAGES = ['whole', 'begun', 'ended', 'cut'] as const;
/** The answer to a read, as bytes: its HTTP body before any encoding of the transfer. */
export interface AccessAnswer {
  readonly stage: (typeof ANSWER_STAGES)[number];
  /** Which streamed answer it is: both its entries have the same id; null: `whole`. */
  readonly readId: string | null;
  /** Length and SHA-256 (lower-case hex) of the body, or of the part of it that was made when it was cut; null: `begun`. */
  readonly body: { readonly bytes: number; readonly sha256: string } | null;
}
/**
 * A newer fold takes over from an older one (V1), with what that one has told: from here on the newer tells what differs. Several
 * entries where one cannot hold it.
 */
export interface FoldEntry {
  readonly kind: 'fold';
  readonly foldVersion: number;
  /** Where the older fold stopped, claimed by the newer: nothing has been committed since. */
  readonly base: Cursor;
  /** Numbers of the last versions in the streams; beyond those of `base` where a large commit broke off. */
  readonly lastAlert: number;
  readonly lastVisit: number;
  /** 1 … parts. */
  readonly part: number;
  readonly parts: number;
  /** Last versions of what may still change, and every version beyond `base`, in the streams' order. */
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
}
/**
 * A person lets a log go on that is ahead of the clock: log time goes back to `atMs`. What it said between `sinceMs` and here is passed
 * over: nobody knows that time, and nothing of it is held against anybody.
 */
export interface ResumeEntry {
  readonly kind: 'resume';
  /** Log time of the last entry that is not ahead of `atMs`. */
  readonly sinceMs: number;
  /** The true time, ms: the entry's own log time. */
  readonly atMs: number;
  /** Log time of the entry before this one: how far the log had run ahead. */
  readonly skippedToMs: number;
  readonly actor: string;
  readonly reason: string;
}
/**
 * What a day came to when all of it was folded in the order of event time, or a correction of that. Several entries where one cannot hold
 * it. It changes nothing that the live fold decides.
 */
export interface SettlementEntry {
  readonly kind: 'settlement';
  /** The local date. */
  readonly day: string;
  /** SHA-256 of the record as canonical JSON, lower-case hex. */
  readonly digest: string;
  /** 1 … parts. */
  readonly part: number;
  readonly parts: number;
  /** A piece of the `DaySettlement` as canonical JSON, raw deflate; the pieces follow each other. */
  readonly piece: Uint8Array;
  /** Length and SHA-256 of the whole JSON. */
  readonly jsonBytes: number;
  readonly jsonSha256: Uint8Array;
}
/**
 * How a message about alerts ended, or that a person had it sent once more. It changes nothing that the fold decides: whoever reads the log
 * sees who was told of what.
 */
export interface NoticeEntry {
  readonly kind: 'notice';
  /** Id of the message: a notice's own, or a digest's. */
  readonly messageId: string;
  readonly channel: string;
  readonly outcome: NoticeOutcome;
  readonly code: NoticeCode;
  readonly attempts: number;
  /** `again`: who asked for it, and why. Null for the others. */
  readonly actor: string | null;
  readonly reason: string | null;
  /** What it told; at least one. */
  readonly steps: readonly NoticeStep[];
}
/** One step of an escalation. */
export interface NoticeStep {
  readonly noticeId: string;
  readonly alertId: string;
  readonly version: number;
  readonly policy: string;
  readonly step: number;
  readonly to: EscalationLevel;
  readonly dueMs: number;
}
export interface TickEntry {
  readonly kind: 'tick';
}

export type LogEntry =
  | GenesisEntry
  | FixesEntry
  | HeartbeatEntry
  | PlanEntry
  | ActionEntry
  | TaskEntry
  | StatementEntry
  | RosterEntry
  | AccessEntry
  | FoldEntry
  | ResumeEntry
  | SettlementEntry
  | NoticeEntry
  | TickEntry;
export type LogEntryKind = LogEntry['kind'];
