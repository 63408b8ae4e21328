import type { VersionQuery } from '../log/version-history.js';
import type { AlertVersion } from '../model/alert.js';
import { BeatwatchError } from '../model/errors.js';
import type { VisitVersion } from '../model/visit.js';
import type { ArchiveFolder } from './archive-folder.js';
import { type Duck, quote } from './duck.js';
import { currentLines } from './manifest.js';
import type { ManifestLine, VersionTable } from './manifest-line.js';
import { openPartReader } from './part-reader.js';
import { queryRows, queryVersions, versionFiles } from './version-reader.js';

/** The columns of a table that a search goes by. */
const COLUMNS: Readonly<Record<VersionTable, { readonly id: string; readonly from: string; readonly to: string }>> = {
  visits: { id: 'visit_id', from: 'inner_from', to: 'inner_to' },
  alerts: { id: 'alert_id', from: 'from_time', to: 'to_time' },
};

/** Where the log id of the entry that first brought a visit or an alert stands in its id. */
const LOG_MS_IN_ID = /:(\d+)-\d+(?::\d+)?$/;

/**
 * All archived versions of the visits or alerts that may touch a stretch of time, and of those that are named, by their numbers. Throws
 * `archive-part-unreadable`, and `search-too-large` when there are more than `most`.
 */
export async function archivedVersions<Version extends VisitVersion | AlertVersion>(
  archive: ArchiveFolder,
  table: VersionTable,
  query: VersionQuery,
  named: ReadonlySet<string>,
): Promise<readonly Version[]> {
  const lines = currentLines(archive.lines).map(({ line }) => line);
  const scanned = lines.filter((line) => mayHave(line, table, query));
  if (scanned.length === 0 && named.size === 0) return [];
  const duck = await openPartReader(archive.folder);
  try {
    const ids = new Set([...named, ...(await touchingIds(duck, archive.folder, scanned, table, query))]);
    if (ids.size === 0) return [];
    const versions: Version[] = [];
    const listed = [...ids].map(quote).join(', ');
    const since = lines.filter(({ logTime }) => logTime.toMs >= firstMsOf(ids));
    for await (const some of queryVersions(duck, archive.folder, since, table, `${COLUMNS[table].id} IN (${listed})`))
      versions.push(...some.map(({ json }) => JSON.parse(json) as Version));
    return versions;
  } finally {
    await duck.close();
  }
}

/** All archived versions of an alert, oldest first. */
export async function versionsOfAlert(archive: ArchiveFolder, alertId: string): Promise<readonly AlertVersion[]> {
  const ids = new Set([alertId]);
  const lines = currentLines(archive.lines).filter(({ line }) => line.logTime.toMs >= firstMsOf(ids));
  const duck = await openPartReader(archive.folder);
  try {
    const versions: AlertVersion[] = [];
    const found = lines.map(({ line }) => line);
    for await (const some of queryVersions(duck, archive.folder, found, 'alerts', `alert_id = ${quote(alertId)}`))
      versions.push(...some.map(({ json }) => JSON.parse(json) as AlertVersion));
    return versions;
  } finally {
    await duck.close();
  }
}

function mayHave({ versions }: ManifestLine, table: VersionTable, { fromMs, toMs }: VersionQuery): boolean {
  const span = versions?.[table];
  return !!span?.times && span.times.fromMs < toMs && (span.times.toMs >= fromMs || span.open > 0);
}

/** No version is in a part before that of the entry which brought the first. */
function firstMsOf(ids: ReadonlySet<string>): number {
  return Math.min(...[...ids].map((id) => Number(LOG_MS_IN_ID.exec(id)?.[1] ?? 0)));
}

async function touchingIds(
  duck: Duck,
  folder: string,
  lines: readonly ManifestLine[],
  table: VersionTable,
  { fromMs, toMs, places, units, most }: VersionQuery,
): Promise<readonly string[]> {
  const files = versionFiles(folder, lines, table);
  if (files === null) return [];
  const { id, from, to } = COLUMNS[table];
  const [start, end] = [`make_timestamp_ms(${fromMs})`, `make_timestamp_ms(${toMs})`];
  const isLast = `transition NOT IN (SELECT previous FROM ${files} WHERE previous IS NOT NULL)`;
  const sql =
    `SELECT DISTINCT ${id} FROM ${files} WHERE ${from} < ${end} ` +
    `AND (coalesce(${to}, told_at) >= ${start} OR (${to} IS NULL AND ${isLast}))` +
    `${oneOf('place', places)}${oneOf('unit', units)} LIMIT ${most + 1}`;
  const ids: string[] = [];
  for await (const rows of queryRows(duck, sql)) ids.push(...rows.map(([value]) => String(value)));
  if (ids.length <= most) return ids;
  const message = `got more than ${most} ${table} in this stretch, expected fewer: ask for less time, or for fewer places or units`;
  throw new BeatwatchError('search-too-large', message, { most });
}

function oneOf(column: string, values: readonly string[] | undefined): string {
  if (values === undefined) return '';
  return values.length === 0 ? ' AND false' : ` AND ${column} IN (${values.map(quote).join(', ')})`;
}
