import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import t from 'tap';
import { MAX_LIVE_SOCKETS_PER_TOKEN, STATE_EVERY_MS } from '../../src/api/limits.js';
import { inRounds, SINKS_A_ROUND } from '../../src/api/live/in-rounds.js';
import { filterText, NO_FILTER } from '../../src/api/live/live-filter.js';
import { type FedAlert, RECENT_ALERTS, RecentAlerts } from '../../src/api/live/recent-alerts.js';
import { MAX_APART, WaitingState } from '../../src/api/live/said-state.js';
import type { StateUpdate } from '../../src/api/live/state-backlog.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { TestScope } from '../support/redis-server.js';
import { ask, LiveClient } from './clients.js';
import { positionOf, unitOf } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const LIVE = '/v1/districts/meixian/live';
const MANY = 3 * SINKS_A_ROUND;

/** Counts what happens in each round of the event loop, in which sockets are heard once. */
function countRounds(t: TestScope): { note(): void; readonly all: number; readonly most: number } {
  const counts = [0];
  let going = true;
  const next = (): void => {
    if (counts.at(-1) !== 0) counts.push(0);
    if (going) setImmediate(next);
  };
  next();
  t.teardown(() => {
    going = false;
  });
  return {
    note: () => void counts.push((counts.pop() ?? 0) + 1),
    get all() {
      return counts.reduce((sum, count) => sum + count, 0);
    },
    get most() {
      return Math.max(...counts);
    },
  };
}

/** Rounds of messages of this type to live sockets. */
function countMessages(t: TestScope, rig: Rig, type: string): ReturnType<typeof countRounds> {
  const rounds = countRounds(t);
  const count = rig.deps.metrics.count.bind(rig.deps.metrics);
  Object.assign(rig.deps.metrics, {
    count: (...args: Parameters<typeof count>) => {
      if (args[0] === 'beatwatch_live_messages_total' && args[2]?.type === type) rounds.note();
      count(...args);
    },
  });
  return rounds;
}

async function tokens(rig: Rig): Promise<readonly string[]> {
  const count = 1 + Math.ceil(MANY / MAX_LIVE_SOCKETS_PER_TOKEN);
  return Promise.all(Array.from({ length: count }, (_, i) => rig.token({ role: 'supervisor', subject: `s${i}` })));
}

function upgrade(token: string): string {
  return [
    `GET ${LIVE} HTTP/1.1`,
    'host: x',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol: beatwatch.live.v1',
    `authorization: Bearer ${token}`,
    '',
    '',
  ].join('\r\n');
}

async function openMany(rig: Rig): Promise<readonly LiveClient[]> {
  const known = await tokens(rig);
  return Array.from({ length: MANY }, (_, i) => new LiveClient(rig, LIVE, { token: known[i % known.length] ?? '' }));
}

t.test('many reads at once are answered one each round of the event loop', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const rounds = countRounds(t);
  rig.api.server.on('request', (_request: IncomingMessage, response: ServerResponse) => {
    response.once('prefinish', () => rounds.note());
  });
  await Promise.all(Array.from({ length: MANY }, () => ask(rig, '/v1/districts/meixian/units', { token })));
  t.equal(rounds.all, MANY);
  t.equal(rounds.most, 1);
});

t.test('of many live sockets that come at once one each round of the event loop is let in', async (t) => {
  const rig = await startRig(t);
  const rounds = countRounds(t);
  const verify = rig.deps.verify.bind(rig.deps);
  Object.assign(rig.deps, {
    verify: (token: string) => {
      rounds.note();
      return verify(token);
    },
  });
  const known = await tokens(rig);
  let accepted = 0;
  rig.api.server.on('connection', () => {
    accepted += 1;
  });
  const sockets = Array.from({ length: MANY }, () => connect(Number(new URL(rig.url).port), '127.0.0.1'));
  t.teardown(() => sockets.forEach((socket) => void socket.destroy()));
  await until(() => accepted === MANY);
  // So that all requests wait to be read at once.
  for (const [i, socket] of sockets.entries()) socket.write(upgrade(known[i % known.length] ?? ''));
  await Promise.all(sockets.map((socket) => once(socket, 'data')));
  t.equal(rounds.all, MANY);
  t.equal(rounds.most, 1);
});

