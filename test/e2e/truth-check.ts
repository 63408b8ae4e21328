import type { ToldAlert } from '../../src/simulator/supervisor-client.js';
import type { DemoRun } from './demo-run.js';

/** A stand is counted from the first position that was still the same one a minute later. */
const STAND_SETTLES_MS = 60_000;

interface Fact {
  /** For people. */
  readonly name: string;
  readonly fromMs: number;
  /** Null: it did not end in the run. */
  readonly toMs: number | null;
  readonly raiseByMs: number;
  readonly isAbout: (alert: ToldAlert) => boolean;
}

/** What is wrong with the alerts of a run, a sentence each: none for a fact, several, too late, or about nothing that was true. */
export function faultsOf(run: DemoRun, rules: 'gaps' | 'dwell' | 'silences'): string[] {
  const facts = factsOf(run, rules);
  const faults: string[] = [];
  const explained = new Set<string>();
  for (const fact of facts) {
    const alerts = run.standing.filter((alert) => fact.isAbout(alert) && meets(alert, fact));
    if (alerts.length !== 1) faults.push(`${fact.name}: got ${alerts.length} alerts, expected one`);
    for (const { alertId } of alerts) {
      explained.add(alertId);
      const raisedAtMs = run.alerts.find((version) => version.alertId === alertId)?.atMs ?? Number.POSITIVE_INFINITY;
      if (raisedAtMs > fact.raiseByMs) {
        faults.push(`${fact.name}: got its alert ${(raisedAtMs - fact.raiseByMs) / 1_000} s after it was due`);
      }
    }
  }
  for (const alert of run.standing) {
    if (isOf(alert, rules) && !explained.has(alert.alertId))
      faults.push(`${alert.alertId}: nothing of the kind was true`);
  }
  return faults;
}

function isOf({ rule }: ToldAlert, rules: 'gaps' | 'dwell' | 'silences'): boolean {
  if (rules === 'gaps') return rule.endsWith('-gap');
  return rules === 'dwell' ? rule.startsWith('dwell-') : rule === 'tracker-silence' || rule === 'network-outage';
}

function factsOf(run: DemoRun, rules: 'gaps' | 'dwell' | 'silences'): Fact[] {
  switch (rules) {
    case 'gaps':
      return run.neglects.map(({ rule, place, fromMs, toMs, raiseByMs }) => ({
        name: `${rule} of ${place} from ${fromMs}`,
        fromMs,
        toMs,
        raiseByMs,
        isAbout: (alert) => alert.rule === rule && alert.place === place,
      }));
    case 'dwell':
      return [
        ...run.shortStays.map(({ unit, place, fromMs, toMs }) => ({
          name: `short stay of ${unit} at ${place} from ${fromMs}`,
          fromMs,
          toMs,
          raiseByMs: Number.POSITIVE_INFINITY,
          isAbout: (alert: ToldAlert) => alert.rule === 'dwell-short' && alert.unit === unit && alert.place === place,
        })),
        ...run.longStands.map(({ unit, fromMs, toMs, raiseByMs }) => ({
          name: `long stand of ${unit} from ${fromMs}`,
          fromMs,
          toMs,
          raiseByMs: raiseByMs + STAND_SETTLES_MS,
          isAbout: (alert: ToldAlert) => alert.rule === 'dwell-long' && alert.unit === unit,
        })),
      ];
    case 'silences':
      return run.faults
        .filter(({ kind }) => kind === 'silence' || kind === 'backlog')
        .map(({ kind, unit, fromMs, toMs }) => ({
          name: `${kind} of ${unit} from ${fromMs}`,
          fromMs,
          toMs,
          raiseByMs: toMs,
          isAbout: (alert) => alert.rule === 'tracker-silence' && alert.unit === unit,
        }));
  }
}

function meets(alert: ToldAlert, { fromMs, toMs }: Fact): boolean {
  return alert.fromMs < (toMs ?? Number.POSITIVE_INFINITY) && (alert.toMs ?? Number.POSITIVE_INFINITY) > fromMs;
}
