import { BeatwatchError } from '../model/errors.js';
import type { TaskRecord } from '../model/hot.js';
import type { CompiledPlan } from '../model/plan.js';
import type { SnapshotDump, TrackerFixes } from '../model/snapshot.js';
import { cursorOf } from './hot-view.js';
import { indexPoints, type PointIndex, pointsAt } from './lib/fold-points.js';
import { findOutOfService } from './lib/out-of-service.js';
import { putInForce } from './lib/plans.js';
import { foldFixes, foldWithCheckpoints } from './fold-unit.js';
import { forgetInFold, isIdle } from './lib/forget-in-fold.js';
import {
  cloneFold,
  createState,
  type EngineState,
  FOLD_VERSION,
  type NetworkOutage,
  type PlaceTrack,
  type Resumed,
  type SettledDoubt,
  type Statement,
  type UnitFold,
  type UnitState,
} from './state.js';

/** The state as a tree of plain values in a fixed order, so that equal states have equal bytes (D2). */
export function dumpState(state: EngineState): SnapshotDump {
  const units = sortedEntries(state.units).map(([, unit]) => {
    const base = withoutForgotten(unit.base, state.settledToMs);
    return { unit, base, behind: indexPoints(base) };
  });
  return {
    foldVersion: state.foldVersion,
    cursor: cursorOf(state),
    state: {
      district: state.district,
      nowMs: state.nowMs,
      toldBy: state.toldBy,
      takeover: state.takeover,
      plans: state.plans.map(({ plan }) => plan),
      openSince: sortedEntries(state.openSince),
      planVersion: state.planVersion,
      ...(state.resumed === null
        ? {}
        : { resumed: { ...state.resumed, unitByTracker: sortedEntries(state.resumed.unitByTracker) } }),
      units: units.map(({ unit, base, behind }) => dumpUnit(unit, base, behind.index, behind.fixes.length)),
      gapBases: sortedEntries(state.gapBases),
      gapDoubts: sortedEntries(state.gapDoubts),
      settledToMs: state.settledToMs,
      outages: state.outages,
      alerts: sortedEntries(state.alerts),
      tasks: sortedEntries(state.tasks),
      ...(state.statements.size === 0 ? {} : { statements: sortedEntries(state.statements) }),
      networkOutages: sortedEntries(state.networkOutages),
      visits: sortedEntries(state.visits),
      timers: state.timers.entries(),
      dirtyUnits: [...state.dirtyUnits].sort(),
      counts: state.counts,
    },
    fixes: units.map(({ unit, behind }) => ({
      tracker: unit.id,
      fixes: unit.fixes,
      points: [...behind.fixes, ...(unit.standing ?? [])],
    })),
  };
}

interface Dumped
  extends Omit<
    EngineState,
    | 'plans'
    | 'openSince'
    | 'units'
    | 'gapBases'
    | 'gapDoubts'
    | 'alerts'
    | 'tasks'
    | 'statements'
    | 'outOfService'
    | 'networkOutages'
    | 'visits'
    | 'timers'
    | 'dirtyUnits'
    | 'foldedFixes'
    | 'presence'
    | 'touched'
    | 'resumed'
  > {
  /** Absent in most: few logs were ever resumed. */
  readonly resumed?: Omit<Resumed, 'unitByTracker'> & {
    readonly unitByTracker: readonly (readonly [string, string])[];
  };
  readonly plans: readonly CompiledPlan[];
  readonly openSince: readonly (readonly [string, number])[];
  readonly units: readonly DumpedUnit[];
  readonly gapBases: readonly (readonly [string, { coveredToMs: number; unit: string | null }])[];
  readonly gapDoubts: readonly (readonly [string, SettledDoubt])[];
  readonly alerts: [string, never[]][];
  readonly tasks: [string, TaskRecord][];
  /** Absent where nothing was said. */
  readonly statements?: [string, Statement[]][];
  readonly networkOutages: [string, NetworkOutage[]][];
  readonly visits: [string, never[]][];
  readonly timers: readonly (readonly [string, number])[];
  readonly dirtyUnits: readonly string[];
}

interface DumpedUnit extends Omit<UnitState, 'base' | 'head' | 'fixes' | 'standing' | 'checkpoints' | 'changedFromMs'> {
  readonly base: Omit<UnitFold, 'places' | 'near' | 'changed' | 'outranked' | keyof PointIndex> & {
    /** Absent where no position ended a statement. */
    readonly outranked?: UnitFold['outranked'];
    readonly places: readonly (readonly [string, PlaceTrack])[];
    readonly points: PointIndex;
  };
  /** The head is not stored: it is the base plus the first `folded` fixes, or has to be made again. */
  readonly hasHead: boolean;
  /** Where among the fixes behind the horizon those begin that the head was folded from; null: it was those within. */
  readonly standingFrom: number | null;
}

