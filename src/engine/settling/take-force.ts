import { announcePlan } from '../plan/plan-change.js';
import { endSilences } from '../rules/tracker-silence/judge.js';
import type { EngineState } from '../state.js';
import type { Agenda } from './agenda.js';

/** The plan whose instant has come takes force: all that it has is judged by it, and what it removes loses its hot state. */
export function takeForce(state: EngineState, agenda: Agenda): void {
  const change = announcePlan(state);
  if (change === null) return;
  agenda.change = change;
  const { plan, removed } = change;
  for (const id of removed.units) {
    state.touched.positions.set(id, null);
    state.touched.units.set(id, null);
    endSilences(state, id, plan.fromMs);
  }
  for (const id of removed.places) state.touched.coverage.set(id, null);
  for (const id of change.units) agenda.units.set(id, 'plan');
  for (const id of change.places) agenda.places.set(id, 'plan');
  for (const id of change.scopes) agenda.scopes.set(id, 'plan');
}
