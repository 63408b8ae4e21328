import t from 'tap';
import { DistrictShare } from '../../src/app/district-share.js';
import { batchBytesBound } from '../../src/codec/fixes-payload.js';
import { encodeReport } from '../../src/codec/tracker-messages.js';
import { QuotaUses } from '../../src/hot/quota-uses.js';
import {
  QUOTA_BYTES_PER_S,
  QUOTA_SAVE_MS,
  SWEEP_MS,
  TRACKER_QUOTA_BYTES,
  TRACKER_QUOTA_OF_ROOM,
} from '../../src/ingest/limits.js';
import { type QuotaStore, TrackerQuotas } from '../../src/ingest/tracker-quotas.js';
import { MEMORY_STOP_RATIO } from '../../src/redis/check.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import {
  connect,
  DISTRICT,
  failureOf,
  fixesAt,
  KeptMetrics,
  MemoryDistrict,
  reportId,
  startIngest,
  TestClock,
  until,
} from './support.js';

t.setTimeout(120_000);

/** Bytes that a report of so many fixes counts. */
function bytesOf(fixes: number): number {
  const fix = {} as never;
  return batchBytesBound({ tracker: 't-1', reportId: '01', fixes: Array(fixes).fill(fix), rejected: [] });
}

const nowhere: QuotaStore = { read: async () => null, write: async () => undefined };

function quotasOn(clock: TestClock, store: QuotaStore = nowhere, roomBytes: number | null = null): TrackerQuotas {
  return new TrackerQuotas({ store, clock, roomBytes: () => roomBytes, logger: keptLog() });
}

t.test('a day of backlog at a fix a second passes at once, each in its own report or a thousand in one', async (t) => {
  for (const fixesAReport of [1, 1_000]) {
    const quotas = quotasOn(new TestClock());
    for (let sent = 0; sent < 86_400; sent += fixesAReport) {
      if (quotas.take('t-1', bytesOf(fixesAReport)) !== null) return t.fail(`refused at fix ${sent}`);
    }
  }
  t.ok(bytesOf(1) * 8 < QUOTA_BYTES_PER_S, 'and a tracker that reports eight times a second is never refused');
});

t.test('a quota ends where it says, comes back with time, and is one tracker’s own', async (t) => {
  const clock = new TestClock();
  const quotas = quotasOn(clock);
  t.equal(quotas.take('t-1', TRACKER_QUOTA_BYTES), null, 'at the limit');
  t.equal(quotas.take('t-1', QUOTA_BYTES_PER_S), 1_000, 'one past it waits as long as it takes');
  t.equal(quotas.over, 1);
  t.equal(quotas.take('t-2', TRACKER_QUOTA_BYTES), null, 'another tracker has its own');
  clock.atMs += 999;
  t.ok((quotas.take('t-1', QUOTA_BYTES_PER_S) ?? 0) <= 2);
  clock.atMs += 1;
  t.equal(quotas.take('t-1', QUOTA_BYTES_PER_S), null);
  t.equal(quotas.over, 0);
  clock.atMs -= 3_600_000;
  t.ok((quotas.take('t-1', 1) ?? 0) > 0, 'a clock that goes back gives nothing');
});

t.test(
  'in a small store a tracker has a part of it, and a report that is larger than that passes when nothing else does',
  async (t) => {
    const room = 1_000_000;
    const limit = room * TRACKER_QUOTA_OF_ROOM;
    const clock = new TestClock();
    const quotas = quotasOn(clock, nowhere, room);
    t.equal(quotas.limitBytes, limit);
    t.equal(quotas.take('t-1', limit), null);
    t.type(quotas.take('t-1', 1), 'number');
    const small = quotasOn(clock, nowhere, 16);
    t.equal(small.take('t-1', 5_000), null);
    t.type(small.take('t-1', 5_000), 'number');
    clock.atMs += Math.ceil((5_000 / QUOTA_BYTES_PER_S) * 1_000);
    t.equal(small.take('t-1', 5_000), null);
  },
);

