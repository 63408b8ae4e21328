import type { Fix, FixFlag } from '../../model/fix.js';
import type { TrackerFixes } from '../../model/snapshot.js';
import type { AgendaSlice } from '../agenda/slice.js';
import { sortedEntries } from '../collections.js';
import type { PlanSlice } from '../plan/slice.js';
import { NO_DRIVES, type RouteDrive } from './drives.js';
import { cloneFold, clonePlaceTrack, EMPTY_FOLD, isEmptyFold, type PlaceTrack, type UnitFold } from './fold.js';
import { forgetInFold, forgetUnused, isIdle } from './forget.js';
import { HeldFixes } from './held-fixes.js';
import { type Movement, NO_MOVEMENT } from './movement.js';
import { NO_RUNS, type Run } from './runs.js';
import { NO_SPOTS, type Spots } from './spots.js';
import type { UnitState } from './unit.js';

/** What the fixes of units come to. */
export interface TrackSlice {
  readonly units: Map<string, UnitState>;
  /** Fixes that were folded so far, each as often as it was: what the fold costs. Never in a snapshot. */
  foldedFixes: number;
  /** Fixes that never reached a unit's fold. */
  readonly counts: { duplicate: number; refused: number; flags: Partial<Record<FixFlag, number>> };
}

/** What this room may touch. */
export type TrackScope = TrackSlice & Readonly<PlanSlice & AgendaSlice>;

export function createTracks(): TrackSlice {
  return {
    units: new Map(),
    foldedFixes: 0,
    counts: { duplicate: 0, refused: 0, flags: {} },
  };
}

export interface TrackDump {
  readonly units: readonly UnitDump[];
  readonly counts: TrackSlice['counts'];
}

interface UnitDump extends Omit<UnitState, 'base' | 'head' | 'fixes' | 'standing' | 'checkpoints' | 'changedFromMs'> {
  readonly base: Omit<
    UnitFold,
    'places' | 'near' | 'changed' | 'outranked' | 'runs' | 'movement' | 'drives' | 'spots'
  > & {
    /** By rule. Absent where no rule has seen anything. */
    readonly runs?: readonly (readonly [string, readonly Run[]])[];
    /** By what rules ask. Absent where none asks whether it keeps moving. */
    readonly movement?: readonly (readonly [string, Movement])[];
    /** By route. Absent where it drove along none that is watched. */
    readonly drives?: readonly (readonly [string, RouteDrive])[];
    /** Absent where no rule asks who is near whom. */
    readonly spots?: Spots;
    /** Absent where no position ended a statement. */
    readonly outranked?: UnitFold['outranked'];
    readonly places: readonly (readonly [string, PlaceTrack])[];
  };
  /** The head is not stored: it is the base plus the first `folded` fixes that are not behind it, or has to be made again. */
  readonly hasHead: boolean;
  /** Where among the fixes behind the horizon those begin that the head was folded from; null: it was those within. */
  readonly standingFrom: number | null;
}

/** The slice, and beside it the fixes that it holds, unit by unit. */
export function dumpTracks(
  { units, counts }: TrackSlice,
  finalToMs: number,
): { readonly tracks: TrackDump; readonly fixes: readonly TrackerFixes[] } {
  const dumped = sortedEntries(units).map(([, unit]) => dumpUnit(unit, finalToMs));
  return {
    tracks: { units: dumped.map(({ dump }) => dump), counts },
    fixes: dumped.map(({ fixes }) => fixes),
  };
}

function dumpUnit(unit: UnitState, finalToMs: number): { readonly dump: UnitDump; readonly fixes: TrackerFixes } {
  const { base: _base, head, fixes, standing, checkpoints: _, changedFromMs: _changed, ...rest } = unit;
  const base = withoutForgotten(unit.base, finalToMs);
  const behind = lookedBackAt(base, fixes);
  const {
    places: _places,
    near: _near,
    changed: _toldChanges,
    outranked,
    runs,
    movement,
    drives,
    spots,
    ...folded
  } = base;
  const places = sortedEntries(base.places).map(([id, track]) => [id, { ...track, changed: false }] as const);
  return {
    dump: {
      ...rest,
      base: {
        ...folded,
        ...(runs.size === 0 ? {} : { runs: sortedEntries(runs) }),
        ...(movement.size === 0 ? {} : { movement: sortedEntries(movement) }),
        ...(drives.size === 0 ? {} : { drives: sortedEntries(drives) }),
        ...(spots.last === null ? {} : { spots }),
        ...(outranked.length === 0 ? {} : { outranked }),
        places,
      },
      folded: unit.folded - fixes.behind,
      hasHead: head !== null,
      standingFrom: standing === null ? null : behind.length,
    },
    fixes: heldOf(unit.id, fixes.firstOf(fixes.length), [...behind, ...(standing?.open() ?? [])]),
  };
}

