import { createHash } from 'node:crypto';
import { canonicalJson } from '../model/canonical-json.js';
import { BeatwatchError } from '../model/errors.js';
import { isLogId } from '../model/log-id.js';

/** The layout of the folder, of its files and of the lines; it rises when an older reader would misread a newer archive. */
export const ARCHIVE_FORMAT = 1;

/** The tables of the archive; each has a file in a part, unless it would be empty. */
export const ARCHIVE_TABLES = ['entries', 'reports', 'fixes'] as const;
export type ArchiveTable = (typeof ARCHIVE_TABLES)[number];

/** The tables of what the engine told: every version of every visit and alert. */
export const VERSION_TABLES = ['visits', 'alerts'] as const;
export type VersionTable = (typeof VERSION_TABLES)[number];

/** What a file of a part holds: rows of a table, or a snapshot of the engine as it wrote it. */
const FILE_TABLES = [...ARCHIVE_TABLES, ...VERSION_TABLES, 'snapshot'] as const;
export type FileTable = (typeof FILE_TABLES)[number];
/** Tables whose files have rows. */
export type RowTable = ArchiveTable | VersionTable;

export interface ArchiveFile {
  readonly table: FileTable;
  /** Its name in the folder `parts`. */
  readonly name: string;
  readonly bytes: number;
  /** 0 of a snapshot. */
  readonly rows: number;
  /** SHA-256 of the file's bytes, hexadecimal. */
  readonly sha256: string;
}

/** Times `[fromMs, toMs]`, both inclusive. */
export interface TimeSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What stands where in the log: entries after `after` up to `upTo`, as log ids. */
export interface LogSpan {
  readonly after: string;
  readonly upTo: string;
  readonly entries: number;
}

/** Which versions of one stream a part holds, by their numbers. */
export interface VersionSpan {
  /** Numbers above `after` up to `upTo`, inclusive. */
  readonly after: number;
  readonly upTo: number;
  /** How many; fewer than the numbers allow where some were gone from the store. */
  readonly versions: number;
  /** The version chain before the first and after the last (see `version-chain.ts`), hexadecimal. */
  readonly chain: { readonly from: string; readonly to: string };
  /** Event times that they are about; null: there is none. */
  readonly times: TimeSpan | null;
  /** How many of them have no end, and no later version in the part. */
  readonly open: number;
}

export type VersionSpans = Readonly<Record<VersionTable, VersionSpan>>;

/** A snapshot of the engine: its whole state after an entry, from which a replay may begin instead of the first entry of the log. */
export interface ArchivedSnapshot {
  /** The entry after which the engine had this state. */
  readonly logId: string;
  readonly foldVersion: number;
  /** A name in `files`. */
  readonly file: string;
}

/** What is kept for a time of its own: rows of these tables go together. */
export const RETAINED_TABLES = {
  fixes: ['fixes', 'reports', 'snapshot'],
  visits: ['visits'],
  alerts: ['alerts'],
  entries: ['entries'],
} as const satisfies Readonly<Record<string, readonly FileTable[]>>;
export type RetainedKind = keyof typeof RETAINED_TABLES;
export const RETAINED_KINDS = Object.keys(RETAINED_TABLES) as readonly RetainedKind[];

/** Which files were deleted, and by which rule. What they held is said nowhere. */
export interface Deletion {
  readonly kind: RetainedKind;
  /** Older log time than this, before the end of the archive as it was, need not be kept. */
  readonly keepMs: number;
  readonly parts: readonly { readonly line: number; readonly files: readonly string[] }[];
}

