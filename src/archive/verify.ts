import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { formatLogId, LOG_START, parseLogId } from '../model/log-id.js';
import { faultOfSnapshots } from './day-snapshots.js';
import type { Duck } from './duck.js';
import { CHAIN_START, chainOver } from './entry-chain.js';
import type { ArchiveHead } from './heads.js';
import { type ArchiveKeys, isSignedBy } from './keys.js';
import {
  type CurrentLine,
  currentLines,
  lineName,
  lineNumbers,
  MANIFEST_FOLDER,
  PARTS_FOLDER,
  type PublishedLine,
} from './manifest.js';
import { ARCHIVE_TABLES, NO_LINE, parseLine, sha256, type SignedLine, VERSION_TABLES } from './manifest-line.js';
import { openPartReader, readPart } from './part-reader.js';
import { sha256OfFile } from './part-files.js';
import { faultOfNote } from './retention.js';
import { faultOfVersions, holdsVersionsOf, readFaultOfVersions } from './verify-versions.js';

export interface ArchiveFault {
  /** What is wrong: a file below the folder. */
  readonly file: string;
  readonly what:
    | 'missing'
    | 'changed'
    | 'added'
    | 'truncated'
    | 'unsigned'
    | 'out-of-order'
    | 'inconsistent'
    | 'unreadable'
    | 'rolled-back'
    | 'unlawful';
  /** Says what was got and what was expected. */
  readonly detail: string;
}

export interface VerifyOptions {
  readonly folder: string;
  readonly keys: ArchiveKeys;
  /** What the archive must still contain. */
  readonly head?: ArchiveHead | undefined;
  /** Given after each line and each part: how many of how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

export interface Verified {
  /** Faults in the order in which they were found: lines first, then parts in the order of the log. */
  readonly faults: readonly ArchiveFault[];
  readonly lines: number;
  readonly entries: number;
  readonly files: number;
  readonly upTo: string;
}

/**
 * Looks at an archive with nothing but the folder and public keys: every line (its form, its number, its signature, the hash of the line
 * before), how the lines go on from each other in the log, every file (there, its length, its hash), every entry (the chain from the
 * first to the last, so that a compacted part holds just what it replaced), and that nothing else lies there.
 */
export async function verifyArchive({ folder, keys, head, onProgress }: VerifyOptions): Promise<Verified> {
  const faults: ArchiveFault[] = [];
  const lines = await verifyLines(folder, keys, faults);
  const current = currentLines(lines);
  const total = lines.length + current.length;
  onProgress?.(lines.length, total);
  if (head !== undefined) verifyHead(lines, head, faults);
  let entries = 0;
  const duck = await openPartReader(folder);
  try {
    for (const [i, { line }] of current.entries()) {
      const replaced = lines.filter((one) => line.replaces.includes(one.line.line)).map((one) => one.line);
      entries += await verifyPart(duck, folder, line, { replaced, faults });
      onProgress?.(lines.length + i + 1, total);
    }
  } finally {
    await duck.close();
  }
  await verifyReplaced(folder, lines, new Set(current.map(({ line }) => line.line)), faults);
  await verifyNothingElse(folder, lines, faults);
  const last = current.at(-1)?.line;
  const files = current.reduce((sum, { line }) => sum + line.files.length, 0);
  return { faults, lines: lines.length, entries, files, upTo: last?.log.upTo ?? formatLogId(LOG_START) };
}

async function verifyLines(
  folder: string,
  keys: ArchiveKeys,
  faults: ArchiveFault[],
): Promise<readonly PublishedLine[]> {
  const lines: PublishedLine[] = [];
  const numbers = await lineNumbers(folder);
  if (numbers.length === 0)
    faults.push({ file: MANIFEST_FOLDER, what: 'missing', detail: 'got no line, expected the manifest of an archive' });
  for (const number of numbers) {
    const file = `${MANIFEST_FOLDER}/${lineName(number)}`;
    for (let missing = (lines.at(-1)?.line.line ?? 0) + 1; missing < number; missing += 1) {
      const name = `${MANIFEST_FOLDER}/${lineName(missing)}`;
      faults.push({
        file: name,
        what: 'missing',
        detail: `got no line ${missing}, expected one before line ${number}`,
      });
      if (missing - (lines.at(-1)?.line.line ?? 0) >= MAX_MISSING_NAMED) break;
    }
    const bytes = await readFile(join(folder, file));
    let line: SignedLine;
    try {
      line = parseLine(bytes, number);
    } catch (error) {
      faults.push({ file, what: 'changed', detail: messageOf(error) });
      continue;
    }
    const fault = faultOfLine(line, lines, keys);
    if (fault !== null) faults.push({ file, ...fault });
    lines.push({ line, sha256: sha256(bytes) });
  }
  return lines;
}

