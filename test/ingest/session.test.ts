import type { Duplex } from 'node:stream';
import t from 'tap';
import { encodeHeartbeat, encodeReport } from '../../src/codec/tracker-messages.js';
import { emptyWireFix } from '../../src/codec/wire-fix.js';
import { CLOSE_CODES, type CloseReason } from '../../src/protocol/tracker-close-codes.js';
import {
  CLAIM_DEADLINE_MS,
  MAX_DISTRICT_QUEUE_BYTES,
  MAX_UNACKNOWLEDGED_REPORTS,
  RETRY_AFTER_MS,
  SHUTDOWN_DEADLINE_MS,
  SWEEP_MS,
} from '../../src/ingest/limits.js';
import {
  IDLE_SOCKET_MS,
  MAX_FIXES_PER_REPORT,
  MAX_FRAME_BYTES,
  MAX_UNACKNOWLEDGED_BYTES,
} from '../../src/model/limits.js';
import {
  connect,
  DISTRICT,
  failureOf,
  fixAt,
  fixesAt,
  idOf,
  MemoryDistrict,
  TestClock,
  NOW_MS,
  open,
  padded,
  reportId,
  startIngest,
  type TestIngest,
  type TestTracker,
  until,
} from './support.js';

function closeOf(reason: CloseReason): { code: number; reason: string } {
  const { code, reason: text } = CLOSE_CODES[reason];
  return { code, reason: text };
}

function fullFrame(id: number): Uint8Array {
  return padded(encodeReport(reportId(id), [fixAt(id)]), MAX_FRAME_BYTES);
}

/** Waits until the server has taken so many reports, and then a little: it must not take more. */
async function takes({ metrics }: TestIngest, reports: number): Promise<number> {
  await until(() => (metrics.counts.get('reports_total') ?? 0) >= reports);
  await new Promise((resolve) => setTimeout(resolve, 50));
  return metrics.counts.get('reports_total') ?? 0;
}

async function ackedIds(tracker: TestTracker, count: number): Promise<(number | null)[]> {
  const ids: (number | null)[] = [];
  while (ids.length < count) {
    const message = await tracker.next();
    if (message.kind !== 'ack') throw new Error(`got ${JSON.stringify(message)}, expected an ack`);
    ids.push(idOf(message));
  }
  return ids;
}

/** How often what was written is handed to the system, from now on. */
function countWrites(link: Duplex | undefined): () => number {
  let count = 0;
  if (link === undefined) throw new Error('got no socket of the server');
  for (const name of ['_write', '_writev'] as const) {
    const write = link[name]?.bind(link) as ((...given: unknown[]) => void) | undefined;
    Object.assign(link, {
      [name]: (...given: unknown[]) => {
        count += 1;
        write?.(...given);
      },
    });
  }
  return () => count;
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

t.test('the acks of one append leave a socket in one write', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, metrics, links } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  district.hold();
  tracker.report(1);
  await until(() => district.appending === 1);
  for (const id of range(300)) tracker.report(id + 1);
  await until(() => metrics.counts.get('reports_total') === 301);
  const writes = countWrites(links[0]);
  district.letGo();
  t.strictSame(await ackedIds(tracker, 301), range(301));
  t.equal(writes(), 2, 'one for the first report, one for those that waited for it');
});

t.test('acks come in order, one append at a time, batches sorted by tracker', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2', 't-3');
  const { url, metrics } = await startIngest(t, { [DISTRICT]: district });
  const trackers = await Promise.all(['t-3', 't-1', 't-2'].map((token) => connect(t, url, token)));
  district.hold();
  trackers[0]?.report(1);
  await until(() => district.appending === 1);
  for (const id of range(200)) for (const tracker of trackers) tracker.report(id + 1);
  await until(() => metrics.counts.get('reports_total') === 601);
  district.letGo();
  t.strictSame(await ackedIds(trackers[0] as TestTracker, 201), range(201));
  await Promise.all(trackers.slice(1).map((tracker) => ackedIds(tracker, 200)));
  t.equal(district.mostAppending, 1);
  for (const entry of district.entries) {
    const order = entry.kind === 'fixes' ? entry.batches.map(({ tracker, reportId: id }) => `${tracker} ${id}`) : [];
    t.strictSame(order, order.toSorted(), 'by tracker, and in the order of sending within one');
  }
  t.equal(district.entries.length, 2, 'what waits for an append becomes one entry');
});

