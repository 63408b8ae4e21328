import { join } from 'node:path';
import type { DuckDBBlobValue, DuckDBValue } from '@duckdb/node-api';
import { encodeLogEntry } from '../codec/log-codec.js';
import { logTimeOf, type RawEntry } from '../log/raw-entry.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { Fix, RejectedFix } from '../model/fix.js';
import { compareLogIds, type LogId, parseLogId } from '../model/log-id.js';
import type { TrackerBatch } from '../model/log-entry.js';
import { Duck, quote } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';
import type { ArchiveTable, ManifestLine } from './manifest-line.js';
import { type Row, RowsInOrder } from './rows-in-order.js';
import { columnNames, readList } from './tables.js';

/** What DuckDB may hold while it sorts. */
const MEMORY = '256MB';
/** Entries handed on at a time. */
const ENTRIES_AT_ONCE = 1_000;
const FIX_COLUMNS = columnNames('fixes');
const TRACKER = FIX_COLUMNS.indexOf('tracker');
const REPORT = FIX_COLUMNS.indexOf('report');

/** Each file's rows in the order of the log. */
const LOG_ORDER: Readonly<Record<ArchiveTable, string>> = {
  entries: 'log_ms, log_seq',
  reports: 'log_ms, log_seq, place',
  fixes: 'log_ms, log_seq, tracker, report, ordinal',
};

export interface PartRange {
  /** Entries after this one … */
  readonly after: LogId;
  /** … up to this one. */
  readonly upTo: LogId;
}

/** The files of one part, each given as the rows that it has in a range of the log. */
type PartRows = Readonly<Record<ArchiveTable, RowsInOrder>>;

/**
 * Reads the entries of a part in the order of the log, with the bytes that the log had, in pieces. Throws `archive-part-unreadable` when a file is not what its line says.
 */
export async function* readPart(
  duck: Duck,
  folder: string,
  line: ManifestLine,
  range: PartRange,
): AsyncGenerator<readonly RawEntry[]> {
  const open = (table: ArchiveTable) => rowsOf(duck, folder, line, table, range);
  const rows = { entries: open('entries'), reports: open('reports'), fixes: open('fixes') };
  try {
    yield* entriesOf(rows);
  } catch (error) {
    if (error instanceof BeatwatchError) throw error;
    throw new BeatwatchError('archive-part-unreadable', `part of manifest line ${line.line}: got ${messageOf(error)}`, {
      line: line.line,
    });
  } finally {
    for (const one of Object.values(rows)) await one.close();
  }
}

/** A DuckDB that reads the parts of a folder. */
export function openPartReader(folder: string): Promise<Duck> {
  return Duck.open({ folder, memory: MEMORY, threads: 1 });
}

function rowsOf(
  duck: Duck,
  folder: string,
  { files }: ManifestLine,
  table: ArchiveTable,
  range: PartRange,
): RowsInOrder {
  const msColumn = columnNames(table).indexOf('log_ms');
  const file = files.find((one) => one.table === table);
  if (file === undefined) return new RowsInOrder(none(), msColumn);
  const from = `read_parquet(${quote(join(folder, PARTS_FOLDER, file.name))})`;
  const sql = `SELECT ${readList(table)} FROM ${from} WHERE ${inRange(range)} ORDER BY ${LOG_ORDER[table]}`;
  return new RowsInOrder(duck.chunks(sql), msColumn);
}

function inRange({ after, upTo }: PartRange): string {
  return (
    `(log_ms > ${after.ms} OR (log_ms = ${after.ms} AND log_seq > ${after.seq})) AND ` +
    `(log_ms < ${upTo.ms} OR (log_ms = ${upTo.ms} AND log_seq <= ${upTo.seq}))`
  );
}

async function* none(): AsyncGenerator<never> {}

async function* entriesOf(rows: PartRows): AsyncGenerator<readonly RawEntry[]> {
  let entries: RawEntry[] = [];
  for (let row = await rows.entries.take(); row !== null; row = await rows.entries.take()) {
    entries.push(await entryOf(row, rows));
    if (entries.length < ENTRIES_AT_ONCE) continue;
    yield entries;
    entries = [];
  }
  if (entries.length > 0) yield entries;
}

