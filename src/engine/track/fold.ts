import type { Mark } from './marks.js';
import { type MovementByTerms, NO_MOVEMENT } from './movement.js';
import { type DrivesByRoute, NO_DRIVES } from './drives.js';
import { NO_RUNS, type RunsByRule } from './runs.js';
import { NO_SPOTS, type Spots } from './spots.js';

/** A position that the track believes: located, usable, not an outlier. */
export interface TrackPoint {
  readonly eventTimeMs: number;
  readonly lngE7: number;
  readonly latE7: number;
  readonly sigmaM: number;
  /** Null: its fix does not say. */
  readonly speedCmps: number | null;
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
  /** What fixes said of the lightbar while it lasted; absent where no rule asks. Replaced, never changed in place. */
  lights?: LightTime;
}

/** How long the lightbar of a unit was on, was off, and nobody can tell, ms, over its fixes inside one place. */
export interface LightTime {
  /** Event time of the last of them that counts, and what it said; null: the next one begins anew. */
  readonly lastMs: number | null;
  readonly lastOn: boolean | null;
  readonly onMs: number;
  readonly offMs: number;
  readonly notMeasuredMs: number;
}

export type FencePhase = 'out' | 'entering' | 'in' | 'leaving' | 'left';

/** One unit against one place: whether it is in, with hysteresis, and the visits that it made. */
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
  /** Event time of the first of the believed positions of the last STATIONARY_WINDOW_MS, and how many they are; they are held as fixes. */
  recentFromMs: number;
  recentCount: number;
  /** The last position that fences looked at. */
  lastFence: TrackPoint | null;
  /** The last vague position since then. */
  lastVague: TrackPoint | null;
  readonly crossings: Crossing[];
  readonly holes: TraceHole[];
  readonly places: Map<string, PlaceTrack>;
  /** Those that the next fix bears on, wherever it is; the others rest, and may be shared with other folds. Derived. */
  readonly near: Map<string, PlaceTrack>;
  /** Places at which something that a verdict may depend on changed since this was last cleared; not part of the fold's meaning. */
  readonly changed: Set<string>;
  readonly stands: Stand[];
  /** What rules that look at each position have seen of it. Replaced, never changed in place. */
  runs: RunsByRule;
  /** Whether it keeps moving, where a rule asks. Replaced, never changed in place. */
  movement: MovementByTerms;
  /** What it drove along routes that a rule watches. Replaced, never changed in place. */
  drives: DrivesByRoute;
  /** Where it was, minute by minute, where a rule asks who is near whom. Replaced, never changed in place. */
  spots: Spots;
  /** Statements that a position ended, and its event time. */
  outranked: { readonly statementId: string; readonly atMs: number }[];
  readonly counts: FoldCounts;
}

export function createFold(): UnitFold {
  return {
    planVersion: 0,
    last: null,
    candidates: [],
    recentFromMs: 0,
    recentCount: 0,
    lastFence: null,
    lastVague: null,
    crossings: [],
    holes: [],
    places: new Map(),
    near: new Map(),
    changed: new Set(),
    stands: [],
    runs: NO_RUNS,
    movement: NO_MOVEMENT,
    drives: NO_DRIVES,
    spots: NO_SPOTS,
    outranked: [],
    counts: { admitted: 0, outlier: 0, noPosition: 0, notLocated: 0, outOfArea: 0, nullIsland: 0, tooVague: 0 },
  };
}

/** What no fixes come to: shared by all units that nothing is known of, and never changed in place. */
export const EMPTY_FOLD: UnitFold = Object.freeze(createFold());

/** Whether no fix was ever folded into it. */
export function isEmptyFold({ counts }: UnitFold): boolean {
  return Object.values(counts).every((count) => count === 0);
}

/** Nothing of it counts as changed yet. Tracks that rest are shared: each fold clones its own before it goes on (`comeNear`). */
export function cloneFold(fold: UnitFold): UnitFold {
  const places = new Map(fold.places);
  const near = new Map<string, PlaceTrack>();
  for (const [id, track] of fold.near) {
    const clone = clonePlaceTrack(track);
    places.set(id, clone);
    near.set(id, clone);
  }
  return {
    planVersion: fold.planVersion,
    last: fold.last,
    candidates: [...fold.candidates],
    recentFromMs: fold.recentFromMs,
    recentCount: fold.recentCount,
    lastFence: fold.lastFence,
    lastVague: fold.lastVague,
    crossings: [...fold.crossings],
    holes: [...fold.holes],
    places,
    near,
    changed: new Set(),
    stands: fold.stands.map((stand) => ({ ...stand })),
    runs: fold.runs,
    movement: fold.movement,
    drives: fold.drives,
    spots: fold.spots,
    outranked: [...fold.outranked],
    counts: { ...fold.counts },
  };
}

export function clonePlaceTrack(track: PlaceTrack): PlaceTrack {
  return {
    ...track,
    insideTimes: [...track.insideTimes],
    possible: { ...track.possible, intervals: [...track.possible.intervals] },
    vague: { ...track.vague, intervals: [...track.vague.intervals] },
    visits: track.visits.map((visit) => ({ ...visit, weak: [...visit.weak] })),
  };
}
