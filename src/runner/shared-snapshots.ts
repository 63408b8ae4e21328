import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeSnapshot } from '../codec/snapshot-codec.js';
import type { SharedSnapshot } from '../hot/shared-snapshot.js';
import { messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import type { SnapshotFiles } from './ports.js';

/**
 * Snapshots of a folder, with the newest one in Redis besides: an engine with a folder of its own goes on from there. That copy is
 * a help and no more: without it the log is folded from its beginning, so whatever goes wrong with it is only said.
 */
export function sharedSnapshots(o: {
  readonly files: SnapshotFiles;
  /** Where `files` writes. */
  readonly folder: string;
  readonly shared: SharedSnapshot;
  readonly logger: Logger;
}): SnapshotFiles {
  const { files, folder, shared, logger } = o;
  const tryTo = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | null> => {
    try {
      return await work();
    } catch (error) {
      logger.warn({ error: messageOf(error) }, `the snapshot ${what}`);
      return null;
    }
  };
  return {
    async write(dump) {
      const written = await files.write(dump);
      await tryTo('is not shared with other engines', async () =>
        shared.put(await readFile(join(folder, written.file))),
      );
      return written;
    },
    async read(pointer) {
      const own = await tryTo('of this folder cannot be used', () => files.read(pointer));
      if (own !== null) return own;
      const bytes = await tryTo('of another engine cannot be read', () => shared.take(pointer.sha256));
      if (bytes === null) return null;
      logger.info({ file: pointer.file, bytes: bytes.byteLength }, 'goes on from the snapshot of another engine');
      return decodeSnapshot(bytes);
    },
    async tidy(file) {
      await tryTo('is not shared with other engines', () => shared.publish());
      await files.tidy(file);
    },
  };
}
