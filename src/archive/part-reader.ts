import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { DuckDBBlobValue, DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { ReportHead } from '../codec/canonical-fixes.js';
import { FixesWriter } from '../codec/fixes-writer.js';
import { logTimeOf, type RawEntry } from '../log/raw-entry.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { RejectedFix } from '../model/fix.js';
import { compareLogIds, type LogId, parseLogId } from '../model/log-id.js';
import { Duck, quote } from './duck.js';
import { FixesInOrder, type PlacedReport } from './fixes-in-order.js';
import { PARTS_FOLDER } from './manifest.js';
import type { ArchiveTable, FileTable, ManifestLine } from './manifest-line.js';
import { reportIdOf } from './report-id.js';
import { type Row, RowsInOrder } from './rows-in-order.js';
import { storedList } from './tables.js';

/** What DuckDB may hold while it sorts. */
const MEMORY = '256MB';
/** Entries are handed on, and the event loop goes round, after so many, or after so many bytes of payload. */
const ENTRIES_AT_ONCE = 128;
const BYTES_AT_ONCE = 65_536;

export interface PartRange {
  /** Entries after this one are read. */
  readonly after: LogId;
  /** Entries up to this one are read. */
  readonly upTo: LogId;
}

/** A part to be read: the number of its line, 0 while it has none, and its files. */
export type ReadablePart = Pick<ManifestLine, 'line' | 'files'> & {
  /** Tables of it that were deleted: without the fixes, entries of that kind are left out. */
  readonly gone?: ReadonlyMap<FileTable, number>;
};

/** The files of one part, each given as the rows that it has in a range of the log. */
interface PartRows {
  readonly entries: RowsInOrder;
  readonly reports: RowsInOrder;
  readonly fixes: FixesInOrder;
  readonly writer: FixesWriter;
  readonly lacksFixes: boolean;
}

/**
 * Reads the entries of a part in the order of the log, with the bytes that the log had, in pieces. Throws `archive-part-unreadable` when a file is not what its line says.
 *
 * @param kinds only entries of these; all unless given
 */
export async function* readPart(
  duck: Duck,
  folder: string,
  line: ReadablePart,
  range: PartRange,
  kinds?: readonly string[],
): AsyncGenerator<readonly RawEntry[]> {
  const open = (query: RowQuery) => openRows(duck, folder, line, query, range);
  const isOfKind = kinds === undefined ? '' : `kind IN (${kinds.map(quote).join(', ')}) AND `;
  const hasFixes = kinds === undefined || kinds.includes('fixes');
  const rows = {
    entries: new RowsInOrder(open({ ...ENTRIES, within: (from, to) => `${isOfKind}${ENTRIES.within(from, to)}` })),
    reports: new RowsInOrder(hasFixes ? open(REPORTS) : none()),
    fixes: new FixesInOrder(hasFixes ? open(FIXES) : none()),
    writer: new FixesWriter(),
    lacksFixes: line.gone?.has('fixes') === true || line.gone?.has('reports') === true,
  };
  try {
    yield* entriesOf(rows);
  } catch (error) {
    if (error instanceof BeatwatchError) throw error;
    throw new BeatwatchError('archive-part-unreadable', `part of manifest line ${line.line}: got ${messageOf(error)}`, {
      line: line.line,
    });
  } finally {
    for (const one of [rows.entries, rows.reports, rows.fixes]) await one.close();
  }
}

/** A DuckDB that reads the parts of a folder. */
export function openPartReader(folder: string): Promise<Duck> {
  return Duck.open({ folder, memory: MEMORY, threads: 1 });
}

/**
 * One that answers many questions about them. Each question has a thread of the pool of Node, and no further one: with two threads the block of a
 * unit's day takes 1.5 times the time of CPU, and is there no earlier.
 */
export function openQuestionReader(folder: string): Promise<Duck> {
  return Duck.open({ folder, memory: MEMORY, threads: 1, keepsFooters: true });
}

/** Which rows of a table are read, and how. */
interface RowQuery {
  readonly table: ArchiveTable;
  readonly columns: string;
  /** The order of the log. */
  readonly orderBy: string;
  /** The log id's milliseconds. */
  readonly ms: string;
  /** What skips row groups outside of milliseconds `[from, to]`. */
  readonly within: (from: number, to: number) => string;
}

const plainQuery = (table: 'entries' | 'reports', orderBy: string): RowQuery => ({
  table,
  columns: storedList(table),
  orderBy,
  ms: 'log_ms',
  within: (from, to) => `log_ms BETWEEN ${from} AND ${to}`,
});
const ENTRIES = plainQuery('entries', 'log_ms, log_seq');
const REPORTS = plainQuery('reports', 'log_ms, log_seq, place');
const FIXES: RowQuery = {
  table: 'fixes',
  columns: storedList('fixes'),
  orderBy: 'log_time, log_milli, log_seq, place, ordinal',
  ms: '(epoch_ms(log_time) + log_milli)',
  within: (from, to) => `log_time BETWEEN ${instant(from - 999)} AND ${instant(to)}`,
};

/** An instant as SQL writes it, within what a timestamp can be. */
function instant(ms: number): string {
  return `make_timestamp_ms(${Math.max(-MAX_INSTANT_MS, Math.min(ms, MAX_INSTANT_MS))})`;
}
const MAX_INSTANT_MS = 9_000_000_000_000_000;

function openRows(
  duck: Duck,
  folder: string,
  { files }: ReadablePart,
  { table, columns, orderBy, ms, within }: RowQuery,
  { after, upTo }: PartRange,
): AsyncIterable<DuckDBDataChunk> {
  const file = files.find((one) => one.table === table);
  if (file === undefined) return none();
  const from = `read_parquet(${quote(join(folder, PARTS_FOLDER, file.name))})`;
  const isBehind = `(${ms} > ${after.ms} OR (${ms} = ${after.ms} AND log_seq > ${after.seq}))`;
  const isBefore = `(${ms} < ${upTo.ms} OR (${ms} = ${upTo.ms} AND log_seq <= ${upTo.seq}))`;
  const where = `${within(after.ms, upTo.ms)} AND ${isBehind} AND ${isBefore}`;
  return duck.chunks(`SELECT ${columns} FROM ${from} WHERE ${where} ORDER BY ${orderBy}`);
}

async function* none(): AsyncGenerator<never> {}

async function* entriesOf(rows: PartRows): AsyncGenerator<readonly RawEntry[]> {
  let [entries, bytes]: [RawEntry[], number] = [[], 0];
  for (let entry = await nextEntry(rows); entry !== null; entry = await nextEntry(rows)) {
    entries.push(entry);
    bytes += entry.payload.length;
    if (entries.length < ENTRIES_AT_ONCE && bytes < BYTES_AT_ONCE) continue;
    yield entries;
    [entries, bytes] = [[], 0];
    // Rows that were fetched already come without waiting.
    await setImmediate();
  }
  if (entries.length > 0) yield entries;
}

/** An entry stands in `entries`, or its reports stand in the other two tables, or both. */
async function nextEntry(rows: PartRows): Promise<RawEntry | null> {
  const ids = [await rows.entries.nextId(), await rows.reports.nextId(), await rows.fixes.nextId()];
  const id = ids.reduce((first, one) =>
    first === null || (one !== null && compareLogIds(one, first) < 0) ? one : first,
  );
  if (id === null) return null;
  const [row] = await rows.entries.rowsOf(id);
  if (row === undefined) return { id, kind: 'fixes', payload: await fixesPayload(id, rows) };
  const [, , ownMs, kind, stored] = row;
  if (isNull(stored) && rows.lacksFixes) return await nextEntry(rows);
  const payload = isNull(stored) ? await fixesPayload(id, rows) : bytesOf(stored);
  const entry = { id, kind: String(kind), payload };
  return isNull(ownMs) ? entry : { ...entry, atMs: Number(ownMs) };
}

async function fixesPayload(id: LogId, rows: PartRows): Promise<Uint8Array> {
  const heads = new Map<number, ReportHead>();
  const { reports, from } = await rows.fixes.take(id);
  for (const report of reports) heads.set(report.place, report);
  for (const row of await rows.reports.rowsOf(id)) {
    const { place, ...report } = reportOf(row);
    if ((heads.get(place)?.fixes ?? 0) !== report.fixes)
      throw new Error(`other fixes than the ${report.fixes} of a report`);
    heads.set(place, report);
  }
  const places = [...heads.keys()].toSorted((a, b) => a - b);
  if (places.some((place, i) => place !== i))
    throw new Error(`no report ${places.length - 1} of entry ${id.ms}-${id.seq}`);
  const payload = rows.writer.write(
    places.map((place) => heads.get(place) as ReportHead),
    rows.fixes.table,
    from,
  );
  if (payload === null) throw new Error(`an entry ${id.ms}-${id.seq} that is too long`);
  return payload;
}

/** A row of `reports`. */
function reportOf([, , place, tracker, number, bytes, fixes, rejected]: Row): PlacedReport {
  return {
    place: Number(place),
    tracker: String(tracker),
    reportId: reportIdOf({
      number: isNull(number) ? null : (number as bigint),
      bytes: isNull(bytes) ? null : bytesOf(bytes),
    }),
    fixes: Number(fixes),
    rejected: isNull(rejected) ? [] : (JSON.parse(String(rejected)) as readonly RejectedFix[]),
  };
}

function isNull(value: DuckDBValue | undefined): value is null | undefined {
  return value === null || value === undefined;
}

function bytesOf(value: DuckDBValue | undefined): Buffer {
  return Buffer.from((value as DuckDBBlobValue).bytes);
}

/** Whether a part has entries in a range. */
export function touches({ log }: ManifestLine, { after, upTo }: PartRange): boolean {
  return compareLogIds(parseLogId(log.upTo), after) > 0 && compareLogIds(parseLogId(log.after), upTo) < 0;
}

/** Log times `[fromMs, toMs)`. */
export interface PartTimes {
  readonly fromMs: number;
  readonly toMs: number;
  /** Only entries of these kinds; all unless given. */
  readonly kinds?: readonly string[];
  /** Parts that end at this entry or before it are left out. */
  readonly after?: LogId;
}

/** Whether a part has entries of these log times. */
export function overlaps({ log, logTime }: ManifestLine, { fromMs, toMs, after }: PartTimes): boolean {
  if (after !== undefined && compareLogIds(parseLogId(log.upTo), after) <= 0) return false;
  return logTime.toMs >= fromMs && logTime.fromMs < toMs;
}

/** The entries of a part whose log times lie in `[fromMs, toMs)`. Throws as `readPart` does. */
export async function* readPartTimes(
  duck: Duck,
  folder: string,
  line: ManifestLine,
  { fromMs, toMs, kinds }: PartTimes,
): AsyncGenerator<readonly RawEntry[]> {
  const ids = { after: parseLogId(line.log.after), upTo: parseLogId(line.log.upTo) };
  const range = (await hasOwnTimes(duck, folder, line)) ? ids : idsWithin(ids, { fromMs, toMs });
  for await (const entries of readPart(duck, folder, line, range, kinds)) {
    const wanted = entries.filter((entry) => logTimeOf(entry) >= fromMs && logTimeOf(entry) < toMs);
    if (wanted.length > 0) yield wanted;
  }
}

/** Whether a part has entries whose log time is not that of their id: those of a log that was resumed. */
async function hasOwnTimes(duck: Duck, folder: string, { line, files }: ManifestLine): Promise<boolean> {
  const file = files.find(({ table }) => table === 'entries');
  if (file === undefined) return false;
  const sql = `SELECT count(own_ms) FROM read_parquet(${quote(join(folder, PARTS_FOLDER, file.name))})`;
  try {
    for await (const chunk of duck.chunks(sql)) return Number(chunk.getRows()[0]?.[0]) > 0;
    return false;
  } catch (error) {
    throw new BeatwatchError('archive-part-unreadable', `part of manifest line ${line}: got ${messageOf(error)}`, {
      line,
    });
  }
}

function idsWithin(ids: PartRange, { fromMs, toMs }: PartTimes): PartRange {
  const before = { ms: fromMs - 1, seq: Number.MAX_SAFE_INTEGER };
  const last = { ms: toMs - 1, seq: Number.MAX_SAFE_INTEGER };
  return {
    after: compareLogIds(before, ids.after) > 0 ? before : ids.after,
    upTo: compareLogIds(last, ids.upTo) < 0 ? last : ids.upTo,
  };
}
