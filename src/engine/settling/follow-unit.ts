import { foldUnit } from '../fold-unit.js';
import { placesSoFar } from '../plan/so-far.js';
import { lastJudged } from '../presence/judged.js';
import type { EngineState } from '../state.js';
import { movementMark, NO_MOVEMENT } from '../track/movement.js';
import { unitState } from '../track/unit.js';
import { toldPlaces, updateCrossings, updateVisits } from '../visits/visits.js';
import type { Agenda, Outputs } from './agenda.js';

/** Brings a unit's track up to date, tells what its visits come to now, and says what is to be judged for it. */
export function followUnit(state: EngineState, unitId: string, agenda: Agenda, out: Outputs): void {
  const unit = unitState(state, unitId);
  const before = state.presence.recall(state, unitId);
  const movedBefore = movementMark(unit.head?.movement ?? NO_MOVEMENT);
  const folded = foldUnit(state, unit);
  const { head, late, waits, isMadeAgain, unseenChanged } = folded;
  if (!waits) state.dirtyUnits.delete(unitId);
  // Of what a unit that was made again came to before, only what was told is known.
  const all = isMadeAgain ? placesSoFar(state) : NONE;
  const visited = distinct(folded.visited, toldPlaces(state, unitId, 'visit', all));
  const passed = distinct(folded.passed, toldPlaces(state, unitId, 'cross', all));
  agenda.units.set(unitId, late ? 'late-data' : 'fix');
  // Of a unit that was out of sight, the last fix says which places it may have reached since.
  const everywhere = late || unseenChanged || lastJudged(state, unitId).sight !== 'in-sight';
  const moves = movementMark(head.movement) !== movedBefore;
  agenda.followed.set(unitId, { visited, before, everywhere, moves });
  for (const place of folded.driven) {
    if (agenda.places.get(place) !== 'late-data') agenda.places.set(place, late ? 'late-data' : 'fix');
  }
  for (const place of visited)
    out.visits.push(...updateVisits(state, unitId, place, head.places.get(place)?.visits ?? []));
  for (const place of passed) {
    const crossings = head.crossings.filter((crossing) => crossing.place === place);
    out.visits.push(...updateCrossings(state, unitId, place, crossings));
  }
}

const NONE: readonly string[] = [];

/** Each once, sorted. */
function distinct(a: readonly string[], b: readonly string[]): readonly string[] {
  if (a.length + b.length < 2) return a.length > 0 ? a : b;
  return [...new Set([...a, ...b])].sort();
}
