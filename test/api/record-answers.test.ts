import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fastify } from 'fastify';
import t from 'tap';
import { noteRead } from '../../src/api/access-record.js';
import type { ApiServer } from '../../src/api/api-server.js';
import type { ApiDistrict } from '../../src/api/deps.js';
import { recordAnswers } from '../../src/api/record-answers.js';
import { Turns } from '../../src/api/turns.js';
import type { AccessRead } from '../../src/model/log-entry.js';
import { keptLog, type TestScope } from '../support/redis-server.js';
import { until } from './until.js';

const ROUTE = '/v1/districts/:district/visits';
const LINE = 'one visit\n';

/** A server whose route streams as the test says, and the access records of its district. */
async function startStreaming(t: TestScope, makeStream: (count: () => void) => Readable) {
  const reads: AccessRead[] = [];
  const log = { failure: null as Error | null };
  const accesses = {
    record: async (read: AccessRead) => {
      if (log.failure !== null) throw log.failure;
      reads.push(read);
    },
  };
  const district = { id: 'meixian', accesses } as Partial<ApiDistrict> as ApiDistrict;
  const app: ApiServer = fastify({ forceCloseConnections: true });
  const now = { issuedAtMs: 0, expiresAtMs: 0, tokenId: 'a', districts: ['meixian'] };
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request) => {
    request.identity = { subject: 'chen', role: 'auditor', ...now };
  });
  const logged = keptLog();
  recordAnswers(app, { logger: logged }, new Turns());
  app.get(ROUTE, async (request, reply) => {
    let rows = 0;
    noteRead(request, district, () => rows);
    const stream = makeStream(() => {
      rows += 1;
    });
    return reply.type('text/csv').header('content-disposition', 'attachment').send(stream);
  });
  app.get('/v1/districts/:district/plan', async () => ({ version: 1 }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.teardown(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  return { app, port, url: `http://127.0.0.1:${port}/v1/districts/meixian`, reads, log, logged };
}

/** Lines as fast as they are taken. */
function lines(count: number, onLine: () => void): Readable {
  return Readable.from(
    (function* () {
      for (let i = 0; i < count; i += 1) {
        onLine();
        yield Buffer.from(LINE);
      }
    })(),
  );
}

function stagesOf(reads: readonly AccessRead[]) {
  return reads.map(({ records, answer }) => [answer?.stage, records]);
}

t.test('a streamed answer is recorded before its first byte, and after its last with rows and hash', async (t) => {
  const { url, reads } = await startStreaming(t, (count) => lines(1_000, count));
  const body = Buffer.from(await (await fetch(`${url}/visits?place=square&purpose=case+7`)).arrayBuffer());
  t.strictSame(stagesOf(reads), [
    ['begun', 0],
    ['ended', 1_000],
  ]);
  const [begun, ended] = reads;
  t.strictSame(ended?.answer?.body, {
    bytes: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
  });
  t.equal(begun?.answer?.body, null);
  t.match(begun?.answer?.readId, /^[0-9a-f-]{36}$/);
  t.equal(ended?.answer?.readId, begun?.answer?.readId);
  t.match(ended, { purpose: 'case 7', parameters: '{"district":"meixian","place":"square"}' });
});

t.test('a client that goes away in the middle: recorded as cut, with what was made', async (t) => {
  const { port, reads } = await startStreaming(t, (count) => lines(Number.POSITIVE_INFINITY, count));
  const socket = connect(port, '127.0.0.1');
  socket.write('GET /v1/districts/meixian/visits HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(socket, 'data');
  socket.destroy();
  await until(() => reads.length === 2);
  const [, cut] = reads;
  t.equal(cut?.answer?.stage, 'cut');
  const { bytes = 0, sha256 } = cut?.answer?.body ?? {};
  t.ok(bytes > 0 && (cut?.records ?? 0) * LINE.length >= bytes, `${cut?.records} rows, ${bytes} bytes`);
  const made = LINE.repeat(bytes / LINE.length);
  t.equal(sha256, createHash('sha256').update(made).digest('hex'), 'the hash is that of the bytes that were made');
});

t.test('a source that fails in the middle: the client sees no end, and it is recorded as cut', async (t) => {
  const { url, reads } = await startStreaming(t, (count) =>
    Readable.from(
      (async function* () {
        count();
        yield Buffer.from(LINE);
        await sleep(50);
        throw new Error('the disk is gone');
      })(),
    ),
  );
  await t.rejects(async () => await (await fetch(`${url}/visits`)).text());
  await until(() => reads.length === 2);
  t.strictSame(stagesOf(reads), [
    ['begun', 0],
    ['cut', 1],
  ]);
});

t.test('what cannot be recorded at its beginning is not begun; at its end, it does not end', async (t) => {
  const { url, reads, log, logged } = await startStreaming(t, (count) =>
    Readable.from(
      (async function* () {
        count();
        yield Buffer.from(LINE);
        await until(() => reads.length > 0);
        log.failure = new Error('OOM');
      })(),
    ),
  );
  log.failure = new Error('OOM');
  const refused = await fetch(`${url}/visits`);
  t.equal(refused.status, 503);
  t.match(refused.headers.get('content-type'), 'application/json');
  t.equal(refused.headers.get('content-disposition'), null);
  t.match(await refused.json(), { code: 'access-log-unavailable' });
  log.failure = null;
  await t.rejects(async () => await (await fetch(`${url}/visits`)).text(), 'no end comes');
  await until(() => logged.lines.some(({ message }) => message === 'the end of a streamed read could not be recorded'));
  t.strictSame(stagesOf(reads), [['begun', 0]]);
});

t.test('a route that answers with something of a district and notes nothing is not answered', async (t) => {
  const { url, reads } = await startStreaming(t, (count) => lines(1, count));
  const answer = await fetch(`${url}/plan`);
  t.equal(answer.status, 500);
  const text = await answer.text();
  t.match(text, '"code":"internal"');
  t.notMatch(text, 'version');
  t.strictSame(reads, []);
});
