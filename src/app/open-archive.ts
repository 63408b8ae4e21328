import { join } from 'node:path';
import { ensureArchiveKey } from '../access/keys.js';
import { ArchiveFolder } from '../archive/archive-folder.js';
import { refuseYoungerLog } from '../archive/younger-log.js';
import type { Config } from '../config.js';
import { FOLD_VERSION } from '../engine/state.js';
import { lastId } from '../log/raw-entry.js';
import { LOG_START } from '../model/log-id.js';
import type { Logger } from '../model/ports.js';
import type { RedisHandle } from '../redis/handle.js';
import { ArchiveHost } from './archive-host.js';
import { snapshotFolder } from './engine-snapshots.js';
import type { ReadDistrict } from './read-district.js';

export interface OpenArchiveOptions {
  readonly config: Config;
  readonly redis: RedisHandle;
  readonly read: readonly ReadDistrict[];
  readonly logger: Logger;
  /** As of `ArchiveHost`. */
  readonly stopWithinMs?: (() => number) | undefined;
}

/** The folder of a district's archive. */
export function archiveFolder(dataFolder: string, district: string): string {
  return join(dataFolder, 'archive', district);
}

/**
 * Starts the archive of this process's districts. Throws `archive-ahead` when a log ends before its archive does (A4).
 */
export async function openArchive({
  config,
  redis,
  read,
  logger,
  stopWithinMs,
}: OpenArchiveOptions): Promise<ArchiveHost> {
  const { dataFolder } = config;
  const districts = read.map(({ id }) => ({
    district: id,
    folder: archiveFolder(dataFolder, id),
    snapshots: snapshotFolder(dataFolder, id),
  }));
  const folders = new Map<string, ArchiveFolder>();
  const query = redis.connect('query');
  for (const { district, folder } of districts) {
    const archive = await ArchiveFolder.open({ folder, district });
    folders.set(district, archive);
    refuseYoungerLog(archive, (await lastId(query, district)) ?? LOG_START);
  }
  query.disconnect();
  const { kid, privateJwk } = await ensureArchiveKey(join(dataFolder, 'keys'));
  const key = { kid, privateJwk };
  const { settleAtMinute, archiveKeep: retention } = config;
  const work = { address: redis.address, districts, key, foldVersion: FOLD_VERSION, retention, settleAtMinute };
  return new ArchiveHost(work, folders, logger, stopWithinMs);
}