t.test('a socket whose unacknowledged bytes pass the cap is not read [hostile]', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const server = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, server.url, 't-1');
  const neighbour = await connect(t, server.url, 't-2');
  const atCap = MAX_UNACKNOWLEDGED_BYTES / MAX_FRAME_BYTES;
  district.hold();
  for (const id of range(atCap)) tracker.send(fullFrame(id));
  t.equal(await takes(server, atCap), atCap);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 0, 'at the cap it is read');
  tracker.report(atCap + 1);
  t.equal(await takes(server, atCap + 1), atCap + 1);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 1, 'one past it rests');
  for (const id of range(50)) tracker.send(fullFrame(atCap + 1 + id));
  neighbour.report(1);
  t.equal(await takes(server, atCap + 2), atCap + 2, 'only the neighbour is read');
  server.timers.pass(IDLE_SOCKET_MS + SWEEP_MS);
  t.equal(tracker.socket.readyState, tracker.socket.OPEN, 'who is not read is not idle');
  district.letGo();
  t.strictSame(await ackedIds(tracker, atCap + 51), range(atCap + 51), 'all of it is read and acknowledged in the end');
  t.strictSame(await ackedIds(neighbour, 1), [1]);
});

t.test('so is one with too many reports that are not acknowledged', async (t) => {
  const district = new MemoryDistrict('t-1');
  const server = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, server.url, 't-1');
  const frames = setInterval(() => server.timers.jump(100), 2); // else they are too fast
  t.teardown(() => clearInterval(frames));
  district.hold();
  for (const id of range(MAX_UNACKNOWLEDGED_REPORTS)) {
    tracker.report(id);
    if (id % 500 === 0) await takes(server, id);
  }
  t.equal(await takes(server, MAX_UNACKNOWLEDGED_REPORTS), MAX_UNACKNOWLEDGED_REPORTS);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 0);
  tracker.report(MAX_UNACKNOWLEDGED_REPORTS + 1);
  await takes(server, MAX_UNACKNOWLEDGED_REPORTS + 1);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 1);
  tracker.report(MAX_UNACKNOWLEDGED_REPORTS + 2);
  t.equal(await takes(server, MAX_UNACKNOWLEDGED_REPORTS + 1), MAX_UNACKNOWLEDGED_REPORTS + 1);
  district.letGo();
  const count = MAX_UNACKNOWLEDGED_REPORTS + 2;
  t.strictSame(await ackedIds(tracker, count), range(count));
});

t.test('a district whose queue passes its cap lets every sender rest', async (t) => {
  const names = range(34).map((number) => `t-${number}`);
  const district = new MemoryDistrict(...names);
  const server = await startIngest(t, { [DISTRICT]: district });
  const trackers = await Promise.all(names.map((token) => connect(t, server.url, token)));
  const each = MAX_UNACKNOWLEDGED_BYTES / MAX_FRAME_BYTES;
  const full = MAX_DISTRICT_QUEUE_BYTES / MAX_UNACKNOWLEDGED_BYTES;
  district.hold();
  for (const tracker of trackers.slice(0, full)) for (const id of range(each)) tracker.send(fullFrame(id));
  t.equal(await takes(server, full * each), full * each);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 0, 'at the cap all are read');
  const [one, other] = trackers.slice(full) as [TestTracker, TestTracker];
  one.report(1);
  await takes(server, full * each + 1);
  other.report(1);
  await takes(server, full * each + 2);
  one.report(2);
  other.report(2);
  t.equal(await takes(server, full * each + 2), full * each + 2);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 2, 'past it, each that sends rests');
  district.letGo();
  t.strictSame(await ackedIds(one, 2), [1, 2]);
  t.strictSame(await ackedIds(other, 2), [1, 2]);
});

