import { assert } from '../../model/errors.js';
import { firstEndingAfter } from '../../model/intervals.js';
import type { Intervals, PlanUnit } from '../../model/plan.js';
import { planWithUnit, unitsSoFar } from '../plan/so-far.js';
import type { TraceHole, TrackPoint, UnitFold } from '../track/fold.js';
import type { Sight } from '../track/sight.js';
import type { UnitState } from '../track/unit.js';
import { lastJudged } from './judged.js';
import type { PresenceScope } from './slice.js';
import {
  findUnitAnywhere,
  findUnitAtPlace,
  findUnitDoubts,
  LOOK_AHEAD_MS,
  nextChangeMs,
  type UnitAtPlace,
  type UnitDoubts,
} from './unit-at-place.js';

/** What goes on is known so far ahead, and found anew when that is LOOK_AHEAD_MS no more. */
const AHEAD_MS = LOOK_AHEAD_MS + 2 * 3_600_000;

/** What the places of one unit are found from: while all of it holds, so do they. */
interface Basis {
  /** As last judged. `changing`: what is known of its whereabouts depends on the clock in more ways than by its end. */
  readonly sight: Sight | 'changing';
  readonly head: UnitFold | null;
  readonly holeCount: number;
  readonly lastHole: TraceHole | undefined;
  /** Where a unit that is out of sight was seen last. */
  readonly lastSeen: TrackPoint | null;
  /** Counts what was found anew for all units. */
  readonly generation: number;
}

/** What is kept of one unit. */
export interface UnitPlaces {
  readonly planned: PlanUnit;
  readonly basis: Basis;
  /** Null: it is changing, and nothing is kept. */
  readonly doubts: UnitDoubts | null;
  /** What holds at all places of the plan; null: it depends on the place. */
  readonly anywhere: UnitAtPlace | null;
  /** Empty if something holds at all. */
  readonly places: Map<string, UnitAtPlace>;
}

/** Where what is known of a unit's presence is other than it was. */
export interface PresenceChange {
  /** By now: places whose verdicts may depend on it; one may stand there twice. */
  readonly places: Iterable<string>;
  /** From then on, by place. */
  readonly later: ReadonlyMap<string, number>;
}

const NEVER: PresenceChange['later'] = new Map();

type Shared = Pick<PresenceScope, 'plans' | 'planVersion' | 'outOfService' | 'finalToMs' | 'outages'>;

/**
 * Which units were, are or may be at which places, kept from one settling instant to the next: at most places most units change nothing.
 * Stretches that go on have their end ahead. Derived from the state alone, so a restored one comes to the same; who changes a track in
 * place says so by `changeOf`.
 */
export class PresenceTable {
  readonly #units = new Map<string, UnitPlaces>();
  readonly #byPlace = new Map<string, Map<string, UnitAtPlace>>();
  /** Units of which the same holds at all places, most of them because they were never seen: of these nothing is kept by place. */
  readonly #anywhere = new Map<string, UnitAtPlace>();
  #shared: Shared | null = null;
  #outageCount = 0;
  #generation = 0;
  /** Units that may have changed since all were brought up to date: somebody has asked what was known of them. */
  readonly #suspects = new Set<string>();
  readonly #changing = new Map<string, PlanUnit>();
  /** The generation in which all units were last brought up to date, and the engine's clock until which that holds for the others. */
  #broughtIn = 0;
  #holdsUntilMs = 0;

