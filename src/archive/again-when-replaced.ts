import { BeatwatchError } from '../model/errors.js';
import type { ArchiveFolder } from './archive-folder.js';

/** Reads of parts begin again when these were compacted away, or deleted, beneath them: the manifest names others by then. */
export async function againWhenReplaced<Result>(archive: ArchiveFolder, read: () => Promise<Result>): Promise<Result> {
  for (;;) {
    const { length } = archive.lines;
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof BeatwatchError) || error.code !== 'archive-part-unreadable') throw error;
      await archive.refresh();
      if (archive.lines.length === length) throw error;
    }
  }
}