async function entryOf(row: Row, rows: PartRows): Promise<RawEntry> {
  const id = rows.entries.idOf(row);
  const [, , ownMs, kind, stored] = row;
  const payload = stored === null || stored === undefined ? await fixesPayload(id, rows) : bytesOf(stored);
  const entry = { id, kind: String(kind), payload };
  return ownMs === null || ownMs === undefined ? entry : { ...entry, atMs: Number(ownMs) };
}

async function fixesPayload(id: LogId, rows: PartRows): Promise<Uint8Array> {
  const reports = await rows.reports.rowsOf(id);
  const fixes = await rows.fixes.rowsOf(id);
  const byReport = new Map<string, Fix[]>();
  for (const row of fixes) {
    const key = `${String(row[TRACKER])} ${Number(row[REPORT])}`;
    const known = byReport.get(key);
    if (known === undefined) byReport.set(key, [fixOf(row)]);
    else known.push(fixOf(row));
  }
  const batches = reports.map(
    ([, , , tracker, report, reportId, , rejected]): TrackerBatch => ({
      tracker: String(tracker),
      reportId: bytesOf(reportId).toString('hex'),
      fixes: byReport.get(`${String(tracker)} ${Number(report)}`) ?? [],
      rejected:
        rejected === null || rejected === undefined ? [] : (JSON.parse(String(rejected)) as readonly RejectedFix[]),
    }),
  );
  return encodeLogEntry({ kind: 'fixes', batches });
}

/** The columns of a row of `fixes` behind those that say where it stands, in the order of the table. */
function fixOf(row: Row): Fix {
  const [, eventTime, , , , , lngE7, latE7, ...values] = row;
  const [altitude, speed, course, satellites, beidou, hdop, accuracy, battery, ...flags] = values;
  const [located, power, ignition, lightbar, sos, backfill] = flags;
  const [lng, lat] = [numberOf(lngE7), numberOf(latE7)];
  return {
    eventTimeMs: Number(eventTime),
    position: lng === null || lat === null ? null : { lngE7: lng, latE7: lat },
    altitudeDm: numberOf(altitude),
    speedCmps: numberOf(speed),
    courseCdeg: numberOf(course),
    located: flagOf(located),
    satellites: numberOf(satellites),
    beidouSatellites: numberOf(beidou),
    hdopCenti: numberOf(hdop),
    accuracyDm: numberOf(accuracy),
    power: flagOf(power),
    batteryPercent: numberOf(battery),
    ignition: flagOf(ignition),
    lightbar: flagOf(lightbar),
    sos: flagOf(sos),
    backfill: flagOf(backfill),
  };
}

function numberOf(value: DuckDBValue | undefined): number | null {
  return value === null || value === undefined ? null : Number(value);
}

function flagOf(value: DuckDBValue | undefined): boolean | null {
  return value === null || value === undefined ? null : value === true;
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
}

/** Whether a part has entries of these log times. */
export function overlaps({ logTime }: ManifestLine, { fromMs, toMs }: PartTimes): boolean {
  return logTime.toMs >= fromMs && logTime.fromMs < toMs;
}

/** The entries of a part whose log times lie in `[fromMs, toMs)`. Throws as `readPart` does. */
export async function* readPartTimes(
  duck: Duck,
  folder: string,
  line: ManifestLine,
  { fromMs, toMs }: PartTimes,
): AsyncGenerator<readonly RawEntry[]> {
  const ids = { after: parseLogId(line.log.after), upTo: parseLogId(line.log.upTo) };
  // A log that was resumed has entries whose log time is not that of their id; others are found by it.
  const { logTime } = line;
  const isPlain = logTime.fromMs >= ids.after.ms && logTime.toMs === ids.upTo.ms;
  const range = isPlain ? idsWithin(ids, { fromMs, toMs }) : ids;
  for await (const entries of readPart(duck, folder, line, range)) {
    const wanted = entries.filter((entry) => logTimeOf(entry) >= fromMs && logTimeOf(entry) < toMs);
    if (wanted.length > 0) yield wanted;
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
