import type { DistrictReports } from '../api/deps.js';
import type { Config } from '../config.js';
import { readSettledDays } from '../log/settlements.js';
import { messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { RedisHandle } from '../redis/handle.js';
import type { ArchiveHost } from './archive-host.js';
import { keepPacks } from './daily-packs.js';
import { snapshotFolder } from './engine-snapshots.js';
import { makeInThread } from './report-threads.js';

/** How often it is looked whether a settled day has no pack yet. */
const PACKS_MS = 60_000;

export interface OpenReportsOptions {
  readonly config: Pick<Config, 'dataFolder'>;
  readonly redis: RedisHandle;
  /** Null: this process has no archive. Else it makes the pack of each settled day. */
  readonly archive: ArchiveHost | null;
  readonly logger: Logger;
}

/** The reports of one district, and the keeping of its packs until `close`. */
export interface OpenReports {
  readonly reports: DistrictReports;
  close(): void;
}

export function openReports(district: string, { config, redis, archive, logger }: OpenReportsOptions): OpenReports {
  const connection = redis.connect('query');
  const folder = archive?.folderOf(district)?.folder ?? null;
  const work = {
    address: redis.address,
    district,
    archiveFolder: folder,
    snapshotFolder: snapshotFolder(config.dataFolder, district),
    key: archive?.key ?? null,
  };
  const reports: DistrictReports = {
    settledDays: () => readSettledDays({ district, connection }),
    make: (task) => makeInThread({ ...work, task }),
  };
  let isKeeping = false;
  const keep = async (): Promise<void> => {
    // A round that takes long is not overtaken by the next one.
    if (folder === null || isKeeping) return;
    isKeeping = true;
    try {
      await keepPacks({ folder, district, reports, logger });
    } catch (error) {
      logger.warn({ district, error: messageOf(error) }, 'the packs of days cannot be kept; it is tried again');
    }
    isKeeping = false;
  };
  const timer = setInterval(() => void keep(), PACKS_MS).unref();
  return {
    reports,
    close: () => {
      clearInterval(timer);
      connection.disconnect();
    },
  };
}
