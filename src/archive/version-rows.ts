import type { DuckDBValue } from '@duckdb/node-api';
import type { AlertVersion } from '../model/alert.js';
import { isLogId, type LogId, parseLogId } from '../model/log-id.js';
import type { VisitVersion } from '../model/visit.js';
import type { VersionTable } from './manifest-line.js';
import { TABLES } from './tables.js';
import type { RawVersion } from './version-chain.js';

/** What a row of a version needs to be found by. */
export interface VersionRow {
  /** Values of the row, in the order of the table's columns. */
  readonly values: readonly DuckDBValue[];
  /** The entry that brought it about; null: it does not say. */
  readonly logId: LogId | null;
  /** The event times that it is about; null: it does not say. `toMs` null: it goes on. */
  readonly span: { readonly fromMs: number; readonly toMs: number | null; readonly atMs: number } | null;
  readonly previous: number | null;
}

/** A version as a row of its table; text that is no version is kept as it is, its other columns NULL. */
export function versionRow(table: VersionTable, { transition, json }: RawVersion): VersionRow {
  const version = parsed(json);
  const number = BigInt(transition);
  if (version === null) return { values: unknownRow(table, number, json), logId: null, span: null, previous: null };
  const row = table === 'visits' ? visitRow(version as VisitVersion) : alertRow(version as AlertVersion);
  const logId = parseLogId(version.logId);
  const told = [
    instant(version.atMs),
    BigInt(logId.ms),
    logId.seq,
    version.mergedInto,
    instant(version.previous),
    json,
  ] as const;
  return { values: [number, ...row.values, ...told], logId, span: row.span, previous: version.previous };
}

type Told = VisitVersion | AlertVersion;
type OwnColumns = Pick<VersionRow, 'values' | 'span'>;

function visitRow(visit: VisitVersion): OwnColumns {
  const { visitId, version, kind, place, unit, state, innerFromMs, innerToMs, outerFromMs, outerToMs } = visit;
  const bounds = [innerFromMs, innerToMs, outerFromMs, outerToMs].map(instant);
  return {
    values: [visitId, version, kind, place, unit, state, ...bounds, visit.fromHole, visit.toHole],
    span: { fromMs: innerFromMs, toMs: innerToMs, atMs: visit.atMs },
  };
}

function alertRow(alert: AlertVersion): OwnColumns {
  const { alertId, version, rule, ruleId, place, unit, severity, change, condition, acknowledged } = alert;
  const { finality, certainty, cause, occurrence, fromMs, toMs, atMs } = alert;
  return {
    values: [
      ...[alertId, version, rule, ruleId, place, unit, severity, change, condition, acknowledged],
      ...[finality, certainty, cause, occurrence, instant(fromMs), instant(toMs)],
    ],
    span: { fromMs, toMs, atMs },
  };
}

function unknownRow(table: VersionTable, number: bigint, json: string): readonly DuckDBValue[] {
  return TABLES[table].columns.map(({ name }) => (name === 'transition' ? number : name === 'json' ? json : null));
}

/** Null: somebody else wrote it. */
function parsed(json: string): Told | null {
  try {
    const value = JSON.parse(json) as Partial<VisitVersion> | null;
    return typeof value?.logId === 'string' && isLogId(value.logId) && Number.isSafeInteger(value.atMs)
      ? (value as Told)
      : null;
  } catch {
    return null;
  }
}

function instant(ms: number | null): bigint | null {
  return ms === null ? null : BigInt(ms);
}
