import type { LogHistory, LogStretch } from '../log/log-history.js';
import type { LogRangeEnd } from '../log/log-range.js';
import type { RawEntry } from '../log/raw-entry.js';
import { BeatwatchError } from '../model/errors.js';
import { compareLogIds, LOG_START } from '../model/log-id.js';
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

/** Goes on from where it is when more was archived, and trimmed or put into one part, meanwhile. */
async function readBoth(archive: ArchiveFolder, tail: LogHistory, stretch: LogStretch): Promise<LogRangeEnd> {
  const first = archive.lines[0]?.line;
  if (first === undefined) return await tail.read(stretch);
  const { visit, after: from = LOG_START, ...what } = stretch;
  /** Everything that was asked for up to this entry was visited. */
  let after = from;
  const goOn = (entries: readonly RawEntry[]) => {
    after = entries.at(-1)?.id ?? after;
    if (entries.length > 0) visit(entries);
  };
  for (;;) {
    const { upTo, lines } = archive;
    try {
      for await (const entries of archive.readTimes({ ...what, after })) {
        goOn(entries.filter(({ id }) => compareLogIds(id, after) > 0));
      }
      if (compareLogIds(upTo, after) > 0) after = upTo;
      // Nothing is trimmed beyond what is archived (S3): the log goes on behind that entry.
      const end = await tail.read({ ...what, after, visit: goOn });
      return {
        ...end,
        isFromGenesis: stretch.fromMs <= first.logTime.fromMs,
        goneBeforeMs: archive.goneBefore(stretch),
      };
    } catch (error) {
      if (!hasMoved(error)) throw error;
      await archive.refresh();
      if (archive.lines.length === lines.length) throw trimmed(error);
    }
  }
}

/** The log was trimmed beneath its reader, or a part was deleted for the day that it is in. */
function hasMoved(error: unknown): boolean {
  return error instanceof BeatwatchError && /^(log-trimmed|archive-part-unreadable)$/.test(error.code);
}

/** What was trimmed while it was read is in the archive now: begun again, it is read from there. */
async function readTail(tail: LogHistory, stretch: LogStretch): Promise<LogRangeEnd> {
  const end = await tail.read(stretch);
  if ((end.goneBeforeMs ?? 0) <= stretch.fromMs) return end;
  throw trimmed();
}

function trimmed(cause?: unknown): BeatwatchError {
  const because = cause === undefined ? {} : { cause };
  return new BeatwatchError('log-trimmed', 'the log was trimmed while it was read: read it again', {}, because);
}
