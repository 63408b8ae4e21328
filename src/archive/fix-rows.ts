import { join } from 'node:path';
import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import type { FixQuery, LoggedFix } from '../log/fix-history.js';
import type { Fix } from '../model/fix.js';
import { CLOCK_AHEAD_MS } from '../model/limits.js';
import type { LogId } from '../model/log-id.js';
import type { AreaE7 } from '../model/plan.js';
import { quote } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';
import { type FixSlice, spanOf } from './read-plan.js';

/** Where a row stands, in the order of the chunk's columns; the values of the fix follow. */
const PLACE = ['stretch', 'event_ms', 'log_ms', 'log_seq', 'place', 'ordinal'] as const;
const POSITION_COLUMNS = ['lng_e7', 'lat_e7', 'located', 'satellites', 'hdop_centi', 'accuracy_dm'] as const;
const OTHER_COLUMNS = [
  'altitude_dm',
  'speed_cmps',
  'course_cdeg',
  'beidou_satellites',
  'power',
  'battery_percent',
  'ignition',
  'lightbar',
  'sos',
  'backfill',
] as const;

export interface FixSelection {
  readonly folder: string;
  /** Names of files in `parts`; at least one. */
  readonly files: readonly string[];
  readonly slice: FixSlice;
  readonly query: Pick<FixQuery, 'box' | 'detail'>;
  /** Copies logged after this entry are left out. */
  readonly upTo: LogId;
}

const EVENT_MS = '(epoch_ms(f.event_time) + f.event_milli)';
const LOG_MS = '(epoch_ms(f.log_time) + f.log_milli)';

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
    WHERE ${conditions(slice, query.box, upTo).join(' AND ')}
    ORDER BY ${isOne ? '' : 'stretch, '}f.event_time, f.event_milli, f.log_time, f.log_milli, f.log_seq, f.place, f.ordinal`;
}

function conditions(slice: FixSlice, box: AreaE7 | null, upTo: LogId): readonly string[] {
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
    ...(box === null
      ? []
      : [`f.lng_e7 BETWEEN ${box.westE7} AND ${box.eastE7}`, `f.lat_e7 BETWEEN ${box.southE7} AND ${box.northE7}`]),
  ];
}

function second(ms: number): string {
  return `make_timestamp_ms(${Math.floor(ms / 1_000) * 1_000})::TIMESTAMP_MS`;
}

type Column = readonly DuckDBValue[];

/** The rows of a chunk of that statement. */
export function loggedFixesOf(chunk: DuckDBDataChunk): readonly LoggedFix[] {
  const columns = Array.from({ length: chunk.columnCount }, (_, i): Column => chunk.getColumnValues(i));
  const numberAt = (column: number, row: number): number => columns[column]?.[row] as number;
  const fixes: LoggedFix[] = [];
  for (let row = 0; row < chunk.rowCount; row += 1) {
    fixes.push({
      stretch: numberAt(0, row),
      logId: { ms: numberAt(2, row), seq: numberAt(3, row) },
      place: numberAt(4, row),
      ordinal: numberAt(5, row),
      fix: fixOf(columns, row),
    });
  }
  return fixes;
}

function fixOf(columns: readonly Column[], row: number): Fix {
  const value = (i: number): DuckDBValue => columns[PLACE.length + i]?.[row] ?? null;
  const number = (i: number): number | null => value(i) as number | null;
  const flag = (i: number): boolean | null => value(i) as boolean | null;
  const [lngE7, latE7] = [number(0), number(1)];
  return {
    eventTimeMs: columns[1]?.[row] as number,
    position: lngE7 === null || latE7 === null ? null : { lngE7, latE7 },
    located: flag(2),
    satellites: number(3),
    hdopCenti: number(4),
    accuracyDm: number(5),
    altitudeDm: number(6),
    speedCmps: number(7),
    courseCdeg: number(8),
    beidouSatellites: number(9),
    power: flag(10),
    batteryPercent: number(11),
    ignition: flag(12),
    lightbar: flag(13),
    sos: flag(14),
    backfill: flag(15),
  };
}
