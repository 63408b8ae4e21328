import type { Severity } from '../../model/plan.js';
import type { AlertAnswer, AlertState } from '../../protocol/alert-states.js';

/** Whether people still have something to do with it, or to see of it: it is active, or nobody has acknowledged it. */
export function isOpen({ state }: Pick<AlertAnswer, 'state'>): boolean {
  return state !== 'cleared' && state !== 'retracted';
}

/** What is to be looked at first: a call for help, then by severity, then what nobody has acknowledged, then the oldest. */
export function byUrgency(a: AlertAnswer, b: AlertAnswer): number {
  return (
    Number(b.rule === 'sos') - Number(a.rule === 'sos') ||
    ASIDE[a.state] - ASIDE[b.state] ||
    SEVERITY_RANK[a.severity] - SEVERITY_RANK[b.severity] ||
    a.fromMs - b.fromMs ||
    (a.alertId < b.alertId ? -1 : a.alertId > b.alertId ? 1 : 0)
  );
}

const SEVERITY_RANK: Readonly<Record<Severity, number>> = { high: 0, medium: 1, low: 2 };

/** Whom an alert still asks to act, first; then what somebody has taken, then what is over, then what was set aside. */
const ASIDE: Readonly<Record<AlertState, number>> = {
  'unack-active': 0,
  'ack-active': 1,
  'unack-cleared': 2,
  shelved: 3,
  suppressed: 3,
  cleared: 4,
  retracted: 4,
};

/** A flood as people can take it in (ISA-18.2): the first alerts one by one, the rest as counts. */
export interface Digest {
  /** By urgency. */
  readonly shown: readonly AlertAnswer[];
  readonly more: Readonly<Record<Severity, number>>;
}

/**
 * All calls for help and the most urgent others, up to `most`; of the rest how many there are of each severity.
 *
 * @param most at least 1
 */
export function digest(open: Iterable<AlertAnswer>, most: number): Digest {
  const sorted = [...open].sort(byUrgency);
  const calls = sorted.findIndex(({ rule }) => rule !== 'sos');
  const count = Math.max(most, calls < 0 ? sorted.length : calls);
  const more = { high: 0, medium: 0, low: 0 };
  for (const { severity } of sorted.slice(count)) more[severity] += 1;
  return { shown: sorted.slice(0, count), more };
}

/** So many new alerts within so long are more than a person can take in (ISA-18.2, EEMUA 191). */
export const FLOOD_ALERTS = 10;
export const FLOOD_MS = 600_000;

/** How many open alerts began within the last ten minutes; of suppressed and shelved ones nobody is asked to act. */
export function recentCount(open: Iterable<AlertAnswer>, nowMs: number): number {
  let count = 0;
  for (const { fromMs, state } of open)
    if (fromMs > nowMs - FLOOD_MS && state !== 'suppressed' && state !== 'shelved') count += 1;
  return count;
}

/** In a flood the high alerts alone, and of the others how many there are of each rule, the most first. */
export interface FloodDigest {
  readonly shown: readonly AlertAnswer[];
  readonly counts: readonly { readonly rule: AlertAnswer['rule']; readonly count: number }[];
}

/**
 * All calls for help, and the high alerts up to `most`; the rest as counts of their rules.
 *
 * @param most at least 1
 */
export function floodDigest(open: Iterable<AlertAnswer>, most: number): FloodDigest {
  const all = [...open];
  const { shown } = digest(
    all.filter(({ severity, rule }) => severity === 'high' || rule === 'sos'),
    most,
  );
  const listed = new Set(shown);
  const counts = new Map<AlertAnswer['rule'], number>();
  for (const alert of all) if (!listed.has(alert)) counts.set(alert.rule, (counts.get(alert.rule) ?? 0) + 1);
  return {
    shown,
    counts: [...counts]
      .map(([rule, count]) => ({ rule, count }))
      .sort((a, b) => b.count - a.count || (a.rule < b.rule ? -1 : 1)),
  };
}
