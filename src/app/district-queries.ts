import type { ArchiveFolder } from '../archive/archive-folder.js';
import type { DistrictPlans } from '../api/deps.js';
import type { HotStore } from '../hot/hot-store.js';
import { PlanDrafts } from '../hot/plan-drafts.js';
import type { Clock } from '../model/ports.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisHandle } from '../redis/handle.js';
import { AccessSearches } from './access-searches.js';
import { historyOf } from './district-history.js';
import { districtPlans } from './district-plans.js';
import { snapshotFolder } from './engine-snapshots.js';
import { FixSearches } from './fix-searches.js';
import { RecordReads } from './record-reads.js';
import { whatIfInThread } from './what-if-threads.js';

export interface DistrictQueriesOptions {
  readonly district: string;
  readonly redis: RedisHandle;
  readonly archive: ArchiveFolder | null;
  readonly hot: HotStore;
  readonly query: RedisConnection;
  readonly dataFolder: string;
  readonly clock: Clock;
}

/** What people ask of a district's record: decisions about fixes, who looked at what, and everything of any age. */
export function districtQueries({ district, redis, archive, hot, query, dataFolder, clock }: DistrictQueriesOptions): {
  readonly plans: DistrictPlans;
  readonly searches: FixSearches;
  readonly accesses: AccessSearches;
  readonly reads: RecordReads;
} {
  const common = {
    district,
    redis,
    openHistory: historyOf(district, archive),
    hot,
    snapshotFolder: snapshotFolder(dataFolder, district),
  };
  const drafts = new PlanDrafts({ district, query });
  return {
    plans: districtPlans({
      district,
      hot,
      drafts,
      history: common.openHistory(query),
      clock,
      whatIf: (plan, hours) =>
        whatIfInThread({
          address: redis.address,
          archiveFolder: archive?.folder ?? null,
          question: { district, ...hours },
          plan,
        }),
    }),
    searches: new FixSearches(common),
    accesses: new AccessSearches(common),
    reads: new RecordReads({
      ...common,
      archive,
      plan: () => hot.readPlan(),
      planRecords: () => hot.readPlanRecords(),
      clock,
    }),
  };
}
