import { earlier } from '../agenda/instants.js';
import { setLook } from '../agenda/looks.js';
import { sortedIds } from '../collections.js';
import { coverageRecord } from '../hot/records.js';
import type { PlanInForce } from '../plan/slice.js';
import { planWithPlace } from '../plan/so-far.js';
import { findWhereabouts, type Whereabouts } from '../presence/presence.js';
import { judgePlace } from '../rules/place-rules.js';
import type { EngineState } from '../state.js';
import type { Agenda, Outputs } from './agenda.js';
import { tell } from './tell.js';

/** Judges the places on the agenda, and tells what comes of it. */
export function settlePlaces(state: EngineState, plan: PlanInForce, agenda: Agenda, out: Outputs): void {
  if (agenda.places.size === 0) return;
  const where = findWhereabouts(state);
  for (const placeId of sortedIds(agenda.places.keys())) settlePlace(state, where, plan, placeId, agenda, out);
}

function settlePlace(
  state: EngineState,
  where: Whereabouts,
  plan: PlanInForce,
  placeId: string,
  agenda: Agenda,
  out: Outputs,
): void {
  const last = planWithPlace(state, placeId);
  const place = last?.placeById.get(placeId);
  if (last === null || place === undefined) return;
  const { judgements, nextMs, dueMs, route } = judgePlace(state, where, last, place);
  const latchMs = tell(state, judgements, agenda.places.get(placeId) ?? 'timer', out);
  if (last !== plan) return setLook(state, { kind: 'place', place: placeId }, latchMs);
  setLook(state, { kind: 'place', place: placeId }, earlier(nextMs, latchMs));
  state.touched.coverage.set(placeId, coverageRecord(state, where, plan, place, { dueMs, route }));
}
