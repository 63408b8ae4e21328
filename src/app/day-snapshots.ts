import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SnapshotSource } from '../archive/day-snapshots.js';
import { parsePointer } from '../hot/cursor-json.js';
import { hotKeys } from '../hot/keys.js';
import { SharedSnapshot } from '../hot/shared-snapshot.js';
import { compareLogIds } from '../model/log-id.js';
import type { RedisConnection } from '../redis/connection.js';
import { keptSnapshots } from '../runner/snapshot-folder.js';

/**
 * The engine's snapshots for the archive: the folder keeps each day's first. Where the engine has a folder on another machine, Redis has
 * the newest one, and the first of a day that is seen there counts; it is held until the archive has come to it.
 */
export function daySnapshots(o: {
  readonly district: string;
  readonly folder: string;
  /** A connection of purpose `query`. */
  readonly query: RedisConnection;
}): SnapshotSource {
  const { district, folder, query } = o;
  const shared = new SharedSnapshot({ district, query });
  let held: { readonly ms: number; readonly bytes: Uint8Array } | null = null;
  return {
    async firstSince(sinceMs, upTo) {
      const kept = (await keptSnapshots(folder)).find(({ ms }) => ms >= sinceMs && ms <= upTo.ms);
      if (kept !== undefined) return await readFile(join(folder, kept.file));
      if (held === null || held.ms < sinceMs) {
        const text = await query.get(hotKeys(district).snapshot);
        const pointer = text === null ? null : parsePointer(text);
        if (pointer === null || pointer.cursor.logId.ms < sinceMs) return null;
        const bytes = await shared.take(pointer.sha256);
        held = bytes === null ? null : { ms: pointer.cursor.logId.ms, bytes };
        if (compareLogIds(pointer.cursor.logId, upTo) > 0) return null;
      }
      return held !== null && held.ms <= upTo.ms ? held.bytes : null;
    },
  };
}
