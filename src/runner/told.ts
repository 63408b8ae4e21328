import { MAX_PAGE, type StreamPage } from '../hot/replies.js';
import type { Cursor } from '../model/hot.js';
import { HORIZON_MS } from '../model/limits.js';
import type { FoldEntry } from '../model/log-entry.js';
import type { TakeoverStore } from './ports.js';

/** What an older fold has told: a part of the entry by which a newer one takes over. */
export type Told = Pick<FoldEntry, 'lastAlert' | 'lastVisit' | 'alerts' | 'visits'>;

/** What ended longer ago, in log time, no fold of this build still holds (it forgets after two horizons, some minutes late). */
const KEPT_MS = 3 * HORIZON_MS;

/**
 * V1: of the alerts and visits up to the ends of their streams, the last versions of those that may still change, and every
 * version beyond the cursor. The cursor must be claimed, so that nothing comes while this reads.
 */
export async function readTold(
  store: Pick<TakeoverStore, 'readOpenAlerts' | 'readWrittenAlerts' | 'readWrittenVisits' | 'readTrimmedVisits'>,
  cursor: Cursor,
): Promise<Told> {
  const sinceMs = cursor.logId.ms - KEPT_MS;
  const openAlerts = await store.readOpenAlerts();
  const open = new Set(openAlerts.map(({ alertId }) => alertId));
  const alerts = await lastVersions({
    read: (after) => store.readWrittenAlerts({ after, count: MAX_PAGE }),
    trimmed: openAlerts,
    beyond: cursor.lastAlert,
    idOf: ({ alertId }) => alertId,
    matters: ({ alertId, atMs }) => atMs >= sinceMs || open.has(alertId),
  });
  const visits = await lastVersions({
    read: (after) => store.readWrittenVisits({ after, count: MAX_PAGE }),
    trimmed: await store.readTrimmedVisits(),
    beyond: cursor.lastVisit,
    idOf: ({ visitId }) => visitId,
    matters: ({ state, atMs }) => atMs >= sinceMs || state === 'open',
  });
  return { lastAlert: alerts.last, lastVisit: visits.last, alerts: alerts.versions, visits: visits.versions };
}

async function lastVersions<Version extends { readonly transition: number }>(o: {
  readonly read: (after: number) => Promise<StreamPage<Version>>;
  /** Last versions that the stream need not have any more. */
  readonly trimmed: readonly Version[];
  readonly beyond: number;
  readonly idOf: (version: Version) => string;
  readonly matters: (version: Version) => boolean;
}): Promise<{ readonly last: number; readonly versions: readonly Version[] }> {
  const last = new Map(o.trimmed.filter(({ transition }) => transition <= o.beyond).map((one) => [o.idOf(one), one]));
  const beyond: Version[] = [];
  for (let after = 0; ; ) {
    const page = await o.read(after);
    if (page.kind === 'resync' && after < page.first - 1) {
      after = page.first - 1;
      continue;
    }
    const versions = page.kind === 'page' ? page.versions : [];
    for (const version of versions) {
      if (version.transition > o.beyond) beyond.push(version);
      else if (o.matters(version)) last.set(o.idOf(version), version);
      else last.delete(o.idOf(version));
    }
    after = versions.at(-1)?.transition ?? after;
    if (versions.length === 0 || after >= page.last) {
      const kept = [...last.values()].sort((a, b) => a.transition - b.transition);
      // The last one that stands need not be the last that was told.
      return { last: Math.max(page.last, o.beyond), versions: [...kept, ...beyond] };
    }
  }
}
