import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { loadArchiveKeys } from '../../../src/access/keys.js';
import { ArchiveFolder } from '../../../src/archive/archive-folder.js';
import { archiveKeys } from '../../../src/archive/keys.js';
import { verifyArchive } from '../../../src/archive/verify.js';
import { decodeSnapshot } from '../../../src/codec/snapshot-codec.js';
import { HOT_KEY_NAMES } from '../../../src/hot/keys.js';
import { type RawEntry, rawEntryOf } from '../../../src/log/raw-entry.js';
import { compareLogIds, LOG_START } from '../../../src/model/log-id.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import type { WrittenSnapshot } from '../world/model-store.js';

/** What Redis and the data folder hold of a district when all has come to rest. */
export interface RedisContents {
  /** Of archive and log as one. */
  readonly history: readonly RawEntry[];
  /** What `verify` says of the archive. */
  readonly archiveFaults: readonly string[];
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
    await comeToRest(redis, key);
    const hashes = new Map<string, ReadonlyMap<string, unknown>>();
    for (const hash of HASHES) hashes.set(hash, await fieldsOf(HOT_KEY_NAMES[hash]));
    const logged = (await redis.xrangeBuffer(key('log'), '-', '+')).map(rawEntryOf);
    const archive = await archivedIn(o.folder, district);
    const cursorLogId = await cursorOf(redis, key);
    return {
      history: [...archive.entries, ...logged.filter(({ id }) => compareLogIds(id, archive.upTo) > 0)],
      archiveFaults: archive.faults,
      alerts: await streamOf<AlertVersion>('alerts'),
      visits: await streamOf<VisitVersion>('visits'),
      cursorLogId,
      hashes,
      skipped: await fieldsOf('skipped'),
      snapshots: snapshotsIn(join(o.folder, 'snapshots', district)),
    };
  } finally {
    redis.disconnect();
  }
}

type KeyOf = (name: string) => string;

/** What was appended last may be on its way through an engine; what never comes out of it is seen by who looks next. */
async function comeToRest(redis: Redis, key: KeyOf): Promise<void> {
  for (const endMs = performance.now() + REST_MS; performance.now() < endMs; await sleep(20)) {
    const [last] = await redis.xrevrange(key('log'), '+', '-', 'COUNT', 1);
    if (last?.[0] === (await cursorOf(redis, key))) return;
  }
}
const REST_MS = 5_000;

async function cursorOf(redis: Redis, key: KeyOf): Promise<string> {
  const { logId } = JSON.parse((await redis.get(key('cursor'))) ?? '{}') as { readonly logId?: string };
  return logId ?? '';
}

/** Read after the log: what is trimmed from it meanwhile is archived. */
async function archivedIn(dataFolder: string, district: string) {
  const folder = join(dataFolder, 'archive', district);
  if (!existsSync(join(folder, 'manifest'))) return { entries: [], upTo: LOG_START, faults: [] };
  const archive = await ArchiveFolder.open({ folder, district });
  const entries: RawEntry[] = [];
  for await (const some of archive.read({ after: LOG_START, upTo: archive.upTo })) entries.push(...some);
  await archive.close();
  // What a killed archiver has left is nobody's, and goes when one starts.
  await archive.clean({ graceMs: 0, nowMs: Date.now() + 1_000 });
  const keys = archiveKeys(await loadArchiveKeys(join(dataFolder, 'keys')));
  const { faults } = await verifyArchive({ folder, keys });
  return { entries, upTo: archive.upTo, faults: faults.map(({ file, what, detail }) => `${file} ${what}: ${detail}`) };
}

function snapshotsIn(folder: string): WrittenSnapshot[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.snapshot'));
  return files.sort().map((file) => {
    const bytes = readFileSync(join(folder, file));
    return { cursor: decodeSnapshot(bytes).cursor, bytes };
  });
}
