import t from 'tap';
import { addressText, parseRedisUrl } from '../../src/redis/address.js';
import { openRedis } from '../../src/redis/handle.js';
import { keptLog, startTestRedis, temporaryFolder } from '../support/redis-server.js';

const SECRET = 'hunter2';

t.test('what a REDIS_URL says is taken as it says it', async (t) => {
  const tcp = { kind: 'tcp', host: 'redis', port: 6_379, tls: false, username: null, password: null, db: 0 };
  const cases: [url: string, address: object][] = [
    ['redis://redis', tcp],
    ['redis://redis/', tcp],
    ['redis://redis:6380/3', { ...tcp, port: 6_380, db: 3 }],
    ['REDIS://redis', tcp],
    ['rediss://redis.example:6379', { ...tcp, host: 'redis.example', tls: true }],
    ['redis://[2001:db8::1]:7000/1', { ...tcp, host: '2001:db8::1', port: 7_000, db: 1 }],
    ['redis://:s%40c%23@redis', { ...tcp, password: 's@c#' }],
    ['redis://li:hunter2@redis/2', { ...tcp, username: 'li', password: SECRET, db: 2 }],
    ['redis://li@redis', { ...tcp, username: 'li' }],
    ['unix:///run/redis.sock', { kind: 'socket', path: '/run/redis.sock', db: 0 }],
    ['unix:/run/redis.sock?db=4', { kind: 'socket', path: '/run/redis.sock', db: 4 }],
    ['/run/redis.sock', { kind: 'socket', path: '/run/redis.sock', db: 0 }],
  ];
  for (const [url, address] of cases) {
    t.strictSame(parseRedisUrl(url), address, url);
    t.notMatch(addressText(parseRedisUrl(url)), /hunter2|s@c#|s%40/);
  }
});

t.test('a REDIS_URL that is not understood is refused by name, and nothing of a password is shown', async (t) => {
  const cases: [url: string, message: RegExp][] = [
    ['redis://redis/prod', /got "\/prod" after the host, expected nothing, or \/ and the number of a database/],
    ['redis://redis/1/2', /after the host/],
    ['redis://redis/-1', /after the host/],
    ['redis://redis?db=1', /after the host/],
    ['redis://redis#1', /after the host/],
    ['redis://redis:99999', /got port 99999, expected a port from 1 to 65535/],
    ['redis://redis:0', /got port 0/],
    ['redis://redis:/', /got port nothing/],
    ['redis://', /got no host/],
    ['redis://re dis', /got no host, or one that is none/],
    ['redis:6379', /another scheme, or none/],
    ['localhost:6379', /another scheme, or none/],
    ['http://redis', /another scheme, or none/],
    ['unix://run/redis.sock', /a unix socket that is not as expected/],
    ['/run/redis.sock?db=x', /a unix socket that is not as expected/],
    [`redis://:${SECRET}@more@redis`, /percent-encoded: @ as %40/],
    [`redis://:a#${SECRET}@redis`, /percent-encoded/],
    [`redis://:a/${SECRET}@redis`, /percent-encoded/],
    [`redis://:a?${SECRET}@redis`, /percent-encoded/],
    [`redis://:${SECRET}%@redis`, /percent-encoded/],
    [`redis://:${SECRET}%ff@redis`, /percent-encoded/],
    [`redis://:a:${SECRET}@redis`, /percent-encoded/],
    [`redis://:a b${SECRET}@redis`, /percent-encoded/],
    [`redis://:${SECRET}@redis/prod`, /after the host/],
    [`redis://:${SECRET}@redis:99999`, /got port 99999/],
    [`redis://:${SECRET}@`, /got no host/],
  ];
  for (const [url, message] of cases) {
    t.throws(() => parseRedisUrl(url), { code: 'redis-url-invalid', message: /^REDIS_URL: got .*, expected / }, url);
    t.throws(() => parseRedisUrl(url), { message }, url);
    try {
      parseRedisUrl(url);
    } catch (error) {
      t.notMatch(String(error), new RegExp(SECRET), url);
    }
  }
});

t.test('a database that the Redis does not have is refused, and never another one used instead', async (t) => {
  const { handle, socketPath, folder } = await startTestRedis(t);
  const url = `unix://${socketPath}?db=99`;
  const wrong = openRedis({ url, dataFolder: folder, logger: keptLog(), firstAnswerMs: 2_000 });
  t.teardown(() => wrong.then((opened) => opened.close()).catch(() => undefined));
  await t.rejects(wrong, {
    code: 'redis-url-invalid',
    message: /^REDIS_URL: got database 99, expected one that this Redis has/,
  });
  const other = await openRedis({ url: `unix://${socketPath}?db=3`, dataFolder: folder, logger: keptLog() });
  t.teardown(() => other.close());
  await other.connect('query').set('where', 'three');
  t.equal(await handle.connect('query').get('where'), null, 'nothing of it is in database 0');
});

t.test('a Redis that does not answer is told with the name of the variable, and without the password', async (t) => {
  const dataFolder = await temporaryFolder(t);
  const url = 'redis://li:secret@127.0.0.1:1/0';
  const message = /^REDIS_URL: got no answer from redis:\/\/127\.0\.0\.1:1\/0 within 200 ms .*ECONNREFUSED/;
  await t.rejects(openRedis({ url, dataFolder, logger: keptLog(), firstAnswerMs: 200 }), {
    code: 'redis-unreachable',
    message,
  });
});
