import { EMPTY_FOLD, type UnitFold } from './fold.js';
import { HeldFixes } from './held-fixes.js';
import { createUsefulness, type Usefulness } from './usefulness.js';

/** A unit's fold as of an instant: what comes late is folded in from the last one before it. */
export interface Checkpoint {
  /** Event time: every fix before it is folded, and none from it on. */
  readonly untilMs: number;
  /** Event time of the last fix before it. */
  readonly lastMs: number;
  readonly fold: UnitFold;
}

/** The last instant that was folded for good. */
export interface BaseEnd {
  readonly atMs: number;
  readonly saysWhere: boolean;
}

/** What is known of a unit by its fixes. */
export interface UnitState {
  readonly id: string;
  /** What nothing that comes in time can come before: folded for good. */
  base: UnitFold;
  /** Fixes since then, at least those within the horizon, by event time: an instant a bucket, of each instant the copies that may count. */
  readonly fixes: HeldFixes;
  /** Where `base` ends; null: it is empty. */
  baseEnd: BaseEnd | null;
  /** Between base and head, oldest first. Derived from `base` and `fixes`, never in a snapshot. */
  readonly checkpoints: Checkpoint[];
  /** `base` plus those of the first `folded` of `standing ?? fixes` that are not behind it; null when it must be made again at once. */
  head: UnitFold | null;
  folded: number;
  /** What `head` was folded from, when a fix arrived before its end: it stands until the unit is folded again. */
  standing: HeldFixes | null;
  /** Event time from which on the checkpoints no longer hold; null: all do. Never in a snapshot. */
  changedFromMs: number | null;
  /** Engine's clock from which on it may be. */
  refoldFromMs: number;
  /** Log time at which the tracker last said anything. */
  lastHeardMs: number | null;
  /** What its tracker's words are good for. */
  readonly use: Usefulness;
  /** Log time of its last fix from the future, and of its last stored one. */
  clockFaultMs: number | null;
  /** Log time of its last fix with a position outside the district's area. */
  outOfAreaMs: number | null;
  backfillMs: number | null;
}

/** The state of a unit; a new one where nothing of it is known. */
export function unitState({ units }: { readonly units: Map<string, UnitState> }, unitId: string): UnitState {
  const known = units.get(unitId);
  if (known !== undefined) return known;
  const unit = createUnit(unitId);
  units.set(unitId, unit);
  return unit;
}

export function createUnit(id: string): UnitState {
  return {
    id,
    base: EMPTY_FOLD,
    fixes: new HeldFixes(),
    baseEnd: null,
    checkpoints: [],
    head: EMPTY_FOLD,
    folded: 0,
    standing: null,
    changedFromMs: null,
    refoldFromMs: 0,
    lastHeardMs: null,
    use: createUsefulness(),
    clockFaultMs: null,
    outOfAreaMs: null,
    backfillMs: null,
  };
}

/** Every fold of the unit that something new to all of them must be told to; in the one that all units share there is nothing to change. */
export function foldsOf({ base, checkpoints, head }: UnitState): readonly UnitFold[] {
  const folds = [base, ...checkpoints.map(({ fold }) => fold), ...(head === null ? [] : [head])];
  return folds.filter((fold) => fold !== EMPTY_FOLD);
}

/** The fixes that a fold of the unit was made of. */
export function fixesOf({ head, standing, fixes }: UnitState, fold: UnitFold): HeldFixes {
  return fold === head && standing !== null ? standing : fixes;
}
