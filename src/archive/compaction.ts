import { parseLogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { Duck } from './duck.js';
import { currentLines } from './manifest.js';
import type { ManifestLine } from './manifest-line.js';
import { PartWriter, type WrittenPart } from './part-writer.js';
import { withVersions } from './version-flush.js';
import { readVersions } from './version-reader.js';
import { VersionWriter } from './version-writer.js';

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

/** A part that stands for others, and what it has of versions. */
export type CompactedPart = WrittenPart & Pick<ManifestLine, 'versions'>;

/** Writes the entries of some parts, which touch, as the files of one. */
export async function compact(
  archive: ArchiveFolder,
  duck: Duck,
  lines: readonly ManifestLine[],
  prefix: string,
): Promise<CompactedPart> {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) throw new Error('bug: nothing is to be compacted');
  const after = parseLogId(first.log.after);
  const chain = Buffer.from(first.chain.from, 'hex');
  const writer = new PartWriter({ duck, folder: archive.folder, after, chain });
  for await (const entries of archive.read({ after, upTo: parseLogId(last.log.upTo) })) await writer.add(entries);
  const part = await writer.finish(prefix);
  try {
    return await compactVersions(archive, duck, lines, { part, prefix });
  } catch (error) {
    await archive.discard(part);
    throw error;
  }
}

/** The versions of the parts, where these know of any: the first may have been written by an archiver that did not. */
async function compactVersions(
  archive: ArchiveFolder,
  duck: Duck,
  lines: readonly ManifestLine[],
  { part, prefix }: { readonly part: WrittenPart; readonly prefix: string },
): Promise<CompactedPart> {
  const spans = lines.flatMap(({ versions }) => versions ?? []);
  const [first, last] = [spans[0], spans.at(-1)];
  if (first === undefined || last === undefined) return part;
  return await withVersions(archive, part, async (table) => {
    const { after, chain } = first[table];
    const from = Buffer.from(chain.from, 'hex');
    const writer = new VersionWriter({ duck, folder: archive.folder, table, after, chain: from });
    const range = { after, upTo: last[table].upTo };
    for await (const versions of readVersions(duck, archive.folder, lines, table, range)) {
      for (const version of versions) await writer.add(version);
    }
    return await writer.finish(prefix);
  });
}