t.test('while a backlog fills the district its senders are read in turn, and live reports at once', async (t) => {
  const names = range(10).map((number) => `t-${number}`);
  const district = new MemoryDistrict(...names, 'live');
  const server = await startIngest(t, { [DISTRICT]: district });
  const live = await connect(t, server.url, 'live');
  live.report(1);
  t.strictSame(await ackedIds(live, 1), [1]);
  const trackers = await Promise.all(names.map((token) => connect(t, server.url, token)));
  const each = 60;
  district.hold();
  for (const tracker of trackers) for (const id of range(each)) tracker.send(encodeReport(reportId(id), fixesAt(100)));
  let read = -1;
  while (read !== server.metrics.counts.get('reports_total')) {
    read = server.metrics.counts.get('reports_total') ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  t.ok(read < names.length * each, `${read} reports are read`);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), names.length);
  live.report(2);
  t.equal(await takes(server, read + 1), read + 1, 'the live report is read');
  server.timers.pass(IDLE_SOCKET_MS + SWEEP_MS);
  district.letGo();
  t.strictSame(await ackedIds(live, 1), [2]);
  for (const tracker of trackers) t.strictSame(await ackedIds(tracker, each), range(each));
});

t.test('a tracker that does not take its acks is not read', async (t) => {
  const district = new MemoryDistrict('t-1');
  const server = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, server.url, 't-1');
  const reports = 800;
  // 2 KB that are answered with 22 KB.
  const nonsense = Array.from({ length: MAX_FIXES_PER_REPORT }, emptyWireFix);
  tracker.socket.pause();
  for (const id of range(reports)) tracker.send(encodeReport(reportId(id), nonsense));
  let taken = -1;
  while (taken !== server.metrics.counts.get('reports_total')) {
    taken = server.metrics.counts.get('reports_total') ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  t.ok(taken < reports, `${taken} of ${reports} read`);
  server.timers.jump(SWEEP_MS);
  t.equal(server.metrics.gauges.get('resting_sockets'), 1);
  tracker.socket.resume();
  t.strictSame(await ackedIds(tracker, reports), range(reports));
});

t.test('the token ends when its clock says so: no report is taken at or after it', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, clock, timers } = await startIngest(t, { [DISTRICT]: district });
  const busy = await connect(t, url, `t-1.${NOW_MS + 1_000}`);
  const quiet = await connect(t, url, `t-2.${NOW_MS + 1_000}`);
  clock.atMs = NOW_MS + 999;
  timers.jump(SWEEP_MS);
  t.match(await busy.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
  clock.atMs = NOW_MS + 1_000;
  busy.report(2);
  t.strictSame(await busy.closed, closeOf('token-expired'));
  t.equal(district.batches().length, 1);
  timers.jump(SWEEP_MS);
  t.strictSame(await quiet.closed, closeOf('token-expired'));
});

t.test('a log whose virtual clock is years ahead ends no token', async (t) => {
  const district = new MemoryDistrict('t-1');
  const tokenClock = new TestClock();
  const { url, clock, timers } = await startIngest(t, { [DISTRICT]: district }, { tokenClock });
  clock.atMs = NOW_MS + 3 * 365 * 86_400_000;
  const tracker = await connect(t, url, `t-1.${NOW_MS + 1_000}`);
  timers.jump(SWEEP_MS);
  t.match(await tracker.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
  tokenClock.atMs = NOW_MS + 1_000;
  tracker.report(2);
  t.strictSame(await tracker.closed, closeOf('token-expired'));
});

t.test('revoked tokens and removed trackers are closed', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2', 't-3');
  const { url, timers, revoked } = await startIngest(t, { [DISTRICT]: district });
  const [one, two, three] = [await connect(t, url, 't-1'), await connect(t, url, 't-2'), await connect(t, url, 't-3')];
  revoked.add('id-t-1');
  district.plan.delete('t-2');
  timers.jump(SWEEP_MS);
  t.strictSame(await one.closed, closeOf('token-revoked'));
  t.strictSame(await two.closed, closeOf('tracker-removed'));
  district.planKnown = false;
  timers.jump(SWEEP_MS);
  t.match(
    await three.ask(encodeReport(reportId(1), [fixAt(1)])),
    { kind: 'ack' },
    'no plan known: nobody is judged by it',
  );
});

