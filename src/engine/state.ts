import type { BoxGrid } from '../geo/box-grid.js';
import type { FenceHits, FenceIndex } from '../geo/fence-index.js';
import type { AlertVersion, StatedUnit } from '../model/alert.js';
import type { Fix } from '../model/fix.js';
import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../model/hot.js';
import type { FoldEntry, StatementEntry } from '../model/log-entry.js';
import { LOG_START, type LogId } from '../model/log-id.js';
import type { CompiledPlan, Intervals, PlanPlace, PlanRule, PlanUnit, Severity } from '../model/plan.js';
import type { VisitVersion } from '../model/visit.js';
import type { Episode } from './lib/episodes.js';
import type { Mark } from './lib/marks.js';
import { PresenceTable } from './lib/presence-table.js';
import type { SosMemory } from './lib/sos-calls.js';
import { Timers } from './lib/timers.js';
import type { Usefulness } from './lib/usefulness.js';

/** A change of this number means that equal logs may give other outputs (V1). */
export const FOLD_VERSION = 4;

/** A position that the track believes: located, usable, not an outlier. */
export interface TrackPoint {
  readonly fix: Fix;
  readonly eventTimeMs: number;
  readonly lngE7: number;
  readonly latE7: number;
  readonly sigmaM: number;
}

/**
 * A stretch between two positions that fences could use, too long to say where the unit was; or one between vague positions, or between
 * a vague one and the next, as long.
 */
export interface TraceHole {
  /** Null: there was none before. */
  readonly from: TrackPoint | null;
  /** The second position after it; the first until there is a second, and for good when that comes too late. */
  readonly to: TrackPoint;
  /** Event time of the first. */
  readonly firstMs: number;
}

/** One run of a unit in one place, in event time; what the `visits` stream tells as versions. */
export interface Visit {
  readonly innerFromMs: number;
  /** Last fix surely outside before it, or the last one before a hole; null: the trace begins with it. */
  readonly outerFromMs: number | null;
  /** Last fix inside so far. */
  innerToMs: number;
  /** First fix surely outside after `innerToMs`, or the first one after a hole, when there is one. */
  outerToMs: number | null;
  open: boolean;
  /** Event time of the fix that proved the visit closed for good; null until then. */
  closedAtMs: number | null;
  /** `outerFromMs`, `outerToMs` lie beyond a hole in the trace: nobody saw it come, or go. */
  readonly fromHole: boolean;
  toHole: boolean;
  /** A hole in the trace, or a plan without the place, may have cut it: its true length is not known. */
  cut: boolean;
  /** Stretches in which the unit stood still with its median position outside: possible, not proven. Flat intervals. */
  readonly weak: number[];
}

export type FencePhase = 'out' | 'entering' | 'in' | 'leaving' | 'left';

/** One unit against one place: the hysteresis of design section 8 and the visits that it made. */
export interface PlaceTrack {
  phase: FencePhase;
  /** `entering`: the first fix inside, and the last one before it that was surely outside, or before a hole. */
  enterMs: number;
  enterOuterMs: number | null;
  /** `entering`: there is a hole between those two. */
  enterAfterHole: boolean;
  /** The last fix surely outside, or the last one before a hole; null: none yet. And which of the two it is. */
  outsideMs: number | null;
  outsideBeforeHole: boolean;
  /** The latest fix was surely outside. */
  isOutside: boolean;
  /** `leaving`: the run of fixes outside beyond doubt. */
  leaveCount: number;
  leaveSinceMs: number;
  /** Event times inside of the last STATIONARY_WINDOW_MS. */
  readonly insideTimes: number[];
  /** The latest fix was weak: the stretch until the next one is only possible. */
  weakSinceMs: number | null;
  /** Since the last usable fix: the last vague one that agrees with being inside, and the first that rules it out. */
  agreedMs: number | null;
  lostMs: number | null;
  /** By usable fixes the unit may be inside: one alone is, or one is not surely outside. Until the next fix. */
  readonly possible: Mark;
  /** By vague fixes the unit may be inside. Counts only while it is out of sight. */
  readonly vague: Mark;
  readonly visits: Visit[];
  /** Something that a verdict may depend on changed with the fix that is being folded. */
  changed: boolean;
}

/** A unit standing still. */
export interface Stand {
  readonly lngE7: number;
  readonly latE7: number;
  readonly sinceMs: number;
  lastMs: number;
  /** Out of the disc since, and far from it beyond doubt since; null while not. */
  outSinceMs: number | null;
  farSinceMs: number | null;
  endedAtMs: number | null;
}

