import type { LogEntry } from './log-entry.js';
import type { MovedTerms, Names, PlaceKind, RuleKind, Severity, StrengthCount, StrengthScope } from './plan.js';
import type { TrackerFault } from './tracker-fault.js';

/**
 * Three are built in: a tracker-silence rule brings `network-outage`, which stands for many silent trackers at once, and
 * `tracker-useless`, for one that talks but does not say where its unit is; `sos` is a fix that says that the crew asks for
 * help, and no plan need name it.
 */
export type AlertRule = RuleKind | 'network-outage' | 'tracker-useless' | 'sos';
export interface AlertSubject {
  readonly kind: 'place' | 'unit' | 'district';
  readonly id: string;
}

/** ISA-18.2: the condition, apart from what people did about it. */
export type AlertCondition = 'active' | 'cleared' | 'retracted';
/** What stands: a gap that is proven, a gap that a silent unit may have filled, or a plain fact. */
export type Certainty = 'uncovered' | 'unknown' | 'certain';
export type AlertCause = 'timer' | 'fix' | 'late-data' | 'operator' | 'plan' | 'fold' | 'resume';
export type AlertChange =
  | 'raised'
  | 'reopened'
  | 'corrected'
  | 'updated'
  | 'cleared'
  | 'retracted'
  | 'confirmed'
  | 'acknowledged'
  | 'commented'
  | 'shelved'
  | 'unshelved'
  | 'resolved'
  | 'refused';
/**
 * Provisional: what comes in time may still show that what this version says of the past was wrong. Confirmed: nothing can any more;
 * what happens later may make another version provisional. Settled: the record of a settled day holds it, too; only answers say so, for
 * the fold does not know.
 */
export type Finality = 'provisional' | 'confirmed' | 'settled';

/** Why the engine refused an action. */
export type ActionRefusal =
  | 'stale-version'
  | 'already-acknowledged'
  | 'cleared'
  | 'retracted'
  | 'not-shelved'
  | 'no-comment'
  | 'no-reason'
  | 'shelf-out-of-range'
  | 'not-shelvable'
  | 'ends-by-itself';

/** A believed position in degrees, WGS-84, with its accuracy and the time of its fix. */
export interface AlertPosition {
  readonly lng: number;
  readonly lat: number;
  readonly sigmaM: number;
  readonly eventTimeMs: number;
}

/** A unit that went out of sight in a place and came into sight again there, seen nowhere else in between. Event times, ms. */
export interface BridgedHole {
  readonly unit: string;
  readonly lastSeenMs: number;
  readonly nextSeenMs: number;
}

/** A unit on duty that has been out of sight for longer than a doubt lasts: it counts as not there. */
export interface NotReporting {
  readonly unit: string;
  readonly sinceMs: number;
}

/** A unit of which it was stated by radio where it is: `at` another place or here; null: not here. */
export interface StatedUnit {
  readonly unit: string;
  readonly at: string | null;
  /** Log time of the statement. */
  readonly statedAtMs: number;
}

/**
 * What ended a condition: somebody came (`byUnit` names who), the unit moved on, its tracker reported again, or fell silent; or the
 * window in which the rule binds, or the unit's duty, was over; or the rhythm of visits was broken, by `byUnit` or by nobody.
 */
export type AlertEnding = 'arrival' | 'movement' | 'report' | 'silence' | 'window' | 'broken';

/** Which way a unit drove along a route: as its line goes, or against it. */
export type RouteDirection = 'forward' | 'backward';

/** What was seen of a route in the time that its rule allows, and since the rule last began to bind. */
export interface RoutePassFacts {
  /** What has been late for longest: a segment that was not seen, or a pass that nobody completed. */
  readonly late: 'segment' | 'pass';
  /** Of all segments those that were seen, and those that a fix on the line shows; the rest of what was seen is inferred between two fixes. */
  readonly coveredPercent: number;
  readonly observedPercent: number;
  /** The segment that was not seen for longest, metres along the line; `lastUnit` and `lastSeenMs` say who was there last. */
  readonly fromM: number;
  readonly toM: number;
  /** Which way that unit drove; left out: nobody was seen there. */
  readonly direction?: RouteDirection;
  readonly passWithinMs: number;
  /** The last pass, how much of the route it observed, and its end, event time; left out: none is known. */
  readonly lastPass?: {
    readonly unit: string;
    readonly endedMs: number;
    readonly direction: RouteDirection;
    readonly observedPercent: number;
  };
}

/**
 * What was wrong in a window: nobody came in time, or nobody came at all; those who had come were away for too long in all; the last of them
 * left too early.
 */
export type WindowFinding = 'late' | 'missed' | 'absence' | 'early-leave';

