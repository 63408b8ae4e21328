import { BIGINT, BLOB, BOOLEAN, type DuckDBType, INTEGER, SMALLINT, TIMESTAMP_MS, VARCHAR } from '@duckdb/node-api';
import type { ArchiveTable, RowTable, VersionTable } from './manifest-line.js';

/** One column of an archived table: as it is staged, as it lies in the file, and what it says. */
export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
  readonly sqlType: string;
  /** What the file has instead of the staged value; the column itself unless given. */
  readonly stored?: string;
  readonly meaning: string;
}

export interface Table {
  readonly columns: readonly Column[];
  /** The order of the rows in a file. */
  readonly orderBy: string;
}

const bigint = (name: string, meaning: string): Column => ({ name, type: BIGINT, sqlType: 'BIGINT', meaning });
const integer = (name: string, meaning: string): Column => ({ name, type: INTEGER, sqlType: 'INTEGER', meaning });
const small = (name: string, meaning: string): Column => ({ name, type: SMALLINT, sqlType: 'SMALLINT', meaning });
const flag = (name: string, meaning: string): Column => ({ name, type: BOOLEAN, sqlType: 'BOOLEAN', meaning });
const text = (name: string, meaning: string): Column => ({ name, type: VARCHAR, sqlType: 'VARCHAR', meaning });
const bytes = (name: string, meaning: string): Column => ({ name, type: BLOB, sqlType: 'BLOB', meaning });
const instant = (name: string, meaning: string): Column => ({
  ...bigint(name, meaning),
  stored: `make_timestamp_ms(${name})::TIMESTAMP_MS AS ${name}`,
});
const second = (name: string, meaning: string): Column => ({
  name,
  type: TIMESTAMP_MS,
  sqlType: 'TIMESTAMP_MS',
  meaning,
});

const LOG_ID: readonly Column[] = [
  bigint('log_ms', 'the log id of its entry: milliseconds since 1970, UTC'),
  integer('log_seq', 'and the ordinal within them'),
];

/** The last columns of every version. */
const TOLD: readonly Column[] = [
  instant('told_at', "when it came about, on the engine's clock, UTC"),
  bigint('log_ms', 'the log id of the entry that brought it about: milliseconds since 1970, UTC'),
  integer('log_seq', 'and the ordinal within them'),
  text('merged_into', 'the one that stands in its place'),
  bigint('previous', 'transition of its version before this one; NULL: it is the first'),
  text('json', 'the whole version, as hot state and the API had it'),
];

/** An id of eight bytes costs nearly nothing as a number, because most trackers count. */
const REPORT_ID: readonly Column[] = [
  bigint('report_number', "the tracker's own id of the report, if it has eight bytes: as a number, big-endian"),
  bytes('report_id', 'the same if it has another length'),
];