/** When it was last a checkpoint must not show: what is forgotten by now may have been forgotten before it was one, or after. */
function withoutForgotten(base: UnitFold, settledToMs: number): UnitFold {
  const fold = cloneFold(base);
  forgetInFold(fold, settledToMs);
  for (const [id, track] of fold.places) forgetUnused(track, fold.near.has(id));
  return fold;
}

/** What only counts in another phase of the track, or will be known anew when a fix comes near. */
function forgetUnused(track: PlaceTrack, isNear: boolean): void {
  if (track.phase !== 'entering') Object.assign(track, { enterMs: 0, enterOuterMs: null, enterAfterHole: false });
  if (track.phase !== 'leaving') Object.assign(track, { leaveCount: 0, leaveSinceMs: 0 });
  if (!isNear) Object.assign(track, { outsideMs: null, outsideBeforeHole: false });
}

function dumpUnit(unit: UnitState, base: UnitFold, points: PointIndex, behind: number): DumpedUnit {
  const { base: _base, head, fixes: _fixes, standing, checkpoints: _, changedFromMs: _changed, ...rest } = unit;
  const standingFrom = standing === null ? null : behind;
  const { planVersion, crossings, stands, outranked, counts } = base;
  const places = sortedEntries(base.places).map(([id, track]) => [id, { ...track, changed: false }] as const);
  return {
    ...rest,
    base: { planVersion, crossings, stands, ...(outranked.length === 0 ? {} : { outranked }), counts, places, points },
    hasHead: head !== null,
    standingFrom,
  };
}

/** The plans that the state knew, oldest first: from two horizons back on, and any that was still to take force. */
export function plansOf(dump: SnapshotDump): readonly CompiledPlan[] {
  return (dump.state as Dumped).plans;
}

/**
 * The state that `dumpState` told, ready to go on. Errors: `snapshot-fold-version` when another fold made it. The tree is
 * trusted beyond that: the codec has checked its hash.
 */
export function restoreState(dump: SnapshotDump, foldVersion = FOLD_VERSION): EngineState {
  if (dump.foldVersion !== foldVersion) {
    throw new BeatwatchError(
      'snapshot-fold-version',
      `snapshot: got fold version ${dump.foldVersion}, expected ${foldVersion}`,
    );
  }
  const tree = structuredClone(dump.state) as Dumped;
  const state: EngineState = {
    ...createState(tree.district, foldVersion),
    toldBy: tree.toldBy,
    takeover: tree.takeover,
    nowMs: tree.nowMs,
    lastId: dump.cursor.logId,
    lastAlert: dump.cursor.lastAlert,
    lastVisit: dump.cursor.lastVisit,
    planVersion: tree.planVersion,
    resumed:
      tree.resumed === undefined ? null : { ...tree.resumed, unitByTracker: new Map(tree.resumed.unitByTracker) },
    openSince: new Map(tree.openSince),
    settledToMs: tree.settledToMs,
    outages: tree.outages,
    gapBases: new Map(tree.gapBases),
    gapDoubts: new Map(tree.gapDoubts),
    alerts: new Map(tree.alerts),
    tasks: new Map(tree.tasks),
    statements: new Map(tree.statements),
    outOfService: findOutOfService(tree.tasks.map(([, task]) => task)),
    networkOutages: new Map(tree.networkOutages),
    visits: new Map(tree.visits),
    dirtyUnits: new Set(tree.dirtyUnits),
    counts: tree.counts,
    plans: tree.plans.map((plan, i) => {
      const next = tree.plans[i + 1];
      const inForce = putInForce(plan);
      return next === undefined ? inForce : { ...inForce, toMs: next.inForceFromMs };
    }),
  };
  state.timers.restore(tree.timers);
  for (const [i, dumped] of tree.units.entries()) {
    const unit = restoreUnit(state, dumped, dump.fixes[i] as TrackerFixes);
    state.units.set(unit.id, unit);
  }
  return state;
}

function restoreUnit(state: EngineState, dumped: DumpedUnit, held: TrackerFixes): UnitState {
  const { base: dumpedBase, hasHead, standingFrom, ...rest } = dumped;
  const { places, points, outranked = [], ...folded } = dumpedBase;
  const behind = held.points.slice(0, standingFrom ?? held.points.length);
  const standing = standingFrom === null ? null : held.points.slice(standingFrom);
  const near = new Map(places.filter(([, track]) => !isIdle(track)));
  const changed = new Set<string>();
  const base: UnitFold = { ...folded, outranked, places: new Map(places), near, changed, ...pointsAt(behind, points) };
  const fixes = [...held.fixes];
  const unit: UnitState = { ...rest, base, head: null, fixes, standing, checkpoints: [], changedFromMs: null };
  if (!hasHead) return unit;
  const head = cloneFold(base);
  if (standing !== null) foldFixes(state, head, unit.id, standing, 0, unit.folded);
  else {
    const { folded } = unit;
    unit.folded = 0;
    foldWithCheckpoints(state, unit, head, folded);
  }
  head.changed.clear();
  return { ...unit, head };
}

function sortedEntries<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
