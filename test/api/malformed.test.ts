import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import t from 'tap';
import { LIVE_CONTROLS_PER_MINUTE, MAX_BODY_DEPTH, MAX_HEADERS, MAX_LIVE_FRAGMENTS } from '../../src/api/limits.js';
import { jsonDepth } from '../../src/api/json-depth.js';
import { ask, type Body, LiveClient } from './clients.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const LIVE = '/v1/districts/meixian/live';
const ACKNOWLEDGE = '/v1/districts/meixian/alerts/a/acknowledge';

async function send(rig: Rig, bytes: string): Promise<{ readonly status: number; readonly code: unknown }> {
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.end(bytes);
  const [head = '', body = ''] = (await readAll(socket)).split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), code: (JSON.parse(body || '{}') as Body).code };
}

const UPGRADE =
  'connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
const CLOSE = 'connection: close\r\n';

t.test('requests and upgrades that are not sound as HTTP get coded answers, and the log no errors', async (t) => {
  const rig = await startRig(t);
  const fields = (count: number) => Array.from({ length: count }, (_, i) => `x-${i}: y\r\n`).join('');
  for (const more of [CLOSE, UPGRADE]) {
    const first = more === CLOSE ? '/healthz' : LIVE;
    const of = (target: string, version = 'HTTP/1.1', other = '') =>
      send(rig, `GET ${target} ${version}\r\nhost: x\r\n${more}${other}\r\n`);
    for (const target of ['//', '//x/healthz', 'http://[', 'http://x/healthz', '*'])
      t.match(await of(target), { status: 400, code: 'http-malformed' }, target);
    for (const version of ['HTTP/0.9', 'HTTP/2.0'])
      t.match((await of(first, version)).status, /^(400|505)$/, `${version} ${first}`);
    const own = more.split('\r\n').length - 1 + 1;
    t.not((await of(first, 'HTTP/1.1', fields(MAX_HEADERS - own))).code, 'headers-too-large', 'at the limit');
    for (const count of [MAX_HEADERS - own + 1, 600])
      t.match(await of(first, 'HTTP/1.1', fields(count)), { status: 431, code: 'headers-too-large' }, `${count}`);
  }
  t.match((await send(rig, 'GET /healthz\r\n\r\n')).status, /^(400|505)$/, 'HTTP without a version');
  t.strictSame(
    rig.log.lines.filter(({ level }) => level === 'error'),
    [],
  );
});

t.test('a body that is nested too deep is refused before it is looked at', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
  for (const [depth, code] of [
    [MAX_BODY_DEPTH, 'request-invalid'],
    [MAX_BODY_DEPTH + 1, 'body-too-deep'],
    [5_000, 'body-too-deep'],
    [8_000, 'body-too-deep'],
  ] as const)
    t.match(
      await ask(rig, ACKNOWLEDGE, { token, rawBody: nested(depth) }),
      { status: 400, body: { code } },
      `${depth}`,
    );
  t.strictSame([jsonDepth('{"a[[":"\\"[["}'), jsonDepth('[{"a":[]}, [[]]]'), jsonDepth('')], [1, 3, 0]);
  const live = new LiveClient(rig, LIVE, { token });
  await live.first('snapshot');
  live.socket.send(nested(2_000));
  t.match(await live.first('error'), { code: 'request-invalid' });
  t.match(await live.end(), { code: 4400 });
});

t.test('a request that does not come whole in time is ended, header or body', async (t) => {
  const requestMs = 1_000;
  const rig = await startRig(t, { requestMs });
  const token = await rig.token({ role: 'supervisor' });
  const post = `POST ${ACKNOWLEDGE} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n`;
  const drip = async (first: string, then: string): Promise<{ readonly head: string; readonly ms: number }> => {
    const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
    const beganMs = performance.now();
    socket.on('error', () => undefined).write(first);
    const dripping = setInterval(() => socket.write(then), 100);
    let text = '';
    socket.on('data', (data) => (text += String(data)));
    await new Promise((resolve) => socket.once('close', resolve));
    clearInterval(dripping);
    return { head: text.split('\r\n')[0] ?? '', ms: performance.now() - beganMs };
  };
  const drips = [drip(post, 'x'), drip(post, ''), drip('GET /healthz HTTP/1.1\r\n', 'x'), drip('', '')];
  for (const { head, ms } of await Promise.all(drips)) {
    t.match(head, /^HTTP\/1.1 408 /);
    t.ok(ms >= requestMs - 100 && ms < 10 * requestMs, `${Math.round(ms)} ms`);
  }
  t.equal((await ask(rig, '/healthz')).status, 200);
});

t.test('a live socket answers pings; floods and fragments are closed with their codes', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const open = async () => {
    const client = new LiveClient(rig, LIVE, { token });
    await client.first('snapshot');
    return client;
  };
  const [flooding, torn] = [await open(), await open()];
  let pongs = 0;
  flooding.socket.on('pong', () => (pongs += 1));
  for (let i = 0; i < LIVE_CONTROLS_PER_MINUTE; i += 1) flooding.socket.ping();
  await until(() => pongs === LIVE_CONTROLS_PER_MINUTE);
  t.equal(flooding.closed, null, 'at the limit');
  for (let i = 0; i < 5_000; i += 1) flooding.socket.ping();
  t.strictSame(await flooding.end(), { code: 4429, reason: 'too-many-messages' });
  for (let i = 0; i <= MAX_LIVE_FRAGMENTS; i += 1) torn.socket.send('', { fin: false });
  t.equal((await torn.end()).code, 1008);
});
