import t from 'tap';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { encodeReport } from '../../src/codec/tracker-messages.js';
import { ConnectionClaims } from '../../src/hot/connection-claims.js';
import { QuotaUses } from '../../src/hot/quota-uses.js';
import { CLOSE_CODES } from '../../src/protocol/tracker-close-codes.js';
import type { IngestDistrict, TrackerInfo } from '../../src/ingest/ports.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { LogReader } from '../../src/log/log-reader.js';
import type { LogEntry, LogEntryKind } from '../../src/model/log-entry.js';
import { LOG_START } from '../../src/model/log-id.js';
import { keptLog, startTestRedis, type TestRedis, type TestScope } from '../support/redis-server.js';
import {
  batchesOf,
  connect,
  DISTRICT,
  fixAt,
  idOf,
  KeptMetrics,
  open,
  reportId,
  startIngest,
  TestClock,
  type TestTracker,
  until,
} from './support.js';

const clock = new TestClock();

/** What the composition makes of a district's log and hot store, for one process. */
async function storedDistrict({ handle }: TestRedis, trackers: readonly string[]): Promise<IngestDistrict> {
  const append = handle.connect('append');
  const log = new DistrictLog({ district: DISTRICT, append, clock, logger: keptLog(), metrics: new KeptMetrics() });
  const claims = new ConnectionClaims({ district: DISTRICT, query: handle.connect('query') });
  const subscription = handle.connect('subscribe');
  const plan = new Map<string, TrackerInfo>(trackers.map((id) => [id, { unit: id, expectedIntervalMs: 10_000 }]));
  await log.ensureGenesis({ kind: 'genesis', district: DISTRICT, clock: clock.kind, foldVersion: 1 });
  return {
    append: (entry) => log.append(entry),
    trackers: () => plan,
    claim: async (tracker, connectionId) => (await claims.claimConnection(tracker, connectionId)).claim,
    onTakeover: (listener) =>
      claims.subscribeTakeovers(
        subscription,
        ({ tracker, claim }) => listener(tracker, claim),
        () => undefined,
      ),
    roomBytes: () => null,
    quotas: new QuotaUses({ district: DISTRICT, query: handle.connect('query') }),
    accepting: () => ({ ok: true }),
    foldedTo: () => null,
    durable: () => true,
  };
}

async function readLog({ handle }: TestRedis): Promise<LogEntry[]> {
  const reader = new LogReader({ district: DISTRICT, connection: handle.connect('read'), after: LOG_START });
  const entries: LogEntry[] = [];
  for (;;) {
    const read = await reader.read({ count: 64, blockMs: 0 });
    if (read.length === 0) return entries;
    for (const { kind, payload } of read) entries.push(decodeLogEntry(kind as LogEntryKind, payload));
  }
}

/** Report ids by tracker, as the log has them. */
async function loggedReports(redis: TestRedis): Promise<string[]> {
  return batchesOf(await readLog(redis)).map((batch) => `${batch.tracker} ${Number.parseInt(batch.reportId, 16)}`);
}

async function ackedReports(tracker: TestTracker, name: string, count: number): Promise<string[]> {
  const acked: string[] = [];
  while (acked.length < count) {
    const message = await tracker.next();
    if (message.kind !== 'ack') throw new Error(`got ${JSON.stringify(message)}, expected an ack`);
    acked.push(`${name} ${idOf(message)}`);
  }
  return acked;
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `t-${index}`);
}

async function startStored(t: TestScope, redis: TestRedis, trackers: readonly string[]) {
  return await startIngest(t, { [DISTRICT]: await storedDistrict(redis, trackers) }, { clock });
}

t.test('200 sockets at once: every report is acknowledged, and in the log once', async (t) => {
  const redis = await startTestRedis(t);
  const trackers = names(200);
  const { url } = await startStored(t, redis, trackers);
  const sockets = await Promise.all(trackers.map(async (name) => ({ name, tracker: await connect(t, url, name) })));
  for (let id = 1; id <= 10; id++) {
    for (const { tracker } of sockets) tracker.report(id, fixAt(id), fixAt(id, { latE7: 910_000_000 }));
  }
  const acked = await Promise.all(sockets.map(({ name, tracker }) => ackedReports(tracker, name, 10)));
  for (const [index, ids] of acked.entries()) {
    if (ids.join() !== Array.from({ length: 10 }, (_, id) => `t-${index} ${id + 1}`).join())
      t.fail(`order of t-${index}: ${ids}`);
  }
  const entries = await readLog(redis);
  const batches = batchesOf(entries);
  t.strictSame(batches.map((one) => `${one.tracker} ${Number.parseInt(one.reportId, 16)}`).sort(), acked.flat().sort());
  t.ok(batches.every(({ fixes, rejected }) => fixes.length === 1 && rejected[0]?.code === 'latitude-range'));
  t.ok(entries.length < 200, `2,000 reports in ${entries.length - 1} entries`);
});

