import type { ActionEntry, TaskKind } from '../../src/model/log-entry.js';
import type { UnitKind } from '../../src/model/plan.js';

/**
 * Everything that happens in one seed, drawn beforehand: what the units' receivers say, when it is handed over, what people do
 * and what breaks. What is left to `seed` while it runs is how long each message takes and whether its reply is lost. Any of
 * its lists may be shortened and it stays a scenario: that is how a failing one is shrunk. Times are ms after T0, when the
 * first plan takes force; lengths are decimetres east and north of the district's middle.
 */
export interface Scenario {
  readonly seed: number;
  /** The last entry of the log is written then. */
  readonly endMs: number;
  readonly server: ServerTuning;
  readonly plans: readonly PlanSpec[];
  readonly fixes: readonly FixSpec[];
  readonly deliveries: readonly Delivery[];
  readonly acts: readonly Act[];
  readonly tasks: readonly TaskSpec[];
  /** Left out: nothing is said by radio. */
  readonly statements?: readonly StatementSpec[];
  readonly faults: readonly Fault[];
  readonly subscribers: readonly SubscriberSpec[];
  readonly stays: readonly Stay[];
}

export interface ServerTuning {
  /** Processes with every role, 1 or 2. */
  readonly processes: number;
  readonly tickMs: number;
  /** On a wall clock no entry goes far ahead of Redis's time; a virtual one is the log's alone. Virtual unless said. */
  readonly clock?: 'wall';
  readonly snapshotEveryMs: number;
  /** Writes of one commit call: a larger commit goes in several (C5). */
  readonly writesPerCall: number;
  /** Whether an archive follows the log, so that it is trimmed. */
  readonly archives: boolean;
  readonly slowestReplyMs: number;
  /** Of each call: that its reply is lost, and that it never arrives. */
  readonly lostReplies: number;
  readonly lostRequests: number;
  /** Of each ack: that the tracker does not get it. */
  readonly lostAcks: number;
}

export type PlaceSpec =
  | { readonly id: string; readonly kind: 'circle'; readonly at: Point; readonly radiusM: number }
  | { readonly id: string; readonly kind: 'square'; readonly at: Point; readonly halfM: number; readonly zone: boolean }
  | { readonly id: string; readonly kind: 'corridor'; readonly line: readonly Point[]; readonly corridorM: number };

/** East, north, decimetres. */
export type Point = readonly [east: number, north: number];

export interface UnitSpec {
  readonly id: string;
  readonly kind: UnitKind;
  readonly tracker: string;
  readonly intervalMs: number;
  /** On duty over this, or always. */
  readonly duty: readonly [fromMs: number, toMs: number] | null;
}

