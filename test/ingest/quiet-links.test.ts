import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { encodeHeartbeat } from '../../src/codec/tracker-messages.js';
import { CLOSE_CODES } from '../../src/protocol/tracker-close-codes.js';
import { SWEEP_MS, TRACKER_PING_MS } from '../../src/ingest/limits.js';
import { ListeningTime } from '../../src/ingest/listening-time.js';
import { machineTimers } from '../../src/ingest/timers.js';
import { IDLE_SOCKET_MS } from '../../src/model/limits.js';
import type { TestScope } from '../support/redis-server.js';
import { connect, DISTRICT, MemoryDistrict, startIngest, until } from './support.js';

/** Where the usual proxy cuts a link on which nothing came from its server, ms: nginx and `proxy_read_timeout`. */
const PROXY_CUTS_MS = 60_000;

t.test('a quiet link is pinged well before a proxy cuts it, and a busy one is not', async (t) => {
  const district = new MemoryDistrict('quiet', 'talks', 'busy');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const pings = { quiet: 0, talks: 0, busy: 0 };
  const names = ['quiet', 'talks', 'busy'] as const;
  const trackers = {
    quiet: await connect(t, url, 'quiet'),
    talks: await connect(t, url, 'talks'),
    busy: await connect(t, url, 'busy'),
  };
  for (const name of names) trackers[name].socket.on('ping', () => (pings[name] += 1));
  t.ok(TRACKER_PING_MS + SWEEP_MS <= PROXY_CUTS_MS / 2, 'one ping may be lost');
  for (let passedMs = 0; passedMs < 3 * (TRACKER_PING_MS + SWEEP_MS); passedMs += SWEEP_MS) {
    timers.pass(SWEEP_MS);
    if (passedMs % 5_000 !== 0) continue;
    trackers.talks.send(encodeHeartbeat()); // the server has nothing to say to that
    trackers.busy.report(passedMs / 1_000);
    t.equal((await trackers.busy.next()).kind, 'ack');
  }
  await until(() => pings.quiet >= 3);
  t.strictSame(pings, { quiet: 3, talks: 3, busy: 0 });
});

t.test('the answers to pings keep a tracker that has nothing to say', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  for (let passedMs = 0; passedMs < 2 * IDLE_SOCKET_MS; passedMs += TRACKER_PING_MS) {
    const answered = once(tracker.socket, 'ping');
    timers.pass(TRACKER_PING_MS + SWEEP_MS);
    await answered;
    await sleep(2);
  }
  t.equal(tracker.socket.readyState, tracker.socket.OPEN);
});

t.test(
  'through a proxy that cuts a direction on which nothing comes, a tracker that only heartbeats is heard',
  async (t) => {
    const district = new MemoryDistrict('t-1');
    const { port } = await startIngest(t, { [DISTRICT]: district }, { timers: machineTimers, pingMs: 500 });
    const proxy = await startImpatientProxy(t, port, 2_500);
    const tracker = await connect(t, `ws://127.0.0.1:${proxy}/v1/ingest`, 't-1');
    const beats = setInterval(() => tracker.send(encodeHeartbeat()), 700);
    t.teardown(() => clearInterval(beats));
    const cut = await Promise.race([tracker.closed.then(() => 'cut'), sleep(6_000, 'lives')]);
    t.equal(cut, 'lives');
  },
);

t.test('a server that stood still for long reads what waits before it calls anybody idle', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const [talks, quiet] = [await connect(t, url, 't-1'), await connect(t, url, 't-2')];
  talks.send(encodeHeartbeat());
  timers.jump(330_000); // nothing is read in between
  await until(() => district.entries.length > 0);
  t.equal(talks.socket.readyState, talks.socket.OPEN);
  timers.pass(IDLE_SOCKET_MS - 60_000);
  t.equal(quiet.socket.readyState, quiet.socket.OPEN, 'nor does the pause count against who said nothing');
});

t.test('a pause counts for two looks at the sockets at the most', async (t) => {
  const listening = new ListeningTime(1_000, 2_000);
  for (const nowMs of [2_000, 3_500, 333_500, 334_500]) listening.step(nowMs);
  t.equal(listening.passedMs, 1_000 + 1_500 + 2_000 + 1_000);
});

t.test('a server that is stopped with a signal and goes on closes nobody whose words wait', async (t) => {
  const server = fork(fileURLToPath(new URL('./stoppable-server.js', import.meta.url)), ['3500']);
  t.teardown(() => server.kill('SIGKILL'));
  const [url] = (await once(server, 'message')) as [string];
  const [talks, quiet] = [await connect(t, url, 't-1'), await connect(t, url, 't-2')];
  quiet.socket.on('ping', () => undefined);
  server.kill('SIGSTOP');
  for (let i = 0; i < 12; i += 1) {
    talks.send(encodeHeartbeat());
    await sleep(500);
  }
  server.kill('SIGCONT');
  await sleep(1_000);
  t.equal(talks.socket.readyState, talks.socket.OPEN);
  t.strictSame(await quiet.closed, { code: CLOSE_CODES.idle.code, reason: 'idle' }, 'who says nothing is idle, later');
});

/** Forwards to a port of this machine, and cuts both sides when one of them sends nothing for so long. */
async function startImpatientProxy(t: TestScope, port: number, cutsAfterMs: number): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connectTcp(port, '127.0.0.1');
    const cut = (): void => [client, upstream].forEach((socket) => void socket.destroy());
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      const patience = setTimeout(cut, cutsAfterMs);
      socket.on('data', () => patience.refresh());
      socket
        .on('close', () => clearTimeout(patience))
        .on('close', cut)
        .on('error', cut);
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