  /** Brings all units up to date. Answers those that are changing. */
  bringUpToDate(state: PresenceScope): readonly PlanUnit[] {
    this.#checkShared(state);
    if (this.#broughtIn === this.#generation && state.nowMs < this.#holdsUntilMs) this.#recallSuspects(state);
    else this.#recallAll(state);
    this.#suspects.clear();
    return [...this.#changing.values()];
  }

  #recallAll(state: PresenceScope): void {
    const units = unitsSoFar(state);
    this.#holdsUntilMs = Number.POSITIVE_INFINITY;
    for (const planned of units) this.#recall(state, planned);
    if (this.#units.size > units.length) this.#dropOthers(units);
    this.#broughtIn = this.#generation;
  }

  /** Of all other units nothing has changed that `#holds` looks at. */
  #recallSuspects(state: PresenceScope): void {
    for (const ids of [this.#suspects, state.dirtyUnits, state.statements.keys(), this.#changing.keys()]) {
      for (const unitId of [...ids]) {
        const planned = planWithUnit(state, unitId)?.unitById.get(unitId);
        if (planned !== undefined) this.#recall(state, planned);
      }
    }
  }

  /** The units that are kept for a place. `bringUpToDate` must have been called at this instant. */
  at(placeId: string): Iterable<UnitAtPlace> {
    const here = this.#byPlace.get(placeId)?.values() ?? [];
    const isPlanned = this.#shared?.plans.some(({ placeById }) => placeById.has(placeId)) ?? false;
    return this.#anywhere.size === 0 || !isPlanned ? here : [...here, ...this.#anywhere.values()];
  }

  /** What is known of a unit as it stands; null: no plan has it. Whoever changes its track or its sight asks this before. */
  recall(state: PresenceScope, unitId: string): UnitPlaces | null {
    this.#checkShared(state);
    this.#suspects.add(unitId);
    const planned = planWithUnit(state, unitId)?.unitById.get(unitId);
    return planned === undefined ? null : this.#recall(state, planned);
  }

  /**
   * Brings one unit up to date, its track at `changed` places too, and compares. Null: it was changing, or is.
   *
   * @param before what `recall` answered before any of it changed
   */
  changeOf(state: PresenceScope, before: UnitPlaces, changed: readonly string[]): PresenceChange | null {
    const after = this.#recall(state, before.planned);
    if (after === before) {
      for (const placeId of changed) this.#renew(state, after, placeId);
      return before.doubts === null ? null : { places: changed, later: NEVER };
    }
    if (before.doubts === null || after.doubts === null) return null;
    const places = new Set(changed);
    const later = new Map<string, number>();
    for (const placeId of new Set([...placesOf(state, before), ...placesOf(state, after)])) {
      const now = after.anywhere ?? after.places.get(placeId);
      if (!isSameOver(before.anywhere ?? before.places.get(placeId), now, state)) places.add(placeId);
      const nextMs = now === undefined ? null : nextChangeMs(now, state.nowMs);
      if (nextMs !== null) later.set(placeId, nextMs);
    }
    return { places, later };
  }

  #checkShared(state: PresenceScope): void {
    const { plans, planVersion, outOfService, finalToMs, outages } = state;
    const was = this.#shared;
    const holds =
      was !== null &&
      was.plans === plans &&
      was.planVersion === planVersion &&
      was.outOfService === outOfService &&
      was.finalToMs === finalToMs &&
      was.outages === outages &&
      this.#outageCount === outages.length;
    if (holds) return;
    this.#shared = { plans, planVersion, outOfService, finalToMs, outages };
    this.#outageCount = outages.length;
    this.#generation += 1;
  }

  /** Units that no plan has any more. */
  #dropOthers(units: readonly PlanUnit[]): void {
    const ids = new Set(units.map(({ id }) => id));
    for (const [unitId, { places }] of this.#units) {
      if (ids.has(unitId)) continue;
      for (const placeId of places.keys()) this.#byPlace.get(placeId)?.delete(unitId);
      this.#units.delete(unitId);
      this.#anywhere.delete(unitId);
      this.#changing.delete(unitId);
    }
  }

