import type { VersionPages } from '../archive/version-pages.js';
import type { HotStore } from '../hot/hot-store.js';
import type { AlertVersion } from '../model/alert.js';
import type { FixCounters } from '../model/hot.js';
import type { VisitVersion } from '../model/visit.js';
import type { TrackerCounters } from '../simulator/tracker-counters.js';

export interface Summary {
  readonly type: 'summary';
  readonly district: string;
  readonly from: string;
  readonly to: string;
  readonly wallS: number;
  readonly fixes: {
    readonly sent: number;
    readonly acknowledged: number;
    readonly admitted: number;
    readonly duplicate: number;
    readonly flagged: number;
    readonly refused: number;
  };
  readonly visits: number;
  readonly alerts: {
    readonly raised: Readonly<Record<string, number>>;
    readonly cleared: Readonly<Record<string, number>>;
  };
  readonly neglects: number;
  readonly supervisor: { readonly transitions: number };
}

/** What a run came to: fixes by their one disposition, visits that stand, alerts as a supervisor was told them. */
export async function summarise(o: {
  readonly hot: HotStore;
  readonly versions: Pick<VersionPages, 'readVisits'>;
  readonly district: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly wallMs: number;
  readonly sent: TrackerCounters;
  readonly alerts: readonly AlertVersion[];
  readonly neglects: number;
  readonly transitions: number;
}): Promise<Summary> {
  const counters: FixCounters = await o.hot.readCounters();
  const visits = await standingVisits(o.versions);
  return {
    type: 'summary',
    district: o.district,
    from: new Date(o.fromMs).toISOString(),
    to: new Date(o.toMs).toISOString(),
    wallS: Math.round(o.wallMs / 100) / 10,
    fixes: {
      sent: o.sent.handedOver,
      acknowledged: o.sent.acknowledged,
      admitted: counters.admitted,
      duplicate: counters.duplicate,
      flagged: counters.flagged,
      refused: counters.refused,
    },
    visits: visits.length,
    alerts: { raised: countByRule(o.alerts, 'raised'), cleared: countByRule(o.alerts, 'cleared') },
    neglects: o.neglects,
    supervisor: { transitions: o.transitions },
  };
}

/** The last version of each visit that was not retracted. */
export async function standingVisits(versions: Pick<VersionPages, 'readVisits'>): Promise<readonly VisitVersion[]> {
  const last = new Map<string, VisitVersion>();
  for (let after = 0; ; ) {
    const page = await versions.readVisits({ after, count: 1_000 });
    const found = 'versions' in page ? page.versions : [];
    for (const visit of found) last.set(visit.visitId, visit);
    const end = found.at(-1)?.transition;
    if (end === undefined) break;
    after = end;
  }
  return [...last.values()].filter(({ kind, state }) => kind === 'visit' && state !== 'retracted');
}

function countByRule(alerts: readonly AlertVersion[], change: AlertVersion['change']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const alert of alerts) if (alert.change === change) counts[alert.rule] = (counts[alert.rule] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}
