import { once } from 'node:events';
import { access } from 'node:fs/promises';
import { GrowingFile, writeWholeFile } from '../files/whole-file.js';
import { type Counted, counted, type Custody } from '../formats/custody.js';
import type { Chunks } from '../formats/table.js';
import { BeatwatchError } from '../model/errors.js';

export interface ExportTarget {
  /** Null: to stdout. */
  readonly path: string | null;
  /** Replace a file that is there. */
  readonly force: boolean;
}

/** What is known of an exported file beside what is in it. */
export interface CustodyFile extends Custody {
  readonly file: string | null;
  readonly mediaType: string;
  readonly rows: number;
  /** What was found out while rows were read, such as versions that a server does not have any more. */
  readonly findings: readonly string[];
  readonly bytes: number;
  readonly sha256: string;
}

/** The custody of a file lies beside it. */
export function custodyPath(path: string): string {
  return `${path}.custody.json`;
}

/** Throws `file-exists` where a file would be replaced that nobody wants replaced. */
export async function refuseExisting({ path, force }: ExportTarget): Promise<void> {
  if (path === null || force) return;
  for (const one of [path, custodyPath(path)]) {
    const isThere = await access(one).then(
      () => true,
      () => false,
    );
    if (isThere) throw new BeatwatchError('file-exists', `${one}: got a file, expected none; --force replaces it`);
  }
}

/**
 * Writes an export to a file, whole under its name or not at all: it grows under another name beside it, is brought to the disk, and is
 * renamed after its custody lies there. On any failure, and when `signal` aborts, nothing is left.
 */
export async function writeExport(
  { path }: ExportTarget,
  chunks: Chunks,
  custodyOf: (facts: { readonly bytes: number; readonly sha256: string }) => CustodyFile,
  signal: AbortSignal,
): Promise<CustodyFile> {
  const through = counted(chunks);
  if (path === null) {
    await toStdout(through, signal);
    return custodyOf(through.digest());
  }
  const file = await GrowingFile.begin(path);
  try {
    for await (const chunk of through.chunks) {
      signal.throwIfAborted();
      await file.write(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    }
    signal.throwIfAborted();
    await file.end();
    const custody = custodyOf(through.digest());
    await writeWholeFile(custodyPath(path), `${JSON.stringify(custody, null, 2)}\n`);
    await file.publish();
    return custody;
  } finally {
    await file.discard();
  }
}

async function toStdout({ chunks }: Counted, signal: AbortSignal): Promise<void> {
  for await (const chunk of chunks) {
    signal.throwIfAborted();
    if (!process.stdout.write(chunk)) await once(process.stdout, 'drain', { signal });
  }
}
