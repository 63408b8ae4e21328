import { join } from 'node:path';
import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { FixQuery, LoggedFix } from '../log/fix-history.js';
import type { Fix } from '../model/fix.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { LogId } from '../model/log-id.js';
import { instantOf, OTHER_COLUMNS, POSITION_COLUMNS } from './block-layout.js';
import { quote } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';
import { type FixSlice, spanOf } from './read-plan.js';
import { isValid, readColumn, readFloat64, readInt32, readValidity } from './vectors.js';

/** Where a row stands, in the order of the chunk's columns; the values of the fix follow. */
const PLACE = ['stretch', 'event_ms', 'log_ms', 'log_seq', 'place', 'ordinal'] as const;

export interface FixSelection {
  readonly folder: string;
  /** Names of files in `parts`; at least one. */
  readonly files: readonly string[];
  readonly slice: FixSlice;
  readonly query: Pick<FixQuery, 'detail'>;
  /** Copies logged after this entry are left out. */
  readonly upTo: LogId;
}

export const EVENT_MS = instantOf('event');
export const LOG_MS = instantOf('log');

/** The statement that reads a slice in the order of a reading. */
export function selectFixes({ folder, files, slice, query, upTo }: FixSelection): string {
  const columns = query.detail === 'whole' ? [...POSITION_COLUMNS, ...OTHER_COLUMNS] : POSITION_COLUMNS;
  const paths = files.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ');
  const [only] = slice;
  const isOne = slice.length === 1 && only !== undefined;
  const list = slice.map(({ index, tracker, fromMs, toMs }) => `(${index}, ${quote(tracker)}, ${fromMs}, ${toMs})`);
  const owners = isOne
    ? ''
    : `JOIN (VALUES ${list.join(', ')}) AS s(i, tracker, since, until)
       ON f.tracker = s.tracker AND ${EVENT_MS} >= s.since AND ${EVENT_MS} < s.until`;
  return `
    SELECT ${isOne ? only.index : 's.i'} AS stretch, ${EVENT_MS}::DOUBLE AS event_ms, ${LOG_MS}::DOUBLE AS log_ms, f.log_seq, f.place,
      f.ordinal, ${columns.map((name) => `f.${name}`).join(', ')}
    FROM read_parquet([${paths}]) AS f ${owners}
    WHERE ${conditions(slice, upTo).join(' AND ')}
    ORDER BY ${isOne ? '' : 'stretch, '}f.event_time, f.event_milli, f.log_time, f.log_milli, f.log_seq, f.place, f.ordinal`;
}

function conditions(slice: FixSlice, upTo: LogId): readonly string[] {
  const { fromMs, toMs } = spanOf(slice);
  const trackers = slice.map(({ tracker }) => tracker).sort();
  const [first = '', last = ''] = [trackers[0], trackers.at(-1)];
  return [
    // Files are sorted by tracker and time: the statistics of a row group tell whether it matters.
    first === last ? `f.tracker = ${quote(first)}` : `f.tracker >= ${quote(first)} AND f.tracker <= ${quote(last)}`,
    `f.event_time >= ${second(fromMs)} AND f.event_time <= ${second(toMs)}`,
    `${EVENT_MS} >= ${fromMs} AND ${EVENT_MS} < ${toMs}`,
    `${EVENT_MS} <= ${LOG_MS} + ${CLOCK_AHEAD_MS}`,
    `(${LOG_MS} < ${upTo.ms} OR (${LOG_MS} = ${upTo.ms} AND f.log_seq <= ${upTo.seq}))`,
  ];
}

function second(ms: number): string {
  return `make_timestamp_ms(${Math.floor(ms / 1_000) * 1_000})::TIMESTAMP_MS`;
}

/** The rows of a chunk of that statement. */
export function loggedFixesOf(chunk: DuckDBDataChunk): readonly LoggedFix[] {
  const [stretches, seqs, places, ordinals] = [0, 3, 4, 5].map((i) => readInt32(chunk, i)) as Four<Int32Array>;
  const [eventMs, logMs] = [readFloat64(chunk, 1), readFloat64(chunk, 2)];
  const fixAt = fixReader(chunk);
  const fixes: LoggedFix[] = [];
  for (let row = 0; row < chunk.rowCount; row += 1) {
    fixes.push({
      stretch: stretches[row] as number,
      logId: { ms: logMs[row] as number, seq: seqs[row] as number },
      place: places[row] as number,
      ordinal: ordinals[row] as number,
      fix: fixAt(row, eventMs[row] as number),
    });
  }
  return fixes;
}

type Four<T> = [T, T, T, T];

/** Reads the fix of a row from the columns behind its place; what was not selected is null. */
function fixReader(chunk: DuckDBDataChunk): (row: number, eventTimeMs: number) => Fix {
  const number = (i: number): ((row: number) => number | null) => numberReader(chunk, PLACE.length + i);
  const flag = (i: number): ((row: number) => boolean | null) => flagReader(chunk, PLACE.length + i);
  const [lng, lat, located, satellites, hdop, accuracy] = [
    number(0),
    number(1),
    flag(2),
    number(3),
    number(4),
    number(5),
  ];
  const [altitude, speed, course, beidou] = [number(6), number(7), number(8), number(9)];
  const [power, battery, ignition, lightbar, sos, backfill] = [
    flag(10),
    number(11),
    flag(12),
    flag(13),
    flag(14),
    flag(15),
  ];
  return (row, eventTimeMs) => {
    const [lngE7, latE7] = [lng(row), lat(row)];
    return {
      eventTimeMs,
      position: lngE7 === null || latE7 === null ? null : { lngE7, latE7 },
      located: located(row),
      satellites: satellites(row),
      hdopCenti: hdop(row),
      accuracyDm: accuracy(row),
      altitudeDm: altitude(row),
      speedCmps: speed(row),
      courseCdeg: course(row),
      beidouSatellites: beidou(row),
      power: power(row),
      batteryPercent: battery(row),
      ignition: ignition(row),
      lightbar: lightbar(row),
      sos: sos(row),
      backfill: backfill(row),
    };
  };
}

const nothing = (): null => null;

function numberReader(chunk: DuckDBDataChunk, column: number): (row: number) => number | null {
  if (column >= chunk.columnCount) return nothing;
  const [values, validity] = [readInt32(chunk, column), readValidity(chunk, column)];
  return (row) => (isValid(validity, row) ? (values[row] as number) : null);
}

function flagReader(chunk: DuckDBDataChunk, column: number): (row: number) => boolean | null {
  if (column >= chunk.columnCount) return nothing;
  const [values, validity] = [readColumn(chunk, column, 1), readValidity(chunk, column)];
  return (row) => (isValid(validity, row) ? values[row] !== 0 : null);
}
