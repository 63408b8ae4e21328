import { join } from 'node:path';
import { ensureArchiveKey } from '../access/keys.js';
import { ArchiveFolder } from '../archive/archive-folder.js';
import type { Config } from '../config.js';
import { FOLD_VERSION } from '../engine/state.js';
import { lastId } from '../log/raw-entry.js';
import { BeatwatchError } from '../model/errors.js';
import { compareLogIds, formatLogId, LOG_START } from '../model/log-id.js';
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
}

/** The folder of a district's archive. */
export function archiveFolder(dataFolder: string, district: string): string {
  return join(dataFolder, 'archive', district);
}

/**
 * Starts the archive of this process's districts. A4: throws `archive-ahead` when a log ends before its archive does: then Redis has
 * lost what is archived, and entries under the same ids would be others.
 */
export async function openArchive({ config, redis, read, logger }: OpenArchiveOptions): Promise<ArchiveHost> {
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
    const { upTo } = archive;
    const last = (await lastId(query, district)) ?? LOG_START;
    if (compareLogIds(last, upTo) >= 0) continue;
    const got = `a log of ${district} that ends at ${formatLogId(last)}`;
    const message = `${folder}: got ${got}, expected one that reaches ${formatLogId(upTo)}, up to where it is archived: restore Redis, or move the archive away to begin anew`;
    throw new BeatwatchError('archive-ahead', message, { district });
  }
  query.disconnect();
  const { kid, privateJwk } = await ensureArchiveKey(join(dataFolder, 'keys'));
  const key = { kid, privateJwk };
  const work = { address: redis.address, districts, key, foldVersion: FOLD_VERSION };
  return new ArchiveHost(work, folders, logger);
}
