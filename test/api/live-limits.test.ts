import { once } from 'node:events';
import t from 'tap';
import { WebSocket } from 'ws';
import { issueTicket } from '../../src/access/tickets.js';
import {
  LIVE_MESSAGES_PER_MINUTE,
  MAX_FILTER_IDS,
  MAX_LIVE_MESSAGE_BYTES,
  MAX_LIVE_SOCKETS_PER_TOKEN,
} from '../../src/api/limits.js';
import { NO_FILTER } from '../../src/api/live/live-filter.js';
import { StateBacklog } from '../../src/api/live/state-backlog.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { LIVE_CLOSE_CODES } from '../../src/protocol/live-close-codes.js';
import { accessOf, ask, LiveClient, refusedUpgrade } from './clients.js';
import { coverageOf, positionOf, T0_MS, testPlan, unitOf } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const LIVE = '/v1/districts/meixian/live';

/** Places and units of as many ids as a filter may name. */
function manyIdsPlan(): CompiledPlan {
  const plan = testPlan('meixian');
  const ids = Array.from({ length: MAX_FILTER_IDS }, (_, i) => i);
  const [place, unit] = [plan.places[0], plan.units[0]];
  if (place === undefined || unit === undefined) throw new Error('the plan of tests has no place or no unit');
  return {
    ...plan,
    places: ids.map((i) => ({ ...place, id: `p${i}` })),
    units: ids.map((i) => ({ ...unit, id: `u${i}`, tracker: `t-u${i}` })),
  };
}

async function ticketOf(rig: Rig, o: { ttlS?: number; nowMs?: number } = {}): Promise<string> {
  const { body, text } = await ask(rig, '/v1/ticket', {
    method: 'POST',
    token: await rig.token({ role: 'supervisor', ...o }),
  });
  if (typeof body.ticket !== 'string') throw new Error(text);
  return body.ticket;
}

