import { join } from 'node:path';
import { SharedSnapshot } from '../hot/shared-snapshot.js';
import type { Logger } from '../model/ports.js';
import type { RedisConnection } from '../redis/connection.js';
import type { SnapshotFiles } from '../runner/ports.js';
import { sharedSnapshots } from '../runner/shared-snapshots.js';
import { openSnapshotFolder } from '../runner/snapshot-folder.js';

/** `share`: for engines that may have other data folders on the same Redis; null where there are none. */
export async function openSnapshots(o: {
  readonly district: string;
  readonly dataFolder: string;
  readonly share: RedisConnection | null;
  readonly logger: Logger;
}): Promise<SnapshotFiles> {
  const { district, share, logger } = o;
  const folder = snapshotFolder(o.dataFolder, district);
  const files = await openSnapshotFolder(folder, logger);
  if (share === null) return files;
  return sharedSnapshots({ files, folder, shared: new SharedSnapshot({ district, query: share }), logger });
}

/** One engine writes there, others and whoever looks for an old plan read. */
export function snapshotFolder(dataFolder: string, district: string): string {
  return join(dataFolder, 'snapshots', district);
}
