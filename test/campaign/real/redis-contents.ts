import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { decodeSnapshot } from '../../../src/codec/snapshot-codec.js';
import { HOT_KEY_NAMES } from '../../../src/hot/keys.js';
import { type RawEntry, rawEntryOf } from '../../../src/log/raw-entry.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import type { WrittenSnapshot } from '../world/model-store.js';

/** What Redis and the data folder hold of a district when all has come to rest. */
export interface RedisContents {
  readonly history: readonly RawEntry[];
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
  readonly cursorLogId: string;
  /** By hash, then by field. */
  readonly hashes: ReadonlyMap<string, ReadonlyMap<string, unknown>>;
  readonly skipped: ReadonlyMap<string, unknown>;
  readonly snapshots: readonly WrittenSnapshot[];
}

const HASHES = ['positions', 'units', 'coverage', 'tasks', 'openAlerts', 'closedAlerts'] as const;

/** `socketPath`: of the Redis; `folder`: of the server whose snapshots are wanted. */
export async function readContents(
  o: { readonly socketPath: string; readonly database: number; readonly folder: string },
  district: string,
): Promise<RedisContents> {
  const redis = new Redis(o.socketPath, { db: o.database });
  const key = (name: string): string => `bw:{${district}}:${name}`;
  const streamOf = async <T>(name: string): Promise<T[]> =>
    (await redis.xrange(key(name), '-', '+')).map(([, fields]) => JSON.parse(fields[1] ?? '') as T);
  const fieldsOf = async (name: string): Promise<Map<string, unknown>> =>
    new Map(
      Object.entries(await redis.hgetall(key(name))).map(([field, text]) => [field, JSON.parse(text) as unknown]),
    );
  try {
    const hashes = new Map<string, ReadonlyMap<string, unknown>>();
    for (const hash of HASHES) hashes.set(hash, await fieldsOf(HOT_KEY_NAMES[hash]));
    const cursor = JSON.parse((await redis.get(key('cursor'))) ?? '{}') as { readonly logId?: string };
    return {
      history: (await redis.xrangeBuffer(key('log'), '-', '+')).map(rawEntryOf),
      alerts: await streamOf<AlertVersion>('alerts'),
      visits: await streamOf<VisitVersion>('visits'),
      cursorLogId: cursor.logId ?? '',
      hashes,
      skipped: await fieldsOf('skipped'),
      snapshots: snapshotsIn(join(o.folder, 'snapshots', district)),
    };
  } finally {
    redis.disconnect();
  }
}

function snapshotsIn(folder: string): WrittenSnapshot[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.snapshot'));
  return files.sort().map((file) => {
    const bytes = readFileSync(join(folder, file));
    return { cursor: decodeSnapshot(bytes).cursor, bytes };
  });
}