/** Thresholds in ms. */
export interface RulesSpec {
  readonly gapMs: number;
  readonly graceMs: number;
  readonly shortMs: number;
  readonly standMs: number;
  /** Gap and strength rules bind over this, or always. */
  readonly binds: readonly [fromMs: number, toMs: number] | null;
  /** How many each place wants. Absent: there is no strength rule. */
  readonly strength?: {
    readonly atLeast: number;
    readonly counts: 'units' | 'officers';
    readonly holdMs: number;
  };
  /** How many there must be of all units together. Absent: nobody counts them. */
  readonly duty?: {
    readonly atLeast: number;
    readonly counts: 'units' | 'officers';
    readonly holdMs: number;
    readonly moved: { readonly metres: number; readonly withinMs: number } | null;
  };
  /** How often the route is to be driven along. Absent: there is no route-pass rule. */
  readonly passes?: {
    readonly everyMs: number;
    readonly passWithinMs: number;
    readonly by: 'unit' | 'team';
    readonly graceMs: number;
  };
  /** How many units must not be together for how long while a place has nobody. Absent: nobody asks. */
  readonly bunching?: { readonly atLeast: number; readonly withinM: number; readonly holdMs: number };
  /** When checkpoints are to be manned, flat, and how. Absent: there is no checkpoint-window rule. */
  readonly windows?: {
    readonly at: readonly number[];
    readonly graceMs: number;
    readonly absenceMs: number;
    readonly handoverMs: number;
    readonly minPresenceMs: number;
  };
  /** What each checkpoint and zone holds of presence, and what a second of it is worth. Absent: there is no debt rule. */
  readonly debt?: {
    readonly creditMs: number;
    readonly worth: number;
    readonly clearMs: number;
    readonly graceMs: number;
  };
  /** How many intervals between visits to a checkpoint, how near to each other, can be guessed. Absent: nobody asks. */
  readonly rhythm?: {
    readonly revisits: number;
    readonly withinMs: number;
    readonly mergeMs: number;
    readonly leastIntervalMs: number;
  };
  /** How far each unit may be from the zone, where there is one, and for how long. Absent: there is no off-zone rule. */
  readonly offZone?: { readonly beyondM: number; readonly holdMs: number };
  /** How much of a visit to each checkpoint and route the lightbar must be on. Absent: there is no lights rule. */
  readonly lights?: { readonly leastPercent: number; readonly minVisitMs: number };
  /** How fast cars and motorcycles may be, and at the first place. Absent: there is no speeding rule. */
  readonly speed?: { readonly limitCmps: number; readonly atPlaceCmps: number; readonly holdMs: number };
}

export interface PlanSpec {
  readonly loggedAtMs: number;
  readonly inForceMs: number;
  readonly places: readonly PlaceSpec[];
  readonly units: readonly UnitSpec[];
  readonly rules: RulesSpec;
  /** How long a silence leaves a doubt, ms; else as long as the product says. */
  readonly possibleForMs?: number;
  /** Positions further than this from the middle, east or north, are none, m; else any is one. */
  readonly areaM?: number;
  /** An operation order that stands while the plan is in force: a post of its own, and a rule for it. */
  readonly order?: { readonly post: PlaceSpec; readonly gapMs: number };
  /** Logged in one append with the plan before it, as its next. */
  readonly nth?: number;
}

/** One fix as the receiver says it; absent is not said. */
export interface FixSpec {
  readonly tracker: string;
  /** Event time by the tracker's clock. */
  readonly ms: number;
  readonly at?: Point;
  readonly hdopCenti?: number;
  readonly accuracyDm?: number;
  readonly satellites?: number;
  readonly speedCmps?: number;
  readonly located?: boolean;
  readonly power?: boolean;
  readonly batteryPercent?: number;
  readonly lightbar?: boolean;
  readonly sos?: boolean;
  /** Its position is not new: the receiver had kept the last one. */
  readonly kept?: boolean;
  /** What its tracker makes of every position, far from the district. */
  readonly misplaced?: Misplacement;
  readonly backfill?: boolean;
}

/** How a tracker that is set up wrongly spoils each position in the same way. */
export type Misplacement = '5,000 km away' | 'coordinates × 0.1' | 'sign lost' | 'coordinates swapped';

/** A report that a tracker hands over, and again until it is acknowledged. Indices into `fixes`. */
export interface Delivery {
  readonly atMs: number;
  readonly tracker: string;
  readonly fixes: readonly number[];
}

/** What a supervisor does to the alert that stands `pick` th on the list then. */
export interface Act {
  readonly atMs: number;
  readonly pick: number;
  readonly action: ActionEntry['action'];
  /** Acts on a version before the one on the list. */
  readonly stale: boolean;
  /** Instead of any on the list: an alert that is closed by then, that nobody knows, or a call for help. */
  readonly about?: 'closed' | 'unknown' | 'call';
  /** The same action goes out again, so much later. */
  readonly againMs: number | null;
}

export interface TaskSpec {
  readonly loggedAtMs: number;
  readonly id: string;
  readonly task: TaskKind;
  readonly units: readonly string[];
  readonly places: readonly string[];
  readonly fromMs: number;
  readonly toMs: number | null;
}

