import type { Test } from 'tap';
import type { ToldAlert } from '../../src/simulator/supervisor-client.js';
import type { DemoRun } from './demo-run.js';
import { faultsOf } from './truth-check.js';

/** Alerts say what was true, once each, and the numbers of the summary are of this run. */
export function checkRun(t: Test, run: DemoRun): void {
  t.strictSame(faultsOf(run, 'gaps'), [], 'each neglect has its gap alert, in time, and there are no others');
  t.strictSame(faultsOf(run, 'dwell'), [], 'each short stay and long stand has its alert, and there are no others');
  t.strictSame(faultsOf(run, 'silences'), [], 'each silence of a tracker has its alert, and there are no others');
  const { fixes, alerts, neglects, supervisor } = run.summary;
  t.equal(fixes.sent, fixes.admitted + fixes.duplicate + fixes.flagged + fixes.refused, 'each fix has one disposition');
  t.equal(fixes.acknowledged, fixes.sent);
  t.equal(neglects, run.neglects.length);
  t.strictSame(
    run.alerts.map(({ transition }) => transition),
    run.alerts.map((_, index) => index + 1),
    'the supervisor was told every transition, once, in order',
  );
  t.equal(supervisor.transitions, run.alerts.length);
  t.strictSame(alerts.raised, countByRule(run.alerts, 'raised'));
  t.strictSame(alerts.cleared, countByRule(run.alerts, 'cleared'));
}

function countByRule(alerts: readonly ToldAlert[], change: ToldAlert['change']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const alert of alerts) if (alert.change === change) counts[alert.rule] = (counts[alert.rule] ?? 0) + 1;
  return counts;
}

export const rulesOf = (alerts: readonly { readonly rule: string }[]) =>
  [...new Set(alerts.map(({ rule }) => rule))].sort();
