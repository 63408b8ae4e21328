import type { AlertVersion } from '../../../src/model/alert.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import { OUTAGE_HOLE_MS } from '../../../src/model/limits.js';
import type { LogEntry } from '../../../src/model/log-entry.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import { type Folded, foldEntries, type TimedEntry } from './decoded-log.js';
import { numbered } from './ideal-log.js';
import type { Violation } from './violation.js';

/**
 * T1, metamorphic: ticks left out (where the hole stays short of an outage) and ticks put in between change nothing that is
 * told, but for the log ids. Actions name an alert by its id, so they are led to the alert of the same place in the order.
 */
export function checkTicks(log: readonly TimedEntry[], whole: Folded, seed: number): Violation[] {
  const other = new Map<string, string>();
  const folded: { alerts: AlertVersion[] } = { alerts: [] };
  const entries = retimed(log, createRandom(seed, 'ticks')).map(({ id, entry }) => ({
    id,
    // Looked up when it is folded: by then the alert was raised.
    get entry(): LogEntry {
      return entry.kind === 'action' ? { ...entry, alertId: other.get(entry.alertId) ?? entry.alertId } : entry;
    },
  }));
  const told = foldEntries(entries, ({ alerts }) => {
    while (folded.alerts.length < alerts.length) {
      const at = folded.alerts.length;
      const [ours, theirs] = [whole.alerts[at], alerts[at] as AlertVersion];
      folded.alerts.push(theirs);
      if (ours !== undefined) other.set(ours.alertId, theirs.alertId);
    }
  });
  const [got, expected] = [withoutLogIds(told), withoutLogIds(whole)];
  const odd = expected.findIndex((text, index) => text !== got[index]);
  if (odd < 0 && got.length === expected.length) return [];
  const detail = `with other ticks ${got.length} versions for ${expected.length}; got ${got[odd]}, expected ${expected[odd]}`;
  return [{ invariant: 'ticks', detail }];
}

function retimed(log: readonly TimedEntry[], random: Random): TimedEntry[] {
  const entries: { ms: number; entry: LogEntry }[] = [];
  for (const [index, { id, entry }] of log.entries()) {
    const beforeMs = entries.at(-1)?.ms ?? id.ms;
    const nextMs = log[index + 1]?.id.ms ?? Number.POSITIVE_INFINITY;
    const isOutage = id.ms - (log[index - 1]?.id.ms ?? id.ms) > OUTAGE_HOLE_MS;
    if (!isOutage && id.ms - beforeMs > 1_500 && random.chance(0.2)) {
      entries.push({ ms: random.integer(beforeMs + 1, id.ms - 1), entry: { kind: 'tick' } });
    }
    const atMs = entries.at(-1)?.ms ?? id.ms;
    // What an action is about must have been raised before it, not by it.
    const isBeforeAction = log[index + 1]?.entry.kind === 'action';
    const isNeeded = nextMs - atMs > OUTAGE_HOLE_MS || isOutage || isBeforeAction;
    if (entry.kind === 'tick' && !isNeeded && random.chance(0.5)) continue;
    entries.push({ ms: id.ms, entry });
  }
  return numbered(entries);
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
