import { join } from 'node:path';
import t from 'tap';
import { historyOf } from '../../src/app/district-history.js';
import { FixSearches, type FixSearchesOptions } from '../../src/app/fix-searches.js';
import { step } from '../../src/engine/pipeline.js';
import { dumpState } from '../../src/engine/snapshot.js';
import { createState } from '../../src/engine/state.js';
import { hotKeys } from '../../src/hot/keys.js';
import { HotStore } from '../../src/hot/hot-store.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { logKey } from '../../src/log/raw-entry.js';
import type { FixSearchResult } from '../../src/model/fix-search.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import { formatLogId, type LogId } from '../../src/model/log-id.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { openSnapshotFolder } from '../../src/runner/snapshot-folder.js';
import { at, circle, fix, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';
import { keptLog, startTestRedis, type TestScope } from '../support/redis-server.js';

const STEP_MS = 10_000;
/** The second plan gives the tracker to another car. */
const CHANGE_MS = T0 + 2 * HOUR;

function planOf(version: number, inForceFromMs: number, unitId: string): CompiledPlan {
  const places = [circle('gate', at(0), 100)];
  return plan({ version, inForceFromMs, places, units: [unit(unitId, { tracker: 'bd-1' })], rules: [] });
}

/** A log of four hours with one tracker that reports each 10 s; its plan changes in the middle. */
async function openDistrict(scope: TestScope) {
  const { handle: redis, folder } = await startTestRedis(scope);
  const clock = createVirtualClock(T0 - 2 * MINUTE);
  const query = redis.connect('query');
  const append = redis.connect('append');
  const district = 'test';
  const log = new DistrictLog({
    district,
    append,
    replicas: 0,
    clock,
    logger: keptLog(),
    metrics: createMetrics({ strict: true }),
  });
  const hot = new HotStore({ district, commit: redis.connect('commit'), query });
  await hot.openCursor();
  const snapshotFolder = join(folder, 'snapshots', district);
  const snapshots = await openSnapshotFolder(snapshotFolder, keptLog());
  const state = createState(district);
  const put = async (entry: LogEntry): Promise<LogId> => {
    const id = await log.append(entry);
    step(state, id, entry);
    return id;
  };
  const genesis = { kind: 'genesis', district, clock: 'virtual', foldVersion: 1 } as const;
  await log.ensureGenesis(genesis);
  await put({ kind: 'plan', plan: planOf(1, T0, 'car-1') });
  for (let ms = T0; ms <= T0 + 4 * HOUR; ms += STEP_MS) {
    clock.setMs(ms);
    if (ms === CHANGE_MS - 2 * MINUTE) await put({ kind: 'plan', plan: planOf(2, CHANGE_MS, 'car-2') });
    const fixes = [fix(ms, at((ms - T0) / STEP_MS))];
    await put({ kind: 'fixes', batches: [{ tracker: 'bd-1', reportId: '01', fixes, rejected: [] }] });
    if (ms === CHANGE_MS + 10 * MINUTE) await snapshots.write(dumpState(state));
  }
  await hot.writePlan(planOf(2, CHANGE_MS, 'car-2'), null);
  const searches = (o: Partial<FixSearchesOptions> = {}) =>
    new FixSearches({ district, redis, openHistory: historyOf(district, null), hot, snapshotFolder, ...o });
  return { query, hot, searches, key: logKey(district), folder };
}

/** One for all: only the last test takes something from it. */
const opened = openDistrict(t);

const usual = (unitId: string, fromMs: number, toMs: number) => ({
  unit: unitId,
  fromMs,
  toMs,
  loggedFromMs: fromMs - MINUTE,
  loggedToMs: toMs + HORIZON_MS,
});

function told({ decisions }: FixSearchResult): string[] {
  const kinds = decisions.map(({ disposition, finality, unit: owner }) => `${finality} ${disposition} of ${owner}`);
  return [...new Set(kinds)].map((kind) => `${kinds.filter((one) => one === kind).length} ${kind}`);
}

t.test('an entry that the engine could not fold decided nothing, and is named', async (t) => {
  const { query, hot, searches, key } = await opened;
  const [entry] = await query.xrange(key, T0 + HOUR, T0 + HOUR);
  const id = { ms: T0 + HOUR, seq: Number(entry?.[0].split('-')[1]) };
  await hot.addSkipped(id, { error: 'boom', atMs: id.ms });
  const found = await searches().read(usual('car-1', T0 + HOUR - MINUTE, T0 + HOUR + MINUTE));
  t.strictSame(told(found), ['11 confirmed admitted of car-1']);
  t.strictSame(found.skipped.map(formatLogId), [formatLogId(id)]);
  await query.del(hotKeys('test').skipped);
});

t.test('two searches at once, and no third', async (t) => {
  const { searches } = await opened;
  const search = searches();
  const asked = usual('car-1', T0, T0 + HOUR);
  const outcomes = await Promise.allSettled([1, 2, 3].map(() => search.read(asked)));
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'rejected'],
  );
  t.match(outcomes[2], { reason: { code: 'too-many-searches', details: { limit: 2 } } });
  t.equal((await search.read(asked)).decisions.length, 360, 'and afterwards again');
});

