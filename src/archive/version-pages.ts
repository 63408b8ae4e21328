import type { StreamPage } from '../log/version-history.js';
import type { AlertVersion } from '../model/alert.js';
import type { VisitVersion } from '../model/visit.js';
import { againWhenReplaced } from './again-when-replaced.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { Duck } from './duck.js';
import type { VersionStreams } from './joined-versions.js';
import type { ManifestLine, VersionTable } from './manifest-line.js';
import { queryRows, queryVersions, versionFiles } from './version-reader.js';
import { versionsOfAlert } from './version-search.js';

interface PageRequest {
  readonly after: number;
  readonly count: number;
}

/** What of a version says which one it replaced. */
export interface VersionLink {
  readonly transition: number;
  readonly previous: number | null;
  /** The change of an alert that the version is; absent for visits. */
  readonly change?: string;
}

/** The streams of versions from their beginning, wherever they lie by now; each answer is in the order of the numbers. */
export interface VersionPages extends VersionStreams {
  /** All versions of an alert, oldest first, at most the last thousand. */
  readAlertVersions(alertId: string): Promise<readonly AlertVersion[]>;
  /** Links alone: of archived versions many at a time. */
  readAlertLinks(o: PageRequest): Promise<StreamPage<VersionLink>>;
  readVisitLinks(o: PageRequest): Promise<StreamPage<VersionLink>>;
}

/** The streams in hot state; `HotStore` is one. */
export interface HotVersions extends VersionStreams {
  readAlertVersions(alertId: string): Promise<readonly AlertVersion[]>;
}

/** Versions of one alert in one answer. */
const MAX_ALERT_VERSIONS = 1_000;
/** Links of archived versions in one read. */
const LINKS_AT_ONCE = 100_000;

/** Streams of a district whose older versions lie in an archive; null: it is not kept here, and what was trimmed is answered with `resync`. */
export function versionPages(archive: ArchiveFolder | null, hot: HotVersions): VersionPages {
  const alerts = (o: PageRequest) => hot.readAlerts(o);
  const visits = (o: PageRequest) => hot.readVisits(o);
  if (archive === null)
    return {
      readAlerts: alerts,
      readVisits: visits,
      readAlertLinks: alerts,
      readVisitLinks: visits,
      readAlertVersions: (alertId) => hot.readAlertVersions(alertId),
    };
  return {
    readAlerts: (o) => joinedPage(archive, 'alerts', o, alerts, archivedPage<AlertVersion>),
    readVisits: (o) => joinedPage(archive, 'visits', o, visits, archivedPage<VisitVersion>),
    readAlertLinks: (o) => joinedPage<VersionLink>(archive, 'alerts', o, alerts, archivedLinks),
    readVisitLinks: (o) => joinedPage<VersionLink>(archive, 'visits', o, visits, archivedLinks),
    readAlertVersions: (alertId) => alertVersions(archive, hot, alertId),
  };
}

/** Numbers above `after` up to `upTo`, at most `count` of them. */
interface NumberRange extends PageRequest {
  readonly upTo: number;
}
type ReadArchived<Version> = (
  duck: Duck,
  archive: ArchiveFolder,
  table: VersionTable,
  range: NumberRange,
) => Promise<readonly Version[]>;

/** A page from hot state, where it has what is asked for; else the oldest of it from the archive. */
async function joinedPage<Version>(
  archive: ArchiveFolder,
  table: VersionTable,
  o: PageRequest,
  read: (o: PageRequest) => Promise<StreamPage<Version>>,
  readArchived: ReadArchived<Version>,
): Promise<StreamPage<Version>> {
  const page = await read(o);
  if (page.kind === 'page' || page.first <= o.after + 1) return page;
  if (archive.versionEnd(table).upTo < page.first - 1) await archive.refresh();
  const range = { ...o, upTo: page.first - 1 };
  if (linesOf(archive, table, range).length === 0) return page;
  const versions = await againWhenReplaced(archive, async () =>
    readArchived(await archive.reader(), archive, table, range),
  );
  // What the archive lacks, too, is gone: the caller goes on behind it.
  return versions.length === 0 ? page : { kind: 'page', versions, last: page.last };
}

async function archivedPage<Version>(
  duck: Duck,
  archive: ArchiveFolder,
  table: VersionTable,
  range: NumberRange,
): Promise<readonly Version[]> {
  const found: Version[] = [];
  const where = `transition > ${range.after} AND transition <= ${range.upTo}`;
  const lines = linesOf(archive, table, range);
  for await (const some of queryVersions(duck, archive.folder, lines, table, { where, most: range.count }))
    found.push(...some.map(({ json }) => JSON.parse(json) as Version));
  return found;
}

async function archivedLinks(
  duck: Duck,
  archive: ArchiveFolder,
  table: VersionTable,
  { after, upTo }: NumberRange,
): Promise<readonly VersionLink[]> {
  const range = { after, upTo, count: LINKS_AT_ONCE };
  const files = versionFiles(archive.folder, linesOf(archive, table, range), table);
  const change = table === 'alerts' ? 'change' : 'NULL';
  const sql =
    `SELECT transition, previous, ${change} FROM ${files} WHERE transition > ${after} AND transition <= ${upTo} ` +
    `ORDER BY transition LIMIT ${LINKS_AT_ONCE}`;
  const links: VersionLink[] = [];
  for await (const rows of queryRows(duck, sql)) links.push(...rows.map(linkOf));
  return links;
}

function linkOf([transition, previous, change]: readonly unknown[]): VersionLink {
  const link = { transition: Number(transition), previous: previous === null ? null : Number(previous) };
  return typeof change === 'string' ? { ...link, change } : link;
}

/** The lines that have the first `count` versions of a range, as far as the archive has them. */
function linesOf(
  archive: ArchiveFolder,
  table: VersionTable,
  { after, upTo, count }: NumberRange,
): readonly ManifestLine[] {
  const found: ManifestLine[] = [];
  let versions = 0;
  for (const { line } of archive.current) {
    const span = line.versions?.[table];
    if (span === undefined || span.versions === 0 || line.gone.has(table) || span.upTo <= after || span.after >= upTo)
      continue;
    if (versions >= count) break;
    found.push(line);
    // Of the first one some may come before the range.
    if (span.after >= after) versions += span.versions;
  }
  return found;
}

/** The versions of one alert, from hot state; those that are trimmed there come from the archive. */
async function alertVersions(
  archive: ArchiveFolder,
  hot: HotVersions,
  alertId: string,
): Promise<readonly AlertVersion[]> {
  const kept = await hot.readAlertVersions(alertId);
  const [oldest] = kept;
  const isWhole = oldest !== undefined && (oldest.previous === null || kept.length >= MAX_ALERT_VERSIONS);
  if (isWhole || archive.lines.length === 0) return kept;
  await archive.refresh();
  const archived = await versionsOfAlert(archive, alertId);
  // After a refused action hot state holds what the refusal left as it was, under its number: the archive has the version itself.
  const numbers = new Set(archived.map(({ transition }) => transition));
  return [...archived, ...kept.filter(({ transition }) => !numbers.has(transition))].slice(-MAX_ALERT_VERSIONS);
}
