import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../files/whole-file.js';
import { decodeSnapshot } from '../codec/snapshot-codec.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { compareLogIds, formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import type { Logger } from '../model/ports.js';
import type { SnapshotDump } from '../model/snapshot.js';
import { currentLines, PARTS_FOLDER, type PublishedLine } from './manifest.js';
import { type ArchivedSnapshot, type ArchiveFile, type ManifestLine, sha256 } from './manifest-line.js';
import type { WrittenPart } from './part-writer.js';

/** Where the engine leaves its snapshots: a folder, or Redis. */
export interface SnapshotSource {
  /** The bytes of the first snapshot that stands at this log time or later, and not after `upTo`; null: there is none now. */
  firstSince(sinceMs: number, upTo: LogId): Promise<Uint8Array | null>;
}

/** A part with all that its line says of it. */
export type FinishedPart = WrittenPart & Pick<ManifestLine, 'versions' | 'snapshots'>;

const DAY_MS = 86_400_000;

/**
 * A3: a part with the first snapshot of the UTC day in which it ends, unless the archive has that day's. Replay may begin with it; nothing
 * needs it. So what cannot be had is said and left out.
 */
export async function withDaySnapshot(
  part: FinishedPart,
  o: {
    readonly archive: { readonly folder: string; readonly snapshots: readonly ArchivedSnapshot[] };
    readonly source: SnapshotSource;
    readonly prefix: string;
    readonly logger: Logger;
  },
): Promise<FinishedPart> {
  const { archive, source, prefix, logger } = o;
  const upTo = parseLogId(part.log.upTo);
  const sinceMs = Math.floor(upTo.ms / DAY_MS) * DAY_MS;
  if (archive.snapshots.some(({ logId }) => parseLogId(logId).ms >= sinceMs)) return part;
  const found = await take(source, sinceMs, upTo).catch((error: unknown) => {
    logger.warn({ error: messageOf(error) }, "the day's first snapshot cannot be archived yet");
    return null;
  });
  if (found === null) return part;
  const name = `${prefix}.snapshot`;
  await writeDurably(join(archive.folder, PARTS_FOLDER), name, found.bytes);
  const { logId, foldVersion } = found;
  const file = {
    table: 'snapshot',
    name,
    bytes: found.bytes.byteLength,
    rows: 0,
    sha256: sha256(found.bytes),
  } as const;
  return { ...part, snapshots: [{ logId, foldVersion, file: name }], files: [...part.files, file] };
}

async function take(source: SnapshotSource, sinceMs: number, upTo: LogId) {
  const bytes = await source.firstSince(sinceMs, upTo);
  if (bytes === null) return null;
  const { cursor, foldVersion } = decodeSnapshot(bytes);
  if (compareLogIds(cursor.logId, upTo) > 0) return null;
  return { bytes, logId: formatLogId(cursor.logId), foldVersion };
}

/** A part that stands for others, with their snapshots: the same files, named again. */
export function withSnapshotsOf(lines: readonly ManifestLine[], part: FinishedPart): FinishedPart {
  const snapshots = lines.flatMap((line) => line.snapshots ?? []);
  if (snapshots.length === 0) return part;
  return { ...part, snapshots, files: [...part.files, ...lines.flatMap(snapshotFiles)] };
}

function snapshotFiles({ files }: ManifestLine): readonly ArchiveFile[] {
  return files.filter(({ table }) => table === 'snapshot');
}

/** Null: it is of a build with another layout of snapshots. Throws `archive-part-unreadable` when the file is not what its line says. */
export async function readArchivedSnapshot(
  folder: string,
  { file }: ArchivedSnapshot,
  lines: readonly PublishedLine[],
): Promise<SnapshotDump | null> {
  const listed = currentLines(lines).flatMap(({ line }) => line.files.filter(({ name }) => name === file));
  const fault = (got: string) =>
    new BeatwatchError('archive-part-unreadable', `${file}: got ${got}, expected the snapshot that was signed`);
  const bytes = await readFile(join(folder, PARTS_FOLDER, file)).catch((error: unknown) => {
    throw fault(messageOf(error));
  });
  if (sha256(bytes) !== listed[0]?.sha256) throw fault('other bytes');
  return decoded(bytes);
}

/** Null: it has another layout. */
function decoded(bytes: Uint8Array): SnapshotDump | null {
  try {
    return decodeSnapshot(bytes);
  } catch {
    return null;
  }
}

/** What is wrong with what a line says of its snapshots, in words; null: each is a file of its own that says the same. */
export async function faultOfSnapshots(
  folder: string,
  line: ManifestLine,
  replaced: readonly ManifestLine[],
): Promise<{ readonly file: string | null; readonly detail: string } | null> {
  const files = snapshotFiles(line);
  const snapshots = line.snapshots ?? [];
  const said = (lines: readonly ManifestLine[]): string =>
    JSON.stringify(lines.map((one) => [one.snapshots ?? [], snapshotFiles(one).map((file) => file.sha256)]).flat(2));
  if (files.length !== snapshots.length || (line.kind === 'compaction' && said([line]) !== said(joinedLines(replaced))))
    return { file: null, detail: 'got other snapshots than those of its files, or of the lines that it stands for' };
  for (const { file, logId, foldVersion } of snapshots) {
    const dump = decoded(await readFile(join(folder, PARTS_FOLDER, file)));
    // Its bytes are those that were signed; what another build wrote is not looked into.
    if (dump === null) continue;
    const got = formatLogId(dump.cursor.logId);
    if (
      got !== logId ||
      dump.foldVersion !== foldVersion ||
      compareLogIds(parseLogId(got), parseLogId(line.log.upTo)) > 0
    )
      return {
        file,
        detail: `got a snapshot at ${got} of fold ${dump.foldVersion}, expected ${logId} of fold ${foldVersion}`,
      };
  }
  return null;
}

function joinedLines(lines: readonly ManifestLine[]): readonly ManifestLine[] {
  const [first] = lines;
  if (first === undefined) return [];
  return [{ ...first, snapshots: lines.flatMap((line) => line.snapshots ?? []), files: lines.flatMap(snapshotFiles) }];
}

async function writeDurably(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, name);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  await syncFolder(folder);
}
