import type { VersionQuery } from '../log/version-history.js';
import type { AlertVersion } from '../model/alert.js';
import { BeatwatchError } from '../model/errors.js';
import type { VisitVersion } from '../model/visit.js';
import { againWhenReplaced } from './again-when-replaced.js';
import type { ArchiveFolder } from './archive-folder.js';
import { quote } from './duck.js';
import type { Lasting, LastingVersions } from './lasting-versions.js';
import type { ManifestLine, VersionTable } from './manifest-line.js';
import { queryRows, queryVersions, VERSION_COLUMNS, versionFiles } from './version-reader.js';

/** The id of a visit or an alert says when it began, as first told (event time), and the log id of the entry that brought it. */
const BEGIN_IN_ID = /:(\d+):(\d+)-\d+(?::\d+)?$/;
/** Later versions may move the beginning by so much: what the engine decides becomes final only hours later. */
const BEGIN_MOVES_MS = 86_400_000;

/**
 * All archived versions of the visits or alerts that may touch a stretch of time, and of those that are named, by their numbers. It reads the
 * parts that can have one. Throws `archive-part-unreadable`, and `search-too-large` when there are more than `most`.
 */
export async function archivedVersions<Version extends VisitVersion | AlertVersion>(
  archive: ArchiveFolder,
  table: VersionTable,
  query: VersionQuery,
  o: { readonly named: ReadonlySet<string>; readonly lasting: LastingVersions },
): Promise<readonly Version[]> {
  return await againWhenReplaced(archive, () => findVersions<Version>(archive, table, query, o));
}

async function findVersions<Version extends VisitVersion | AlertVersion>(
  archive: ArchiveFolder,
  table: VersionTable,
  query: VersionQuery,
  o: { readonly named: ReadonlySet<string>; readonly lasting: LastingVersions },
): Promise<readonly Version[]> {
  const lasting = [...(await o.lasting.all(query.signal))].filter(([, { fromMs }]) => fromMs < query.toMs);
  const ids = new Set([...o.named, ...(await touchingIds(archive, table, query, lasting))]);
  return await versionsOf<Version>(
    archive,
    table,
    ids,
    new Map(lasting.map(([last, { id }]) => [id, last])),
    query.signal,
  );
}

/** All archived versions of an alert, oldest first. */
export async function versionsOfAlert(archive: ArchiveFolder, alertId: string): Promise<readonly AlertVersion[]> {
  const ids = new Set([alertId]);
  return await againWhenReplaced(archive, () => versionsOf<AlertVersion>(archive, 'alerts', ids, new Map()));
}

/** `last`: the number of the last version of what has none behind it. */
async function versionsOf<Version>(
  archive: ArchiveFolder,
  table: VersionTable,
  ids: ReadonlySet<string>,
  last: ReadonlyMap<string, number>,
  signal?: AbortSignal,
): Promise<readonly Version[]> {
  if (ids.size === 0) return [];
  const lives = [...ids].map((id) => ({ ...beginOf(id), last: last.get(id) ?? Number.POSITIVE_INFINITY }));
  const lines = linesOf(archive).filter((line) => lives.some((life) => mayTell(line, table, life)));
  const where = `${VERSION_COLUMNS[table].id} IN (${[...ids].map(quote).join(', ')})`;
  const versions: Version[] = [];
  const duck = await archive.reader();
  for await (const some of queryVersions(duck, archive.folder, lines, table, { where, ...aborting(signal) }))
    versions.push(...some.map(({ json }) => JSON.parse(json) as Version));
  return versions;
}

function linesOf(archive: ArchiveFolder): readonly ManifestLine[] {
  return archive.current.map(({ line }) => line);
}

function aborting(signal: AbortSignal | undefined): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

interface Begin {
  readonly fromMs: number;
  /** Log time. */
  readonly toldAtMs: number;
}

/** What an id says of it; an id that says nothing may be of any time. */
function beginOf(id: string): Partial<Begin> {
  const [, from, told] = BEGIN_IN_ID.exec(id) ?? [];
  return from === undefined ? {} : { fromMs: Number(from), toldAtMs: Number(told) };
}

/** Whether a part may have a version of something. None is in a part before that of the entry which brought the first. */
function mayTell(
  { versions, logTime }: ManifestLine,
  table: VersionTable,
  { fromMs, toldAtMs = 0, last }: Partial<Begin> & { readonly last: number },
): boolean {
  const span = versions?.[table];
  if (!span?.times || span.after >= last || logTime.toMs < toldAtMs) return false;
  return (
    fromMs === undefined || (span.times.fromMs <= fromMs + BEGIN_MOVES_MS && span.times.toMs >= fromMs - BEGIN_MOVES_MS)
  );
}

async function touchingIds(
  archive: ArchiveFolder,
  table: VersionTable,
  { fromMs, toMs, places, units, most, signal }: VersionQuery,
  lasting: readonly (readonly [number, Lasting])[],
): Promise<readonly string[]> {
  const hasLasting = (after: number, upTo: number): boolean => lasting.some(([one]) => one > after && one <= upTo);
  const lines = linesOf(archive).filter(({ versions }) => {
    const span = versions?.[table];
    if (!span?.times) return false;
    return (span.times.fromMs < toMs && span.times.toMs >= fromMs) || hasLasting(span.after, span.upTo);
  });
  const files = versionFiles(archive.folder, lines, table);
  if (files === null) return [];
  const { id, from, to } = VERSION_COLUMNS[table];
  const [start, end] = [`make_timestamp_ms(${fromMs})`, `make_timestamp_ms(${toMs})`];
  const lasts = lasting.length === 0 ? 'false' : `transition IN (${lasting.map(([one]) => one).join(', ')})`;
  const sql =
    `SELECT DISTINCT ${id} FROM ${files} WHERE ${from} < ${end} AND (coalesce(${to}, told_at) >= ${start} OR ${lasts})` +
    `${oneOf('place', places)}${oneOf('unit', units)} LIMIT ${most + 1}`;
  const ids: string[] = [];
  for await (const rows of queryRows(await archive.reader(), sql, signal))
    ids.push(...rows.map(([value]) => String(value)));
  if (ids.length <= most) return ids;
  const message = `got more than ${most} ${table} in this stretch, expected fewer: ask for less time, or for fewer places or units`;
  throw new BeatwatchError('search-too-large', message, { most });
}

function oneOf(column: string, values: readonly string[] | undefined): string {
  if (values === undefined) return '';
  return values.length === 0 ? ' AND false' : ` AND ${column} IN (${values.map(quote).join(', ')})`;
}