/** So many lines of a hole in the manifest are named. */
const MAX_MISSING_NAMED = 100;

function faultOfLine(
  line: SignedLine,
  before: readonly PublishedLine[],
  keys: ArchiveKeys,
): Pick<ArchiveFault, 'what' | 'detail'> | null {
  if (!keys.has(line.kid)) {
    return {
      what: 'unsigned',
      detail: `got a line signed by the key ${line.kid}, expected one of ${[...keys.keys()].join(', ')}`,
    };
  }
  if (!isSignedBy(line, keys)) return { what: 'changed', detail: 'got a signature that is not of these bytes' };
  const previous = before.at(-1);
  if (previous !== undefined && previous.line.line === line.line - 1 && line.previous !== previous.sha256) {
    return {
      what: 'out-of-order',
      detail: `got ${line.previous} as the hash of the line before, expected ${previous.sha256}`,
    };
  }
  if (line.line === 1 && line.previous !== NO_LINE)
    return { what: 'out-of-order', detail: 'got a line before the first' };
  if (line.kind === 'flush') return faultOfFlush(line, before);
  if (line.kind === 'compaction') return faultOfCompaction(line, before);
  const detail = faultOfNote(line, before);
  return detail === null ? null : { what: line.kind === 'deletion' ? 'unlawful' : 'inconsistent', detail };
}

function faultOfFlush(
  line: SignedLine,
  before: readonly PublishedLine[],
): Pick<ArchiveFault, 'what' | 'detail'> | null {
  const last = before.findLast((one) => one.line.kind === 'flush')?.line;
  const [after, chain] = [last?.log.upTo ?? formatLogId(LOG_START), last?.chain.to ?? CHAIN_START.toString('hex')];
  const versions = faultOfVersions(line, before);
  if (versions !== null) return { what: 'inconsistent', detail: versions };
  if (line.log.after === after && line.chain.from === chain) return null;
  return {
    what: 'inconsistent',
    detail: `got entries after ${line.log.after}, expected those after ${after} with the same chain`,
  };
}

function faultOfCompaction(
  line: SignedLine,
  before: readonly PublishedLine[],
): Pick<ArchiveFault, 'what' | 'detail'> | null {
  const replaced = currentLines(before).filter((one) => line.replaces.includes(one.line.line));
  const [first, last] = [replaced[0]?.line, replaced.at(-1)?.line];
  const entries = replaced.reduce((sum, one) => sum + one.line.log.entries, 0);
  const goesOn = replaced.every(({ line: one }, i) => i === 0 || one.log.after === replaced[i - 1]?.line.log.upTo);
  const isSame =
    replaced.length === line.replaces.length &&
    goesOn &&
    first?.log.after === line.log.after &&
    last?.log.upTo === line.log.upTo &&
    first.chain.from === line.chain.from &&
    last.chain.to === line.chain.to &&
    entries === line.log.entries &&
    holdsVersionsOf(
      line,
      replaced.map((one) => one.line),
    );
  if (isSame) return null;
  return {
    what: 'inconsistent',
    detail: `got other entries or versions than those of the lines ${line.replaces.join(', ')} that it stands for`,
  };
}

function verifyHead(lines: readonly PublishedLine[], head: ArchiveHead, faults: ArchiveFault[]): void {
  const found = lines.find(({ line }) => line.line === head.line);
  if (found?.sha256 === head.sha256) return;
  const last = lines.at(-1)?.line.line ?? 0;
  const got = found === undefined ? `${last} lines` : `another line ${head.line}`;
  const expected = `line ${head.line} as it was on ${new Date(head.madeAtMs).toISOString()} (${head.sha256})`;
  faults.push({
    file: `${MANIFEST_FOLDER}/${lineName(head.line)}`,
    what: 'rolled-back',
    detail: `got ${got}, expected ${expected}`,
  });
}

async function faultOfFile(
  folder: string,
  { name, bytes, sha256: expected }: SignedLine['files'][number],
): Promise<ArchiveFault | null> {
  const file = `${PARTS_FOLDER}/${name}`;
  try {
    const { size } = await stat(join(folder, file));
    const hash = await sha256OfFile(join(folder, file));
    if (size < bytes) return { file, what: 'truncated', detail: `got ${size} bytes, expected ${bytes}` };
    return hash === expected ? null : { file, what: 'changed', detail: `got SHA-256 ${hash}, expected ${expected}` };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return { file, what: isMissing ? 'missing' : 'unreadable', detail: messageOf(error) };
  }
}