/** A place that the unit passed through between two fixes at most CROSS_GAP_MS apart, or with one fix inside. */
export interface Crossing {
  readonly place: string;
  /** The fix before and the fix after, both outside. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The one fix inside, if there was one. */
  readonly insideMs: number | null;
}

/** What was said of a unit by radio. */
export interface Statement extends Omit<StatementEntry, 'kind' | 'unit'> {
  /** Log time of its entry. */
  readonly statedAtMs: number;
}

export interface FoldCounts {
  admitted: number;
  outlier: number;
  noPosition: number;
  notLocated: number;
  outOfArea: number;
  nullIsland: number;
  tooVague: number;
}

/** What the fixes of one unit, in event-time order, come to. */
export interface UnitFold {
  planVersion: number;
  last: TrackPoint | null;
  /** Positions too far from `last` to believe, that agree among themselves. */
  candidates: TrackPoint[];
  /** Believed positions of the last STATIONARY_WINDOW_MS, for telling whether the unit stands. */
  recent: TrackPoint[];
  /** The last position that fences looked at. */
  lastFence: TrackPoint | null;
  /** The last vague position since then. */
  lastVague: TrackPoint | null;
  readonly crossings: Crossing[];
  readonly holes: TraceHole[];
  readonly places: Map<string, PlaceTrack>;
  /** Those that the next fix bears on, wherever it is. Derived. */
  readonly near: Map<string, PlaceTrack>;
  /** Places at which something that a verdict may depend on changed since this was last cleared; not part of the fold's meaning. */
  readonly changed: Set<string>;
  readonly stands: Stand[];
  /** Statements that a position ended, and its event time. */
  outranked: { readonly statementId: string; readonly atMs: number }[];
  readonly counts: FoldCounts;
}

/** `toMs` null: it goes on. */
export interface Silence {
  readonly ruleId: string;
  readonly fromMs: number;
  toMs: number | null;
  /** Null while it goes on, and where a plan ended it. */
  ending: 'report' | 'window' | null;
  /** It began with the unit's duty, not with the tracker's last word. */
  readonly sinceDutyStart: boolean;
}

/** `seen-once`: fences have had one position since it was out of sight, which may be one that the receiver had kept; or the latest
 * cannot be reached from the last believed. */
export type Sight = 'in-sight' | 'seen-once' | 'out-of-sight';

/** A unit's fold as of an instant: what comes late is folded in from the last one before it. */
export interface Checkpoint {
  /** Event time: every fix before it is folded, and none from it on. */
  readonly untilMs: number;
  readonly fold: UnitFold;
}

/** The last instant that was folded for good. */
export interface SettledInstant {
  readonly atMs: number;
  readonly saysWhere: boolean;
}

export interface UnitState {
  readonly id: string;
  /** What nothing that comes in time can come before: folded for good. */
  base: UnitFold;
  /** Fixes since then, at least those within the horizon, by event time: an instant a bucket, of each instant the copies that may count. */
  readonly fixes: Fix[];
  settled: SettledInstant | null;
  /** Between base and head, oldest first. Derived from `base` and `fixes`, never in a snapshot. */
  readonly checkpoints: Checkpoint[];
  /** `base` plus the first `folded` of `standing ?? fixes`; null when it must be made again at once. */
  head: UnitFold | null;
  folded: number;
  /** What `head` was folded from, when a fix arrived before its end: it stands until the unit is folded again. */
  standing: Fix[] | null;
  /** Event time from which on the checkpoints no longer hold; null: all do. Never in a snapshot. */
  changedFromMs: number | null;
  /** Engine's clock from which on it may be. */
  refoldFromMs: number;
  /** Log time at which the tracker last said anything. */
  lastHeardMs: number | null;
  /** Silences so far (log time) by the rule that found them, oldest first, those that may still be looked at. */
  readonly silences: Silence[];
  /** What its tracker's words are good for. */
  readonly use: Usefulness;
  /** Calls for help. */
  readonly sos: SosMemory;
  /** Log time of its last fix from the future, and of its last stored one. */
  clockFaultMs: number | null;
  /** Log time of its last fix with a position outside the district's area. */
  outOfAreaMs: number | null;
  backfillMs: number | null;
  /** As last judged: what its latest position said of where it was, and whether it was on duty. */
  sight: Sight;
  onDuty: boolean;
}

/** What is left of a place's past: the end of the last qualifying presence among what was pruned, and whose it was. */
export interface GapBase {
  coveredToMs: number;
  unit: string | null;
}

