import { join } from 'node:path';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { type Duck, quote } from './duck.js';
import { PARTS_FOLDER } from './manifest.js';
import type { ManifestLine, VersionTable } from './manifest-line.js';
import type { RawVersion } from './version-chain.js';

/** The columns of a table that say which visit or alert a version is of, when that lasts, and whether it was retracted. */
export const VERSION_COLUMNS: Readonly<Record<VersionTable, Readonly<Record<'id' | 'from' | 'to' | 'state', string>>>> =
  {
    visits: { id: 'visit_id', from: 'inner_from', to: 'inner_to', state: 'state' },
    alerts: { id: 'alert_id', from: 'from_time', to: 'to_time', state: 'condition' },
  };

/** Numbers above `after` up to `upTo`. */
export interface VersionRange {
  readonly after: number;
  readonly upTo: number;
}

/** Versions of one stream in the order of their numbers, from the files of some lines, in pieces. */
export function readVersions(
  duck: Duck,
  folder: string,
  lines: readonly ManifestLine[],
  table: VersionTable,
  { after, upTo }: VersionRange,
): AsyncGenerator<readonly RawVersion[]> {
  const where = `transition > ${after} AND transition <= ${upTo}`;
  return queryVersions(duck, folder, lines, table, { where });
}

export interface VersionChoice {
  /** An SQL condition. */
  readonly where: string;
  /** How many of the first versions; all unless given. */
  readonly most?: number;
  /** Gives up: the reading then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** Versions that are chosen, by their numbers. Throws `archive-part-unreadable` when a file is not what its line says. */
export async function* queryVersions(
  duck: Duck,
  folder: string,
  lines: readonly ManifestLine[],
  table: VersionTable,
  { where, most, signal }: VersionChoice,
): AsyncGenerator<readonly RawVersion[]> {
  const from = versionFiles(folder, lines, table);
  if (from === null) return;
  const sql = `SELECT transition, json FROM ${from} WHERE ${where} ORDER BY transition${most === undefined ? '' : ` LIMIT ${most}`}`;
  for await (const rows of queryRows(duck, sql, signal))
    yield rows.map(([transition, json]) => ({ transition: Number(transition), json: String(json) }));
}

/** Rows of any query over the archive's files, in pieces. */
export async function* queryRows(
  duck: Duck,
  sql: string,
  signal?: AbortSignal,
): AsyncGenerator<readonly (readonly unknown[])[]> {
  try {
    for await (const chunk of duck.chunks(sql, signal)) yield chunk.getRows();
  } catch (error) {
    signal?.throwIfAborted();
    throw new BeatwatchError('archive-part-unreadable', `versions in the archive: got ${messageOf(error)}`);
  }
}

/** What SQL reads the files of a table as; null: there is none. */
export function versionFiles(folder: string, lines: readonly ManifestLine[], table: VersionTable): string | null {
  const names = lines.flatMap(({ files }) => files.filter((file) => file.table === table).map(({ name }) => name));
  if (names.length === 0) return null;
  return `read_parquet([${names.map((name) => quote(join(folder, PARTS_FOLDER, name))).join(', ')}])`;
}
