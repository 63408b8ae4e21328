import { setTimeout as sleep } from 'node:timers/promises';
import type { ArchivedLogReader } from '../../src/archive/archiver.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { compareLogIds, type LogId } from '../../src/model/log-id.js';
import type { Random } from '../../src/simulator/random.js';
import { fix, at } from '../engine/support.js';
import { raw } from './support.js';

/** Entries of a small fleet, a few a second: reports of one to five fixes, heartbeats, ticks, and now and then a payload that is none. */
export function drawEntries(random: Random, count: number): RawEntry[] {
  const entries: RawEntry[] = [];
  let ms = 1_800_000_000_000;
  for (let seq = 0; seq < count; seq += 1) {
    ms += random.integer(0, 700);
    entries.push(drawEntry(random, { ms, seq }));
  }
  return entries;
}

/** One entry at this id. */
export function drawEntry(random: Random, id: LogId): RawEntry {
  if (random.chance(0.1)) return raw(id, { kind: 'tick' });
  if (random.chance(0.05)) return raw(id, { kind: 'heartbeat', trackers: ['bd-1', 'bd-3'] });
  if (random.chance(0.02)) return { id, kind: 'fixes', payload: Buffer.from(`no payload ${id.seq}`) };
  const batches = Array.from({ length: random.integer(1, 3) }, (_, i) => ({
    tracker: `bd-${random.integer(1, 9)}`,
    reportId: Buffer.from(`${id.seq}.${i}`).toString('hex'),
    fixes: Array.from({ length: random.integer(1, 5) }, (_, n) =>
      fix(id.ms - n * 1_000, at(random.integer(-5_000, 5_000), random.integer(-5_000, 5_000))),
    ),
    rejected: random.chance(0.1) ? [{ index: 9, code: 'time-missing' as const }] : [],
  }));
  return raw(id, { kind: 'fixes', batches });
}

/** A log in memory; a reader stands on an entry as `LogReader` does. */
export function keptLogReader(entries: readonly RawEntry[], after: LogId): ArchivedLogReader {
  let next = entries.findIndex(({ id }) => compareLogIds(id, after) > 0);
  if (next < 0) next = entries.length;
  return {
    read: async ({ count }) => {
      const part = entries.slice(next, next + count);
      next += part.length;
      if (part.length === 0) await sleep(2);
      return part;
    },
  };
}
