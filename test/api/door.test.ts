import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import t from 'tap';
import { Door } from '../../src/access/door.js';
import { DOCUMENT_RATE, REFUSAL_RATE, TOKEN_REFUSAL_RATE } from '../../src/access/limits.js';
import { MAX_PIPELINED_REQUESTS, MAX_UNSENT_ANSWER_BYTES } from '../../src/api/limits.js';
import { publicDocument } from '../../src/api/public-document.js';
import type { TestScope } from '../support/redis-server.js';
import { ask, refusedUpgrade } from './clients.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const LIVE = '/v1/districts/meixian/live';

t.test('public documents are made once, and a client that has one is told so', async (t) => {
  const rig = await startRig(t);
  for (const path of ['/v1/openapi.json', '/v1/schemas']) {
    const first = await ask(rig, path);
    const etag = first.headers.get('etag') ?? '';
    t.match({ status: first.status, etag }, { status: 200, etag: /^"[\w-]{43}"$/ });
    const again = await ask(rig, path, { headers: { 'if-none-match': etag } });
    t.strictSame([again.status, again.text, again.headers.get('etag')], [304, '', etag], path);
    t.equal((await ask(rig, path)).text, first.text);
  }
  const burst = await Promise.all(
    Array.from({ length: 2 * DOCUMENT_RATE.burst }, () =>
      ask(rig, '/v1/schemas', { headers: { 'if-none-match': '' } }),
    ),
  );
  const [refused] = burst.filter(({ status }) => status !== 200);
  t.match(refused, { status: 429, body: { code: 'rate-limited' } });
  t.strictSame([refused?.headers.get('connection'), refused?.headers.get('retry-after')], ['close', '1']);
  t.equal((await ask(rig, '/readyz')).status, 200, 'a monitor at the same address is answered');
});

t.test('a public document is made at its first request, and once', async (t) => {
  let makes = 0;
  const app = fastify();
  t.teardown(() => app.close());
  app.get(
    '/',
    publicDocument(() => ({ makes: ++makes })),
  );
  await app.ready();
  t.equal(makes, 0);
  for (let i = 0; i < 3; i += 1) t.same((await app.inject('/')).json(), { makes: 1 });
});

t.test('bad tokens in a loop cost their address, and never a token that was good', async (t) => {
  let nowMs = 0;
  const rig = await startRig(t, { door: new Door({ monotonicMs: () => nowMs }) });
  const [known, fresh] = [await rig.token({ role: 'supervisor' }), await rig.token({ role: 'supervisor' })];
  t.equal((await ask(rig, '/v1/districts', { token: known })).status, 200);
  const bad = `${fresh.slice(0, -8)}AAAAAAAA`;
  const tries = Array.from({ length: 2 * REFUSAL_RATE.burst }, async (_, i) =>
    i % 2 === 0
      ? (await ask(rig, '/v1/districts', { token: bad })).status
      : (await refusedUpgrade(rig, LIVE, { authorization: `Bearer ${bad}` })).status,
  );
  const statuses = await Promise.all(tries);
  const refusals = statuses.filter((status) => status === 401).length;
  t.equal(refusals, REFUSAL_RATE.burst);
  t.strictSame(
    statuses.filter((status) => status !== 401 && status !== 429),
    [],
  );
  t.match(await ask(rig, '/no-such-route'), { status: 429 }, 'routes that are not there count likewise');
  t.match(await ask(rig, '/v1/districts'), { status: 429, body: { code: 'rate-limited' } });
  t.match(await refusedUpgrade(rig, `${LIVE}?ticket=${'a'.repeat(43)}`), { status: 429 }, 'and tickets');
  t.equal((await ask(rig, '/v1/districts', { token: known })).status, 200, 'the known token passes');
  t.equal((await ask(rig, '/v1/districts', { token: fresh })).status, 429, 'a new one waits');
  nowMs = 1_000 / REFUSAL_RATE.perSecond;
  t.equal((await ask(rig, '/v1/districts', { token: fresh })).status, 200);
});

