import type { AlertRule } from '../../model/alert.js';
import type { Severity } from '../../model/plan.js';
import type { AlertAnswer } from '../../protocol/alert-states.js';

/** Which alerts somebody wants to see; null: all. */
export interface AlertFilter {
  readonly severity: Severity | null;
  readonly rule: AlertRule | null;
  readonly unacknowledged: boolean;
  /** Those that the person who has signed in was the last to act on. */
  readonly mine: boolean;
}

export const SHOW_ALL: AlertFilter = { severity: null, rule: null, unacknowledged: false, mine: false };

/** A call for help passes every filter: nobody may hide one by a slip. */
export function passes({ severity, rule, unacknowledged, mine }: AlertFilter, alert: AlertAnswer, me: string): boolean {
  return (
    alert.rule === 'sos' ||
    ((severity === null || alert.severity === severity) &&
      (rule === null || alert.rule === rule) &&
      (!unacknowledged || !alert.acknowledged) &&
      (!mine || alert.evidence.actor === me))
  );
}
