import { connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { createKeyPair, loadPublicKeys } from '../../src/access/keys.js';
import { signToken, verifyToken } from '../../src/access/tokens.js';
import { CONNECT_BURST } from '../../src/ingest/limits.js';
import type { IngestDeps } from '../../src/ingest/ports.js';
import { UPGRADE_REFUSALS } from '../../src/protocol/tracker-socket.js';
import { type TestScope, temporaryFolder } from '../support/redis-server.js';
import { connect, DISTRICT, MemoryDistrict, NOW_MS, open, refusedUpgrade, startIngest, TestClock } from './support.js';

type SignOptions = Parameters<typeof signToken>[0];

/** A server with real keys, and a way to make its tokens. */
async function withKeys(t: TestScope): Promise<{
  readonly clock: TestClock;
  readonly verify: IngestDeps['verify'];
  readonly sign: (change: Partial<SignOptions>) => Promise<string>;
  readonly otherKey: SignOptions['key'];
}> {
  const folder = await temporaryFolder(t);
  const key = await createKeyPair(join(folder, 'ours'));
  const otherKey = await createKeyPair(join(folder, 'theirs'));
  const keys = await loadPublicKeys(join(folder, 'ours'));
  const clock = new TestClock();
  const defaults: SignOptions = {
    key,
    role: 'tracker',
    subject: 't-1',
    districts: [DISTRICT],
    ttlS: 3_600,
    nowMs: NOW_MS,
  };
  return {
    clock,
    otherKey,
    verify: (token) => verifyToken(token, keys, { nowMs: clock.nowMs() }),
    sign: (change) => signToken({ ...defaults, ...change }),
  };
}

t.test('a token of another role, district, tracker, key or time is refused before the upgrade', async (t) => {
  const { verify, sign, clock, otherKey } = await withKeys(t);
  const [district, next] = [new MemoryDistrict('t-1', 't-2'), new MemoryDistrict('t-7')];
  const { url, revoked, metrics } = await startIngest(t, { [DISTRICT]: district, next }, { verify, clock });
  const signed = await sign({});
  const cases: readonly (readonly [string, string | undefined, keyof typeof UPGRADE_REFUSALS])[] = [
    ['none', undefined, 'token-missing'],
    ['no JWT', 'abc', 'token-malformed'],
    ['two words', 'abc def', 'token-malformed'],
    ['altered', `${signed.slice(0, -8)}AAAAAAAA`, 'token-signature'],
    ['another key', await sign({ key: otherKey }), 'token-signature'],
    ['expired', await sign({ nowMs: NOW_MS - 3_600_000 }), 'token-expired'],
    ['a supervisor', await sign({ role: 'supervisor', subject: 'chen' }), 'token-role'],
    ['an admin', await sign({ role: 'admin', subject: 't-1' }), 'token-role'],
    ['another district', await sign({ districts: ['elsewhere'] }), 'token-district'],
    ['a tracker of another district', await sign({ subject: 't-7' }), 'tracker-unknown'],
    ['a tracker that no unit has', await sign({ subject: 't-99', districts: [DISTRICT, 'next'] }), 'tracker-unknown'],
  ];
  for (const [what, token, code] of cases) {
    const { status, body, headers } = await refusedUpgrade(url, token === undefined ? {} : { token });
    t.match({ status, code: body.code }, { status: UPGRADE_REFUSALS[code].status, code }, what);
    t.match(body.message, /got /, 'it says what it got');
    t.equal(headers['www-authenticate'], status === 401 ? 'Bearer' : undefined);
    t.match(headers['content-type'], /^application\/json/);
  }
  t.equal(metrics.counts.get('upgrade_refusals_total token-role'), 2);

  revoked.add('lost');
  t.match(await refusedUpgrade(url, { token: await sign({ tokenId: 'lost' }) }), {
    status: 401,
    body: { code: 'token-revoked' },
  });
  await connect(t, url, await sign({ subject: 't-7', districts: ['elsewhere', DISTRICT, 'next'] }));
  await connect(t, url, signed);
  clock.atMs = NOW_MS + 3_600_000;
  t.match(
    await refusedUpgrade(url, { token: signed }),
    { status: 401, body: { code: 'token-expired' } },
    'in its last millisecond',
  );
  district.planKnown = false;
  t.match(await refusedUpgrade(url, { token: await sign({ nowMs: clock.atMs }) }), {
    status: 503,
    headers: { 'retry-after': '5' },
    body: { code: 'district-unavailable' },
  });
});

t.test('a request that is no upgrade to this protocol is refused', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, port } = await startIngest(t, { [DISTRICT]: district });
  const token = 't-1';
  t.match(await refusedUpgrade(url, { token, protocols: [] }), { status: 400, body: { code: 'subprotocol-required' } });
  t.match(await refusedUpgrade(url, { token, protocols: ['beatwatch.tracker.v2'] }), {
    body: {
      code: 'subprotocol-required',
      message: 'subprotocol: got beatwatch.tracker.v2, expected beatwatch.tracker.v1',
    },
  });
  t.match(await refusedUpgrade(url.replace('ingest', 'inject'), { token }), {
    status: 404,
    body: { code: 'not-found' },
  });
  const { socket } = await open(t, `${url}?a=b`, token);
  t.strictSame([socket.protocol, socket.extensions], ['beatwatch.tracker.v1', ''], 'no compression');

  const rest =
    'Host: localhost\r\nConnection: Upgrade\r\nSec-WebSocket-Protocol: beatwatch.tracker.v1\r\nAuthorization: Bearer t-1\r\n';
  const version = 'Upgrade: websocket\r\nSec-WebSocket-Version';
  t.match(
    await raw(port, `GET /v1/ingest HTTP/1.1\r\n${rest}${version}: 8\r\n\r\n`),
    /^HTTP\/1.1 426 .*Version: 13.*upgrade-required/s,
  );
  t.match(await raw(port, `GET /v1/ingest HTTP/1.1\r\n${rest}Upgrade: h2c\r\n\r\n`), /^HTTP\/1.1 426 /);
  t.match(await raw(port, `POST /v1/ingest HTTP/1.1\r\n${rest}${version}: 13\r\n\r\n`), /^HTTP\/1.1 405 .*Allow: GET/s);
  t.match(
    await raw(port, `GET /v1/ingest HTTP/1.1\r\n${rest}${version}: 13\r\n\r\n`),
    /^HTTP\/1.1 400 .*"websocket-handshake"/s,
  );
});