t.test('what trackers have used outlives the process in Redis, and another process knows it', async (t) => {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const store = new QuotaUses({ district: DISTRICT, query });
  const clock = new TestClock();
  const first = quotasOn(clock, store);
  first.take('greedy', TRACKER_QUOTA_BYTES);
  first.take('modest', 1_000);
  await first.save();
  t.strictSame(await query.hkeys(`bw:{${DISTRICT}}:quotas`), ['greedy'], 'who has used next to nothing costs nothing');
  const second = quotasOn(clock, store);
  t.equal(second.take('greedy', 1_000), null, 'before it is loaded');
  await second.load('greedy');
  t.type(second.take('greedy', 1_000), 'number');
  clock.atMs += (TRACKER_QUOTA_BYTES / QUOTA_BYTES_PER_S) * 1_000;
  await first.save();
  t.equal(await query.exists(`bw:{${DISTRICT}}:quotas`), 0, 'who may use all of it again is forgotten');
  const away: QuotaStore = {
    read: () => Promise.reject(new Error('away')),
    write: () => Promise.reject(new Error('away')),
  };
  const alone = quotasOn(clock, away);
  await alone.load('greedy');
  t.equal(alone.take('greedy', TRACKER_QUOTA_BYTES), null);
  await alone.save();
  t.type(alone.take('greedy', 1), 'number', 'a store that is away stops nobody, and is no way around');
});

t.test(
  'one tracker that sends without end is refused alone, with whose quota it is and when to try again [hostile]',
  async (t) => {
    const district = new MemoryDistrict('greedy', 'good');
    district.room = 4_000_000;
    const { url, timers, clock, metrics } = await startIngest(t, { [DISTRICT]: district });
    const [greedy, good] = [await connect(t, url, 'greedy'), await connect(t, url, 'good')];
    let refusal = null;
    for (let i = 1; refusal === null && i < 100; i += 1) {
      const answer = await greedy.ask(encodeReport(reportId(i), fixesAt(1_000)));
      if (answer.kind === 'refusal') refusal = answer;
    }
    t.match(refusal, { code: 'quota', detail: /tracker greedy/, retryAfterMs: Number });
    t.equal(metrics.counts.get('refusals_total quota'), 1);
    good.report(1);
    t.match(await good.next(), { kind: 'ack' });
    timers.pass(QUOTA_SAVE_MS + SWEEP_MS);
    t.equal(metrics.gauges.get('trackers_over_quota'), 1);
    await until(() => district.kept.size > 0);
    t.strictSame([...district.kept.keys()], ['greedy']);
    greedy.socket.terminate();
    const again = await connect(t, url, 'greedy');
    t.match(await again.ask(encodeReport(reportId(1), fixesAt(1_000))), { kind: 'refusal', code: 'quota' });
    clock.atMs += refusal?.retryAfterMs ?? 0;
    t.match(await again.ask(encodeReport(reportId(1), fixesAt(1_000))), { kind: 'ack' }, 'at the time it was told');
  },
);

t.test('a restart gives a tracker no new quota', async (t) => {
  const district = new MemoryDistrict('greedy');
  district.room = 4_000_000;
  const before = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, before.url, 'greedy');
  for (let i = 1; ; i += 1)
    if ((await tracker.ask(encodeReport(reportId(i), fixesAt(1_000)))).kind === 'refusal') break;
  await before.ingest.close();
  const after = await startIngest(t, { [DISTRICT]: district });
  const again = await connect(t, after.url, 'greedy');
  t.match(await again.ask(encodeReport(reportId(1), fixesAt(1_000))), { kind: 'refusal', code: 'quota' });
});

t.test('a report that could not be logged counts nothing', async (t) => {
  const district = new MemoryDistrict('t-1');
  district.room = 4_000_000;
  district.failure = failureOf('log-disk');
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  for (let i = 1; i < 40; i += 1)
    t.match(await tracker.ask(encodeReport(reportId(i), fixesAt(1_000))), { code: 'storage-full' });
  district.failure = null;
  t.match(await tracker.ask(encodeReport(reportId(40), fixesAt(1_000))), { kind: 'ack' });
});

t.test('a district that has used its share of the store is refused, and not the other', async (t) => {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const shareOf = (district: string, districts = 2) =>
    new DistrictShare({
      district,
      districts,
      query,
      maxmemoryBytes: () => 4_000_000,
      logger: keptLog(),
      metrics: new KeptMetrics(),
    });
  for (let i = 0; i < 20; i += 1) await query.xadd('bw:{north}:log', '*', 'k', 'fixes', 'p', 'x'.repeat(100_000));
  const [north, south, alone] = [shareOf('north'), shareOf('south'), shareOf('north', 1)];
  for (const share of [north, south, alone]) await share.start();
  t.teardown(() => {
    for (const share of [north, south, alone]) share.stop();
  });
  t.match(north.acceptance(), {
    ok: false,
    code: 'district-quota',
    detail: /district north.*expected less than 1600000/,
  });
  t.strictSame([south.acceptance(), alone.acceptance()], [{ ok: true }, { ok: true }]);
  t.ok(MEMORY_STOP_RATIO * 4_000_000 > 2 * 1_600_000 - 1, 'two districts have room for their shares');
});
