import { randomBytes } from 'node:crypto';
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Files of ours are about persons: nobody but their owner reads them. */
export const OWNER_FILE_MODE = 0o600;

/** A file that appears whole under its name or not at all. It grows beside it, under a name that begins with a dot. */
export class GrowingFile {
  readonly path: string;
  readonly #growing: string;
  readonly #file: FileHandle;

  private constructor(path: string, growing: string, file: FileHandle) {
    this.path = path;
    this.#growing = growing;
    this.#file = file;
  }

  static async begin(path: string): Promise<GrowingFile> {
    const growing = join(dirname(path), `.${basename(path)}.${randomBytes(8).toString('hex')}.tmp`);
    return new GrowingFile(path, growing, await open(growing, 'wx', OWNER_FILE_MODE));
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) done += (await this.#file.write(bytes, done)).bytesWritten;
  }

  /** Brings what was written to the disk. */
  async end(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }

  /** After `end`: gives it its name, durably. A file that is there is replaced; with `isNew`, it rejects with EEXIST instead. */
  async publish({ isNew = false }: { readonly isNew?: boolean } = {}): Promise<void> {
    if (isNew) {
      await link(this.#growing, this.path);
      await rm(this.#growing);
    } else await rename(this.#growing, this.path);
    await syncFolder(dirname(this.path));
  }

  /** Deletes what is left of it, if it has not got its name. */
  async discard(): Promise<void> {
    await this.#file.close().catch(() => undefined);
    await rm(this.#growing, { force: true });
  }
}

/** Writes a file whole or not at all; durable when it answers. A file that is there is replaced; with `isNew`, it rejects with EEXIST instead. */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array,
  o: { readonly isNew?: boolean } = {},
): Promise<void> {
  const file = await GrowingFile.begin(path);
  try {
    await file.write(typeof content === 'string' ? Buffer.from(content) : content);
    await file.end();
    await file.publish(o);
  } finally {
    // On a full disk the half of it would be in the way of everything else.
    await file.discard();
  }
}

/** Brings to the disk which files a folder has. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