  #recall(state: PresenceScope, planned: PlanUnit): UnitPlaces {
    const known = this.#units.get(planned.id);
    const found = known !== undefined && this.#holds(state, known) ? known : this.#findAnew(state, planned, known);
    if (found.doubts === null) this.#changing.set(planned.id, planned);
    else {
      this.#changing.delete(planned.id);
      this.#holdsUntilMs = Math.min(this.#holdsUntilMs, found.doubts.untilMs - LOOK_AHEAD_MS);
    }
    return found;
  }

  #findAnew(state: PresenceScope, planned: PlanUnit, known: UnitPlaces | undefined): UnitPlaces {
    const basis = basisOf(state, planned.id, this.#generation);
    const doubts =
      basis.sight === 'changing' ? null : findUnitDoubts(state, planned, basis.sight, state.nowMs + AHEAD_MS);
    const anywhere = doubts === null ? null : findUnitAnywhere(planned, doubts);
    const found: UnitPlaces = { planned, basis, doubts, anywhere, places: anywhere === null ? new Map() : NO_PLACES };
    for (const placeId of known?.places.keys() ?? []) this.#byPlace.get(placeId)?.delete(planned.id);
    this.#units.set(planned.id, found);
    if (anywhere === null) this.#anywhere.delete(planned.id);
    else this.#anywhere.set(planned.id, anywhere);
    if (doubts === null || anywhere !== null) return found;
    for (const placeId of new Set([...(basis.head?.places.keys() ?? []), ...doubts.byPlace.keys()]))
      this.#renew(state, found, placeId);
    return found;
  }

  #holds(state: PresenceScope, { planned, basis, doubts }: UnitPlaces): boolean {
    const unit = state.units.get(planned.id);
    const head = unit?.head ?? null;
    if (basis.generation !== this.#generation || basis.head !== head) return false;
    const sight = sightOfBasis(state, planned.id, unit);
    if (sight !== basis.sight || (doubts !== null && state.nowMs >= doubts.untilMs - LOOK_AHEAD_MS)) return false;
    return (
      head === null ||
      (basis.holeCount === head.holes.length &&
        basis.lastHole === head.holes.at(-1) &&
        (sight !== 'out-of-sight' || basis.lastSeen === head.lastFence))
    );
  }

  #renew(state: PresenceScope, { planned, places, doubts, anywhere }: UnitPlaces, placeId: string): void {
    assert(anywhere === null, 'a unit with a track at a place is not the same at all');
    const one = doubts === null ? null : findUnitAtPlace(state, planned, doubts, placeId);
    if (one === null) {
      places.delete(placeId);
      this.#byPlace.get(placeId)?.delete(planned.id);
      return;
    }
    places.set(placeId, one);
    this.#unitsAt(placeId).set(planned.id, one);
  }

  #unitsAt(placeId: string): Map<string, UnitAtPlace> {
    const known = this.#byPlace.get(placeId);
    if (known !== undefined) return known;
    const units = new Map<string, UnitAtPlace>();
    this.#byPlace.set(placeId, units);
    return units;
  }
}

/** Shared by all units of which the same holds at all places. */
const NO_PLACES = new Map<string, UnitAtPlace>();

/** The places at which a unit was, or may be. */
function placesOf({ plans }: PresenceScope, { anywhere, places }: UnitPlaces): Iterable<string> {
  return anywhere === null ? places.keys() : plans.flatMap(({ placeById }) => [...placeById.keys()]);
}

function basisOf(state: PresenceScope, unitId: string, generation: number): Basis {
  const unit = state.units.get(unitId);
  const head = unit?.head ?? null;
  const sight = sightOfBasis(state, unitId, unit);
  return {
    sight,
    head,
    holeCount: head?.holes.length ?? 0,
    lastHole: head?.holes.at(-1),
    lastSeen: sight === 'out-of-sight' ? (head?.lastFence ?? null) : null,
    generation,
  };
}

function sightOfBasis(state: PresenceScope, unitId: string, unit: UnitState | undefined): Basis['sight'] {
  const head = unit?.head ?? null;
  if (unit === undefined || head === null || state.statements.has(unitId)) return 'changing';
  return head.candidates.length > 0 || head.lastVague !== null ? 'changing' : lastJudged(state, unitId).sight;
}

/** Whether both say the same of the time that is not final, up to now. */
function isSameOver(
  a: UnitAtPlace | undefined,
  b: UnitAtPlace | undefined,
  { finalToMs, nowMs }: Pick<PresenceScope, 'finalToMs' | 'nowMs'>,
): boolean {
  return (
    isSameWithin(a?.covered ?? [], b?.covered ?? [], finalToMs, nowMs) &&
    isSameWithin(a?.possible ?? [], b?.possible ?? [], finalToMs, nowMs)
  );
}

function isSameWithin(a: Intervals, b: Intervals, fromMs: number, toMs: number): boolean {
  let [i, j] = [firstEndingAfter(a, fromMs - 1), firstEndingAfter(b, fromMs - 1)];
  for (; ; i += 2, j += 2) {
    const [aFrom, bFrom] = [a[i] ?? Number.POSITIVE_INFINITY, b[j] ?? Number.POSITIVE_INFINITY];
    if (aFrom > toMs && bFrom > toMs) return true;
    if (aFrom !== bFrom || Math.min(a[i + 1] as number, toMs) !== Math.min(b[j + 1] as number, toMs)) return false;
  }
}
