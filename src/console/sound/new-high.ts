import type { AlertAnswer } from '../../protocol/alert-states.js';

type Open = ReadonlyMap<string, AlertAnswer>;

/** Alerts that a person should hear of: high ones that nobody has acknowledged, and that were not so before. */
export function newHigh(before: Open, after: Open): readonly AlertAnswer[] {
  return before === after
    ? []
    : [...after.values()].filter((alert) => calls(alert) && !calls(before.get(alert.alertId)));
}

function calls(alert: AlertAnswer | undefined): boolean {
  return alert !== undefined && alert.severity === 'high' && alert.state === 'unack-active';
}
