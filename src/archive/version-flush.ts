import { compareLogIds, parseLogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { Duck } from './duck.js';
import { VERSION_TABLES, type VersionSpans, type VersionTable } from './manifest-line.js';
import type { WrittenPart } from './part-writer.js';
import type { RawVersion } from './version-chain.js';
import { versionRow } from './version-rows.js';
import { VersionWriter, type WrittenVersions } from './version-writer.js';

/** Reads what the engine told from hot state, by its numbers; `CommittedVersions` of hot state is one. */
export interface ArchivedVersions {
  /** Versions above `after` that are committed, in order, some hundred at a time; empty: there is no more now. */
  read(table: VersionTable, after: number): Promise<readonly RawVersion[]>;
}

/**
 * Writes the versions that a part's entries brought about, and that no line has yet, beside the part. What the engine tells of these
 * entries later comes with a later part, so no version is archived before its entry. Leaves no file behind when it rejects.
 */
export async function gatherVersions<Part extends WrittenPart>(o: {
  readonly archive: ArchiveFolder;
  readonly duck: Duck;
  readonly source: ArchivedVersions;
  readonly part: Part;
  readonly prefix: string;
  /** Says of what fails that it could not be written. */
  readonly written: <Result>(work: Promise<Result>) => Promise<Result>;
}): Promise<Part & { readonly versions: VersionSpans }> {
  const { archive, duck, source, part, prefix, written } = o;
  const upTo = parseLogId(part.log.upTo);
  return await withVersions(archive, part, async (table) => {
    const { upTo: after, chain } = archive.versionEnd(table);
    const writer = new VersionWriter({ duck, folder: archive.folder, table, after, chain });
    for (let isMore = true; isMore; ) {
      const versions = await source.read(table, writer.upTo);
      isMore = versions.length > 0;
      for (const version of versions) {
        const row = versionRow(table, version);
        isMore = row.logId === null || compareLogIds(row.logId, upTo) <= 0;
        if (!isMore) break;
        await written(writer.add(version, row));
      }
    }
    return await written(writer.finish(prefix));
  });
}

/** A part with what was written of each stream; what was written of one is deleted again when another cannot be. */
export async function withVersions<Part extends WrittenPart>(
  archive: ArchiveFolder,
  part: Part,
  write: (table: VersionTable) => Promise<WrittenVersions>,
): Promise<Part & { readonly versions: VersionSpans }> {
  const written = new Map<VersionTable, WrittenVersions>();
  try {
    for (const table of VERSION_TABLES) written.set(table, await write(table));
  } catch (error) {
    await archive.discard({ files: [...written.values()].flatMap(({ files }) => files) });
    throw error;
  }
  const spans = Object.fromEntries([...written].map(([table, { span }]) => [table, span])) as unknown as VersionSpans;
  return { ...part, versions: spans, files: [...part.files, ...[...written.values()].flatMap(({ files }) => files)] };
}