t.test('an upgrade whose verification fails by a bug is answered, and logged', async (t) => {
  const district = new MemoryDistrict('t-1');
  const verify = () => Promise.reject(new Error('the key store is on fire'));
  const { url, log } = await startIngest(t, { [DISTRICT]: district }, { verify });
  const { status, body } = await refusedUpgrade(url, { token: 't-1' });
  t.strictSame([status, body.code], [500, 'internal']);
  t.notMatch(body.message, /fire/);
  t.match(log.lines, [{ level: 'error', fields: { detail: /fire/ } }]);
});

t.test('connections and reconnects have a cap', async (t) => {
  const district = new MemoryDistrict('t-1', 't-2', 't-3', 't-4');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district }, { maxSockets: 3 });
  const [one] = [await connect(t, url, 't-1'), await connect(t, url, 't-2'), await connect(t, url, 't-3')];
  t.match(await refusedUpgrade(url, { token: 't-4' }), { status: 503, body: { code: 'too-many-connections' } });
  one.socket.close();
  await one.closed;
  let four = await retried(() => connect(t, url, 't-4'));
  for (let i = 1; i < CONNECT_BURST; i++) {
    four.socket.terminate();
    await four.closed;
    four = await retried(() => connect(t, url, 't-4'));
  }
  four.socket.terminate();
  await four.closed;
  const refusal = await retried(() => refusedUpgrade(url, { token: 't-4' }));
  t.match(refusal, { status: 429, body: { code: 'too-many-connects' }, headers: { 'retry-after': '1' } });
  timers.jump(1_000);
  await connect(t, url, 't-4');
});

t.test('while it shuts down no connection is accepted', async (t) => {
  const district = new MemoryDistrict('t-1');
  let letVerify: () => void = () => undefined;
  const verified = new Promise<void>((resolve) => {
    letVerify = resolve;
  });
  const { sign, verify, clock } = await withKeys(t);
  const slowly: IngestDeps['verify'] = (token) => verified.then(() => verify(token));
  const { url, ingest } = await startIngest(t, { [DISTRICT]: district }, { verify: slowly, clock });
  const token = await sign({});
  const meanwhile = refusedUpgrade(url, { token });
  await new Promise((resolve) => setTimeout(resolve, 20));
  const closed = ingest.close();
  letVerify();
  t.match(await meanwhile, { status: 503, body: { code: 'shutting-down' } }, 'begun before');
  t.match(await refusedUpgrade(url, { token }), { status: 503, body: { code: 'shutting-down' } });
  await closed;
});

/** The server may see the end of a socket later than its client. */
async function retried<T>(attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const result = await attempt().catch(() => null);
    if (result !== null && !(isHttp(result) && result.body.code === 'too-many-connections')) return result;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function isHttp(value: unknown): value is { body: { code: string } } {
  return typeof value === 'object' && value !== null && 'body' in value;
}

/** Sends bytes and returns everything that comes back. */
function raw(port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(port, '127.0.0.1', () => socket.write(request));
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}
