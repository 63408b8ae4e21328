import { canonicalJson } from '../model/canonical-json.js';
import { verify } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from '../files/whole-file.js';
import { BeatwatchError } from '../model/errors.js';
import { isDateText } from '../model/local-date.js';
import type { ArchiveKeys, ArchiveSigner } from './keys.js';
import type { PublishedLine } from './manifest.js';
import { ARCHIVE_FORMAT } from './manifest-line.js';

/**
 * What an archive had come to, for safe-keeping elsewhere: who has a head can tell later whether the archive still contains that line
 * unchanged, and with it everything before.
 */
export interface ArchiveHead {
  readonly format: number;
  readonly district: string;
  /** The last line. */
  readonly line: number;
  /** SHA-256 of its bytes. */
  readonly sha256: string;
  /** The last log id that it had. */
  readonly upTo: string;
  readonly madeAtMs: number;
  readonly kid: string;
  /** Ed25519, of all other fields' canonical JSON; base64url. */
  readonly signature: string;
}

/** Heads lie here, one for each day (UTC) on which something was archived. */
export const HEADS_FOLDER = 'heads';

/** Beside them: what the archive has come to now. */
const NEWEST = 'newest.json';

/** Keeps the newest head in the archive's folder; written whole or not at all. */
export async function keepNewestHead(folder: string, head: ArchiveHead): Promise<void> {
  const heads = join(folder, HEADS_FOLDER);
  await mkdir(heads, { recursive: true, mode: 0o700 });
  await writeWholeFile(join(heads, NEWEST), `${canonicalJson(head)}\n`);
}

/** The head of a UTC day (`2026-11-24`), or the newest for null; null: there is none. */
export async function readHead(folder: string, day: string | null): Promise<ArchiveHead | null> {
  if (day !== null && !isDateText(day)) return null;
  try {
    return JSON.parse(
      await readFile(join(folder, HEADS_FOLDER, day === null ? NEWEST : `${day}.json`), 'utf8'),
    ) as ArchiveHead;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Keeps the day's first head in the archive's folder, for somebody to fetch; answers null when the day has one. Durable when it answers. */
export async function keepDailyHead(folder: string, head: ArchiveHead): Promise<string | null> {
  const heads = join(folder, HEADS_FOLDER);
  const name = `${new Date(head.madeAtMs).toISOString().slice(0, 10)}.json`;
  await mkdir(heads, { recursive: true, mode: 0o700 });
  try {
    await writeWholeFile(join(heads, name), `${canonicalJson(head)}\n`, { isNew: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return null;
    throw error;
  }
  return name;
}

export function makeHead({ line, sha256 }: PublishedLine, madeAtMs: number, signer: ArchiveSigner): ArchiveHead {
  const head = {
    format: ARCHIVE_FORMAT,
    district: line.district,
    line: line.line,
    sha256,
    upTo: line.log.upTo,
    madeAtMs,
    kid: signer.kid,
  };
  return { ...head, signature: signer.sign(Buffer.from(canonicalJson(head))) };
}

/** Throws `archive-head-invalid` unless a known key signed it. */
export function checkHead(text: string, keys: ArchiveKeys): ArchiveHead {
  const fault = (got: string) =>
    new BeatwatchError(
      'archive-head-invalid',
      `head: got ${got}, expected a head of an archive, signed by a key that is given`,
    );
  let head: ArchiveHead;
  try {
    head = JSON.parse(text) as ArchiveHead;
  } catch {
    throw fault('no JSON');
  }
  if (typeof head !== 'object' || head === null || typeof head.signature !== 'string') throw fault('no signature');
  const { signature, ...signed } = head;
  const key = keys.get(head.kid);
  if (key === undefined) throw fault(`the key ${String(head.kid)}`);
  if (!verify(null, Buffer.from(canonicalJson(signed)), key, Buffer.from(signature, 'base64url')))
    throw fault('a signature that is not of it');
  return head;
}
