import { isDeepStrictEqual } from 'node:util';
import type { FixHistory, FixQuery, FixReading, LoggedFix, LogTimes } from '../log/fix-history.js';
import { compareLogged } from '../log/fix-history.js';
import { againWhenMoved } from '../log/again-when-moved.js';
import type { FixLog, FixTail } from '../log/fix-tail.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../model/log-id.js';
import type { ArchiveFolder } from './archive-folder.js';
import { clearStretches } from './clear-stretches.js';
import { readFiles } from './slice-reader.js';
import {
  deletedTimes,
  estimateFixes,
  filesOf,
  type FixSlice,
  type SliceStretch,
  slicesOf,
  spanOf,
} from './read-plan.js';

/** L1: a slice begins again when its files were compacted away beneath it. */
const ATTEMPTS = 5;
/** Rows of the log in Redis that are handed on at once. */
const ROWS_AT_ONCE = 2_048;

export interface JoinedFixesOptions {
  readonly district: string;
  /** Null: nothing of the district is archived here. */
  readonly archive: ArchiveFolder | null;
  /** Null: there is only the archive. */
  readonly log: FixLog | null;
  /** SLICE_ROWS unless given. */
  readonly sliceRows?: number;
  /** MAX_BLOCK_ROWS unless given; 0: every slice is read by a statement. */
  readonly blockRows?: number;
}

/**
 * A district's fixes from its archive and from Redis as one. A2: it notes the last entry of the log, reads the manifest, and then the log after
 * what is archived, up to that entry. A row is in one of both: archived up to the entry where the rest begins.
 */
export function joinedFixes(o: JoinedFixesOptions): FixHistory {
  return {
    estimate: async ({ stretches, trackers }) => {
      await o.archive?.refresh();
      return estimateFixes(o.archive?.fixParts ?? [], stretches, trackers);
    },
    open: (query) => againWhenMoved(() => open(o, query)),
  };
}

async function open(o: JoinedFixesOptions, query: FixQuery): Promise<FixReading> {
  const { district, archive, log } = o;
  const last = log === null ? null : await log.lastId();
  await archive?.refresh();
  const archivedUpTo = archive === null || archive.lines.length === 0 ? null : archive.upTo;
  const upTo = query.upTo ?? last ?? archivedUpTo ?? LOG_START;
  const isBeyond = compareLogIds(upTo, last ?? LOG_START) > 0 && compareLogIds(upTo, archivedUpTo ?? LOG_START) > 0;
  if (isBeyond) {
    throw new BeatwatchError(
      'log-rewritten',
      `got a log of ${district} that ends before ${formatLogId(upTo)}, expected one that reaches it: begin again`,
    );
  }
  const isAllArchived = archivedUpTo !== null && compareLogIds(archivedUpTo, upTo) >= 0;
  const tail: FixTail =
    log === null || isAllArchived
      ? { fixes: [], goneBeforeMs: null }
      : await log.read({ query, after: archivedUpTo, upTo });
  const deleted = archive === null ? [] : deletedOf(archive, query);
  const archived =
    archive === null || archivedUpTo === null ? null : { archive, upTo: least(archivedUpTo, upTo), deleted };
  const { goneBeforeMs } = tail;
  const clear =
    archived === null || deleted.length > 0 ? new Set<number>() : await clearStretches(archived, query, tail.fixes);
  return { upTo, goneBeforeMs, deleted, clear, batches: () => readAll(archived, query, tail.fixes, { ...o, clear }) };
}

/** What the archive has of a reading, though it may have more by now. */
interface Archived {
  readonly archive: ArchiveFolder;
  readonly upTo: LogId;
  /** Log times of fixes of the query that it lacked when the reading was opened. */
  readonly deleted: readonly LogTimes[];
}

