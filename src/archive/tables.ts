import { BIGINT, BLOB, BOOLEAN, type DuckDBType, INTEGER, SMALLINT, VARCHAR } from '@duckdb/node-api';
import type { ArchiveTable, VersionTable } from './manifest-line.js';

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

/** The last columns of every version. */
const TOLD: readonly Column[] = [
  instant('told_at', "when it came about, on the engine's clock, UTC"),
  bigint('log_ms', 'the log id of the entry that brought it about: milliseconds since 1970, UTC'),
  integer('log_seq', 'and the ordinal within them'),
  text('merged_into', 'the one that stands in its place'),
  bigint('previous', 'transition of its version before this one; NULL: it is the first'),
  text('json', 'the whole version, as hot state and the API had it'),
];

/** What the files hold. Absent values are NULL and mean "not said"; 0 means 0. */
export const TABLES: Readonly<Record<ArchiveTable | VersionTable, Table>> = {
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

export function columnNames(table: ArchiveTable | VersionTable): readonly string[] {
  return TABLES[table].columns.map(({ name }) => name);
}

/** `SELECT` list that reads a file's columns as they were staged. */
export function readList(table: ArchiveTable): string {
  return TABLES[table].columns.map(({ name, read }) => read ?? name).join(', ');
}

/** `SELECT` list that writes the staged columns as the file has them. */
export function storeList(table: ArchiveTable | VersionTable): string {
  return TABLES[table].columns.map(({ name, stored }) => stored ?? name).join(', ');
}

export function createStatement(table: ArchiveTable | VersionTable): string {
  const columns = TABLES[table].columns.map(({ name, sqlType }) => `${name} ${sqlType}`);
  return `CREATE OR REPLACE TABLE ${table} (${columns.join(', ')})`;
}