/** What remains known of a gap that began before `settledToMs` and goes on over it. */
export interface SettledDoubt {
  /** The last stretches before that instant in which it was sure that nobody was there, flat; one that ends there goes on. */
  readonly sure: readonly number[];
  /** The longest of all such stretches, and all of them together. */
  readonly longestMs: number;
  readonly sureMs: number;
  /** Who may have been there, sorted. */
  readonly units: readonly string[];
  /** The statements that bear on it, as evidence names them; absent: none does. */
  readonly stated?: readonly StatedUnit[];
}

export interface StandingAlert {
  version: AlertVersion;
  /** Engine's clock when a version last said something new of its times or its certainty. */
  judgedAtMs: number;
  /** Episodes, oldest first; within REOPEN_MS of each other (E4). */
  episodes: readonly Episode[];
  /** The rule's, as of the plan that it was last judged by. */
  ruleSeverity: Severity;
  /** Actions that were applied: a repeat changes nothing (O1). */
  readonly actionIds: string[];
}

export interface StandingVisit {
  version: VisitVersion;
  /** As `Visit.closedAtMs`: with it, the record is dropped together with the visit. */
  closedAtMs: number | null;
}

/** A plan with what is derived from it; derived parts are never in a snapshot. */
/** Most units of a rule fell silent together; log time. */
export interface NetworkOutage {
  readonly fromMs: number;
  toMs: number | null;
  /** Sorted; those that fall silent while it lasts join. */
  units: readonly string[];
  /** The most units on duty at any time in it. */
  onDuty: number;
}

export interface PlanInForce {
  readonly plan: CompiledPlan;
  readonly fromMs: number;
  readonly toMs: number;
  readonly index: FenceIndex;
  /** Of each place the box that it lies in, its width granted. */
  readonly boxes: BoxGrid;
  /** How far from a boundary `index` knows distances, metres. */
  readonly reachM: number;
  /** Scratch of `index`. */
  readonly hits: FenceHits;
  readonly placeById: ReadonlyMap<string, PlanPlace>;
  readonly unitById: ReadonlyMap<string, PlanUnit>;
  readonly unitByTracker: ReadonlyMap<string, PlanUnit>;
  readonly ruleById: ReadonlyMap<string, PlanRule>;
  /** The longest report interval of any unit. */
  readonly slowestIntervalMs: number;
}

/** What holds of a log from its `resume` on. */
export interface Resumed {
  /** Its log time, ms: fixes from before it come too late. */
  readonly atMs: number;
  /** The last plan before it, which the next one follows. */
  readonly planVersion: number;
  /** Whose the trackers were then. Calls for help go by it until the next plan takes force. */
  readonly unitByTracker: ReadonlyMap<string, string>;
}

export interface EngineState {
  district: string;
  /** The engine's clock: the last timer fired or entry applied. */
  nowMs: number;
  lastId: LogId;
  foldVersion: number;
  /** Whose outputs are told: the fold version that the log began with, or that took over last (V1); 0 before genesis. */
  toldBy: number;
  /** Parts of a takeover that has not come whole yet. */
  takeover: FoldEntry[];
  /** By version, oldest first; the last may still be waiting to take force. Replaced, never changed in place. */
  plans: readonly PlanInForce[];
  /** When windows that were open as the first of `plans` took force had opened; keys by formatWindows. */
  openSince: Map<string, number>;
  /** The last `resume` of the log; null: there was none. */
  resumed: Resumed | null;
  /** Version that was last announced as in force; 0 before the first. */
  planVersion: number;
  readonly units: Map<string, UnitState>;
  /** Keys by formatPlacePast. */
  readonly gapBases: Map<string, GapBase>;
  /** Keys by formatPlacePast, as of `settledToMs`. */
  gapDoubts: ReadonlyMap<string, SettledDoubt>;
  /** Visits, episodes and holes that ended before this are settled for good. */
  settledToMs: number;
  /** Holes in the log (T3), oldest first. */
  outages: { fromMs: number; toMs: number }[];
  /** Keys by formatAlertBook; oldest first. */
  readonly alerts: Map<string, StandingAlert[]>;
  /** By task id. */
  readonly tasks: Map<string, TaskRecord>;
  /** By unit, oldest first; lists are replaced, never changed in place. */
  readonly statements: Map<string, readonly Statement[]>;
  /** When units are out of service, by unit: derived from `tasks`, never in a snapshot. */
  outOfService: ReadonlyMap<string, Intervals>;
  /** Outages of the trackers' network by tracker-silence rule, oldest first. */
  readonly networkOutages: Map<string, NetworkOutage[]>;
  /** Keys by formatVisitBook; oldest first. */
  readonly visits: Map<string, StandingVisit[]>;
  lastAlert: number;
  lastVisit: number;
  readonly timers: Timers;
  /** Units with fixes not yet folded. */
  readonly dirtyUnits: Set<string>;
  /** Fixes that were folded so far, each as often as it was: what the fold costs. Never in a snapshot. */
  foldedFixes: number;
  /** Fixes that never reached a unit's fold. */
  readonly counts: { duplicate: number; refused: number; flags: Record<string, number> };
  /** Never in a snapshot. */
  readonly presence: PresenceTable;
  /** What hot state must be told; never in a snapshot (a rebuild writes all of it). */
  readonly touched: Touched;
}

