import { join } from 'node:path';
import { BeatwatchError } from '../model/errors.js';
import { parseLogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';
import { type FinishedPart, withSnapshotsOf } from './day-snapshots.js';
import { type Duck, quote } from './duck.js';
import { chainOver } from './entry-chain.js';
import { PARTS_FOLDER } from './manifest.js';
import { ARCHIVE_TABLES, type ArchiveTable, type ManifestLine, type TimeSpan } from './manifest-line.js';
import { QUICK, SMALL, type TableQuery, writePartFiles } from './part-files.js';
import { readPart } from './part-reader.js';
import type { WrittenPart } from './part-writer.js';
import { storedList, TABLES } from './tables.js';
import { withVersions } from './version-flush.js';
import { readVersions } from './version-reader.js';
import { VersionWriter } from './version-writer.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Parts of an hour become one if they have at most so many fixes together, as one part may have: those of a busier district are long enough. */
const MAX_HOUR_FIXES = 500_000;

/** The UTC day of a log time, as days since 1970. */
export function utcDayOf(ms: number): number {
  return Math.floor(ms / DAY_MS);
}

/** Parts that one part is to stand for: those of a day are written once and kept, those of an hour until their day is over. */
export interface DueCompaction {
  readonly lines: readonly ManifestLine[];
  readonly span: 'day' | 'hour';
}

/**
 * The parts that one part can stand for: those of the oldest UTC day that is over and has more than one; otherwise those of such an hour, as a
 * question about a day that goes on reads each of them. They are one after the other in the log. `nowMs` is the log's time. Null: there are none.
 */
export function dueForCompaction(archive: ArchiveFolder, nowMs: number): DueCompaction | null {
  // Of what was deleted nothing can be proven.
  const lines = archive.current.flatMap(({ line }) => (line.gone.size > 0 ? [] : [line]));
  const ofDay = partsOfSpan(lines, DAY_MS, nowMs).at(0);
  if (ofDay !== undefined) return { lines: ofDay, span: 'day' };
  const ofHour = partsOfSpan(lines, HOUR_MS, nowMs).find((parts) => fixesOf(parts) <= MAX_HOUR_FIXES);
  return ofHour === undefined ? null : { lines: ofHour, span: 'hour' };
}

/** More than one part that begin in the same span of log time, which is over, and touch; the oldest first. */
function partsOfSpan(lines: readonly ManifestLine[], spanMs: number, nowMs: number): readonly ManifestLine[][] {
  const spans = new Map<number, ManifestLine[]>();
  for (const line of lines) {
    const span = Math.floor(line.logTime.fromMs / spanMs);
    if (span >= Math.floor(nowMs / spanMs)) continue;
    const parts = spans.get(span) ?? [];
    const last = parts.at(-1);
    // A log that was resumed may come back to a span: what does not touch is left as it is.
    if (last === undefined || last.log.upTo === line.log.after) spans.set(span, [...parts, line]);
  }
  return [...spans.values()].filter((parts) => parts.length > 1);
}

function fixesOf(lines: readonly ManifestLine[]): number {
  return sumOf(lines.flatMap(({ files }) => files.map(({ table, rows }) => (table === 'fixes' ? rows : 0))));
}

/**
 * Writes the rows of some parts, which touch, as the files of one. The rows are sorted by DuckDB; then all entries are read back from
 * the new files, and must give the chain of the parts that they stand for. Throws `archive-inconsistent` otherwise, and leaves no file.
 */
export async function compact(
  archive: ArchiveFolder,
  duck: Duck,
  { lines, span }: DueCompaction,
  prefix: string,
): Promise<FinishedPart> {
  const [first, last] = [lines[0], lines.at(-1)];
  if (first === undefined || last === undefined) throw new Error('bug: nothing is to be compacted');
  const { folder } = archive;
  const queries = ARCHIVE_TABLES.map((table) => unionOf(folder, lines, table));
  const files = await writePartFiles(duck, folder, prefix, queries, span === 'day' ? SMALL : QUICK);
  const part: WrittenPart = {
    log: { after: first.log.after, upTo: last.log.upTo, entries: sumOf(lines.map(({ log }) => log.entries)) },
    logTime: spanOf(lines.map(({ logTime }) => logTime)) ?? first.logTime,
    eventTime: spanOf(lines.flatMap(({ eventTime }) => (eventTime === null ? [] : [eventTime]))),
    chain: { from: first.chain.from, to: last.chain.to },
    files,
  };
  try {
    await proveEntries(folder, duck, part);
    return withSnapshotsOf(lines, await compactVersions(archive, duck, lines, { part, prefix }));
  } catch (error) {
    await archive.discard(part);
    throw error;
  }
}

function unionOf(folder: string, lines: readonly ManifestLine[], table: ArchiveTable): TableQuery {
  const files = lines.flatMap((line) => line.files.filter((file) => file.table === table));
  const paths = files.map(({ name }) => quote(join(folder, PARTS_FOLDER, name)));
  const sql = `SELECT ${storedList(table)} FROM read_parquet([${paths.join(', ')}]) ORDER BY ${TABLES[table].orderBy}`;
  return { table, sql, rows: sumOf(files.map(({ rows }) => rows)) };
}

async function proveEntries(folder: string, duck: Duck, part: WrittenPart): Promise<void> {
  const range = { after: parseLogId(part.log.after), upTo: parseLogId(part.log.upTo) };
  let chain: Buffer = Buffer.from(part.chain.from, 'hex');
  let entries = 0;
  for await (const some of readPart(duck, folder, { line: 0, files: part.files }, range)) {
    chain = chainOver(chain, some);
    entries += some.length;
  }
  if (chain.toString('hex') === part.chain.to && entries === part.log.entries) return;
  const got = `${entries} entries with the chain ${chain.toString('hex')} in a compacted part`;
  const expected = `${part.log.entries} with ${part.chain.to}, as in the parts that it stands for`;
  throw new BeatwatchError('archive-inconsistent', `${folder}: got ${got}, expected ${expected}`);
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function spanOf(spans: readonly TimeSpan[]): TimeSpan | null {
  if (spans.length === 0) return null;
  return { fromMs: Math.min(...spans.map(({ fromMs }) => fromMs)), toMs: Math.max(...spans.map(({ toMs }) => toMs)) };
}

/** The versions of the parts, where these know of any: the first may have been written by an archiver that did not. */
async function compactVersions(
  archive: ArchiveFolder,
  duck: Duck,
  lines: readonly ManifestLine[],
  { part, prefix }: { readonly part: WrittenPart; readonly prefix: string },
): Promise<FinishedPart> {
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