async function* readAll(
  archived: Archived | null,
  query: FixQuery,
  tail: readonly LoggedFix[],
  { sliceRows, blockRows, clear }: JoinedFixesOptions & { readonly clear: ReadonlySet<number> },
): AsyncGenerator<readonly LoggedFix[]> {
  const rest = new Rest(tail);
  const sizes = sliceRows === undefined ? {} : { sliceRows };
  const slices =
    archived === null
      ? []
      : slicesOf(archived.archive.fixParts, query.stretches, query.trackers, { ...sizes, without: clear });
  for (const [i, slice] of slices.entries()) {
    if (archived === null) continue;
    // What is in memory would be read on though its files were deleted since the reading began.
    if (i > 0) await archived.archive.refresh();
    for await (const batch of readSlice(archived, query, slice, blockRows)) yield rest.mergedInto(batch);
    const end = slice.at(-1);
    if (end !== undefined) yield* rest.until((one) => isBefore(one, end));
  }
  yield* rest.until(() => true);
}

/** A slice of the archive. A part that was compacted away meanwhile is read from the part that holds it now, from where it broke off. */
async function* readSlice(
  archived: Archived,
  query: FixQuery,
  slice: FixSlice,
  blockRows?: number,
): AsyncGenerator<readonly LoggedFix[]> {
  const { archive, upTo } = archived;
  let last: LoggedFix | null = null;
  for (let attempt = 1; ; attempt += 1) {
    refuseDeleted(archived, query);
    const parts = filesOf(archive.fixParts, spanOf(slice));
    if (parts.length === 0) return;
    try {
      for await (const batch of readFiles({ archive, parts, slice, query, upTo }, blockRows)) {
        const more: readonly LoggedFix[] = last === null ? batch : behind(batch, last);
        last = more.at(-1) ?? last;
        if (more.length > 0) yield more;
      }
      return;
    } catch (error) {
      query.signal?.throwIfAborted();
      const before = new Set(parts.map(({ file }) => file.name));
      await archive.refresh();
      refuseDeleted(archived, query);
      const isChanged = filesOf(archive.fixParts, spanOf(slice)).some(({ file }) => !before.has(file.name));
      if (isChanged && attempt < ATTEMPTS) continue;
      throw new BeatwatchError('archive-part-unreadable', `archive of ${archive.district}: got ${messageOf(error)}`);
    }
  }
}

function deletedOf(archive: ArchiveFolder, { stretches }: FixQuery): readonly LogTimes[] {
  return deletedTimes(archive.current, stretches);
}

/** A reading that goes on without what was deleted since it was opened would not say so. */
function refuseDeleted({ archive, deleted }: Archived, query: FixQuery): void {
  if (isDeepStrictEqual(deletedOf(archive, query), deleted)) return;
  throw new BeatwatchError(
    'fixes-deleted',
    `archive of ${archive.district}: fixes were deleted while they were read, as they need not be kept any more: read again`,
  );
}

function isBefore({ stretch, fix }: LoggedFix, end: SliceStretch): boolean {
  return stretch < end.index || (stretch === end.index && fix.eventTimeMs < end.toMs);
}

function behind(batch: readonly LoggedFix[], last: LoggedFix): readonly LoggedFix[] {
  return batch.filter((one) => compareLogged(one, last) > 0);
}

/** Sorted rows that are not archived, taken in between those that are. */
class Rest {
  readonly #rows: readonly LoggedFix[];
  #next = 0;

  constructor(rows: readonly LoggedFix[]) {
    this.#rows = rows;
  }

  mergedInto(batch: readonly LoggedFix[]): readonly LoggedFix[] {
    const last = batch.at(-1);
    const first = this.#rows[this.#next];
    if (last === undefined || first === undefined || compareLogged(first, last) > 0) return batch;
    const merged: LoggedFix[] = [];
    for (const row of batch) {
      for (let one = this.#rows[this.#next]; one !== undefined; one = this.#rows[this.#next]) {
        if (compareLogged(one, row) > 0) break;
        merged.push(one);
        this.#next += 1;
      }
      merged.push(row);
    }
    return merged;
  }

  *until(isBefore: (row: LoggedFix) => boolean): Generator<readonly LoggedFix[]> {
    for (;;) {
      const from = this.#next;
      while (this.#next < this.#rows.length && this.#next - from < ROWS_AT_ONCE) {
        if (!isBefore(this.#rows[this.#next] as LoggedFix)) break;
        this.#next += 1;
      }
      if (this.#next === from) return;
      yield this.#rows.slice(from, this.#next);
    }
  }
}

function least(a: LogId, b: LogId): LogId {
  return compareLogIds(a, b) < 0 ? a : b;
}