/** A finding, and whether it holds even with all who may have been there. */
export interface WindowShortcoming {
  readonly is: WindowFinding;
  readonly certain: boolean;
  /**
   * Those who had come had been called away by a task: of an absence, without the time of those it would not be too much. Nobody is to
   * blame, yet nobody was there.
   */
  readonly excused?: true;
}

/** A time in which a checkpoint was to be manned, and what was wrong in it so far. Event times, ms. */
export interface WindowFacts {
  readonly opensMs: number;
  readonly closesMs: number;
  readonly findings: readonly WindowShortcoming[];
  /** Who came too late; left out: nobody has. */
  readonly arrived?: { readonly unit: string; readonly atMs: number };
  /** Of an absence that was too long: how long nobody was there in all since the first came, but for the stretch that goes on, ms. */
  readonly awayMs?: number;
  /** Of `awayMs` the stretches that began when whoever was there last had been called away by a task, ms; left out: none. */
  readonly excusedMs?: number;
}

/** The balance of a place as it was owed, and by what it goes, ms. */
export interface DebtFacts {
  readonly creditMs: number;
  /** Seconds of balance that a second of presence is worth. */
  readonly worth: number;
  readonly clearMs: number;
  /** With those who are proven to have been there, and with all who may have been. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** For how long somebody was surely there, since the rule last began to bind. */
  readonly presentMs: number;
}

/** Visits to a place of which an onlooker could have guessed each from those before. Event times, ms; what lasts, ms. */
export interface RhythmFacts {
  /** When the last stays began, oldest first: one more than the intervals that lie so near to each other. */
  readonly startsMs: readonly number[];
  /** The shortest and the longest that these intervals can have been. */
  readonly smallestMs: number;
  readonly largestMs: number;
  /** Each lies within so much of the middle of them. */
  readonly withinMs: number;
  /** When an onlooker expects the next stay to begin. */
  readonly nextFromMs: number;
  readonly nextToMs: number;
}

/** What fixes said of the lightbar: at each of them on, or off; at some on; or nothing at one of them at least, which measures nothing. */
export type LightsSeen = 'on' | 'off' | 'partly' | 'not-measured';

export interface AlertEvidence {
  /** Absent while it goes on, and where a plan or a person ended it. */
  readonly ending?: AlertEnding;
  /** The unit that was last seen there, and when; the start of a gap. */
  readonly lastUnit?: string;
  readonly lastSeenMs?: number;
  /** The unit and fix that ended it. */
  readonly byUnit?: string;
  readonly byEventTimeMs?: number;
  /** Units that may have been there while nobody was seen, sorted. */
  readonly possibleUnits?: readonly string[];
  /** Those of `possibleUnits` that do not report where they are, while the gap goes on. */
  readonly unseenUnits?: readonly string[];
  /** Since when it has been sure, up to this version, that nobody is there; absent while somebody may be. */
  readonly sureSinceMs?: number;
  /** Units whose silence began and ended there, and units that count as not there because they do not report. By unit. */
  readonly bridged?: readonly BridgedHole[];
  readonly notReporting?: readonly NotReporting[];
  /** Units whose statements bear on the gap: it begins or ends by one, or one says that the unit was not there. By unit. */
  readonly stated?: readonly StatedUnit[];
  /** Units that count now and on which nobody has a shift, though a roster is kept; sorted. */
  readonly unrostered?: readonly string[];
  /** How many a place wants, and has now, or had at the fewest of what is over: proven to be there, and at most, with all who may be. */
  readonly strength?: {
    readonly atLeast: number;
    readonly counts: StrengthCount;
    readonly present: number;
    readonly atMost: number;
    /** What is counted as a whole, and how far each unit must have come lately. Absent: those at a place; they may stand. */
    readonly scope?: StrengthScope;
    readonly moved?: MovedTerms;
  };
  /**
   * Units that are each within so many metres of another, a list for each bunch, and the places where nobody can have been meanwhile: now, or at the
   * end of what is over. All sorted.
   */
  readonly bunching?: {
    readonly atLeast: number;
    readonly withinM: number;
    readonly bunches: readonly (readonly string[])[];
    readonly uncovered: readonly string[];
  };
  /** What is late on a route, and what was seen of it: see `RoutePassFacts`. */
  readonly routePass?: RoutePassFacts;
  /** What was wrong in a window of a checkpoint: see `WindowFacts`. All alerts of one window are one. */
  readonly window?: WindowFacts;
  /** The balance of a place that came to nothing: see `DebtFacts`. `lastUnit` and `lastSeenMs` say who was surely there last. */
  readonly debt?: DebtFacts;
  /** Which visits could have been guessed: see `RhythmFacts`. Of what is over, as it was before it was broken. */
  readonly rhythm?: RhythmFacts;
  /** The zones that a unit should be in, sorted, and how far outside all of them it was at the most for certain, metres. */
  readonly offZone?: { readonly zones: readonly string[]; readonly awayM: number };
  /** The highest speed that the receiver measured, the limit there, and whether the lightbar was on all the time. */
  readonly speeding?: { readonly mostKmh: number; readonly limitKmh: number; readonly lights: LightsSeen };
  /** Of the time in which a visit was seen: how long the lightbar was on, was off, and nobody can tell, ms; and the least share that was wanted. */
  readonly lights?: {
    readonly onMs: number;
    readonly offMs: number;
    readonly notMeasuredMs: number;
    readonly leastPercent: number;
  };
  /** The bounds of the visit or stand that a dwell alert is about. */
  readonly innerMs?: number;
  readonly outerMs?: number;
  /** Thresholds that were in force. */
  readonly thresholdMs?: number;
  readonly graceMs?: number;
  readonly planVersion?: number;
  /** Operation orders by which the rule was as it is; sorted. Left out: none. */
  readonly orders?: readonly string[];
  /** Units that fell silent in an outage of the network, sorted; who falls silent while it lasts joins. */
  readonly units?: readonly string[];
  /** How many units whose trackers the rule watches were on duty in an outage of the network. */
  readonly unitsOnDuty?: number;
  /** The tracker has not reported since the watch over it began: with the unit's duty, the rule's window or the plan. */
  readonly sinceDutyStart?: boolean;
  /** Where a unit stands, degrees, WGS-84. */
  readonly standsAt?: { readonly lng: number; readonly lat: number };
  /** Where the unit was at its call, or was last seen before it; left out: nobody knows. */
  readonly position?: AlertPosition;
  /** How much older than the call that position is, ms; left out: it is the call's own. */
  readonly positionAgeMs?: number;
  /** What the call's own fix says of where the unit was, which it cannot have reached: the position is the last believed one. */
  readonly doubtedPosition?: AlertPosition;
  /** The position is outside the district's area, and may be wrong. */
  readonly outOfArea?: boolean;
  /** The place that the position or the stand is in, or the nearest one within NEAR_PLACE_M; and how far it is, metres, 0: in it. */
  readonly nearPlace?: string;
  readonly nearPlaceM?: number;
  /** How old the call was when it came, log time − event time, ms; left out: it came at once. */
  readonly ageMs?: number;
  /** Why a tracker that talks is useless. */
  readonly trackerFault?: TrackerFault;
  /** The tracker's clock less the server's, ms: above 0 it is ahead. */
  readonly clockOffsetMs?: number;
  /** A person's action. */
  readonly action?: ActionKind;
  readonly actionId?: string;
  readonly actor?: string;
  readonly comment?: string;
  /** Why an action was refused. */
  readonly reason?: ActionRefusal;
}

