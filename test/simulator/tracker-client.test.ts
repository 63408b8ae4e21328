import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { encodeServerMessage } from '../../src/codec/tracker-messages.js';
import { CLOSE_CODES } from '../../src/protocol/tracker-close-codes.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { runLockstep, runWall } from '../../src/simulator/driver.js';
import { createHttpClock } from '../../src/simulator/http-clock.js';
import { STAY_AWAY_CLOSE_CODES } from '../../src/simulator/link-end.js';
import type { DueReport, ReportSource } from '../../src/simulator/report-source.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import { acknowledge, type FakeServer, startFakeServer } from './fake-server.js';
import { fixAt } from './support.js';

const BACK_OFF = { firstMs: 5, longestMs: 40 };
const T0 = 1_790_000_000_000;

function clientOf(server: { url: string }, more: Partial<ConstructorParameters<typeof TrackerClient>[0]> = {}) {
  return new TrackerClient({ url: server.url, token: 'secret', tracker: 'trk-1', backOff: BACK_OFF, ...more });
}

t.test('a report is sent with its fixes and its token, and its ack is counted', async (t) => {
  const server = await startFakeServer();
  const client = clientOf(server);
  t.same(await client.send([fixAt(T0), fixAt(T0 + 1)]), { durable: true, rejected: [], refusal: null });
  t.equal(client.connected, true);
  t.equal(client.heartbeat(), true);
  await client.send([fixAt(T0 + 2)]);
  t.same(
    server.received.map((message) =>
      message.kind === 'report' ? message.fixes.map((fix) => fix.eventTimeMs) : message.kind,
    ),
    [[T0, T0 + 1], 'heartbeat', [T0 + 2]],
  );
  t.equal(server.authorizations[0], 'Bearer secret');
  t.match(client.counters, { handedOver: 3, transmitted: 3, acknowledged: 3, rejected: 0, reports: 2, connections: 1 });
  await client.close();
  await t.rejects(client.send([fixAt(T0)]), { code: 'tracker-closed' });
  await server.kill();
});

t.test('invalid fixes and refusals come back as values', async (t) => {
  let refusals = 0;
  const server = await startFakeServer({
    onReport: (report, socket) => {
      const first = report.fixes[0]?.eventTimeMs;
      if (first === T0) return acknowledge(socket, report, [{ index: 1, code: 'latitude-range' }]);
      const retryAfterMs = first === T0 + 5 && refusals++ < 2 ? 10 : null;
      if (first === T0 + 5 && retryAfterMs === null) return acknowledge(socket, report);
      const { reportId } = report;
      socket.send(encodeServerMessage({ kind: 'refusal', reportId, code: 'too-fast', detail: 'wait', retryAfterMs }));
    },
  });
  const client = clientOf(server);
  t.same((await client.send([fixAt(T0), fixAt(T0 + 1)])).rejected, [{ index: 1, code: 'latitude-range' }]);
  t.equal((await client.send([fixAt(T0 + 5)])).refusal, null, 'sent again after the time that the server named');
  t.equal(client.counters.resentReports, 2);
  t.same((await client.send([fixAt(T0 + 9)])).refusal, { code: 'too-fast', detail: 'wait' });
  t.match(client.counters, { handedOver: 4, transmitted: 6, acknowledged: 3, rejected: 1, refused: 1 });
  await t.rejects(client.send([]), { code: 'report-size' });
  await t.rejects(client.send(Array.from({ length: 1_001 }, (_, index) => fixAt(T0 + index))), { code: 'report-size' });
  await client.close();
  await server.kill();
});

t.test('what has no ack is sent again after the server was killed', async (t) => {
  const deaf = await startFakeServer({ onReport: () => undefined });
  const client = clientOf(deaf);
  const answers = Promise.all([client.send([fixAt(T0)]), client.send([fixAt(T0 + 1), fixAt(T0 + 2)])]);
  while (deaf.received.length < 2) await new Promise((resolve) => setImmediate(resolve));
  t.equal(client.pendingReports, 2);
  await deaf.kill();
  const next = await startFakeServer({ port: deaf.port });
  t.same(await answers, Array(2).fill({ durable: true, rejected: [], refusal: null }));
  t.same(next.received, deaf.received, 'the same bytes with the same report ids, in the same order');
  t.match(client.counters, { handedOver: 3, transmitted: 6, acknowledged: 3, resentReports: 2, connections: 2 });
  await client.close();
  await next.kill();
});