t.test('many live sockets get their snapshots one each round of the event loop', async (t) => {
  const rig = await startRig(t);
  const rounds = countMessages(t, rig, 'snapshot');
  const clients = await openMany(rig);
  await Promise.all(clients.map((client) => client.first('snapshot')));
  t.equal(rounds.all, MANY);
  t.equal(rounds.most, 1);
});

t.test('what happens is told to many live sockets a few each round of the event loop, and to all', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const clients = await openMany(rig);
  await Promise.all(clients.map((client) => client.first('snapshot')));
  const [alerts, positions] = [countMessages(t, rig, 'alert'), countMessages(t, rig, 'positions')];
  for (let i = 1; i <= 3; i += 1) {
    await engine.emit({ alerts: [{ alertId: `a${i}` }], positions: new Map([['u', positionOf('u', i)]]) });
  }
  await until(() =>
    clients.every(
      (client) => client.of('positions').at(-1)?.positions[0]?.eventTimeMs === positionOf('u', 3).eventTimeMs,
    ),
  );
  await until(() => clients.every((client) => client.transitions.length === 3));
  for (const client of clients) t.strictSame(client.transitions, [1, 2, 3]);
  // Two may be on their way at once: what one round began goes on in the next.
  t.ok(alerts.most <= 2 * SINKS_A_ROUND, `${alerts.most} alerts`);
  t.ok(positions.most <= 2 * SINKS_A_ROUND, `${positions.most} positions`);
});

t.test('fewer are served in a round of the event loop when each takes long', async (t) => {
  const rounds = countRounds(t);
  await inRounds(Array.from({ length: 20 }), () => {
    rounds.note();
    const beganMs = performance.now();
    while (performance.now() - beganMs < 1);
  });
  t.equal(rounds.all, 20);
  t.ok(rounds.most <= 3, `${rounds.most} in one round`);
});

t.test('changes that come without an alert go out a few times a second, the last of them too', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const client = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor' }) });
  await client.first('snapshot');
  const CHANGES = 200;
  const beganMs = performance.now();
  for (let i = 1; i <= CHANGES; i += 1) await engine.emit({ positions: new Map([['u', positionOf('u', i)]]) });
  const last = positionOf('u', CHANGES).eventTimeMs;
  await until(() => client.of('positions').at(-1)?.positions[0]?.eventTimeMs === last);
  const messages = client.of('positions');
  const most = 1 + Math.ceil((performance.now() - beganMs) / STATE_EVERY_MS);
  t.ok(messages.length <= most && most < CHANGES, `${messages.length} messages, at most ${most}`);
  const skipped = messages.reduce((sum, message) => sum + (message.skipped ?? 0), 0);
  t.equal(messages.length + skipped, CHANGES, 'what was left out is counted');
});

t.test('many live sockets that lack the last alerts are sent them without a read of the store for each', async (t) => {
  const rig = await startRig(t);
  const { engine, hot } = rig.district();
  const [token = '', ...others] = await tokens(rig);
  const first = new LiveClient(rig, LIVE, { token });
  await first.first('snapshot');
  await engine.emit({ alerts: [{ alertId: 'a' }, { alertId: 'b' }, { alertId: 'c' }] });
  await until(() => first.transitions.length === 3);
  let reads = 0;
  const read = hot.readAlerts.bind(hot);
  Object.assign(hot, {
    readAlerts: (o: Parameters<typeof read>[0]) => {
      if (o.after < 3) reads += 1;
      return read(o);
    },
  });
  const clients = Array.from(
    { length: MANY },
    (_, i) => new LiveClient(rig, `${LIVE}?after=${i % 3}`, { token: others[i % others.length] ?? '' }),
  );
  await Promise.all(clients.map((client) => client.first('snapshot')));
  for (const [i, client] of clients.entries()) t.strictSame(client.transitions, [1, 2, 3].slice(i % 3));
  t.equal(reads, 0);
});