/** Records as of the instant that touched them, so that they do not depend on where a batch was cut. Null: delete. */
export interface Touched {
  readonly positions: Map<string, PositionRecord | null>;
  readonly units: Map<string, UnitRecord | null>;
  readonly coverage: Map<string, CoverageRecord | null>;
  readonly tasks: Map<string, TaskRecord | null>;
  /** Last versions, and whether they still belong on the list of open alerts. */
  readonly alerts: Map<string, { readonly version: AlertVersion; readonly open: boolean }>;
}

export function createState(district: string, foldVersion = FOLD_VERSION): EngineState {
  return {
    district,
    nowMs: 0,
    lastId: LOG_START,
    foldVersion,
    toldBy: 0,
    takeover: [],
    plans: [],
    openSince: new Map(),
    resumed: null,
    planVersion: 0,
    units: new Map(),
    gapBases: new Map(),
    gapDoubts: new Map(),
    settledToMs: 0,
    outages: [],
    alerts: new Map(),
    tasks: new Map(),
    statements: new Map(),
    outOfService: new Map(),
    networkOutages: new Map(),
    visits: new Map(),
    lastAlert: 0,
    lastVisit: 0,
    timers: new Timers(),
    dirtyUnits: new Set(),
    foldedFixes: 0,
    counts: { duplicate: 0, refused: 0, flags: {} },
    presence: new PresenceTable(),
    touched: createTouched(),
  };
}

export function createTouched(): Touched {
  return { positions: new Map(), units: new Map(), coverage: new Map(), tasks: new Map(), alerts: new Map() };
}

export function createFold(): UnitFold {
  return {
    planVersion: 0,
    last: null,
    candidates: [],
    recent: [],
    lastFence: null,
    lastVague: null,
    crossings: [],
    holes: [],
    places: new Map(),
    near: new Map(),
    changed: new Set(),
    stands: [],
    outranked: [],
    counts: { admitted: 0, outlier: 0, noPosition: 0, notLocated: 0, outOfArea: 0, nullIsland: 0, tooVague: 0 },
  };
}

/** Every fold of the unit that something new to all of them must be told to. */
export function foldsOf({ base, checkpoints, head }: UnitState): readonly UnitFold[] {
  const folds = [base, ...checkpoints.map(({ fold }) => fold)];
  return head === null ? folds : [...folds, head];
}

/** Nothing of it counts as changed yet. */
export function cloneFold(fold: UnitFold): UnitFold {
  const places = new Map<string, PlaceTrack>();
  const near = new Map<string, PlaceTrack>();
  for (const [id, track] of fold.places) {
    const clone = clonePlaceTrack(track);
    places.set(id, clone);
    if (fold.near.has(id)) near.set(id, clone);
  }
  return {
    planVersion: fold.planVersion,
    last: fold.last,
    candidates: [...fold.candidates],
    recent: [...fold.recent],
    lastFence: fold.lastFence,
    lastVague: fold.lastVague,
    crossings: [...fold.crossings],
    holes: [...fold.holes],
    places,
    near,
    changed: new Set(),
    stands: fold.stands.map((stand) => ({ ...stand })),
    outranked: [...fold.outranked],
    counts: { ...fold.counts },
  };
}

function clonePlaceTrack(track: PlaceTrack): PlaceTrack {
  return {
    ...track,
    insideTimes: [...track.insideTimes],
    possible: { ...track.possible, intervals: [...track.possible.intervals] },
    vague: { ...track.vague, intervals: [...track.vague.intervals] },
    visits: track.visits.map((visit) => ({ ...visit, weak: [...visit.weak] })),
  };
}