/** What is said of a unit by radio, whatever its tracker says. */
export interface StatementSpec {
  readonly atMs: number;
  readonly id: string;
  readonly unit: string;
  /** Null: it is not at those of `notAt`. */
  readonly at: string | null;
  readonly notAt: readonly string[];
  readonly lastsMs: number;
  /** The same goes out again, so much later. */
  readonly againMs: number | null;
}

/** Calls that a process makes. `tell`: a commit call with alerts or visits in it. */
export type CallKind = 'append' | 'tick' | 'read' | 'open' | 'commit' | 'tell' | 'pointer' | 'file' | 'plan' | 'skip';
export type Moment = 'before' | 'after';

export type Fault =
  /** kill -9 at its next call of that kind, before or after Redis has carried it out; null: at once. */
  | {
      readonly kind: 'kill';
      readonly atMs: number;
      readonly process: number;
      readonly on: CallKind | null;
      readonly moment: Moment;
      readonly downMs: number;
    }
  /** Redis is killed and comes back with what it had. */
  | { readonly kind: 'redis-kill'; readonly atMs: number; readonly downMs: number }
  /**
   * A replica that is up to `behindMs` late, and without the last append, becomes the master: just before a call of that kind
   * arrives; null: at once.
   */
  | {
      readonly kind: 'failover';
      readonly atMs: number;
      readonly on: CallKind | null;
      readonly behindMs: number;
      readonly downMs: number;
    }
  | { readonly kind: 'redis-full'; readonly atMs: number; readonly lastsMs: number }
  /** A process stands still, from its next call of that kind on, or at once: a machine that is suspended, a network that is cut. */
  | {
      readonly kind: 'pause';
      readonly atMs: number;
      readonly process: number;
      readonly on: CallKind | null;
      readonly lastsMs: number;
    }
  /** A process's clock is wrong for a while, or until it is killed. */
  | {
      readonly kind: 'clock';
      readonly atMs: number;
      readonly process: number;
      readonly byMs: number;
      readonly lastsMs: number;
    }
  /**
   * Something that no protection holds back, a server of before, writes with a clock that is so far ahead; somebody resumes the log
   * later, or two at once do, and one of them logs the next plan. 0: nobody does.
   */
  | {
      readonly kind: 'log-ahead';
      readonly atMs: number;
      readonly byMs: number;
      readonly resumedAfterMs: number;
      readonly resumedBy: 0 | 1 | 2;
    }
  /** Both processes and all at once: nothing is logged. */
  | { readonly kind: 'outage'; readonly atMs: number; readonly lastsMs: number }
  /** Bytes that no fold can take. */
  | { readonly kind: 'poison'; readonly atMs: number }
  /** The newest snapshot file is gone, or other than it was written. */
  | { readonly kind: 'snapshot-spoilt'; readonly atMs: number; readonly missing: boolean };

export interface SubscriberSpec {
  readonly fromMs: number;
  /** Between two reads, at the most. */
  readonly everyMs: number;
  readonly page: number;
  /** Of each read: that its answer is lost and it resumes after what it saw last. */
  readonly lostAnswers: number;
}

/** What a unit truly does for a while, whatever its receiver says: the verdicts must agree with it. */
export interface Stay {
  /**
   * `inside`: well inside, with a walk just over the edge. `drifting`: parked well inside while the receiver's position
   * wanders. `beside`: inside, then parked just outside. `doubtful`: well inside, with a receiver that sleeps and is vague.
   * `useless`: wherever it is (`place` is empty), while its tracker talks and says nothing of that.
   */
  readonly kind: 'inside' | 'drifting' | 'beside' | 'doubtful' | 'useless';
  readonly unit: string;
  readonly place: string;
  readonly fromMs: number;
  readonly toMs: number;
}