t.test('the last alerts are known from some transition on, and what came before is not', async (t) => {
  const recent = new RecentAlerts();
  const told = (transition: number): FedAlert => ({ version: { transition } as AlertVersion, text: Buffer.alloc(0) });
  const since = (transition: number) => recent.since(transition)?.map(({ version }) => version.transition) ?? null;
  recent.beginAfter(10);
  t.strictSame([since(9), since(10)], [null, []]);
  recent.add([told(11), told(13)]);
  t.strictSame([since(9), since(10), since(11), since(12), since(13)], [null, [11, 13], [13], [13], []]);
  for (let transition = 14; transition <= 10 + 3 * RECENT_ALERTS; transition += 1) recent.add([told(transition)]);
  const last = 10 + 3 * RECENT_ALERTS;
  t.equal(since(last - RECENT_ALERTS)?.length, RECENT_ALERTS);
  t.equal(since(13), null);
  let oldest = last;
  while (since(oldest) !== null) oldest -= 1;
  t.ok(last - oldest <= 2 * RECENT_ALERTS + 1, `what follows ${oldest} is not known`);
  t.equal(since(oldest + 1)?.[0], oldest + 2);
  recent.beginAfter(5);
  t.strictSame([since(4), since(5), since(last)], [null, [], []]);
});

t.test('what one commit tells a live socket leaves in one write', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const server = once(rig.api.server, 'connection') as Promise<[Socket]>;
  const client = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor' }) });
  const [socket] = await server;
  await client.first('snapshot');
  let writes = 0;
  for (const name of ['_write', '_writev'] as const) {
    const write = socket[name]?.bind(socket) as (...args: unknown[]) => void;
    Object.assign(socket, {
      [name]: (...args: unknown[]) => {
        writes += 1;
        write(...args);
      },
    });
  }
  await engine.emit({
    alerts: [{ alertId: 'a' }, { alertId: 'b' }, { alertId: 'c' }],
    positions: new Map([['u', positionOf('u')]]),
    units: new Map([['u', unitOf('u')]]),
  });
  await until(() => client.messages.filter(({ type }) => type !== 'snapshot').length === 5);
  t.strictSame(client.transitions, [1, 2, 3]);
  // Two, if the feed was just about to look by itself.
  t.ok(writes >= 1 && writes <= 2, `${writes} writes`);
});

t.test(
  'live sockets that keep up are told the same changes together, whatever comes while they are written to',
  async (t) => {
    const rig = await startRig(t);
    const { engine } = rig.district();
    const clients = await openMany(rig);
    await Promise.all(clients.map((client) => client.first('snapshot')));
    const CHANGES = 300;
    for (let i = 1; i <= CHANGES; i += 1) await engine.emit({ positions: new Map([['u', positionOf('u', i)]]) });
    const last = positionOf('u', CHANGES).eventTimeMs;
    const isDone = (client: LiveClient): boolean => client.of('positions').at(-1)?.positions[0]?.eventTimeMs === last;
    await until(() => clients.every(isDone));
    const told = clients.map((client) => JSON.stringify(client.of('positions')));
    t.equal(new Set(told).size, 1, 'so what is said is put into words once');
  },
);

t.test('sockets for which the same changes wait are sent the same bytes, each by its filter', async (t) => {
  const update = (value: number): StateUpdate => ({
    logId: { ms: value, seq: 0 },
    complete: false,
    positions: { u: positionOf('u', value) },
    units: {},
    coverage: {},
    tasks: {},
  });
  const updates = Array.from({ length: MAX_APART + 4 }, (_, i) => update(i));
  const only = { ...NO_FILTER, units: new Set(['v']) };
  t.not(filterText(only), filterText(NO_FILTER));
  for (const count of [1, 2, MAX_APART, MAX_APART + 1, MAX_APART + 4]) {
    const [a, b, c] = [new WaitingState(), new WaitingState(), new WaitingState()];
    for (const one of updates.slice(0, count)) {
      a.add(one, { ...NO_FILTER });
      b.add(one, NO_FILTER);
      c.add(one, only);
    }
    t.notOk(a.isEmpty);
    const [[said], [same]] = [a.take(), b.take()];
    t.same(JSON.parse(String(said?.text)), {
      type: 'positions',
      positions: [positionOf('u', count - 1)],
      ...(count === 1 ? {} : { skipped: count - 1 }),
    });
    t.match(said, { type: 'positions', records: 1, skipped: count - 1 });
    t.equal(said?.text === same?.text, count <= MAX_APART, `${count} updates`);
    t.same(String(same?.text), String(said?.text));
    t.strictSame(c.take(), []);
    t.ok(a.isEmpty);
  }
  const [late, early] = [new WaitingState(), new WaitingState()];
  for (const one of updates.slice(1, 3)) late.add(one, NO_FILTER);
  for (const one of updates.slice(0, 3)) early.add(one, NO_FILTER);
  t.strictSame([late.take()[0]?.skipped, early.take()[0]?.skipped], [1, 2], 'who came later missed less');
});
