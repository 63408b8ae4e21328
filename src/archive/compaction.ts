import { parseLogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { Duck } from './duck.js';
import { currentLines } from './manifest.js';
import type { ManifestLine } from './manifest-line.js';
import { PartWriter, type WrittenPart } from './part-writer.js';

const DAY_MS = 86_400_000;

/** The UTC day of a log time, as days since 1970. */
function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/**
 * The parts that one part can stand for: those of the oldest UTC day that is over and has more than one, by log time, one after the
 * other in the log. `nowMs` is the log's time. Empty when there are none.
 */
export function dueForCompaction(archive: ArchiveFolder, nowMs: number): readonly ManifestLine[] {
  const lines = currentLines(archive.lines).map(({ line }) => line);
  const days = new Map<number, ManifestLine[]>();
  for (const line of lines) {
    const day = dayOf(line.logTime.fromMs);
    if (day >= dayOf(nowMs)) continue;
    const parts = days.get(day) ?? [];
    const last = parts.at(-1);
    // A log that was resumed may come back to a day: what does not touch is left as it is.
    if (last === undefined || last.log.upTo === line.log.after) days.set(day, [...parts, line]);
  }
  return [...days.values()].find((parts) => parts.length > 1) ?? [];
}

/** Writes the entries of some parts, which touch, as the files of one. */
export async function compact(
  archive: ArchiveFolder,
  duck: Duck,
  lines: readonly ManifestLine[],
  prefix: string,
): Promise<WrittenPart> {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) throw new Error('bug: nothing is to be compacted');
  const after = parseLogId(first.log.after);
  const chain = Buffer.from(first.chain.from, 'hex');
  const writer = new PartWriter({ duck, folder: archive.folder, after, chain });
  for await (const entries of archive.read({ after, upTo: parseLogId(last.log.upTo) })) await writer.add(entries);
  return await writer.finish(prefix);
}