/** One episode of an alert: when its condition held, event time, and how surely. `toMs` null: it goes on. */
export interface AlertEpisode {
  readonly fromMs: number;
  readonly toMs: number | null;
  /** While it goes on: now. When it is over: at its surest. */
  readonly certainty: Certainty;
  /** Gaps: the last stretches in which it was sure that nobody was there, flat, ms; and all of them together. */
  readonly sure?: readonly number[];
  readonly sureMs?: number;
}

/** What the ids in an alert are called, by the newest plan that has them. Of long lists of units only the first are named. */
export interface AlertNames {
  readonly places: Readonly<Record<string, PlaceName>>;
  /** Callsigns. */
  readonly units: Readonly<Record<string, string>>;
}

export interface PlaceName extends Names {
  readonly kind: PlaceKind;
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
  /** Until when a person has shelved it; null: it is not shelved. */
  readonly shelvedUntilMs: number | null;
  /** Why nobody need act on it, by design: `task:<id>`, or the id of the alert that stands for it. Null: not suppressed. */
  readonly suppressedBy: string | null;
  /** It came and went so often that it is held active until it has been calm for REOPEN_MS. */
  readonly chattering: boolean;
  /** Start of the first episode, event time, ms. */
  readonly fromMs: number;
  /** End of the last one, or null while it goes on. Between two episodes all was well. */
  readonly toMs: number | null;
  /** The certainty of its last episode. */
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
  /** Absent in versions of folds before 3. */
  readonly names?: AlertNames;
  /** Only in versions of folds before 3, which made it: now it is made from the facts when they are read (`protocol/words`). */
  readonly sentence?: Names;
  /** The alert that stands in this one's place. */
  readonly mergedInto: string | null;
  /** Transition of this alert's version before this one: the versions form a list from the last to the first. */
  readonly previous: number | null;
}

/** When an alert is over by what a version says, event time, ms; null: it goes on. One that was retracted while it was active was over then. */
export function alertEndMs({
  toMs,
  condition,
  atMs,
}: Pick<AlertVersion, 'toMs' | 'condition' | 'atMs'>): number | null {
  return toMs ?? (condition === 'retracted' ? atMs : null);
}

export type ActionKind = Extract<LogEntry, { kind: 'action' }>['action'];
