import type { CompiledPlan } from './plan.js';

/**
 * The plans that take force, of plans in the order of their versions. A plan withdraws those before it that would take force at its own
 * instant or later: a person published another before their time came, or log time went back with a `resume`.
 */
export function standingPlans<Plan extends Pick<CompiledPlan, 'inForceFromMs'>>(plans: readonly Plan[]): Plan[] {
  const standing: Plan[] = [];
  for (const plan of plans) {
    while ((standing.at(-1)?.inForceFromMs ?? Number.NEGATIVE_INFINITY) >= plan.inForceFromMs) standing.pop();
    standing.push(plan);
  }
  return standing;
}
