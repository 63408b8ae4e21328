import { BIGINT, BLOB, BOOLEAN, type DuckDBType, INTEGER, SMALLINT, VARCHAR } from '@duckdb/node-api';
import type { ArchiveTable } from './manifest-line.js';

/** One column of an archived table: as it is staged, as it lies in the file, and what it says. */
export interface Column {
  readonly name: string;
  readonly type: DuckDBType;
  readonly sqlType: string;
  /** What the file has instead of the staged value; the column itself unless given. */
  readonly stored?: string;
  /** What is read back for the staged value; the column itself unless given. */
  readonly read?: string;
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
  read: `epoch_ms(${name}) AS ${name}`,
});

const LOG_ID: readonly Column[] = [
  bigint('log_ms', 'the log id of its entry: milliseconds since 1970, UTC'),
  integer('log_seq', 'and the ordinal within them'),
];

/** What the files hold. Absent values are NULL and mean "not said"; 0 means 0. */
export const TABLES: Readonly<Record<ArchiveTable, Table>> = {
  entries: {
    columns: [
      ...LOG_ID,
      bigint('own_ms', 'its log time where that is not log_ms: the log was ahead of the clock, and was resumed'),
      text('kind', 'genesis, fixes, heartbeat, plan, action, task, statement, access, fold, resume, tick'),
      bytes('payload', 'protobuf, as in the log (proto/log.proto); NULL: it is made of the rows of reports and fixes'),
    ],
    orderBy: 'log_ms, log_seq',
  },
  reports: {
    columns: [
      ...LOG_ID,
      integer('place', 'its ordinal in the entry, from 0'),
      text('tracker', 'who sent it'),
      integer('report', "its ordinal among the tracker's reports in the entry, from 0"),
      bytes('report_id', "the tracker's own id of it"),
      integer('fixes', 'how many fixes were taken'),
      text('rejected', 'fixes that were refused, as JSON: index, code, sos; NULL: none'),
    ],
    orderBy: 'log_ms, log_seq, place',
  },
  fixes: {
    columns: [
      text('tracker', 'whose fix it is'),
      instant('event_time', 'when it was measured, UTC'),
      ...LOG_ID,
      integer('report', "ordinal of its report among the tracker's in the entry, from 0"),
      integer('ordinal', 'its ordinal in the report, from 0'),
      integer('lng_e7', 'longitude, WGS-84, 1e-7 degree'),
      integer('lat_e7', 'latitude, WGS-84, 1e-7 degree'),
      integer('altitude_dm', 'altitude, 0.1 m'),
      integer('speed_cmps', 'speed, 0.01 m/s'),
      integer('course_cdeg', 'course clockwise from north, 0.01 degree'),
      small('satellites', 'satellites used'),
      small('beidou_satellites', 'BeiDou satellites used'),
      integer('hdop_centi', 'HDOP, 0.01'),
      integer('accuracy_dm', 'accuracy as the receiver says it (68 %), 0.1 m'),
      small('battery_percent', "charge of the tracker's battery, 0 to 100"),
      flag('located', 'the receiver says that the position is a live fix'),
      flag('power', 'false: main power is cut'),
      flag('ignition', 'ignition is on'),
      flag('lightbar', 'lightbar is on'),
      flag('sos', 'a call for help'),
      flag('backfill', 'the tracker stored it while it had no link'),
    ],
    orderBy: 'tracker, event_time, log_ms, log_seq, report, ordinal',
  },
};

export function columnNames(table: ArchiveTable): readonly string[] {
  return TABLES[table].columns.map(({ name }) => name);
}

/** `SELECT` list that reads a file's columns as they were staged. */
export function readList(table: ArchiveTable): string {
  return TABLES[table].columns.map(({ name, read }) => read ?? name).join(', ');
}

/** `SELECT` list that writes the staged columns as the file has them. */
export function storeList(table: ArchiveTable): string {
  return TABLES[table].columns.map(({ name, stored }) => stored ?? name).join(', ');
}

export function createStatement(table: ArchiveTable): string {
  const columns = TABLES[table].columns.map(({ name, sqlType }) => `${name} ${sqlType}`);
  return `CREATE OR REPLACE TABLE ${table} (${columns.join(', ')})`;
}
