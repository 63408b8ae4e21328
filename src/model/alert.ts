import type { LogEntry } from './log-entry.js';
import type { Names, RuleKind, Severity } from './plan.js';

/** `network-outage` is built in: it stands for many silent trackers at once. */
export type AlertRule = RuleKind | 'network-outage';
export interface AlertSubject {
  readonly kind: 'place' | 'unit' | 'district';
  readonly id: string;
}

/** ISA-18.2: the condition, apart from what people did about it. */
export type AlertCondition = 'active' | 'cleared' | 'retracted';
/** What stands: a gap that is proven, a gap that a silent unit may have filled, or a plain fact. */
export type Certainty = 'uncovered' | 'unknown' | 'certain';
export type AlertCause = 'timer' | 'fix' | 'late-data' | 'operator' | 'plan' | 'fold';
export type AlertChange =
  | 'raised'
  | 'reopened'
  | 'corrected'
  | 'cleared'
  | 'retracted'
  | 'confirmed'
  | 'acknowledged'
  | 'commented'
  | 'shelved'
  | 'unshelved'
  | 'refused';
/** Provisional: a fix within the horizon may still show that it was wrong. Confirmed: none can any more. */
export type Finality = 'provisional' | 'confirmed';

/** Why the engine refused an action. */
export type ActionRefusal =
  | 'stale-version'
  | 'already-acknowledged'
  | 'cleared'
  | 'retracted'
  | 'not-shelved'
  | 'no-comment'
  | 'no-reason'
  | 'shelf-out-of-range';

export interface AlertEvidence {
  /** The unit that was last seen there, and when; the start of a gap. */
  readonly lastUnit?: string;
  readonly lastSeenMs?: number;
  /** The unit and fix that ended it. */
  readonly byUnit?: string;
  readonly byEventTimeMs?: number;
  /** Units that may have been there while nobody was seen, sorted. */
  readonly possibleUnits?: readonly string[];
  /** The bounds of the visit or stand that a dwell alert is about. */
  readonly innerMs?: number;
  readonly outerMs?: number;
  /** Thresholds that were in force. */
  readonly thresholdMs?: number;
  readonly graceMs?: number;
  readonly planVersion?: number;
  /** Units that fell silent together, sorted. */
  readonly units?: readonly string[];
  /** An operator's action. */
  readonly actionId?: string;
  readonly actor?: string;
  readonly comment?: string;
  /** Why an action was refused. */
  readonly reason?: ActionRefusal;
}

/** From when to when, and how surely. */
export interface AlertEpisode {
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly certainty: Certainty;
}

/** One version of an alert, as the `alerts` stream carries it: whole, so that the last version is the alert's state. */
export interface AlertVersion {
  /** Dense over the district, 1, 2, 3 …; the stream's id is `<transition>-0`. */
  readonly transition: number;
  /** As formatAlertId makes it: `<rule>:<subject>:<from as first raised>:<raising log id>`, frozen (E5). */
  readonly alertId: string;
  /** 1, 2, 3 … of this alert. */
  readonly version: number;
  readonly rule: AlertRule;
  /** The plan's rule id. */
  readonly ruleId: string;
  readonly subject: AlertSubject;
  /** The place and the unit that it is about, where it is about one; dwell alerts name both. */
  readonly place: string | null;
  readonly unit: string | null;
  readonly severity: Severity;
  readonly change: AlertChange;
  readonly condition: AlertCondition;
  readonly acknowledged: boolean;
  readonly finality: Finality;
  /** Put aside by a person until then; null: not. */
  readonly shelvedUntilMs: number | null;
  /** By design nobody need act on it: `task:<id>`, or the id of the alert that stands for it. Null: not suppressed. */
  readonly suppressedBy: string | null;
  /** It came and went so often that it is held active until it has been calm for REOPEN_MS. */
  readonly chattering: boolean;
  /** Start of the first episode, event time, ms. */
  readonly fromMs: number;
  /** End of the last one, or null while it goes on. Between two episodes all was well. */
  readonly toMs: number | null;
  /** The surest of its episodes. */
  readonly certainty: Certainty;
  /** How many episodes it has: one more for each reopening (E4). */
  readonly occurrence: number;
  /** The last MAX_ALERT_EPISODES of them, oldest first; versions before have the others. */
  readonly episodes: readonly AlertEpisode[];
  readonly cause: AlertCause;
  /** When, on the engine's clock, this version came about: a timer's due time or an entry's log time. */
  readonly atMs: number;
  /** The entry that brought it about. */
  readonly logId: string;
  readonly evidence: AlertEvidence;
  readonly sentence: Names;
  /** The alert that stands in this one's place. */
  readonly mergedInto: string | null;
  /** Transition of this alert's version before this one: the versions form a list from the last to the first. */
  readonly previous: number | null;
}

export type ActionKind = Extract<LogEntry, { kind: 'action' }>['action'];
