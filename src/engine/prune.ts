import type { TaskRecord } from '../model/hot.js';
import { HORIZON_MS, MAX_BUNCH_HOLE_MS, SPOT_MS } from '../model/limits.js';
import { forgetAlerts } from './alerts/forget-alerts.js';
import { advanceSilent } from './fold-unit.js';
import { finalAfterMs } from './plan/plans.js';
import { forgetRoster, rosterRecord } from './plan/roster.js';
import { forgetTasks } from './plan/tasks.js';
import { dropPlans } from './plan/windows.js';
import { forgetStatements } from './presence/forget-statements.js';
import { forgetBases, rememberStated, rememberVisits } from './presence/past.js';
import { rememberWindows } from './rules/checkpoint-window/judge.js';
import { rememberCredits } from './rules/debt/judge.js';
import { forgetRules } from './rules/forget.js';
import { rememberBunches } from './rules/bunching/judge.js';
import { rememberDoubts } from './rules/gap/judge.js';
import { rememberRhythms } from './rules/predictable/judge.js';
import { rememberDutyShortfalls } from './rules/strength/judge-duty.js';
import { rememberRoutes } from './rules/route-pass/judge.js';
import { rememberShortfalls } from './rules/strength/judge.js';
import type { EngineState } from './state.js';
import { forgetTracks } from './track/forget.js';
import { forgetVisits } from './visits/visits.js';

/**
 * S2: forgets what can change no verdict any more. Visits that are final leave behind only the end of the last presence that counted
 * for each gap rule, and gaps, shortfalls and windows that go on what was sure of them, and the last stays of places that are not to be visited by the clock.
 */
export function prune(state: EngineState): void {
  const cutoffMs = Math.max(state.finalToMs, state.nowMs - finalAfterMs(state));
  for (const unit of state.units.values()) advanceSilent(state, unit);
  rememberDoubts(state, cutoffMs);
  rememberShortfalls(state, cutoffMs);
  rememberDutyShortfalls(state, cutoffMs);
  rememberBunches(state, cutoffMs);
  rememberRoutes(state, cutoffMs);
  rememberWindows(state, cutoffMs);
  rememberCredits(state, cutoffMs);
  rememberRhythms(state, cutoffMs);
  forgetStatements(state, cutoffMs, (unit, spoken) => rememberStated(state, unit, spoken, cutoffMs));
  rememberVisits(state, cutoffMs);
  forgetTracks(state, cutoffMs);
  forgetVisits(state, cutoffMs);
  forgetAlerts(state, cutoffMs);
  const tasks = forgetTasks(state, cutoffMs, (task) => isNeeded(state, task, cutoffMs));
  for (const id of tasks) state.touched.tasks.set(id, null);
  if (forgetRoster(state, cutoffMs)) state.touched.roster.set('now', rosterRecord(state));
  forgetRules(state, cutoffMs);
  state.outages = state.outages.filter(({ toMs }) => toMs >= cutoffMs);
  dropPlans(state, cutoffMs - HORIZON_MS);
  forgetBases(state);
  state.finalToMs = cutoffMs;
}

/** Whether a task still explains something that may be judged again: an alert on record, or a stand or a run that is not final. */
function isNeeded(
  state: EngineState,
  { units, places, fromMs, toMs }: TaskRecord & { readonly toMs: number },
  cutoffMs: number,
): boolean {
  for (const book of state.alerts.values()) {
    for (const { version } of book) {
      const about = units.includes(version.unit ?? '') || places.includes(version.place ?? '');
      if (about && version.fromMs < toMs && (version.toMs === null || version.toMs >= fromMs)) return true;
    }
  }
  // Who was together is asked of whole slices, as far back as a bunch goes on without a proof.
  if (toMs > cutoffMs - MAX_BUNCH_HOLE_MS - SPOT_MS && state.plans.some(({ bunching }) => bunching.size > 0))
    return true;
  return units.some((id) => {
    const head = state.units.get(id)?.head;
    if (head === null || head === undefined) return false;
    const spans = [
      ...head.stands.map(({ sinceMs, endedAtMs }) => ({ fromMs: sinceMs, endedAtMs })),
      ...[...head.runs.values()].flat(),
    ];
    return spans.some((span) => span.fromMs < toMs && (span.endedAtMs ?? cutoffMs) >= cutoffMs);
  });
}
