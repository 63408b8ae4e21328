import { join } from 'node:path';
import { SharedSnapshot } from '../hot/shared-snapshot.js';
import type { Logger } from '../model/ports.js';
import type { RedisHandle } from '../redis/handle.js';
import type { SnapshotFiles } from '../runner/ports.js';
import { sharedSnapshots } from '../runner/shared-snapshots.js';
import { openSnapshotFolder } from '../runner/snapshot-folder.js';

/** Engines on one private Redis are on one machine and share the data folder; those on an external one share that Redis. */
export async function openSnapshots(o: {
  readonly district: string;
  readonly redis: RedisHandle;
  readonly dataFolder: string;
  readonly logger: Logger;
}): Promise<SnapshotFiles> {
  const { district, redis, logger } = o;
  const folder = snapshotFolder(o.dataFolder, district);
  const files = await openSnapshotFolder(folder, logger);
  if (redis.mode === 'private') return files;
  const shared = new SharedSnapshot({ district, query: redis.connect('query') });
  return sharedSnapshots({ files, folder, shared, logger });
}

/** One engine writes there, others and whoever looks for an old plan read. */
export function snapshotFolder(dataFolder: string, district: string): string {
  return join(dataFolder, 'snapshots', district);
}