t.test(
  'Redis is killed while reports come in: what is acknowledged is in the log, and the rest follows [durable]',
  async (t) => {
    const redis = await startTestRedis(t);
    const trackers = names(10);
    const { url } = await startStored(t, redis, trackers);
    const sockets = await Promise.all(trackers.map(async (name) => ({ name, tracker: await connect(t, url, name) })));
    const acked = sockets.map(({ name, tracker }) => ackedReports(tracker, name, 60));
    for (let id = 1; id <= 60; id++) {
      for (const { tracker } of sockets) tracker.report(id);
      if (id % 20 === 0) {
        const pid = await redis.handle.pid();
        if (pid !== null) process.kill(pid, 'SIGKILL');
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    const all = (await Promise.all(acked)).flat();
    const logged = new Set(await loggedReports(redis));
    t.equal(all.length, 600);
    t.strictSame(
      all.filter((report) => !logged.has(report)),
      [],
      'no acknowledged report is missing',
    );
  },
);

t.test('the newest connection wins over two processes [two]', async (t) => {
  const redis = await startTestRedis(t);
  const [here, there] = [await startStored(t, redis, ['t-1', 't-2']), await startStored(t, redis, ['t-1', 't-2'])];
  const superseded = { code: CLOSE_CODES.superseded.code, reason: CLOSE_CODES.superseded.reason };
  const neighbour = await connect(t, here.url, 't-2');
  const first = await connect(t, here.url, 't-1');
  const second = await connect(t, there.url, 't-1');
  t.strictSame(await first.closed, superseded);
  const third = await connect(t, here.url, 't-1');
  t.strictSame(await second.closed, superseded);
  t.match(await third.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });

  // Many at once, in both: one is left, and it is the one that Redis names.
  const rush = await Promise.all(
    Array.from({ length: 20 }, (_, index) => open(t, index % 2 === 0 ? here.url : there.url, 't-1')),
  );
  t.strictSame(await third.closed, superseded);
  const isOpen = ({ socket }: TestTracker) => socket.readyState === socket.OPEN;
  await until(() => rush.filter(isOpen).length === 1);
  const [last] = rush.filter(isOpen);
  t.equal((await last?.next())?.kind, 'welcome');
  if (last !== undefined) t.match(await last.ask(encodeReport(reportId(2), [fixAt(2)])), { kind: 'ack' });
  for (const other of rush) if (other !== last) t.strictSame(await other.closed, superseded);
  t.ok(isOpen(neighbour), 'another tracker is not touched');
});

t.test('shutdown while an append is in flight: acknowledged if and only if it is in the log', async (t) => {
  const redis = await startTestRedis(t);
  const { url, ingest, metrics } = await startStored(t, redis, ['t-0', 't-1']);
  const [one, two] = [await connect(t, url, 't-0'), await connect(t, url, 't-1')];
  await redis.handle.connect('query').call('CLIENT', 'PAUSE', '300', 'WRITE');
  for (let id = 1; id <= 20; id++) one.report(id);
  await until(() => metrics.counts.get('reports_total') === 20);
  const closed = ingest.close();
  for (let id = 21; id <= 40; id++) one.report(id);
  two.report(1);
  const acked = await ackedReports(one, 't-0', 20);
  t.match(await one.closed, { code: CLOSE_CODES.shutdown.code });
  t.match(await two.closed, { code: CLOSE_CODES.shutdown.code });
  await closed;
  t.strictSame([...one.waiting, ...two.waiting], []);
  t.strictSame(await loggedReports(redis), acked);
});

t.test('a Redis without room refuses reports, and takes them when there is room again [full]', async (t) => {
  const redis = await startTestRedis(t);
  const { url } = await startStored(t, redis, ['t-1']);
  const tracker = await connect(t, url, 't-1');
  const admin = redis.handle.connect('query');
  t.match(await tracker.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
  await admin.config('SET', 'maxmemory', '1000000');
  const refusal = await tracker.ask(encodeReport(reportId(2), [fixAt(2)]));
  t.match(refusal, { kind: 'refusal', code: 'storage-full', detail: /OOM/ });
  t.strictSame(await loggedReports(redis), ['t-1 1']);
  await admin.config('SET', 'maxmemory', '100000000');
  t.match(await tracker.ask(encodeReport(reportId(2), [fixAt(2)])), { kind: 'ack' });
  t.match(await tracker.ask(encodeReport(reportId(2), [fixAt(2)])), { kind: 'ack' }, 'sent again: acknowledged again');
  t.strictSame(await loggedReports(redis), ['t-1 1', 't-1 2', 't-1 2']);
});
