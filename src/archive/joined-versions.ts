import type { StreamPage, VersionHistory, VersionQuery, Versions } from '../log/version-history.js';
import { alertEndMs, type AlertVersion } from '../model/alert.js';
import { BeatwatchError } from '../model/errors.js';
import { visitEndMs, type VisitVersion } from '../model/visit.js';
import type { ArchiveFolder } from './archive-folder.js';
import type { VersionTable } from './manifest-line.js';
import { deletedVersionTimes } from './read-plan.js';
import { LastingVersions } from './lasting-versions.js';
import { archivedVersions } from './version-search.js';

/** The streams of versions in hot state; `HotStore` is one. */
export interface VersionStreams {
  readAlerts(o: { readonly after: number; readonly count: number }): Promise<StreamPage<AlertVersion>>;
  readVisits(o: { readonly after: number; readonly count: number }): Promise<StreamPage<VisitVersion>>;
}

interface Kind<Version> {
  readonly table: VersionTable;
  readonly idOf: (version: Version) => string;
  readonly spanOf: (version: Version) => { readonly fromMs: number; readonly toMs: number | null };
}

type AnyVersion = VisitVersion | AlertVersion;

const VISITS: Kind<VisitVersion> = {
  table: 'visits',
  idOf: ({ visitId }) => visitId,
  spanOf: (visit) => ({ fromMs: visit.innerFromMs, toMs: visitEndMs(visit) }),
};
const ALERTS: Kind<AlertVersion> = {
  table: 'alerts',
  idOf: ({ alertId }) => alertId,
  spanOf: (alert) => ({ fromMs: alert.fromMs, toMs: alertEndMs(alert) }),
};

const PAGE = 1_000;

/** Visits and alerts of a district from its archive (null: there is none here) and from hot state as one. No version comes twice. */
export function joinedVersions(archive: ArchiveFolder | null, streams: VersionStreams): VersionHistory {
  const [visits, alerts] = [archivedOf(archive, VISITS), archivedOf(archive, ALERTS)];
  return {
    visits: (query) => search(VISITS, visits, query, (o) => streams.readVisits(o)),
    alerts: (query) => search(ALERTS, alerts, query, (o) => streams.readAlerts(o)),
    deleted: async (of, stretch) => {
      await archive?.refresh();
      return archive === null ? [] : deletedVersionTimes(archive.current, of, stretch);
    },
  };
}

/** One stream in an archive. */
interface ArchivedStream {
  readonly archive: ArchiveFolder;
  readonly lasting: LastingVersions;
}

function archivedOf(archive: ArchiveFolder | null, { table }: Pick<Kind<never>, 'table'>): ArchivedStream | null {
  return archive === null ? null : { archive, lasting: new LastingVersions(archive, table) };
}

async function search<Version extends AnyVersion>(
  kind: Kind<Version>,
  stream: ArchivedStream | null,
  query: VersionQuery,
  read: (o: { readonly after: number; readonly count: number }) => Promise<StreamPage<Version>>,
): Promise<readonly Versions<Version>[]> {
  await stream?.archive.refresh();
  const upTo = stream?.archive.versionEnd(kind.table).upTo ?? 0;
  const tail = await versionsAfter(upTo, read, query.signal);
  const asked = tail.filter((version) => isAsked(version, query) && mayTouch(kind.spanOf(version), query));
  const wanted = new Set(asked.map(kind.idOf));
  const all =
    stream === null
      ? []
      : await archivedVersions<Version>(stream.archive, kind.table, query, { named: wanted, lasting: stream.lasting });
  // Somebody else may have read more of the manifest meanwhile: those are in the tail.
  const archived = all.filter(({ transition }) => transition <= upTo);
  for (const version of archived) wanted.add(kind.idOf(version));
  const found = new Map<string, Version[]>();
  for (const version of [...archived, ...tail]) {
    const id = kind.idOf(version);
    if (!wanted.has(id)) continue;
    const known = found.get(id);
    if (known === undefined) found.set(id, [version]);
    else known.push(version);
  }
  const touching = [...found.values()].filter((versions) => touches(versions.map(kind.spanOf), versions, query));
  if (touching.length <= query.most) return touching;
  const message = `got more than ${query.most} ${kind.table} in this stretch, expected fewer: ask for less time, or for fewer places or units`;
  throw new BeatwatchError('search-too-large', message, { most: query.most });
}

/** All that a stream still has above a number. */
async function versionsAfter<Version extends AnyVersion>(
  number: number,
  read: (o: { readonly after: number; readonly count: number }) => Promise<StreamPage<Version>>,
  signal: AbortSignal | undefined,
): Promise<readonly Version[]> {
  const all: Version[] = [];
  for (let after = number; ; ) {
    signal?.throwIfAborted();
    const page = await read({ after, count: PAGE });
    if (page.kind === 'resync') {
      // The archive is ahead of this stream, or it lacks its beginning.
      if (page.first <= after + 1) return all;
      after = page.first - 1;
      continue;
    }
    all.push(...page.versions);
    after = page.versions.at(-1)?.transition ?? page.last;
    if (after >= page.last) return all;
  }
}

function isAsked({ place, unit }: AnyVersion, { places, units }: VersionQuery): boolean {
  if (places !== undefined && (place === null || !places.includes(place))) return false;
  return units === undefined || (unit !== null && units.includes(unit));
}

interface Span {
  readonly fromMs: number;
  readonly toMs: number | null;
}

function mayTouch({ fromMs, toMs }: Span, query: VersionQuery): boolean {
  return fromMs < query.toMs && (toMs === null || toMs >= query.fromMs);
}

/** A version without an end says nothing of the time after it, unless it is the last word. */
function touches(spans: readonly Span[], versions: readonly AnyVersion[], query: VersionQuery): boolean {
  return spans.some(({ fromMs, toMs }, i) => {
    const endMs = toMs ?? (i === spans.length - 1 ? Number.POSITIVE_INFINITY : (versions[i]?.atMs ?? fromMs));
    return fromMs < query.toMs && endMs >= query.fromMs;
  });
}
