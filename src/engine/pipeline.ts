import type { AlertVersion } from '../model/alert.js';
import { unreachable } from '../model/errors.js';
import type { TimerKey } from '../model/fold-keys.js';
import type { EntryOutputs } from '../model/hot.js';
import { OUTAGE_HOLE_MS, PRUNE_EVERY_MS } from '../model/limits.js';
import type { LogEntry } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import { nextSettleMs } from './agenda/instants.js';
import { closeByPlan, isGone } from './alerts/alerts.js';
import { keepUp } from './alerts/upkeep.js'; //                     what time alone does to alerts
import { applyEntry } from './apply-entry.js'; //                   admit (usable? new?), plans, acts, statements, calls for help
import { sortedIds } from './collections.js';
import { currentPlan } from './plan/plans.js';
import { placesSoFar, scopesSoFar } from './plan/so-far.js';
import { prune } from './prune.js'; //                              what is final is forgotten
import { isResume, resume } from './resume.js'; //                  a log that was ahead of the clock goes on
import { type Agenda, createAgenda, type Outputs } from './settling/agenda.js';
import { followUnit } from './settling/follow-unit.js'; //          track, fences, stands, visits
import { settlePlaces } from './settling/settle-places.js'; //      coverage: rules → alerts → hot records
import { settleScopes } from './settling/settle-scopes.js'; //      strength of the district: rules → alerts
import { settleUnits } from './settling/settle-units.js'; //        dwell, silence: rules → alerts → hot records
import { takeForce } from './settling/take-force.js'; //            which plan is in force
import { occasionOf, planAllUpkeep, planUpkeep } from './settling/tell.js';
import type { EngineState } from './state.js';
import { unitState } from './track/unit.js';

/**
 * The fold: one log entry changes the state and brings about outputs. First every timer due at or before the entry's log
 * time fires, at its due time (T1); then the entry applies itself. A call for help is told at once. Else fixes only change tracks: visits
 * and verdicts follow at the next settling instant, so they do not depend on how the fixes of one second were cut into entries.
 * Throws only on a bug; the state is then spoilt.
 *
 * @param atMs the entry's log time, where its id is ahead of it
 */
export function step(state: EngineState, id: LogId, entry: LogEntry, atMs = id.ms): EntryOutputs {
  const out: Outputs = { alerts: [], visits: [] };
  state.lastId = id;
  if (entry.kind === 'resume' && isResume(state, entry)) {
    settleWaiting(state, out);
    resume(state, entry, out);
    planAllUpkeep(state);
    return { logId: id, ...out };
  }
  if (state.nowMs > 0 && atMs - state.nowMs > OUTAGE_HOLE_MS) noteOutage(state, atMs);
  fireTimers(state, atMs, out);
  state.nowMs = Math.max(state.nowMs, atMs);
  applyEntry(state, entry, out);
  if (state.dirtyUnits.size > 0) state.timers.setEarlier({ kind: 'settle' }, nextSettleMs(state.nowMs));
  return { logId: id, ...out };
}

/** Nobody knows who was anywhere in it: what is said of gaps that go on changes at once. */
function noteOutage(state: EngineState, toMs: number): void {
  state.outages.push({ fromMs: state.nowMs, toMs });
  for (const place of placesSoFar(state)) state.timers.setEarlier({ kind: 'place', place }, nextSettleMs(toMs));
  for (const ruleId of scopesSoFar(state).keys())
    state.timers.setEarlier({ kind: 'scope', ruleId }, nextSettleMs(toMs));
}

function fireTimers(state: EngineState, untilMs: number, out: Outputs): void {
  for (let first = state.timers.take(untilMs); first !== null; first = state.timers.take(untilMs)) {
    const keys = [first.key];
    state.nowMs = Math.max(state.nowMs, first.dueMs);
    for (let more = state.timers.take(first.dueMs); more !== null; more = state.timers.take(first.dueMs))
      keys.push(more.key);
    settle(state, keys, out);
  }
}

/** One settling instant: brings up to date what was heard, forgets, judges, tells. */
function settle(state: EngineState, keys: readonly TimerKey[], out: Outputs): void {
  const agenda = createAgenda();
  for (const key of keys) schedule(state, key, agenda, out);
  const plan = currentPlan(state);
  if (plan === null) return;
  for (const unitId of sortedIds(state.dirtyUnits)) followUnit(state, unitId, agenda, out);
  if (agenda.prune) prune(state);
  settleUnits(state, plan, agenda, out);
  settlePlaces(state, plan, agenda, out);
  settleScopes(state, plan, agenda, out);
  if (agenda.change === null) return;
  const gone = (alert: AlertVersion): boolean => isGone(plan, alert);
  out.alerts.push(...closeByPlan(state, gone, plan.fromMs, occasionOf(state, 'plan')));
}

/** What was admitted counts, late fixes that wait too: no settling instant of this time comes any more. */
function settleWaiting(state: EngineState, out: Outputs): void {
  if (state.dirtyUnits.size === 0) return;
  for (const id of state.dirtyUnits) unitState(state, id).refoldFromMs = 0;
  settle(state, [], out);
}

function schedule(state: EngineState, key: TimerKey, agenda: Agenda, out: Outputs): void {
  switch (key.kind) {
    case 'alerts':
      out.alerts.push(...keepUp(state, key.book, occasionOf(state, 'timer')));
      planUpkeep(state, key.book);
      return;
    case 'unit':
      agenda.units.set(key.unit, agenda.units.get(key.unit) ?? 'timer');
      return;
    case 'place':
      agenda.places.set(key.place, agenda.places.get(key.place) ?? 'timer');
      return;
    case 'scope':
      agenda.scopes.set(key.ruleId, agenda.scopes.get(key.ruleId) ?? 'timer');
      return;
    case 'prune':
      agenda.prune = true;
      state.timers.set(key, state.nowMs + PRUNE_EVERY_MS);
      return;
    case 'plan':
      takeForce(state, agenda);
      return;
    // Every settling instant folds what waits, and looks whether an outage is to be released.
    case 'settle':
    case 'network':
      return;
    default:
      unreachable(key);
  }
}