t.test('as many copies as a search may look at, and one more', async (t) => {
  const { searches } = await opened;
  // An hour of fixes, and the half hour behind it that the log is read for.
  const asked = usual('car-1', T0, T0 + HOUR);
  t.equal((await searches({ maxCopies: 540 }).read(asked)).decisions.length, 360);
  await t.rejects(searches({ maxCopies: 539 }).read(asked), {
    code: 'search-too-large',
    message:
      'got more than 539 copies of fixes of car-1 in this period, expected at most that: ask for a shorter period',
    details: { limit: 539 },
  });
});

t.test(
  'a tracker belongs to whom the plan of the event time gives it, however the old plan is to be had [kept]',
  async (t) => {
    const { query, searches, key, folder } = await opened;
    const around = (unitId: string) => usual(unitId, CHANGE_MS - HOUR, CHANGE_MS + HOUR);
    for (const [how, search] of [
      ['snapshot', searches()],
      ['log', searches({ snapshotFolder: join(folder, 'nowhere') })],
    ] as const) {
      t.strictSame(told(await search.read(around('car-1'))), ['360 confirmed admitted of car-1'], `by the ${how}`);
      t.strictSame(told(await search.read(around('car-2'))), ['360 confirmed admitted of car-2'], `by the ${how}`);
    }

    // After this the log knows of the first plan no more, and a snapshot still does.
    await query.xtrim(key, 'MINID', CHANGE_MS - 30 * MINUTE);
    const cut = await searches().read(around('car-1'));
    t.strictSame(told(cut), ['8 unproven admitted of car-1', '171 confirmed admitted of car-1']);
    t.match(cut.missing, [{ what: 'log', fromMs: CHANGE_MS - HOUR - MINUTE, toMs: CHANGE_MS - 30 * MINUTE + 1 }]);
    const blind = await searches({ snapshotFolder: join(folder, 'nowhere') }).read(around('car-1'));
    t.strictSame(blind.decisions, [], 'nobody knows whose the tracker was');
    t.match(blind.missing, [{ what: 'log' }, { what: 'plan', fromMs: CHANGE_MS - HOUR, toMs: CHANGE_MS }]);
    const later = await searches({ snapshotFolder: join(folder, 'nowhere') }).read(
      usual('car-2', CHANGE_MS + HOUR, CHANGE_MS + 2 * HOUR),
    );
    t.strictSame(told(later), ['180 confirmed admitted of car-2', '180 provisional admitted of car-2']);
    t.strictSame(later.missing, []);
    t.equal(later.loggedToMs, T0 + 4 * HOUR + 1, 'where the log ends');
  },
);