/** Somebody orders that nothing of a span may be deleted, until it is released. */
export interface Hold {
  readonly holdId: string;
  /** `[fromMs, toMs)`, log time or event time. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly actor: string;
  readonly reason: string;
}

export type Release = Pick<Hold, 'holdId' | 'actor' | 'reason'>;

/**
 * One line of the manifest: what a part of the archive holds, bound to the line before it. A `flush` goes on where the flush before it
 * ended. A `compaction` holds just the entries of the lines that it names, in one part, and these are read no more.
 */
export interface ManifestLine {
  readonly format: number;
  /** The number of the line: from 1, without a hole. */
  readonly line: number;
  /** The last three hold nothing: they stand where the archive ended then, and say what is said of it. */
  readonly kind: 'flush' | 'compaction' | 'deletion' | 'hold' | 'release';
  readonly district: string;
  readonly log: LogSpan;
  /** Log times of its entries. */
  readonly logTime: TimeSpan;
  /** Event times of its fixes, without those of a clock that was ahead; null when it has none. */
  readonly eventTime: TimeSpan | null;
  /** The entry chain before its first entry and after its last (see `entry-chain.ts`), hexadecimal. */
  readonly chain: { readonly from: string; readonly to: string };
  /** Absent: the part was written by an archiver that knew no versions. */
  readonly versions?: VersionSpans;
  /** A3: the first snapshots of the days that begin in the part; absent: none does, or there was none. */
  readonly snapshots?: readonly ArchivedSnapshot[];
  readonly files: readonly ArchiveFile[];
  /** What a line of kind `deletion` says; `hold` and `release` likewise. */
  readonly deletion?: Deletion;
  readonly hold?: Hold;
  readonly release?: Release;
  /** The lines whose parts a compaction stands for, ascending; empty for other kinds. */
  readonly replaces: readonly number[];
  readonly foldVersion: number;
  readonly madeAtMs: number;
  /** SHA-256 of the bytes of the line before, hexadecimal; 64 zeros of the first. */
  readonly previous: string;
}

/** A line as it is published: with the id of the key that signed it, and an Ed25519 signature of all other fields' canonical JSON, base64url. */
export interface SignedLine extends ManifestLine {
  readonly kid: string;
  readonly signature: string;
}

/** What stands for the line before the first. */
export const NO_LINE = '0'.repeat(64);

/** The bytes that a line's signature is of. */
export function signedBytes(line: ManifestLine & { readonly kid: string }): Buffer {
  const { signature: _, ...rest } = line as SignedLine;
  return Buffer.from(canonicalJson(rest));
}

/** A line's bytes as they lie on the disk; their hash is what the next line names. */
export function lineBytes(line: SignedLine): Buffer {
  return Buffer.from(`${canonicalJson(line)}\n`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

const LINE_KINDS = [
  'flush',
  'compaction',
  'deletion',
  'hold',
  'release',
] as const satisfies readonly ManifestLine['kind'][];
const HASH = /^[0-9a-f]{64}$/;

/**
 * Parses the bytes of line `number` of a district. Throws `archive-line-invalid` with what was got and expected; it knows nothing of
 * signatures and of other lines.
 */
export function parseLine(bytes: Uint8Array, number: number): SignedLine {
  const fault = (got: string, expected: string) =>
    new BeatwatchError('archive-line-invalid', `manifest line ${number}: got ${got}, expected ${expected}`, {
      line: number,
    });
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw fault(`${bytes.length} bytes that are no JSON`, 'one JSON object');
  }
  const line = value as Partial<SignedLine>;
  if (typeof value !== 'object' || value === null) throw fault('no object', 'one JSON object');
  if (line.format !== ARCHIVE_FORMAT) throw fault(`format ${line.format}`, `format ${ARCHIVE_FORMAT}`);
  if (line.line !== number) throw fault(`the number ${line.line}`, `${number}`);
  if (!LINE_KINDS.some((kind) => kind === line.kind)) throw fault(`the kind ${line.kind}`, LINE_KINDS.join(', '));
  const { log, chain, files, replaces } = line;
  if (!isLogId(log?.after ?? '') || !isLogId(log?.upTo ?? '') || !Number.isSafeInteger(log?.entries))
    throw fault('no span of the log', 'log ids and a number of entries');
  if (!HASH.test(chain?.from ?? '') || !HASH.test(chain?.to ?? '') || !HASH.test(line.previous ?? ''))
    throw fault('no hashes', 'chain.from, chain.to and previous as SHA-256');
  if (!Array.isArray(files) || !files.every(isFile))
    throw fault('no list of files', 'files with name, bytes, rows, sha256');
  if (!Array.isArray(replaces)) throw fault('no list of replaced lines', 'numbers');
  const { versions } = line;
  if (versions !== undefined && !VERSION_TABLES.every((table) => isVersionSpan(versions[table])))
    throw fault('no spans of versions', 'after, upTo, versions, open and chain of visits and of alerts');
  if (line.snapshots !== undefined && !(Array.isArray(line.snapshots) && line.snapshots.every(isSnapshot)))
    throw fault('no list of snapshots', 'snapshots with logId, foldVersion and file');
  if (!isNoteWhole(line)) throw fault(`no ${line.kind}`, 'what a line of this kind says');
  if (typeof line.kid !== 'string' || typeof line.signature !== 'string')
    throw fault('no signature', 'kid and signature');
  if (!lineBytes(line as SignedLine).equals(bytes)) throw fault('another spelling', 'canonical JSON and a line end');
  return line as SignedLine;
}

/** A name cannot lead out of the folder. */
const FILE_NAME = /^[0-9a-z][0-9a-z.-]{0,100}$/;

function isFile(value: unknown): value is ArchiveFile {
  const file = value as Partial<ArchiveFile> | null;
  return (
    FILE_NAME.test(file?.name ?? '') &&
    HASH.test(file?.sha256 ?? '') &&
    Number.isSafeInteger(file?.bytes) &&
    Number.isSafeInteger(file?.rows) &&
    FILE_TABLES.some((table) => table === file?.table)
  );
}

/** A line has what its kind says, and nothing of another kind. */
function isNoteWhole({ kind, deletion, hold, release }: Partial<ManifestLine>): boolean {
  const said = { deletion, hold, release };
  if (Object.entries(said).some(([name, value]) => (name === kind) !== (value !== undefined))) return false;
  if (deletion !== undefined) return isDeletion(deletion);
  if (hold !== undefined) return isSaid(hold) && Number.isSafeInteger(hold.fromMs) && Number.isSafeInteger(hold.toMs);
  return release === undefined || isSaid(release);
}

function isDeletion({ kind, keepMs, parts }: Partial<Deletion>): boolean {
  const isPart = (part: Deletion['parts'][number]): boolean =>
    Number.isSafeInteger(part?.line) && Array.isArray(part.files) && part.files.every((name) => FILE_NAME.test(name));
  return (
    RETAINED_KINDS.some((one) => one === kind) &&
    Number.isSafeInteger(keepMs) &&
    Array.isArray(parts) &&
    parts.every(isPart)
  );
}

function isSaid(said: Partial<Release>): boolean {
  return [said.holdId, said.actor, said.reason].every((text) => typeof text === 'string' && text !== '');
}

function isSnapshot(value: Partial<ArchivedSnapshot> | null): boolean {
  return isLogId(value?.logId ?? '') && Number.isSafeInteger(value?.foldVersion) && FILE_NAME.test(value?.file ?? '');
}

function isVersionSpan(value: VersionSpan | undefined): boolean {
  return (
    [value?.after, value?.upTo, value?.versions, value?.open].every(Number.isSafeInteger) &&
    HASH.test(value?.chain?.from ?? '') &&
    HASH.test(value?.chain?.to ?? '')
  );
}