t.test('a ticket opens one socket, once, in its time, while its token lasts', async (t) => {
  const rig = await startRig(t);
  const ticket = await ticketOf(rig);
  const client = new LiveClient(rig, `${LIVE}?ticket=${ticket}`);
  await client.first('snapshot');
  const [begin] = (await rig.district().reads()).map(accessOf);
  t.match(begin, { actor: 'supervisor-li', role: 'supervisor' }, 'it speaks for who asked for it');
  t.notMatch(JSON.stringify(rig.log.lines), ticket);
  const invalid = { status: 401, body: { code: 'ticket-invalid' } };
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${ticket}`), invalid, 'used');
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${'A'.repeat(43)}`), invalid, 'never issued');
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=`), invalid, 'empty');

  const over = await ticketOf(rig);
  const [name = ''] = await rig.query.keys('bw:ticket:*');
  const lifeMs = await rig.query.pttl(name);
  t.ok(lifeMs > 0 && lifeMs <= 30_000, `it lives ${lifeMs} ms`);
  await rig.query.pexpire(name, 1);
  await until(async () => (await rig.query.exists(name)) === 0);
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${over}`), invalid, 'expired');

  const identity = { subject: 'li', role: 'supervisor' as const, districts: ['meixian'], tokenId: 'x', issuedAtMs: 0 };
  const ended = await issueTicket(rig.deps.tickets, { ...identity, expiresAtMs: Date.now() });
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${ended}`), { status: 401, body: { code: 'token-expired' } });
  const foreign = await issueTicket(rig.deps.tickets, {
    ...identity,
    districts: ['jiaying'],
    expiresAtMs: Date.now() + 60_000,
  });
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${foreign}`), { status: 403, body: { code: 'token-district' } });
  const auditor = await issueTicket(rig.deps.tickets, {
    ...identity,
    role: 'auditor',
    expiresAtMs: Date.now() + 60_000,
  });
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${auditor}`), { status: 403, body: { code: 'token-role' } });

  const spared = await ticketOf(rig);
  t.equal((await refusedUpgrade(rig, `${LIVE}?ticket=${spared}&after=x`)).status, 400);
  const second = new LiveClient(rig, `${LIVE}?ticket=${spared}`);
  await second.first('snapshot');
  t.pass('a wrong query does not use it up');
});

t.test('an upgrade with any fault is answered with its code', async (t) => {
  const rig = await startRig(t);
  rig.district().plan = manyIdsPlan();
  const authorization = `Bearer ${await rig.token({ role: 'supervisor' })}`;
  const ids = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`).join(',');
  const cases: [path: string, headers: Record<string, string>, status: number, code: string][] = [
    [LIVE, {}, 401, 'token-missing'],
    [LIVE, { authorization: 'Basic x' }, 401, 'token-missing'],
    [LIVE, { authorization, origin: 'https://evil.example' }, 403, 'origin-refused'],
    [LIVE, { authorization, origin: 'null' }, 403, 'origin-refused'],
    [LIVE, { authorization, origin: 'https://console.example.evil' }, 403, 'origin-refused'],
    [LIVE, { authorization, 'sec-websocket-protocol': 'beatwatch.tracker.v1' }, 400, 'subprotocol-missing'],
    ['/v1/live', { authorization }, 404, 'route-unknown'],
    ['/v1/districts/meixian/units', { authorization }, 404, 'route-unknown'],
    [`${LIVE}?after=-1`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?after=1&after=2`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?place=UPPER`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?place=a,,b`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?place=${ids(MAX_FILTER_IDS + 1)}`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?rule=gap`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?severity=high,urgent`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?filter=x`, { authorization }, 400, 'request-invalid'],
    [`${LIVE}?place=p1,sqare`, { authorization }, 404, 'place-unknown'],
    [`${LIVE}?unit=p1`, { authorization }, 404, 'unit-unknown'],
  ];
  for (const [path, headers, status, code] of cases) {
    const answer = await refusedUpgrade(rig, path, headers);
    t.match({ status: answer.status, code: answer.body.code }, { status, code }, `${path.slice(0, 60)} ${code}`);
    t.ok(answer.body.message);
  }
  const allowed = new LiveClient(rig, `${LIVE}?place=${ids(MAX_FILTER_IDS)}`, {
    headers: { authorization, origin: 'https://console.example' },
  });
  await allowed.first('snapshot');
  const plain = new WebSocket(new URL(LIVE, rig.url.replace('http', 'ws')), { headers: { authorization } });
  const [error] = await new Promise<[Error]>((resolve) => plain.on('error', (...args) => resolve(args)));
  t.match(error.message, '400', 'no subprotocol at all');
  t.strictSame((await rig.district().reads()).length, 1, 'what was refused was shown nothing');
});

t.test('sockets of one token are limited', async (t) => {
  const rig = await startRig(t);
  const [token, other] = [await rig.token({ role: 'supervisor' }), await rig.token({ role: 'supervisor' })];
  const clients = Array.from({ length: MAX_LIVE_SOCKETS_PER_TOKEN }, () => new LiveClient(rig, LIVE, { token }));
  await Promise.all(clients.map((client) => client.first('snapshot')));
  t.match(await refusedUpgrade(rig, LIVE, { authorization: `Bearer ${token}` }), {
    status: 429,
    body: { code: 'too-many-sockets' },
  });
  await new LiveClient(rig, LIVE, { token: other }).first('snapshot');
  t.match(
    (await ask(rig, '/metrics')).text,
    `beatwatch_live_sockets{district="meixian"} ${MAX_LIVE_SOCKETS_PER_TOKEN + 1}`,
  );
  await clients[0]?.close();
  await until(async () => {
    const client = new LiveClient(rig, LIVE, { token });
    await until(() => client.closed !== null || client.messages.length > 0);
    return client.messages.length > 0;
  });
  t.pass('one closed, one more may come');
});

t.test('messages that are not as documented get an error, and the socket closes with its code', async (t) => {
  const rig = await startRig(t);
  rig.district().plan = manyIdsPlan();
  const padded = (bytes: number) => '{"type":"subscribe"}'.padEnd(bytes);
  const cases: [message: string | Buffer, code: number, error: boolean][] = [
    ['garbage', 4400, true],
    ['', 4400, true],
    ['null', 4400, true],
    ['[]', 4400, true],
    ['{"type":"unsubscribe"}', 4400, true],
    ['{"type":"subscribe","place":"square"}', 4400, true],
    ['{"type":"subscribe","places":"square"}', 4400, true],
    ['{"type":"subscribe","places":["SQUARE"]}', 4400, true],
    ['{"type":"subscribe","rules":["gap"]}', 4400, true],
    [
      JSON.stringify({ type: 'subscribe', units: Array.from({ length: MAX_FILTER_IDS + 1 }, (_, i) => `u${i}`) }),
      4400,
      true,
    ],
    [Buffer.from('{"type":"subscribe"}'), 1003, true],
    [padded(MAX_LIVE_MESSAGE_BYTES + 1), 1009, false],
  ];
  for (const [i, [message, code, error]] of cases.entries()) {
    const client = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor' }) });
    await client.first('snapshot');
    client.socket.send(message);
    t.equal((await client.end()).code, code, `case ${i}: ${String(message).slice(0, 40)}`);
    t.equal(client.of('error').length, error ? 1 : 0);
    if (code === 4400) t.match(client.of('error')[0], { code: 'request-invalid', message: /got .*expected/ });
  }
  const client = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor' }) });
  await client.first('snapshot');
  client.socket.send(padded(MAX_LIVE_MESSAGE_BYTES));
  client.socket.send(
    JSON.stringify({ type: 'subscribe', units: Array.from({ length: MAX_FILTER_IDS }, (_, i) => `u${i}`) }),
  );
  await until(() => client.of('snapshot').length > 1);
  t.equal(client.closed, null, 'at the limit it passes');
  for (let i = 2; i < LIVE_MESSAGES_PER_MINUTE; i += 1) client.socket.send('{"type":"subscribe"}');
  client.socket.ping();
  await new Promise((resolve) => client.socket.once('pong', resolve));
  t.equal(client.closed, null, `${LIVE_MESSAGES_PER_MINUTE} messages in a minute pass`);
  client.socket.send('{"type":"subscribe"}');
  t.strictSame(await client.end(), { code: 4429, reason: 'too-many-messages' });
});

t.test('a socket ends with its token: expired or revoked', async (t) => {
  const rig = await startRig(t, { live: { pingMs: 300 } });
  const nowMs = Date.now();
  const token = await rig.token({ role: 'supervisor', ttlS: 60, nowMs: nowMs - 57_000 });
  const expiring = new LiveClient(rig, LIVE, { token });
  await expiring.first('snapshot');
  t.strictSame(await expiring.end(), { code: 4401, reason: 'token-expired' });
  t.ok(Date.now() >= Math.floor((nowMs - 57_000) / 1_000) * 1_000 + 60_000, 'and not before');

  const revoked = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor', tokenId: 'lost-laptop' }) });
  await revoked.first('snapshot');
  const admin = await rig.token({ role: 'admin' });
  await ask(rig, '/v1/districts/meixian/revocations', {
    token: admin,
    body: { tokenId: 'lost-laptop', expiresAtMs: Date.now() + 60_000 },
  });
  t.strictSame(await revoked.end(), { code: 4402, reason: 'token-revoked' });

  const lost = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor', subject: 'wang' }) });
  await lost.first('snapshot');
  const revocation = await ask(rig, '/v1/districts/meixian/revocations', { token: admin, body: { person: 'wang' } });
  t.match(revocation, { status: 200, body: { person: 'wang', madeUntilMs: /^\d{13}$/ } });
  t.strictSame(await lost.end(), { code: 4402, reason: 'token-revoked' }, 'whatever its token');
  const later = await rig.token({ role: 'supervisor', subject: 'wang', nowMs: Date.now() + 1_000 });
  t.equal((await ask(rig, '/v1/districts', { token: later })).status, 200, 'a token that is made later is good');
});

t.test('who answers no ping is cut, who does stays', async (t) => {
  const rig = await startRig(t, { live: { pingMs: 300 } });
  const token = await rig.token({ role: 'supervisor' });
  const good = new LiveClient(rig, LIVE, { token });
  await good.first('snapshot');
  const url = new URL(LIVE, rig.url.replace('http', 'ws'));
  const dead = new WebSocket(url, 'beatwatch.live.v1', {
    headers: { authorization: `Bearer ${token}` },
    autoPong: false,
  });
  const code = await new Promise<number>((resolve) => dead.on('close', resolve));
  t.equal(code, 1006, 'without a handshake: nobody is there to answer it');
  t.equal(good.closed, null);
});

t.test('a server that stood still reads the answers to its pings before it cuts anybody', async (t) => {
  const pingMs = 300;
  const rig = await startRig(t, { live: { pingMs } });
  const client = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor' }) });
  await client.first('snapshot');
  // The client has answered when it tells of a ping; the server, in the same process, has not read that yet.
  await once(client.socket, 'ping');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4 * pingMs);
  const gone = once(client.socket, 'close');
  for (let ping = 0; ping < 2; ping += 1) await Promise.race([once(client.socket, 'ping'), gone]);
  t.equal(client.closed, null);
});

t.test('a slow reader: state coalesces and says how much was skipped, alerts all come', async (t) => {
  const rig = await startRig(t, { live: { coalesceBytes: 16_384, closeBytes: 1e9 } });
  const { engine } = rig.district();
  const client = new LiveClient(rig, LIVE, { token: await rig.token({ role: 'supervisor' }) });
  await client.first('snapshot');
  client.socket.pause();
  // More than the kernel buffers of both ends hold.
  const bulk = { comment: 'x'.repeat(90_000) };
  for (let i = 0; i < 20; i += 1) {
    await engine.emit({ alerts: Array.from({ length: 8 }, (_, j) => ({ alertId: `a${i}-${j}`, evidence: bulk })) });
  }
  const rounds = 40;
  for (let i = 1; i <= rounds; i += 1) {
    await engine.emit({
      positions: new Map([['car-1', positionOf('car-1', T0_MS + i)]]),
      units: new Map([['car-1', { ...unitOf('car-1'), lastHeardMs: T0_MS + i }]]),
      coverage: new Map([['square', { ...coverageOf('square'), lastCoveredMs: T0_MS + i }]]),
    });
  }
  client.socket.resume();
  const latest = () => client.of('positions').at(-1)?.positions.at(-1)?.eventTimeMs;
  await until(() => client.transitions.length === 160 && latest() === T0_MS + rounds);
  t.strictSame(
    client.transitions,
    Array.from({ length: 160 }, (_, i) => i + 1),
  );
  for (const type of ['positions', 'units', 'coverage'] as const) {
    const messages = client.of(type);
    const skipped = messages.reduce((sum, message) => sum + (message.skipped ?? 0), 0);
    t.ok(skipped > 0, `${skipped} changes of ${type} skipped`);
    t.equal(messages.length + skipped, rounds, 'sent and skipped are all there were');
  }
  t.match((await ask(rig, '/metrics')).text, /beatwatch_live_skipped_total\{district="meixian"\} [1-9]/);
});

t.test(
  'a reader too slow for the alerts is closed with a code, and misses none when it resumes [resume]',
  async (t) => {
    const rig = await startRig(t, { live: { coalesceBytes: 16_384, closeBytes: 400_000 } });
    const { engine } = rig.district();
    const token = await rig.token({ role: 'supervisor' });
    const [slow, quick] = [new LiveClient(rig, LIVE, { token }), new LiveClient(rig, LIVE, { token })];
    await Promise.all([slow.first('snapshot'), quick.first('snapshot')]);
    slow.socket.pause();
    const bulk = { comment: 'x'.repeat(90_000) };
    let emitted = 0;
    const closed = async () =>
      (await ask(rig, '/metrics')).text.includes('beatwatch_live_closed_total{district="meixian",code="4408"} 1');
    while (!(await closed())) {
      emitted += 4;
      await engine.emit({
        alerts: Array.from({ length: 4 }, (_, j) => ({ alertId: `a${emitted}-${j}`, evidence: bulk })),
      });
      if (emitted > 1_000) throw new Error('never closed');
    }
    t.equal(slow.closed, null, 'the client has not read of it yet');
    slow.socket.resume();
    t.strictSame(await slow.end(), { code: LIVE_CLOSE_CODES['consumer-too-slow'].code, reason: 'consumer-too-slow' });
    const before = slow.transitions;
    t.strictSame(
      before,
      Array.from({ length: before.length }, (_, i) => i + 1),
    );
    t.ok(before.length < emitted);
    const resumed = new LiveClient(rig, `${LIVE}?after=${before.length}`, { token });
    await resumed.first('snapshot');
    t.strictSame(
      [...before, ...resumed.transitions],
      Array.from({ length: emitted }, (_, i) => i + 1),
    );
    await until(() => quick.transitions.length === emitted);
    t.strictSame(
      quick.transitions,
      Array.from({ length: emitted }, (_, i) => i + 1),
      'nobody else noticed',
    );
  },
);

t.test('a slow reader that resumes gets its backlog at its own pace, whatever the size', async (t) => {
  const rig = await startRig(t, { live: { coalesceBytes: 16_384, closeBytes: 100_000 } });
  const { engine } = rig.district();
  const bulk = { comment: 'x'.repeat(30_000) };
  for (let i = 0; i < 20; i += 1) {
    await engine.emit({ alerts: Array.from({ length: 30 }, (_, j) => ({ alertId: `a${i}-${j}`, evidence: bulk })) });
  }
  const client = new LiveClient(rig, `${LIVE}?after=0`, { token: await rig.token({ role: 'supervisor' }) });
  await client.first('alert');
  client.socket.pause();
  await engine.emit({ alerts: [{ alertId: 'last' }] });
  client.socket.resume();
  await until(() => client.transitions.length === 601 || client.closed !== null);
  t.strictSame(
    client.transitions,
    Array.from({ length: 601 }, (_, i) => i + 1),
  );
  t.equal(client.closed, null);
});

t.test('coalescing keeps the latest of each id, and its absence', async (t) => {
  const backlog = new StateBacklog();
  const update = (o: object, complete = false) =>
    backlog.add(
      { logId: { ms: 1, seq: 0 }, complete, positions: {}, units: {}, coverage: {}, tasks: {}, ...o },
      NO_FILTER,
    );
  t.strictSame(backlog.take(), []);
  update({ positions: { a: positionOf('a', 1), b: positionOf('b', 1) } });
  update({ positions: { a: positionOf('a', 2), b: null } });
  update({ units: { a: unitOf('a') } });
  t.notOk(backlog.isEmpty);
  t.strictSame(backlog.take(), [
    { type: 'positions', positions: [positionOf('a', 2)], removed: ['b'], skipped: 2 },
    { type: 'units', units: [unitOf('a')] },
  ]);
  t.ok(backlog.isEmpty);
  update({ positions: { a: positionOf('a', 1) } });
  update({ positions: { b: positionOf('b', 3) } }, true);
  t.strictSame(backlog.take(), [
    { type: 'positions', positions: [positionOf('b', 3)], skipped: 1, complete: true },
    { type: 'units', units: [], complete: true },
    { type: 'coverage', coverage: [], complete: true },
    { type: 'tasks', tasks: [], complete: true },
  ]);
});

t.test('a live read that cannot be recorded shows nothing; one whose state cannot be read ends', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: 'a0' }] });
  const token = await rig.token({ role: 'supervisor' });
  for (const query of ['', '?after=0']) {
    rig.district().appendFailure = new Error('OOM');
    const unrecorded = new LiveClient(rig, `${LIVE}${query}`, { token });
    t.strictSame(await unrecorded.end(), { code: 4503, reason: 'access-log-unavailable' });
    t.strictSame(unrecorded.messages, []);
    rig.district().appendFailure = null;
    rig.district().readFailure = new Error('Connection is closed.');
    const unread = new LiveClient(rig, `${LIVE}${query}`, { token });
    t.strictSame(await unread.end(), { code: 4504, reason: 'state-unavailable' });
    t.strictSame(unread.messages, []);
    rig.district().readFailure = null;
  }
  await new LiveClient(rig, LIVE, { token }).first('snapshot');
  t.pass('and the next one is served');
});

t.test('shutdown: every socket gets 1001 and its end is recorded; nothing hangs', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const clients = [0, 1, 2].map(() => new LiveClient(rig, LIVE, { token }));
  await Promise.all(clients.map((client) => client.first('snapshot')));
  const [deaf, ...others] = clients;
  deaf?.socket.pause();
  await rig.live.close();
  for (const client of others) t.strictSame(await client.end(), { code: 1001, reason: 'going-away' });
  const ends = (await rig.district().reads())
    .map(accessOf)
    .filter(({ parameters }) => (parameters as { event: string }).event === 'end');
  t.equal(ends.length, 3);
  t.match(await refusedUpgrade(rig, LIVE, { authorization: `Bearer ${token}` }), {
    status: 503,
    body: { code: 'shutting-down' },
  });
  await rig.api.close();
  deaf?.socket.resume();
  await deaf?.end();
});

t.test('close codes are distinct, and all in the document', async (t) => {
  const codes = Object.values(LIVE_CLOSE_CODES).map(({ code }) => code);
  t.equal(new Set(codes).size, codes.length);
  const rig = await startRig(t);
  const { paths } = (await ask(rig, '/v1/openapi.json')).body as {
    paths: Record<string, { get?: { description?: string } }>;
  };
  const description = paths['/v1/districts/{district}/live']?.get?.description ?? '';
  for (const [reason, { code }] of Object.entries(LIVE_CLOSE_CODES)) t.match(description, `${code} \`${reason}\``);
});