/** Files of parts that a compaction stands for may be gone; those that still lie there are as they were. */
async function verifyReplaced(
  folder: string,
  lines: readonly PublishedLine[],
  current: ReadonlySet<number>,
  faults: ArchiveFault[],
): Promise<void> {
  const known = new Set(
    lines.flatMap(({ line }) => (current.has(line.line) ? line.files.map(({ name }) => name) : [])),
  );
  for (const { line } of lines) {
    for (const listed of current.has(line.line) ? [] : line.files) {
      if (known.has(listed.name)) continue;
      known.add(listed.name);
      const fault = await faultOfFile(folder, listed);
      if (fault !== null && fault.what !== 'missing') faults.push(fault);
    }
  }
}

/** Answers how many entries it has. */
async function verifyPart(
  duck: Duck,
  folder: string,
  line: CurrentLine['line'],
  { replaced, faults }: { readonly replaced: readonly SignedLine[]; readonly faults: ArchiveFault[] },
): Promise<number> {
  const before = faults.length;
  for (const listed of line.files) {
    const fault = await faultOfFile(folder, listed);
    if (fault !== null) faults.push(fault);
  }
  if (faults.length > before) return 0;
  await verifyVersions(duck, folder, line, faults);
  if (!line.gone.has('snapshot')) await verifySnapshots(folder, line, { replaced, faults });
  // What was deleted lawfully cannot be proven any more; what is left has the bytes that were signed.
  if (ARCHIVE_TABLES.some((table) => line.gone.has(table))) return 0;
  return await verifyEntries(duck, folder, line, faults);
}

async function verifySnapshots(
  folder: string,
  line: SignedLine,
  { replaced, faults }: { readonly replaced: readonly SignedLine[]; readonly faults: ArchiveFault[] },
): Promise<void> {
  const manifest = `${MANIFEST_FOLDER}/${lineName(line.line)}`;
  try {
    const fault = await faultOfSnapshots(folder, line, replaced);
    if (fault === null) return;
    const file = fault.file === null ? manifest : `${PARTS_FOLDER}/${fault.file}`;
    faults.push({ file, what: 'inconsistent', detail: fault.detail });
  } catch (error) {
    faults.push({ file: manifest, what: 'unreadable', detail: `its snapshots: got ${messageOf(error)}` });
  }
}

async function verifyVersions(
  duck: Duck,
  folder: string,
  line: CurrentLine['line'],
  faults: ArchiveFault[],
): Promise<void> {
  for (const table of VERSION_TABLES) {
    if (line.gone.has(table)) continue;
    const name = line.files.find((one) => one.table === table)?.name;
    const file = name === undefined ? `${MANIFEST_FOLDER}/${lineName(line.line)}` : `${PARTS_FOLDER}/${name}`;
    try {
      const detail = await readFaultOfVersions(duck, folder, line, table);
      if (detail !== null) faults.push({ file, what: 'inconsistent', detail });
    } catch (error) {
      if (!(error instanceof BeatwatchError)) throw error;
      faults.push({ file, what: 'unreadable', detail: error.message });
    }
  }
}

async function verifyEntries(duck: Duck, folder: string, line: SignedLine, faults: ArchiveFault[]): Promise<number> {
  const file = `${PARTS_FOLDER}/${line.files[0]?.name ?? ''}`;
  let chain: Buffer = Buffer.from(line.chain.from, 'hex');
  let entries = 0;
  try {
    for await (const part of readPart(duck, folder, line, {
      after: parseLogId(line.log.after),
      upTo: parseLogId(line.log.upTo),
    })) {
      chain = chainOver(chain, part);
      entries += part.length;
    }
  } catch (error) {
    if (!(error instanceof BeatwatchError)) throw error;
    faults.push({ file, what: 'unreadable', detail: error.message });
    return 0;
  }
  if (chain.toString('hex') !== line.chain.to || entries !== line.log.entries) {
    const got = `${entries} entries with the chain ${chain.toString('hex')}`;
    faults.push({
      file,
      what: 'inconsistent',
      detail: `got ${got}, expected ${line.log.entries} with ${line.chain.to}`,
    });
  }
  return entries;
}

async function verifyNothingElse(
  folder: string,
  lines: readonly PublishedLine[],
  faults: ArchiveFault[],
): Promise<void> {
  const listed = new Set(lines.flatMap(({ line }) => line.files.map(({ name }) => name)));
  const names = await readdir(join(folder, PARTS_FOLDER)).catch((): string[] => []);
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    if (!listed.has(name))
      faults.push({ file: `${PARTS_FOLDER}/${name}`, what: 'added', detail: 'got a file that no line names' });
  }
}
