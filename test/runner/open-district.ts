import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Test } from 'tap';
import { HotStore } from '../../src/hot/hot-store.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { LogReader } from '../../src/log/log-reader.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { LogId } from '../../src/model/log-id.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { DistrictRunner, type RunnerOptions } from '../../src/runner/district-runner.js';
import { openSnapshotFolder } from '../../src/runner/snapshot-folder.js';
import { at, Bench, checkpointGap, circle, MINUTE, plan, T0, unit } from '../engine/support.js';
import { keptLog, type TestRedis } from '../support/redis-server.js';

const silentMetrics = { count() {}, gauge() {}, observe() {} };
const PLAN = plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [checkpointGap(['gate'])] });

/** A district's log in a real Redis, and runners over it. */
export async function openDistrict(t: Test, redis: TestRedis) {
  const clock = createVirtualClock(T0 - 2 * MINUTE);
  const logger = keptLog();
  const log = new DistrictLog({
    district: 'test',
    append: redis.handle.connect('append'),
    clock,
    logger,
    metrics: silentMetrics,
  });
  const hot = openHot(redis);
  const folder = await mkdtemp(join(tmpdir(), 'beatwatch-runner-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const runner = async (more: Partial<RunnerOptions> = {}) => {
    const own = openHot(redis);
    const connection = redis.handle.connect('read');
    return new DistrictRunner({
      district: 'test',
      store: own,
      takeover: own,
      openReader: (after, afterDigest) => new LogReader({ district: 'test', connection, after, afterDigest }),
      snapshots: await openSnapshotFolder(folder, logger),
      logger,
      metrics: silentMetrics,
      ...more,
    });
  };
  return { clock, log, hot, folder, logger, runner };
}

function openHot(redis: TestRedis): HotStore {
  return new HotStore({
    district: 'test',
    commit: redis.handle.connect('commit'),
    query: redis.handle.connect('query'),
  });
}

export async function appendAll(
  o: Awaited<ReturnType<typeof openDistrict>>,
  bench: Bench,
  from = 0,
  to = bench.log.length,
): Promise<LogId> {
  let last: LogId = { ms: 0, seq: 0 };
  for (const { id, entry } of bench.log.slice(from, to)) {
    o.clock.setMs(id.ms);
    if (entry.kind === 'genesis') await o.log.ensureGenesis(entry);
    else last = await o.log.append(entry);
  }
  return last;
}

export async function allAlerts(hot: HotStore): Promise<AlertVersion[]> {
  const page = await hot.readAlerts({ after: 0, count: 1_000 });
  return 'versions' in page ? [...page.versions] : [];
}

export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3_000; tries += 1) {
    if (await condition()) return;
    await sleep(10);
  }
  throw new Error(`waited in vain: ${what}`);
}

export function gapDay(rounds = 4): Bench {
  const bench = new Bench(PLAN);
  for (let i = 0; i < rounds; i += 1) {
    const start = bench.nowMs;
    bench.drive(start + 5 * MINUTE, { 'car-1': () => at(0) });
    bench.drive(start + 25 * MINUTE, { 'car-1': () => at(1_000) });
  }
  return bench;
}
