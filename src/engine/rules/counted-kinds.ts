import type {
  CheckpointWindowRule,
  DebtRule,
  GapRule,
  PredictableRule,
  RoutePassRule,
  StrengthRule,
} from '../../model/plan.js';
import { type LimitInForce, limitAt } from '../plan/limits-over.js';
import type { PlanSlice } from '../plan/slice.js';
import { kindAt } from '../plan/so-far.js';
import type { PresenceSpan } from '../presence/presence.js';

/** Rules about who is at places. */
export type CountingRule = CheckpointWindowRule | DebtRule | GapRule | PredictableRule | RoutePassRule | StrengthRule;

/** Whether the unit was of a kind that counts for a rule about places, both by the plan of the time. */
export function isOfKind(
  state: PlanSlice,
  limits: readonly LimitInForce<CountingRule>[],
  { unit, fromMs }: PresenceSpan,
): boolean {
  const kind = kindAt(state, unit, fromMs);
  return kind !== null && limitAt(limits, fromMs)?.rule.unitKinds.includes(kind) === true;
}