/** As rows until they are asked for, once for each time: as objects all fixes of a district would be several times as much memory at once. */
function heldOf(tracker: string, rows: HeldFixes, points: readonly Fix[]): TrackerFixes {
  return {
    tracker,
    get fixes() {
      return rows.open();
    },
    points,
  };
}

/** Of the fixes behind the horizon those that the base may still ask for: its recent positions, and those that it may yet believe. */
function lookedBackAt({ recentFromMs, last, candidates }: UnitFold, fixes: HeldFixes): Fix[] {
  const found: Fix[] = [];
  for (let i = 0; i < fixes.behind; i += 1) {
    const atMs = fixes.timeMs(i);
    const isRecent = atMs >= recentFromMs && atMs <= (last?.eventTimeMs ?? 0) && fixes.isBelieved(i);
    if (isRecent || candidates.some(({ eventTimeMs }) => eventTimeMs === atMs)) found.push(fixes.at(i));
  }
  return found;
}

/** When it was last a checkpoint must not show: what is forgotten by now may have been forgotten before it was one, or after. */
function withoutForgotten(base: UnitFold, finalToMs: number): UnitFold {
  const fold = cloneFold(base);
  for (const [id, track] of base.places) if (!base.near.has(id)) fold.places.set(id, clonePlaceTrack(track));
  forgetInFold(fold, finalToMs);
  forgetUnused(fold);
  return fold;
}

/** A slice without heads: who restores the other rooms too makes those that `withHead` names again. */
export function restoreTracks(
  { units, counts }: TrackDump,
  fixes: readonly TrackerFixes[],
): { readonly tracks: TrackSlice; readonly withHead: readonly UnitState[] } {
  const restored = units.map((dump, i) => restoreUnit(dump, fixes[i] as TrackerFixes));
  return {
    tracks: {
      units: new Map(restored.map((unit) => [unit.id, unit])),
      foldedFixes: 0,
      counts,
    },
    withHead: restored.filter((_, i) => units[i]?.hasHead),
  };
}

function restoreUnit({ base: dumpedBase, hasHead: _, standingFrom, ...rest }: UnitDump, held: TrackerFixes): UnitState {
  const { places, outranked = [], runs, movement, drives, spots = NO_SPOTS, ...folded } = dumpedBase;
  const near = new Map(places.filter(([, track]) => !isIdle(track)));
  const changed = new Set<string>();
  const whole: UnitFold = {
    ...folded,
    outranked,
    runs: runs === undefined ? NO_RUNS : new Map(runs),
    movement: movement === undefined ? NO_MOVEMENT : new Map(movement),
    drives: drives === undefined ? NO_DRIVES : new Map(drives),
    spots,
    places: new Map(places),
    near,
    changed,
  };
  const base = isEmptyFold(whole) ? EMPTY_FOLD : whole;
  const behind = held.points.slice(0, standingFrom ?? held.points.length);
  const fixes = holdAgain(base, behind, held.fixes);
  const standing = standingFrom === null ? null : holdAgain(base, behind, held.points.slice(standingFrom));
  const wholeFolded = rest.folded + behind.length;
  return { ...rest, base, head: null, fixes, folded: wholeFolded, standing, checkpoints: [], changedFromMs: null };
}

/** Those that the base looks back at, of which it believes all up to its last position, and those that may still be joined by others. */
function holdAgain({ last }: UnitFold, behind: readonly Fix[], open: readonly Fix[]): HeldFixes {
  const fixes = HeldFixes.of([...behind, ...open], behind.length);
  for (const { eventTimeMs, position } of behind)
    if (eventTimeMs <= (last?.eventTimeMs ?? 0)) fixes.believe(eventTimeMs, position);
  return fixes;
}