t.test('a link that is cut, and one that goes dead, are replaced', async (t) => {
  const server = await startFakeServer({
    onReport: (report, socket, connection) => {
      if (connection > 1) acknowledge(socket, report);
    },
  });
  const client = clientOf(server, { answerWithinMs: 200 });
  await client.send([fixAt(T0)]);
  t.equal(server.connections(), 2, 'no answer in time');
  client.dropLink();
  await client.send([fixAt(T0 + 1)]);
  t.equal(server.connections(), 3, 'cut');
  await client.close();
  await server.kill();
});

t.test('a server that takes the socket but says no Welcome is left', async (t) => {
  const mute = await startFakeServer({ welcome: false });
  const client = clientOf(mute, { answerWithinMs: 60 });
  const sent = t.rejects(client.send([fixAt(T0)]), { code: 'tracker-closed' });
  while (mute.connections() < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  t.equal(client.counters.transmitted, 0);
  await client.close();
  await sent;
  await mute.kill();
});

t.test('a tracker that is turned away stays away', async (t) => {
  const never = Object.values(CLOSE_CODES).filter((close) => close.reconnect === 'never');
  t.same(
    STAY_AWAY_CLOSE_CODES,
    never.map((close) => close.code),
    'the codes of the ingest',
  );

  const superseding = await startFakeServer({ onReport: (_report, socket) => socket.close(4011, 'superseded') });
  const client = clientOf(superseding);
  await t.rejects(client.send([fixAt(T0)]), { code: 'tracker-turned-away', details: { status: 4011 } });
  await t.rejects(client.send([fixAt(T0)]), { code: 'tracker-turned-away' });
  t.equal(superseding.connections(), 1);
  await client.close();
  await superseding.kill();

  const strict = await startFakeServer({ refuseWith: 401 });
  const stranger = clientOf(strict);
  await t.rejects(stranger.send([fixAt(T0)]), { code: 'tracker-turned-away', details: { status: 401 } });
  await strict.kill();

  const busy = await startFakeServer({ refuseWith: 503 });
  const patient = clientOf(busy);
  const sent = patient.send([fixAt(T0)]);
  while (busy.authorizations.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  await busy.kill();
  const ready = await startFakeServer({ port: busy.port });
  t.equal((await sent).refusal, null);
  await patient.close();
  await ready.kill();
});

t.test('an abort ends what waits, with its reason', async (t) => {
  const abort = new AbortController();
  const client = clientOf({ url: 'ws://127.0.0.1:9/v1/ingest' }, { signal: abort.signal });
  const sent = t.rejects(client.send([fixAt(T0)]), { code: 'interrupted' });
  abort.abort(new BeatwatchError('interrupted', 'enough'));
  await sent;
  await client.close();
});

/** Three trackers that report every 10 s, each at its own second. */
function threeTrackers(untilMs: number): ReportSource {
  const all: DueReport[] = [];
  for (let atMs = T0 + 1_000; atMs <= untilMs; atMs += 1_000) {
    const index = ((atMs - T0) / 1_000) % 10;
    if (index < 3) all.push({ tracker: `trk-${index}`, atMs, fixes: [fixAt(atMs)] });
  }
  return {
    fromMs: T0,
    toMs: untilMs,
    due: (afterMs, toMs) => ({
      reports: all.filter(({ atMs }) => atMs > afterMs && atMs <= toMs),
      cutLinks: [],
      more: false,
    }),
    nextAfter: (afterMs) => all.find(({ atMs }) => atMs > afterMs)?.atMs ?? null,
  };
}

t.test('lockstep: the clock first, then the reports of the step, and all acks before the next', async (t) => {
  const events: string[] = [];
  const server = await startFakeServer({
    onReport: (report, socket) => {
      events.push(`fix ${(report.fixes[0]?.eventTimeMs ?? 0) - T0}`);
      setTimeout(() => acknowledge(socket, report), 3);
    },
  });
  await using trackers = new TrackerPool({ url: server.url, tokenOf: () => 'x', backOff: BACK_OFF });
  let refusals = 2;
  const summary = await runLockstep({
    source: threeTrackers(T0 + 22_000),
    trackers,
    setClock: async (nowMs) => {
      if (nowMs === T0 + 10_000 && refusals-- > 0) throw new Error('connection refused');
      events.push(`clock ${nowMs - T0}`);
    },
  });
  const steps = events
    .join(' ')
    .split(/ (?=clock)/)
    .map((step) => {
      const [clock, ...fixes] = step.split(' fix ');
      return [clock, ...fixes.map(Number).sort((a, b) => a - b)];
    });
  t.same(steps, [
    ['clock 0'],
    ['clock 5000', 1_000, 2_000],
    ['clock 10000', 10_000],
    ['clock 15000', 11_000, 12_000],
    ['clock 20000', 20_000],
    ['clock 25000', 21_000, 22_000],
    ['clock 26000'],
  ]);
  t.match(summary, { clockSteps: 7, clockRetries: 2, toMs: T0 + 25_000 });
  t.match(summary.counters, { handedOver: 8, acknowledged: 8, reports: 8 });
  await server.kill();
});

t.test('lockstep goes on when the server is killed in the middle', async (t) => {
  let server: FakeServer | null = null;
  const seen = new Set<number | null>();
  const onReport: NonNullable<Parameters<typeof startFakeServer>[0]>['onReport'] = (report, socket) => {
    for (const fix of report.fixes) seen.add(fix.eventTimeMs);
    acknowledge(socket, report);
  };
  server = await startFakeServer({ onReport });
  const { port, url } = server;
  await using trackers = new TrackerPool({ url, tokenOf: () => 'x', backOff: BACK_OFF });
  const running = runLockstep({
    source: threeTrackers(T0 + 600_000),
    trackers,
    setClock: async () => {
      if (server === null) throw new Error('connection refused');
    },
  });
  for (let kill = 0; kill < 5; kill++) {
    const before = seen.size;
    while (seen.size < before + 20) await new Promise((resolve) => setImmediate(resolve));
    const dying: FakeServer = server;
    server = null;
    await dying.kill();
    await new Promise((resolve) => setTimeout(resolve, 20));
    server = await startFakeServer({ port, onReport });
  }
  const { counters } = await running;
  t.equal(seen.size, 180);
  t.match(counters, { handedOver: 180, acknowledged: 180 });
  t.ok(counters.connections >= 3 * 6, `${counters.connections} connections`);
  await server.kill();
});

t.test('on the wall clock each report goes out when it is due', async (t) => {
  const server = await startFakeServer();
  await using trackers = new TrackerPool({ url: server.url, tokenOf: () => 'x', backOff: BACK_OFF });
  let nowMs = T0;
  const sentAt: number[] = [];
  const source = threeTrackers(T0 + 32_000);
  const { counters } = await runWall({
    source: {
      ...source,
      due: (afterMs, untilMs) => {
        const work = source.due(afterMs, untilMs) as { reports: DueReport[]; cutLinks: []; more: false };
        for (const report of work.reports) sentAt.push(nowMs - report.atMs);
        return work;
      },
    },
    trackers,
    time: {
      nowMs: () => nowMs,
      sleep: async (forMs) => {
        nowMs += forMs;
      },
    },
    resolutionMs: 300,
  });
  t.equal(counters.acknowledged, 11);
  t.ok(
    sentAt.every((lateMs) => lateMs >= 0 && lateMs < 300),
    `late by ${sentAt}`,
  );
  await server.kill();
});

t.test('the HTTP clock tells what may be tried again from what may not', async (t) => {
  const bodies: string[] = [];
  const http = createServer((request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
    request.on('end', () => {
      const status = bodies.length === 1 ? 200 : bodies.length === 2 ? 503 : 409;
      response.writeHead(status).end('{"code":"clock-backwards"}');
    });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const serverUrl = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const setClock = createHttpClock({ serverUrl, district: 'meixian', token: 'admin' });
  await setClock(T0);
  t.same(bodies, [JSON.stringify({ nowMs: T0 })]);
  const passing: unknown = await setClock(T0).catch((error: unknown) => error);
  t.notOk(passing instanceof BeatwatchError, '503 may be tried again');
  t.match(passing, { message: /HTTP 503/ });
  await t.rejects(setClock(T0), { code: 'clock-refused', message: /HTTP 409.*clock-backwards/ });
  http.closeAllConnections();
  await new Promise((resolve) => http.close(resolve));
  const gone: unknown = await setClock(T0).catch((error: unknown) => error);
  t.notOk(gone instanceof BeatwatchError, 'nobody there may be tried again');
});
