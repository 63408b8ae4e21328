import { ArchiveFolder } from '../../src/archive/archive-folder.js';
import { Archiver, type ArchiverOptions } from '../../src/archive/archiver.js';
import type { RawEntry } from '../../src/log/raw-entry.js';
import { createRandom } from '../../src/simulator/random.js';
import { keptLog } from '../support/redis-server.js';
import { drawEntries, keptLogReader } from './kept-log.js';

export const DAY_MS = 86_400_000;

/** Some minutes of each of some days, day by day. */
export function drawDays(
  o: { readonly days: number; readonly entriesADay: number },
  seed: number,
  ...scope: string[]
): readonly (readonly RawEntry[])[] {
  return Array.from({ length: o.days }, (_, day) =>
    drawEntries(createRandom(seed, ...scope, day), o.entriesADay).map((entry) => ({
      ...entry,
      id: { ms: entry.id.ms + day * DAY_MS, seq: entry.id.seq },
    })),
  );
}

export interface ArchivedLogOptions
  extends Pick<ArchiverOptions, 'folder' | 'signer'>,
    Partial<Pick<ArchiverOptions, 'foldVersion' | 'nowMs' | 'retention' | 'snapshots' | 'versions'>> {
  readonly log: readonly RawEntry[];
  readonly entriesPerPart: number;
}

/** Archives a log in memory to its end, and answers the archive. */
export async function archiveLog({ log, entriesPerPart, ...o }: ArchivedLogOptions): Promise<ArchiveFolder> {
  const stop = new AbortController();
  const archiver = new Archiver({
    district: 'example',
    foldVersion: 2,
    openReader: (after) => {
      const reader = keptLogReader(log, after);
      return {
        read: async (read) => {
          const part = await reader.read({ ...read, count: entriesPerPart });
          if (part.length === 0) stop.abort();
          return part;
        },
      };
    },
    setArchived: async () => undefined,
    nowMs: () => Date.now(),
    flush: { entries: entriesPerPart },
    logger: keptLog(),
    ...o,
  });
  await archiver.run(stop.signal);
  return await ArchiveFolder.open({ folder: o.folder, district: 'example' });
}
