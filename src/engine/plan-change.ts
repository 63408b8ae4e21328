import type { AlertVersion } from '../model/alert.js';
import type { CompiledPlan } from '../model/plan.js';
import { changeFrom } from './lib/held-fixes.js';
import { placeSubject } from '../model/subject.js';
import { currentPlan, isNextPlan, putInForce, watches } from './lib/plans.js';
import { nextSettleMs, settleAtOrAfterMs } from './lib/settle-time.js';
import { bookOfVersion } from './lib/topics.js';
import type { EngineState, PlanInForce } from './state.js';

/**
 * O1: a plan that is not the next one is nothing; it takes force at its own instant (E3). A fix of that very instant may have
 * come before the plan, from a tracker whose clock is as far ahead as it may be: it is folded again under it.
 */
export function addPlan(state: EngineState, plan: CompiledPlan): void {
  const last = state.plans.at(-1);
  if (!isNextPlan(last?.plan ?? planBeforeResume(state), plan, state.nowMs)) return;
  const next = putInForce(plan);
  const before = last === undefined ? [] : [...state.plans.slice(0, -1), { ...last, toMs: next.fromMs }];
  state.plans = [...before, next];
  for (const unit of state.units.values()) {
    if ((unit.fixes.at(-1)?.eventTimeMs ?? 0) < next.fromMs) continue;
    unit.head = null;
    unit.folded = 0;
    unit.standing = null;
    changeFrom(unit, next.fromMs);
    state.dirtyUnits.add(unit.id);
  }
  state.timers.setEarlier({ kind: 'plan' }, Math.max(settleAtOrAfterMs(next.fromMs), nextSettleMs(state.nowMs)));
}

/** After a `resume` no plan is in force; versions stay dense all the same. */
function planBeforeResume({ resumed }: EngineState): Pick<CompiledPlan, 'version' | 'inForceFromMs'> | undefined {
  return resumed === null ? undefined : { version: resumed.planVersion, inForceFromMs: 0 };
}

export interface PlanChange {
  /** When the plan took force. */
  readonly sinceMs: number;
  /** Those of the plan, and those that it removed. */
  readonly units: readonly string[];
  readonly places: readonly string[];
  /** Whether the plan no longer has what an alert is about. */
  readonly isGone: (alert: AlertVersion) => boolean;
}

/** Makes the plan whose instant has come the current one; what it removes loses its hot state. */
export function announcePlan(state: EngineState): PlanChange | null {
  const due = state.plans.filter(({ fromMs }) => fromMs <= state.nowMs).at(-1);
  const waiting = state.plans.find(({ fromMs }) => fromMs > state.nowMs);
  if (waiting !== undefined) state.timers.set({ kind: 'plan' }, settleAtOrAfterMs(waiting.fromMs));
  if (due === undefined || due.plan.version === state.planVersion) return null;
  const before = currentPlan(state);
  state.planVersion = due.plan.version;
  for (const id of before?.unitById.keys() ?? []) {
    if (due.unitById.has(id)) continue;
    state.touched.positions.set(id, null);
    state.touched.units.set(id, null);
    state.timers.set({ kind: 'unit', unit: id }, null);
    for (const silence of state.units.get(id)?.silences ?? [])
      if (silence.toMs === null) silence.toMs = Math.max(silence.fromMs, due.fromMs);
  }
  for (const id of before?.placeById.keys() ?? []) {
    if (due.placeById.has(id)) continue;
    state.touched.coverage.set(id, null);
    state.timers.set({ kind: 'place', place: id }, null);
  }
  return {
    sinceMs: due.fromMs,
    units: [...new Set([...due.unitById.keys(), ...(before?.unitById.keys() ?? [])])],
    places: [...new Set([...due.placeById.keys(), ...(before?.placeById.keys() ?? [])])],
    isGone: (alert) => isGone(due, alert),
  };
}

function isGone(plan: PlanInForce, alert: AlertVersion): boolean {
  // A call for help is not the plan's to end.
  if (alert.rule === 'sos') return false;
  const rule = plan.ruleById.get(alert.ruleId);
  if (rule === undefined) return true;
  const { subject } = bookOfVersion(alert);
  // About the whole district: it stands as long as the rule that brings it does.
  if (subject.kind === 'network') return rule.kind !== 'tracker-silence';
  if (rule.kind !== (alert.rule === 'tracker-useless' ? 'tracker-silence' : alert.rule)) return true;
  if (alert.unit !== null && !plan.unitById.has(alert.unit)) return true;
  if (alert.place !== null && !plan.placeById.has(alert.place)) return true;
  return !watches(rule, subject.kind === 'visit' ? placeSubject(subject.place) : subject);
}
