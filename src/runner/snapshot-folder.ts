import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextRound } from 'node:timers/promises';
import { decodeSnapshot, encodeSnapshotInTurns } from '../codec/snapshot-codec.js';
import { OWNER_FILE_MODE, writeWholeFile } from '../files/whole-file.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { LogId } from '../model/log-id.js';
import type { Logger } from '../model/ports.js';
import type { SnapshotDump } from '../model/snapshot.js';
import type { SnapshotFiles } from './ports.js';

const DAY_MS = 86_400_000;
/** So long a snapshot may keep the entries of the log waiting at a time. */
const TURN_MS = 10;
/** Log id and hash. */
const NAME = /^\d{16}-\d{6,16}-[0-9a-f]{16}\.snapshot$/;

/**
 * Snapshots of one district as files of a folder, written whole or not at all (S1). Their names begin with the log id that they
 * stand at and end with their hash: an engine that missed a failover must not overwrite the snapshot of the other history.
 */
export async function openSnapshotFolder(folder: string, logger: Logger): Promise<SnapshotFiles> {
  if (await makeFolder(folder, logger)) await closeToOthers(folder, logger);
  return {
    write: (dump) => write(folder, dump),
    read: (pointer) => read(folder, pointer, logger),
    tidy: (file) => tidy(folder, file),
  };
}

/** Snapshots hold where officers were: nobody but the server's own user reads them. */
const FOLDER_MODE = 0o700;

/** Without a folder the engine folds on: it finds no snapshot, and says of each that it cannot write it. */
async function makeFolder(folder: string, logger: Logger): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    return true;
  } catch (error) {
    logger.error(
      { folder, error: messageOf(error) },
      'the folder of the snapshots cannot be made: make it, and give it to the user of the server',
    );
    return false;
  }
}

/** What was there before, left open by an older server or made by somebody else. */
async function closeToOthers(folder: string, logger: Logger): Promise<void> {
  try {
    await chmod(folder, FOLDER_MODE);
    for (const file of await readdir(folder)) await chmod(join(folder, file), OWNER_FILE_MODE);
  } catch (error) {
    logger.warn(
      { folder, error: messageOf(error) },
      'others on this machine may read the snapshots: close the folder to them (chmod 700), or give it to the user of the server',
    );
  }
}

async function write(folder: string, dump: SnapshotDump): Promise<{ file: string; sha256: string }> {
  const bytes = await encodeSnapshotInTurns(dump, createTurns(TURN_MS));
  const hash = sha256(bytes);
  const file = snapshotName(dump.cursor.logId, hash);
  await writeWholeFile(join(folder, file), bytes);
  return { file, sha256: hash };
}

/** Lets others have the thread once so many milliseconds have gone by. */
function createTurns(turnMs: number): () => Promise<void> {
  let sinceMs = performance.now();
  return async () => {
    if (performance.now() - sinceMs < turnMs) return;
    await nextRound();
    sinceMs = performance.now();
  };
}

export function snapshotName({ ms, seq }: LogId, hash: string): string {
  return `${String(ms).padStart(16, '0')}-${String(seq).padStart(6, '0')}-${hash.slice(0, 16)}.snapshot`;
}

async function read(
  folder: string,
  pointer: { file: string; sha256: string },
  logger: Logger,
): Promise<SnapshotDump | null> {
  const { file, sha256: expected } = pointer;
  if (!NAME.test(file))
    throw new BeatwatchError('snapshot-corrupt', `the snapshot pointer names ${file}, expected a snapshot file`);
  const bytes = await readIfThere(join(folder, file));
  if (bytes === null) {
    // It lies in the folder of the engine that wrote it: nothing is wrong.
    logger.info({ file }, 'the snapshot is not in this folder');
    return null;
  }
  const got = sha256(bytes);
  if (got === expected) return decodeSnapshot(bytes);
  throw new BeatwatchError('snapshot-corrupt', `${file}: got SHA-256 ${got}, expected ${expected}`);
}

async function readIfThere(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

async function tidy(folder: string, pointed: string): Promise<void> {
  const files = inOrder(await readdir(folder));
  for (const file of superfluous(files, pointed)) await rm(join(folder, file), { force: true });
}

/** Log times of the snapshots that are kept, oldest first. */
export async function keptSnapshots(
  folder: string,
): Promise<readonly { readonly file: string; readonly ms: number }[]> {
  const files = await readdir(folder).catch(() => []);
  return inOrder(files).map((file) => ({ file, ms: Number(file.slice(0, 16)) }));
}

/** A snapshot that is kept; null: it has gone meanwhile, or is spoilt. */
export async function readKeptSnapshot(folder: string, file: string): Promise<SnapshotDump | null> {
  return await readFile(join(folder, file))
    .then(decodeSnapshot)
    .catch(() => null);
}

/** Snapshot files that no pointer can name any more once one names `pointed`; the first of each day stays. `files` is in order. */
export function superfluous(files: readonly string[], pointed: string): string[] {
  const older = files.filter((file) => placeOf(file) < placeOf(pointed));
  const firstOfDay = new Map<number, string>();
  for (const file of files) {
    const day = Math.floor(Number(file.slice(0, 16)) / DAY_MS);
    if (!firstOfDay.has(day)) firstOfDay.set(day, file);
  }
  const kept = new Set([older.at(-1), ...firstOfDay.values()]);
  return older.filter((file) => !kept.has(file));
}

/** Log ids as text in their order: a log that was resumed has millions of entries in one millisecond. */
function placeOf(file: string): string {
  const [ms = '', seq = ''] = file.split('-');
  return `${ms}-${seq.padStart(16, '0')}`;
}

function inOrder(files: readonly string[]): string[] {
  const snapshots = files.filter((file) => NAME.test(file));
  return snapshots.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