t.test('an idle socket is closed; any frame keeps it', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const [idle, kept] = [await connect(t, url, 't-1'), await connect(t, url, 't-2')];
  timers.pass(IDLE_SOCKET_MS);
  kept.send(encodeHeartbeat());
  t.match(await kept.ask(new Uint8Array(0)), { kind: 'refusal' }, 'at the limit it is open');
  t.equal(idle.socket.readyState, idle.socket.OPEN);
  timers.jump(SWEEP_MS);
  t.strictSame(await idle.closed, closeOf('idle'));
  t.equal(kept.socket.readyState, kept.socket.OPEN);
});

t.test('the newest connection wins; what the older had in flight is not acknowledged to it', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const neighbour = await connect(t, url, 't-2');
  const first = await connect(t, url, 't-1');
  district.hold();
  first.report(1);
  await until(() => district.appending === 1);
  const second = await connect(t, url, 't-1');
  t.strictSame(await first.closed, closeOf('superseded'));
  second.report(1);
  district.letGo();
  t.strictSame(await ackedIds(second, 1), [1]);
  t.strictSame(first.waiting, []);
  t.equal(district.batches().length, 2, 'the fold drops the copy');

  district.tellTakeover('t-1', 3);
  t.match(
    await second.ask(encodeReport(reportId(2), [fixAt(2)])),
    { kind: 'ack' },
    'its own claim, or an older one, closes nothing',
  );
  district.tellTakeover('t-1', 4);
  t.strictSame(await second.closed, closeOf('superseded'), 'taken over in another process');
  t.equal(neighbour.socket.readyState, neighbour.socket.OPEN);
});

t.test('a takeover that is heard before the own claim is answered closes too', async (t) => {
  const district = new MemoryDistrict('t-1');
  let answer: (claim: number) => void = () => undefined;
  district.claim = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const late = await open(t, url, 't-1');
  late.report(1);
  district.tellTakeover('t-1', 8);
  answer(7);
  t.strictSame(await late.closed, closeOf('superseded'));
  t.strictSame([late.frames, district.entries], [[], []], 'it was never welcome, and nothing was read');

  const unanswered = await open(t, url, 't-1');
  timers.pass(CLAIM_DEADLINE_MS + SWEEP_MS);
  t.strictSame(await unanswered.closed, closeOf('district-unavailable'), 'a claim that is not answered');
});

t.test('a connection that cannot be claimed is closed', async (t) => {
  const district = new MemoryDistrict('t-1');
  district.claimFailure = failureOf('redis-closed');
  const { url, log } = await startIngest(t, { [DISTRICT]: district });
  t.strictSame(await (await open(t, url, 't-1')).closed, closeOf('district-unavailable'));
  t.match(log.lines, [{ level: 'warn', fields: { tracker: 't-1', detail: /redis-closed/ } }]);
});

t.test('while storage is full reports are refused at once, and the tracker is told when to come again', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  district.acceptance = { ok: false, code: 'storage-full', detail: 'got 81 % of maxmemory', retryAfterMs: 30_000 };
  tracker.send(encodeHeartbeat());
  const refusal = await tracker.ask(encodeReport(reportId(1), [fixAt(1)]));
  t.match(refusal, { kind: 'refusal', code: 'storage-full', detail: 'got 81 % of maxmemory', retryAfterMs: 30_000 });
  t.equal(idOf(refusal), 1);
  t.match(
    await tracker.ask(encodeReport(reportId(2), [])),
    { code: 'no-fixes', retryAfterMs: null },
    'a wrong report is wrong',
  );
  t.strictSame(district.entries, []);
  district.acceptance = { ok: true };
  t.match(await tracker.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
});

