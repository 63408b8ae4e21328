import type { AlertRule } from './alert.js';
import type { Severity } from './plan.js';

/** Who is told, from the nearest to the highest: the unit's own crew, its group's leader, the supervisor on duty, the command. */
export const ESCALATION_LEVELS = ['crew', 'group', 'duty', 'command'] as const;
export type EscalationLevel = (typeof ESCALATION_LEVELS)[number];

/** Policies of a plan, steps of a policy, and channels of a step. */
export const MAX_ESCALATION_POLICIES = 100;
export const MAX_ESCALATION_STEPS = 8;
export const MAX_STEP_CHANNELS = 4;
/** The last step of a policy comes at most this long after the alert. */
export const MAX_ESCALATION_MS = 24 * 3_600_000;

/** One step of a policy: so long after the alert, if nobody has acknowledged it, these channels are told. */
export interface EscalationStep {
  readonly to: EscalationLevel;
  readonly afterMs: number;
  /** Ids of channels. What they are, each server's configuration says: no plan has an address or a secret. */
  readonly channels: readonly string[];
}

/** Who is told of which alerts. Of a plan's policies the first that takes an alert is its policy. Null: any. */
export interface EscalationPolicy {
  readonly id: string;
  readonly severities: readonly Severity[] | null;
  readonly kinds: readonly AlertRule[] | null;
  /** Ids of places; an alert that is about no place is not taken. */
  readonly places: readonly string[] | null;
  /** Ids of groups of units; an alert that is about no unit is not taken. */
  readonly groups: readonly string[] | null;
  /** Key into the plan's `schedules`: the policy takes alerts that are raised in it. */
  readonly during: string;
  /** By `afterMs`, which rises; levels do not go down. At least one. */
  readonly steps: readonly EscalationStep[];
}
