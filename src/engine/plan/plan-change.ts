import type { CompiledPlan } from '../../model/plan.js';
import { nextSettleMs, settleAtOrAfterMs } from '../agenda/instants.js';
import type { AgendaSlice } from '../agenda/slice.js';
import { currentPlan, isNextPlan, putInForce } from './plans.js';
import type { PlanInForce, PlanSlice } from './slice.js';
import { scopesSoFar } from './so-far.js';

/**
 * O1: a plan that is not the next one is nothing; it takes force at its own instant (E3). Answers it, or null. A fix of that very instant
 * may have come before the plan, from a tracker whose clock is as far ahead as it may be: such units must be folded again. Plans that
 * wait for that instant or a later one are withdrawn: nothing can have been judged by them yet, for it is PLAN_LEAD_MS ahead.
 */
export function addPlan(state: PlanSlice & Readonly<AgendaSlice>, plan: CompiledPlan): PlanInForce | null {
  // After a `resume` no plan is in force; versions stay dense all the same.
  const followed = state.plans.at(-1)?.plan ?? { version: state.resumed?.planVersion ?? 0 };
  if (!isNextPlan(followed, plan, state.nowMs)) return null;
  const next = putInForce(plan);
  const before = state.plans.filter(({ fromMs }) => fromMs < next.fromMs);
  const last = before.at(-1);
  state.plans = [...(last === undefined ? [] : [...before.slice(0, -1), { ...last, toMs: next.fromMs }]), next];
  state.timers.setEarlier({ kind: 'plan' }, Math.max(settleAtOrAfterMs(next.fromMs), nextSettleMs(state.nowMs)));
  return next;
}

/** A plan takes force. */
export interface PlanChange {
  readonly plan: PlanInForce;
  /** Those of the plan, and those that it removed. */
  readonly units: readonly string[];
  readonly places: readonly string[];
  /** Rules of it, and of the plan before, about all their units together. */
  readonly scopes: readonly string[];
  /** Those of the plan before that it does not have. */
  readonly removed: { readonly units: readonly string[]; readonly places: readonly string[] };
}

/** Makes the plan whose instant has come the current one; nothing that it removes is looked at any more. */
export function announcePlan(state: PlanSlice & Readonly<AgendaSlice>): PlanChange | null {
  const due = state.plans.filter(({ fromMs }) => fromMs <= state.nowMs).at(-1);
  const waiting = state.plans.find(({ fromMs }) => fromMs > state.nowMs);
  if (waiting !== undefined) state.timers.set({ kind: 'plan' }, settleAtOrAfterMs(waiting.fromMs));
  if (due === undefined || due.plan.version === state.planVersion) return null;
  const before = currentPlan(state);
  state.planVersion = due.plan.version;
  const units = [...(before?.unitById.keys() ?? [])].filter((id) => !due.unitById.has(id));
  const places = [...(before?.placeById.keys() ?? [])].filter((id) => !due.placeById.has(id));
  for (const unit of units) state.timers.set({ kind: 'unit', unit }, null);
  for (const place of places) state.timers.set({ kind: 'place', place }, null);
  return {
    plan: due,
    units: [...due.unitById.keys(), ...units],
    places: [...due.placeById.keys(), ...places],
    scopes: [...scopesSoFar(state).keys()],
    removed: { units, places },
  };
}
