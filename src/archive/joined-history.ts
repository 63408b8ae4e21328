import type { LogHistory, LogStretch } from '../log/log-history.js';
import type { LogRangeEnd } from '../log/log-range.js';
import { BeatwatchError } from '../model/errors.js';
import type { ArchiveFolder } from './archive-folder.js';

/**
 * A district's log from its archive and from Redis as one. A2: what Redis has, it is asked for; what was trimmed there comes from the
 * archive, up to the last entry that this has, and the rest from Redis. No entry comes twice.
 */
export function joinedHistory(archive: ArchiveFolder, tail: LogHistory): LogHistory {
  return {
    begins: async () => (archive.lines.length === 0 ? await tail.begins() : null),
    read: async (stretch) => {
      const goneBeforeMs = await tail.begins();
      if (goneBeforeMs === null || goneBeforeMs <= stretch.fromMs) return await readTail(tail, stretch);
      await archive.refresh();
      return await readBoth(archive, tail, stretch);
    },
  };
}

async function readBoth(archive: ArchiveFolder, tail: LogHistory, stretch: LogStretch): Promise<LogRangeEnd> {
  const first = archive.lines[0]?.line;
  if (first === undefined) return await tail.read(stretch);
  const { upTo } = archive;
  try {
    for await (const entries of archive.readTimes(stretch)) stretch.visit(entries);
  } catch (error) {
    if (!(error instanceof BeatwatchError) || error.code !== 'archive-part-unreadable') throw error;
    // A day that became one part meanwhile is read from that.
    throw new BeatwatchError('log-trimmed', error.message, {}, { cause: error });
  }
  // Nothing is trimmed beyond what is archived (S3): the log goes on behind that entry.
  const end = await tail.read({ ...stretch, fromMs: Math.max(stretch.fromMs, upTo.ms), after: upTo });
  return { ...end, isFromGenesis: stretch.fromMs <= first.logTime.fromMs, goneBeforeMs: null };
}

/** What was trimmed while it was read is in the archive now: begun again, it is read from there. */
async function readTail(tail: LogHistory, stretch: LogStretch): Promise<LogRangeEnd> {
  const end = await tail.read(stretch);
  if ((end.goneBeforeMs ?? 0) <= stretch.fromMs) return end;
  throw new BeatwatchError('log-trimmed', 'the log was trimmed while it was read: read it again');
}
