import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { historyEvents } from '../../src/days/history-events.js';
import { foldDay, type FoldedDay } from '../../src/days/fold-day.js';
import { localDay } from '../../src/days/local-day.js';
import type { LogHistory } from '../../src/log/log-history.js';
import { logTimeOf, type RawEntry } from '../../src/log/raw-entry.js';
import { compareLogIds, LOG_START } from '../../src/model/log-id.js';
import type { Bench } from '../engine/support.js';

/** The local day of the engine's test scenes: 2026-11-24 in Asia/Shanghai. */
export const DAY = localDay('2026-11-24', 'Asia/Shanghai');

/** A log in memory. */
export function keptHistory(entries: readonly RawEntry[]): LogHistory {
  return {
    begins: async () => null,
    read: async ({ fromMs, toMs, after = LOG_START, kinds, visit }) => {
      const isWanted = (entry: RawEntry) =>
        logTimeOf(entry) >= fromMs && logTimeOf(entry) < toMs && compareLogIds(entry.id, after) > 0;
      visit(entries.filter((entry) => isWanted(entry) && (kinds === undefined || kinds.includes(entry.kind))));
      return { isFromGenesis: true, goneBeforeMs: null, readToMs: toMs, isAtEnd: true };
    },
  };
}

/** The log of a bench as the store has it. */
export function logOf(bench: Bench): RawEntry[] {
  return bench.log.map(({ id, entry, atMs }) => ({
    id,
    kind: entry.kind,
    payload: encodeLogEntry(entry),
    ...(atMs === id.ms ? {} : { atMs }),
  }));
}

/** What the scenes' day comes to, by all that a log says; `fixesAtOnce` as in `historyEvents`. */
export async function settledDay(
  entries: readonly RawEntry[],
  o: { readonly fixesAtOnce?: number; readonly history?: LogHistory } = {},
): Promise<FoldedDay> {
  const { history = keptHistory(entries), ...limit } = o;
  const readToMs = Number.MAX_SAFE_INTEGER;
  return await foldDay(await historyEvents(history, { district: 'test', day: DAY, readToMs, ...limit }));
}