/** What the files hold. Absent values are NULL and mean "not said"; 0 means 0. */
export const TABLES: Readonly<Record<RowTable, Table>> = {
  entries: {
    columns: [
      ...LOG_ID,
      bigint('own_ms', 'its log time where that is not log_ms: the log was ahead of the clock, and was resumed'),
      text(
        'kind',
        'genesis, fixes, heartbeat, plan, action, task, statement, roster, access, fold, resume, settlement, notice, tick',
      ),
      bytes('payload', 'protobuf, as in the log (proto/log.proto); NULL: it is made of the rows of fixes and reports'),
    ],
    orderBy: 'log_ms, log_seq',
  },
  reports: {
    columns: [
      ...LOG_ID,
      integer('place', 'its ordinal in the entry, from 0'),
      text('tracker', 'who sent it'),
      ...REPORT_ID,
      integer('fixes', 'how many fixes were taken'),
      text('rejected', 'fixes that were refused, as JSON: index, code, sos; NULL: none'),
    ],
    orderBy: 'log_ms, log_seq, place',
  },
  fixes: {
    columns: [
      text('tracker', 'whose fix it is'),
      second('event_time', 'when it was measured, UTC: the whole second'),
      small('event_milli', 'and the milliseconds behind it, 0 to 999'),
      second('log_time', 'the milliseconds of the log id of its entry, UTC: the whole second'),
      small('log_milli', 'and the milliseconds behind it, 0 to 999'),
      integer('log_seq', 'and the ordinal within them'),
      integer('place', 'ordinal of its report in the entry, from 0'),
      ...REPORT_ID,
      integer('ordinal', 'its ordinal in the report, from 0'),
      integer('lng_e7', 'longitude, WGS-84, 1e-7 degree'),
      integer('lat_e7', 'latitude, WGS-84, 1e-7 degree'),
      integer('altitude_dm', 'altitude, 0.1 m'),
      integer('speed_cmps', 'speed, 0.01 m/s'),
      integer('course_cdeg', 'course clockwise from north, 0.01 degree'),
      integer('satellites', 'satellites used'),
      integer('beidou_satellites', 'BeiDou satellites used'),
      integer('hdop_centi', 'HDOP, 0.01'),
      integer('accuracy_dm', 'accuracy as the receiver says it (68 %), 0.1 m'),
      integer('battery_percent', "charge of the tracker's battery, 0 to 100"),
      flag('located', 'the receiver says that the position is a live fix'),
      flag('power', 'false: main power is cut'),
      flag('ignition', 'ignition is on'),
      flag('lightbar', 'lightbar is on'),
      flag('sos', 'a call for help'),
      flag('backfill', 'the tracker stored it while it had no link'),
    ],
    orderBy: 'tracker, event_time, event_milli, log_time, log_milli, log_seq, place, ordinal',
  },
  visits: {
    columns: [
      bigint('transition', 'number of the version over the whole district, from 1'),
      text('visit_id', 'which visit; it is frozen'),
      integer('version', '1, 2, 3 … of this visit'),
      text('kind', 'visit, or cross: a passage, which is no presence'),
      text('place', 'where'),
      text('unit', 'who'),
      text('state', 'open, closed, retracted'),
      instant('inner_from', 'first fix inside, UTC'),
      instant('inner_to', 'last fix inside; NULL while it is open'),
      instant('outer_from', 'last fix surely outside before it'),
      instant('outer_to', 'first fix surely outside after it'),
      flag('from_hole', 'nobody saw the unit come: a hole in the trace lies before'),
      flag('to_hole', 'nobody saw it go: a hole lies after'),
      ...TOLD,
    ],
    orderBy: 'place, inner_from, transition',
  },
  alerts: {
    columns: [
      bigint('transition', 'number of the version over the whole district, from 1'),
      text('alert_id', 'which alert; it is frozen'),
      integer('version', '1, 2, 3 … of this alert'),
      text('rule', 'which kind of rule'),
      text('rule_id', "the plan's rule"),
      text('place', 'the place that it is about, where it is about one'),
      text('unit', 'the unit, likewise'),
      text('severity', 'how grave it is'),
      text('change', 'what this version changed: raised, acknowledged, cleared, refused …'),
      text('condition', 'active, cleared, retracted'),
      flag('acknowledged', 'somebody has acknowledged it'),
      text('finality', 'provisional: late data may still change what it says; confirmed: they cannot'),
      text('certainty', 'uncovered, unknown, certain'),
      text('cause', 'timer, fix, late-data, operator, plan, fold, resume'),
      integer('occurrence', 'how many episodes it has'),
      instant('from_time', 'start of the first episode, event time, UTC'),
      instant('to_time', 'end of the last one; NULL while it goes on'),
      ...TOLD,
    ],
    orderBy: 'transition',
  },
};

/** The names of a table's columns, as a `SELECT` list. */
export function columnList(table: ArchiveTable): string {
  return TABLES[table].columns.map(({ name }) => name).join(', ');
}

/**
 * The same for rows of a file: DuckDB reads its timestamps as microseconds, and they are written and handed on as milliseconds.
 */
export function storedList(table: ArchiveTable): string {
  return TABLES[table].columns
    .map(({ name, sqlType }) => (sqlType === 'TIMESTAMP_MS' ? `${name}::TIMESTAMP_MS AS ${name}` : name))
    .join(', ');
}

/** The columns of a table while its rows are gathered: a tracker of `fixes` is a number of the table `trackers`. */
export function stagedColumns(table: ArchiveTable): readonly Column[] {
  const { columns } = TABLES[table];
  return table === 'fixes' ? [integer('tracker', 'a number of `trackers`'), ...columns.slice(1)] : columns;
}

/** The table that says which tracker has which number. */
export const TRACKERS: readonly Column[] = [integer('number', 'from 0'), text('name', 'its id')];
/** `SELECT` list that writes the staged columns as the file has them. */
export function storeList(table: VersionTable): string {
  return TABLES[table].columns.map(({ name, stored }) => stored ?? name).join(', ');
}

export function createStatement(table: VersionTable): string {
  const columns = TABLES[table].columns.map(({ name, sqlType }) => `${name} ${sqlType}`);
  return `CREATE OR REPLACE TABLE ${table} (${columns.join(', ')})`;
}