t.test('an append that fails refuses its reports; the next one goes on', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, log, metrics } = await startIngest(t, { [DISTRICT]: district });
  const [one, two] = [await connect(t, url, 't-1'), await connect(t, url, 't-2')];
  district.failure = failureOf('log-full');
  district.hold();
  one.report(1);
  await until(() => district.appending === 1);
  one.report(2);
  two.report(1);
  await until(() => metrics.counts.get('reports_total') === 3);
  district.letGo();
  for (const id of [1, 2]) {
    const refusal = await one.next();
    t.match(refusal, { kind: 'refusal', code: 'storage-full', retryAfterMs: RETRY_AFTER_MS });
    t.equal(idOf(refusal), id);
  }
  t.match(await two.next(), { kind: 'refusal', code: 'storage-full' });
  district.failure = failureOf('log-readonly');
  t.match(await one.ask(encodeReport(reportId(1), [fixAt(1)])), {
    code: 'district-unavailable',
    detail: /log-readonly/,
  });
  district.failure = new Error('a bug');
  t.match(await one.ask(encodeReport(reportId(1), [fixAt(1)])), { code: 'district-unavailable' });
  one.send(encodeHeartbeat());
  await until(() => log.lines.some(({ message }) => message.startsWith('heartbeats')));
  district.failure = null;
  t.match(await one.ask(encodeReport(reportId(1), [fixAt(1)])), { kind: 'ack' });
  t.strictSame(
    district.batches().map(({ tracker, reportId: id }) => `${tracker} ${id}`),
    ['t-1 00000001'],
  );
  t.equal(metrics.counts.get('refusals_total storage-full'), 3);
});

t.test('shutdown acknowledges what was taken, takes nothing more, and closes', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, ingest, metrics } = await startIngest(t, { [DISTRICT]: district });
  const [busy, quiet] = [await connect(t, url, 't-1'), await connect(t, url, 't-2')];
  district.hold();
  busy.report(1);
  await until(() => district.appending === 1);
  busy.report(2);
  await until(() => metrics.counts.get('reports_total') === 2);
  const closed = ingest.close();
  busy.report(3);
  quiet.report(1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(busy.socket.readyState, busy.socket.OPEN, 'not closed before its acks');
  district.letGo();
  t.strictSame(await ackedIds(busy, 2), [1, 2]);
  t.strictSame(await busy.closed, closeOf('shutdown'));
  t.strictSame(await quiet.closed, closeOf('shutdown'));
  await closed;
  t.strictSame([...busy.waiting, ...quiet.waiting], []);
  t.equal(district.batches().length, 2, 'acknowledged = logged');
  t.equal(metrics.gauges.get('sockets'), 0);
});

t.test('shutdown does not wait for ever: what is not logged by then is cut without an ack', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, ingest, timers } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  const deaf = await connect(t, url, 't-2');
  district.hold();
  tracker.report(1);
  await until(() => district.appending === 1);
  deaf.socket.pause();
  const closed = ingest.close();
  timers.jump(SHUTDOWN_DEADLINE_MS - 1);
  await new Promise((resolve) => setTimeout(resolve, 20));
  t.equal(tracker.socket.readyState, tracker.socket.OPEN);
  timers.jump(1);
  await closed;
  await tracker.closed;
  t.strictSame(tracker.waiting, []);
  district.letGo();
  await until(() => district.entries.length === 1);
  t.pass('it was logged after all, which the tracker will learn when it sends it again');
});

t.test('a frame that breaks the WebSocket protocol closes with 1002', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, metrics } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  const { _socket: raw } = tracker.socket as unknown as { _socket: NodeJS.WritableStream };
  raw.write(Buffer.from('8200', 'hex')); // not masked
  t.match(await tracker.closed, { code: CLOSE_CODES.protocol.code });
  await until(() => metrics.counts.get('closes_total protocol') === 1);
  t.pass('and is counted');
});
