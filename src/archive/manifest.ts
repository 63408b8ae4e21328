import { randomBytes } from 'node:crypto';
import { access, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from '../files/whole-file.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { compareLogIds, parseLogId } from '../model/log-id.js';
import { type FileTable, lineBytes, NO_LINE, parseLine, sha256, type SignedLine } from './manifest-line.js';

export const MANIFEST_FOLDER = 'manifest';
export const PARTS_FOLDER = 'parts';

/** A line as it lies in the folder. */
export interface PublishedLine {
  readonly line: SignedLine;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
}

/** Lines that are read at once. */
const LINES_AT_ONCE = 64;
const LINE_NAME = /^(\d{10})\.json$/;

export function lineName(number: number): string {
  return `${String(number).padStart(10, '0')}.json`;
}

/**
 * The lines of a manifest from `from` on, oldest first. Throws `archive-line-missing` when a number is missing below a later one,
 * `archive-chain-broken` when one does not name the bytes of the one before, and `archive-line-invalid`. Signatures are not looked at.
 */
export async function readLines(folder: string, from: PublishedLine | null = null): Promise<readonly PublishedLine[]> {
  const lines: PublishedLine[] = [];
  const first = (from?.line.line ?? 0) + 1;
  const numbers = (await lineNumbers(folder)).filter((number) => number >= first);
  for (let i = 0; i < numbers.length; i += LINES_AT_ONCE) {
    const some = numbers.slice(i, i + LINES_AT_ONCE);
    const missing = some.findIndex((number, k) => number !== first + i + k);
    const there = missing < 0 ? some : some.slice(0, missing);
    const read = await Promise.all(there.map((number) => readFile(join(folder, MANIFEST_FOLDER, lineName(number)))));
    for (const [k, bytes] of read.entries()) lines.push(nextLine(bytes, first + i + k, lines.at(-1) ?? from));
    if (missing >= 0) throw missingLine(folder, some[missing] as number, first + i + missing);
  }
  return lines;
}

function nextLine(bytes: Buffer, number: number, previous: PublishedLine | null): PublishedLine {
  const line = parseLine(bytes, number);
  const hash = previous?.sha256 ?? NO_LINE;
  if (line.previous === hash) return { line, sha256: sha256(bytes) };
  const text = `manifest line ${number}: got ${line.previous} as the hash of the line before, expected ${hash}`;
  throw new BeatwatchError('archive-chain-broken', text, { line: number });
}

function missingLine(folder: string, number: number, expected: number): BeatwatchError {
  const text = `${folder}: got manifest line ${number} without line ${expected} before it`;
  return new BeatwatchError('archive-line-missing', text, { line: expected });
}

/** Whether a line may be there; asked of the next one, it says whether there are new lines without a list of all, of which a year has 60,000. */
export async function mayHaveLine(folder: string, number: number): Promise<boolean> {
  try {
    await access(join(folder, MANIFEST_FOLDER, lineName(number)));
    return true;
  } catch (error) {
    return codeOf(error) !== 'ENOENT';
  }
}

/** Numbers of the lines that are there, ascending. */
export async function lineNumbers(folder: string): Promise<readonly number[]> {
  const names = await readdirOrEmpty(join(folder, MANIFEST_FOLDER));
  return names.flatMap((name) => LINE_NAME.exec(name)?.slice(1).map(Number) ?? []).sort((a, b) => a - b);
}

/**
 * Publishes a line: a finished file that is linked to its name, which fails when another archiver was there first. Answers null then:
 * read the manifest again. Durable when it answers.
 */
export async function publishLine(folder: string, line: SignedLine): Promise<PublishedLine | null> {
  const manifest = join(folder, MANIFEST_FOLDER);
  await mkdir(manifest, { recursive: true, mode: 0o700 });
  const bytes = lineBytes(line);
  const temporary = join(manifest, `.${randomBytes(8).toString('hex')}.tmp`);
  await writeFile(temporary, bytes, { flag: 'wx', mode: 0o600, flush: true });
  try {
    await link(temporary, join(manifest, lineName(line.line)));
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return null;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await syncFolder(manifest);
  return { line, sha256: sha256(bytes) };
}

/**
 * Deletes what no line names: files of a part that was never published, or that a compaction stands for. A file younger than `graceMs`
 * may be on its way into a line of another archiver and is left. Answers the names that were deleted.
 */
export async function deleteUnlisted(
  folder: string,
  lines: readonly PublishedLine[],
  o: { readonly graceMs: number; readonly nowMs: number },
): Promise<readonly string[]> {
  const listed = new Set(currentLines(lines).flatMap(({ line }) => line.files.map(({ name }) => name)));
  const [parts, manifest] = [join(folder, PARTS_FOLDER), join(folder, MANIFEST_FOLDER)];
  const deleted = (await readdirOrEmpty(parts)).filter((name) => !listed.has(name));
  const temporary = (await readdirOrEmpty(manifest)).filter((name) => name.endsWith('.tmp'));
  for (const name of temporary) await deleteOld(join(manifest, name), o);
  const isDeleted = await Promise.all(deleted.map((name) => deleteOld(join(parts, name), o)));
  return deleted.filter((_, i) => isDeleted[i]);
}

async function deleteOld(path: string, o: { readonly graceMs: number; readonly nowMs: number }): Promise<boolean> {
  // Another archiver may have published it, or deleted it, meanwhile.
  const found = await stat(path).catch(() => null);
  if (found === null || found.mtimeMs > o.nowMs - o.graceMs) return false;
  await rm(path, { force: true });
  return true;
}

/** A line as its part is read: with the files that are left of it. */
export interface CurrentLine extends PublishedLine {
  readonly line: SignedLine & {
    /** What of the part was deleted, and when: its rows were kept for long enough. */
    readonly gone: ReadonlyMap<FileTable, number>;
  };
}

/** The lines whose parts are read, in the order of the log: all but those that a compaction stands for. */
export function currentLines(lines: readonly PublishedLine[]): readonly CurrentLine[] {
  return currentAfter([], lines);
}

/** What `currentLines` of all lines is, by what it was before the last of them. */
export function currentAfter(before: readonly CurrentLine[], news: readonly PublishedLine[]): readonly CurrentLine[] {
  const replaced = new Set(news.flatMap(({ line }) => line.replaces));
  const deletedAtMs = new Map(
    news.flatMap(({ line: { deletion, madeAtMs } }) =>
      (deletion?.parts ?? []).flatMap(({ files }) => files.map((name) => [name, madeAtMs] as const)),
    ),
  );
  return [...before, ...news.filter(({ line }) => isPart(line)).map(asCurrent)]
    .filter(({ line }) => !replaced.has(line.line))
    .map((one) => withoutFiles(one, deletedAtMs))
    .toSorted((a, b) => compareLogIds(parseLogId(a.line.log.after), parseLogId(b.line.log.after)));
}

function asCurrent({ line, sha256: hash }: PublishedLine): CurrentLine {
  return { line: { ...line, gone: new Map() }, sha256: hash };
}

/** @param deletedAtMs by the name of a file */
function withoutFiles(one: CurrentLine, deletedAtMs: ReadonlyMap<string, number>): CurrentLine {
  const deleted = one.line.files.filter(({ name }) => deletedAtMs.has(name));
  if (deleted.length === 0) return one;
  const files = one.line.files.filter(({ name }) => !deletedAtMs.has(name));
  const gone = new Map(one.line.gone);
  for (const { name, table } of deleted) gone.set(table, deletedAtMs.get(name) as number);
  const { snapshots, ...rest } = one.line;
  const kept = snapshots === undefined || gone.has('snapshot') ? {} : { snapshots };
  return { line: { ...rest, ...kept, files, gone }, sha256: one.sha256 };
}

/** Whether a line has a part; the others say something of the archive. */
export function isPart({ kind }: Pick<SignedLine, 'kind'>): boolean {
  return kind === 'flush' || kind === 'compaction';
}

async function readdirOrEmpty(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw new BeatwatchError(
      'archive-unreadable',
      `${path}: got ${messageOf(error)}, expected a folder that can be read`,
    );
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
