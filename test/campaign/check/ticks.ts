import type { AlertVersion } from '../../../src/model/alert.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import { OUTAGE_HOLE_MS } from '../../../src/model/limits.js';
import type { LogEntry } from '../../../src/model/log-entry.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import { type Folded, foldEntries, type TimedEntry } from './decoded-log.js';
import { beforeFirst, numbered } from './ideal-log.js';
import type { Tail } from './resumed.js';
import type { Violation } from './violation.js';

/**
 * T1, metamorphic: ticks left out (where the hole stays short of an outage) and ticks put in between change nothing that is
 * told, but for the log ids. Actions name an alert by its id, so they are led to the alert of the same place in the order.
 */
export function checkTicks({ log, told: whole, begin }: Tail, seed: number): Violation[] {
  const other = new Map<string, string>();
  const folded: { alerts: AlertVersion[] } = { alerts: [] };
  const entries = retimed(log, createRandom(seed, 'ticks')).map(({ id, atMs, entry }) => ({
    id,
    atMs,
    // Looked up when it is folded: by then the alert was raised.
    get entry(): LogEntry {
      return entry.kind === 'action' ? { ...entry, alertId: other.get(entry.alertId) ?? entry.alertId } : entry;
    },
  }));
  const follow = ({ alerts }: Folded): void => {
    while (folded.alerts.length < alerts.length) {
      const at = folded.alerts.length;
      const [ours, theirs] = [whole.alerts[at], alerts[at] as AlertVersion];
      folded.alerts.push(theirs);
      if (ours !== undefined) other.set(ours.alertId, theirs.alertId);
    }
  };
  const told = foldEntries(entries, follow, begin());
  const [got, expected] = [withoutLogIds(told), withoutLogIds(whole)];
  const odd = expected.findIndex((text, index) => text !== got[index]);
  if (odd < 0 && got.length === expected.length) return [];
  const detail = `with other ticks ${got.length} versions for ${expected.length}; got ${got[odd]}, expected ${expected[odd]}`;
  return [{ invariant: 'ticks', detail }];
}

function retimed(log: readonly TimedEntry[], random: Random): TimedEntry[] {
  const entries: { ms: number; entry: LogEntry }[] = [];
  for (const [index, { atMs: ms, entry }] of log.entries()) {
    const beforeMs = entries.at(-1)?.ms ?? ms;
    const nextMs = log[index + 1]?.atMs ?? Number.POSITIVE_INFINITY;
    const isOutage = ms - (log[index - 1]?.atMs ?? ms) > OUTAGE_HOLE_MS;
    if (!isOutage && ms - beforeMs > 1_500 && random.chance(0.2)) {
      entries.push({ ms: random.integer(beforeMs + 1, ms - 1), entry: { kind: 'tick' } });
    }
    const atMs = entries.at(-1)?.ms ?? ms;
    // What an action is about must have been raised before it, not by it.
    const isBeforeAction = log[index + 1]?.entry.kind === 'action';
    const isNeeded = nextMs - atMs > OUTAGE_HOLE_MS || isOutage || isBeforeAction;
    if (entry.kind === 'tick' && !isNeeded && random.chance(0.5)) continue;
    entries.push({ ms, entry });
  }
  return numbered(entries, beforeFirst(log));
}

/** Everything told, without what names the entry at which it was. */
function withoutLogIds({ alerts, visits }: Pick<Folded, 'alerts' | 'visits'>): string[] {
  const names = new Map<string, string>();
  const nameOf = (id: string | null): string | null => {
    if (id === null) return null;
    const known = names.get(id) ?? `#${names.size}`;
    names.set(id, known);
    return known;
  };
  return [
    ...alerts.map(({ alertId, logId: _logId, mergedInto, suppressedBy, ...rest }) =>
      canonicalJson({
        ...rest,
        alertId: nameOf(alertId),
        mergedInto: nameOf(mergedInto),
        suppressedBy: suppressedBy === null || suppressedBy.startsWith('task:') ? suppressedBy : nameOf(suppressedBy),
      }),
    ),
    ...visits.map(({ visitId, logId: _logId, mergedInto, ...rest }) =>
      canonicalJson({ ...rest, visitId: nameOf(visitId), mergedInto: nameOf(mergedInto) }),
    ),
  ];
}