t.test('what a token may not do counts against it', async (t) => {
  const rig = await startRig(t, { requestsPerMinute: 3 });
  const token = await rig.token({ role: 'auditor' });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i += 1) statuses.push((await ask(rig, '/v1/districts/jiaying', { token })).status);
  t.strictSame(statuses, [403, 403, 403, 429, 429]);
  const upgrades = await Promise.all(
    Array.from({ length: TOKEN_REFUSAL_RATE.burst + 30 }, async () => {
      const { status } = await refusedUpgrade(rig, LIVE, { authorization: `Bearer ${token}` });
      return status;
    }),
  );
  t.strictSame([...new Set(upgrades)].sort(), [403, 429]);
});

/** Sends, and reads nothing until it is told to. */
function silentReader(t: TestScope, rig: Rig, text: string): Socket {
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  socket.write(text);
  return socket.pause();
}

const get = (path: string, token?: string) =>
  `GET ${path} HTTP/1.1\r\nhost: x\r\n${token === undefined ? '' : `authorization: Bearer ${token}\r\n`}\r\n`;

t.test('requests of one connection are answered one after another; with too many waiting it is cut', async (t) => {
  const rig = await startRig(t);
  const answersTo = async (count: number): Promise<number> => {
    const socket = silentReader(t, rig, get('/healthz').repeat(count));
    let text = '';
    socket.on('data', (data) => (text += String(data))).resume();
    const heard = () => text.split('HTTP/1.1 200').length - 1;
    await Promise.race([once(socket, 'close'), until(() => heard() === count)]);
    return heard();
  };
  t.equal(await answersTo(MAX_PIPELINED_REQUESTS + 1), MAX_PIPELINED_REQUESTS + 1);
  t.ok((await answersTo(MAX_PIPELINED_REQUESTS + 2)) <= MAX_PIPELINED_REQUESTS);
  t.match((await ask(rig, '/metrics')).text, 'beatwatch_api_connections_cut_total{reason="pipelined"} 1');
});

t.test('behind the request for which a connection is cut none is looked at, however many came with it', async (t) => {
  const rig = await startRig(t);
  let requests = 0;
  rig.api.server.on('request', () => {
    requests += 1;
  });
  const socket = silentReader(t, rig, get('/healthz').repeat(1_000));
  await once(socket.resume(), 'close');
  t.equal(requests, MAX_PIPELINED_REQUESTS + 2);
  t.equal((await ask(rig, '/healthz')).status, 200);
});

t.test('an answer waits for its reader, and no other is made before; all together they have a cap', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const district = rig.district();
  const { plan } = district;
  let made = 0;
  const answerBytes = MAX_UNSENT_ANSWER_BYTES / 4;
  // Another plan each time: what was put into words once is kept for the next who asks.
  Object.defineProperty(district, 'plan', {
    get: () => ({
      ...plan,
      get places() {
        made += 1;
        return [{ padding: 'x'.repeat(answerBytes) }];
      },
    }),
  });
  const first = silentReader(t, rig, get('/v1/districts/meixian/plan', token).repeat(10));
  await until(() => made > 0);
  await sleep(300);
  const perAnswer = made;
  t.ok(perAnswer < 5, `one answer, for which the places were read ${perAnswer} times`);
  const others = Array.from({ length: 5 }, () => silentReader(t, rig, get('/v1/districts/meixian/plan', token)));
  await until(() => made === 6 * perAnswer);
  await Promise.race([once(first.resume(), 'close'), sleep(5_000)]);
  t.ok(first.destroyed, 'who waited longest is cut');
  let bytes = 0;
  others
    .at(-1)
    ?.on('data', (data) => (bytes += data.length))
    .resume();
  await until(() => bytes > answerBytes);
  t.pass('who came last gets the whole answer');
  t.match((await ask(rig, '/metrics')).text, /connections_cut_total\{reason="unsent"\} [1-9]/);
});
