import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
import { Compile } from 'typebox/compile';
import { Value } from 'typebox/value';
import t from 'tap';
import { API_ERRORS, answerOf, type ApiErrorCode, isApiErrorCode } from '../../src/api/errors.js';
import {
  MAX_ACTION_ID_CHARS,
  MAX_BODY_BYTES,
  MAX_COMMENT_CHARS,
  MAX_PAGE,
  MAX_PARAMETER_CHARS,
  MAX_PURPOSE_CHARS,
} from '../../src/api/limits.js';
import { ErrorSchema } from '../../src/api/schemas.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { ask, type AskOptions, type Body } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const GAP = `checkpoint-gap:square:${T0_MS}:1-0`;
const ACKNOWLEDGE = `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}/acknowledge`;

interface Fault {
  readonly path: string;
  readonly got?: unknown;
  readonly expected: string | RegExp;
}

t.test('every wrong request has a code, and says what was got and what was expected', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const token = await rig.token({ role: 'supervisor' });
  const admin = await rig.token({ role: 'admin' });
  const visits = '/v1/districts/meixian/visits';
  const long = 'x'.repeat(MAX_PARAMETER_CHARS + 1);

  const faulty: readonly [path: string, options: AskOptions, ...faults: Fault[]][] = [
    [`${visits}?place=UPPER`, {}, { path: 'query/place', got: 'UPPER', expected: /matches/ }],
    [`${visits}?place=a&place=b`, {}, { path: 'query/place', got: ['a', 'b'], expected: /type string/ }],
    [`${visits}?limit=0`, {}, { path: 'query/limit', got: 0, expected: />= 1/ }],
    [`${visits}?limit=${MAX_PAGE + 1}`, {}, { path: 'query/limit', got: MAX_PAGE + 1, expected: `<= ${MAX_PAGE}` }],
    [`${visits}?limit=5x`, {}, { path: 'query/limit', got: '5x', expected: /integer/ }],
    [`${visits}?limit=1e2`, {}, { path: 'query/limit', got: '1e2', expected: /integer/ }],
    [`${visits}?limit=`, {}, { path: 'query/limit', got: '', expected: /integer/ }],
    [`${visits}?after=-1`, {}, { path: 'query/after', got: -1, expected: />= 0/ }],
    [`${visits}?after=9007199254740992`, {}, { path: 'query/after', expected: /<=/ }],
    [`${visits}?from=yesterday`, {}, { path: 'query/from', got: 'yesterday', expected: /matches/ }],
    [
      `${visits}?from=2026-02-30T00:00:00Z`,
      {},
      { path: 'query/from', got: '2026-02-30T00:00:00Z', expected: /calendar/ },
    ],
    [`${visits}?from=2000&to=2000`, {}, { path: 'query/to', got: '2000', expected: /after from/ }],
    [`${visits}?versions=some`, {}, { path: 'query/versions', got: 'some', expected: 'one of "latest", "all"' }],
    [
      `${visits}?plce=square&limit=x`,
      {},
      { path: 'query/plce', got: 'square', expected: 'no such field' },
      { path: 'query/limit', expected: /integer/ },
    ],
    [`${visits}?__proto__=x`, {}, { path: 'query/__proto__', expected: 'no such field' }],
    [`${visits}?purpose=${'p'.repeat(MAX_PURPOSE_CHARS + 1)}`, {}, { path: 'query/purpose', expected: /200/ }],
    [`${visits}?purpose=a%00b`, {}, { path: 'query/purpose', expected: /matches/ }],
    [
      visits,
      { headers: { 'x-purpose': 'p'.repeat(MAX_PURPOSE_CHARS + 1) } },
      { path: 'header/x-purpose', expected: /200/ },
    ],
    ['/v1/districts/meixian/units/UPPER', {}, { path: 'path/unit', got: 'UPPER', expected: /matches/ }],
    ['/v1/districts/meixian/alerts?rule=gap', {}, { path: 'query/rule', got: 'gap', expected: /one of "zone-gap"/ }],
    [
      '/v1/districts/meixian/alerts?state=closed',
      {},
      { path: 'query/state', got: 'closed', expected: 'one of "open", "all"' },
    ],
    ['/healthz?deep=1', {}, { path: 'query/deep', got: '1', expected: 'no such field' }],
    [ACKNOWLEDGE, { body: {} }, { path: 'body/version', got: null, expected: 'a value' }],
    [ACKNOWLEDGE, { body: { version: '1' } }, { path: 'body/version', got: '1', expected: /integer/ }],
    [ACKNOWLEDGE, { body: { version: 1.5 } }, { path: 'body/version', got: 1.5, expected: /integer/ }],
    [ACKNOWLEDGE, { body: { version: 0 } }, { path: 'body/version', got: 0, expected: />= 1/ }],
    [ACKNOWLEDGE, { body: { version: 4_294_967_296 } }, { path: 'body/version', expected: '<= 4294967295' }],
    [
      ACKNOWLEDGE,
      { body: { version: 1, actor: 'chief' } },
      { path: 'body/actor', got: 'chief', expected: 'no such field' },
    ],
    [
      ACKNOWLEDGE,
      { body: { version: 1, comment: 'c'.repeat(MAX_COMMENT_CHARS + 1) } },
      { path: 'body/comment', expected: /500/ },
    ],
    [
      ACKNOWLEDGE,
      { body: { version: 1, actionId: 'a'.repeat(MAX_ACTION_ID_CHARS + 1) } },
      { path: 'body/actionId', expected: /matches/ },
    ],
    [ACKNOWLEDGE, { body: { version: 1, actionId: '' } }, { path: 'body/actionId', got: '', expected: /matches/ }],
    [ACKNOWLEDGE, { body: [] }, { path: 'body', got: [], expected: /object/ }],
    [ACKNOWLEDGE, { rawBody: 'null' }, { path: 'body', got: null, expected: /object/ }],
    [ACKNOWLEDGE, { rawBody: '"text"' }, { path: 'body', got: 'text', expected: /object/ }],
    [
      '/v1/districts/meixian/clock',
      { body: { nowMs: '1' }, token: admin },
      { path: 'body/nowMs', got: '1', expected: /integer/ },
    ],
    [
      '/v1/districts/meixian/revocations',
      { body: { tokenId: '' }, token: admin },
      { path: 'body/expiresAtMs', expected: 'a value' },
      { path: 'body/tokenId', got: '', expected: /1/ },
    ],
  ];
  for (const [path, options, ...faults] of faulty) {
    const answer = await ask(rig, path, { token, ...options });
    const name = `${path.slice(0, 80)} ${JSON.stringify(options.body ?? options.rawBody ?? '').slice(0, 60)}`;
    t.match(answer, { status: 400, body: { code: 'request-invalid', details: { total: faults.length } } }, name);
    const told = (answer.body.details?.faults ?? []) as readonly Fault[];
    t.match([...told].sort(byPath), [...faults].sort(byPath), name);
    for (const { path: where } of faults) t.match(answer.body.message, `${where}: got `, 'the message says it, too');
  }

  const coded: readonly [code: ApiErrorCode, path: string, options: AskOptions][] = [
    ['route-unknown', '/', {}],
    ['route-unknown', '/v1/district', {}],
    ['token-district', '/v1/districts/', {}],
    ['route-unknown', '/v1/districts', { method: 'DELETE' }],
    ['route-unknown', '/healthz', { method: 'POST' }],
    ['route-unknown', '/v1/districts/meixian/units', { method: 'PUT', body: {} }],
    ['http-malformed', '/v1/districts/%zz', {}],
    ['url-too-long', `/v1/districts/meixian/alerts/${long}`, {}],
    ['body-not-json', ACKNOWLEDGE, { rawBody: '{"version": 1' }],
    ['body-not-json', ACKNOWLEDGE, { rawBody: '', headers: { 'content-type': 'application/json' } }],
    ['body-not-json', ACKNOWLEDGE, { rawBody: '{"__proto__": {"admin": true}, "version": 1}' }],
    ['media-type', ACKNOWLEDGE, { rawBody: '<xml/>', headers: { 'content-type': 'application/xml' } }],
    ['body-too-large', ACKNOWLEDGE, { rawBody: JSON.stringify({ version: 1, comment: 'x'.repeat(MAX_BODY_BYTES) }) }],
    ['alert-unknown', ACKNOWLEDGE.replace('square', 'circle'), { body: { version: 1 } }],
    ['unit-unknown', '/v1/districts/meixian/units/car-9', {}],
    ['clock-backwards', '/v1/districts/meixian/clock', { body: { nowMs: T0_MS - 1 }, token: admin }],
    [
      'route-unknown',
      '/v1/districts/jiaying/clock',
      { body: { nowMs: T0_MS }, token: await rig.token({ role: 'admin', districts: ['jiaying'] }) },
    ],
  ];
  for (const [code, path, options] of coded) {
    const { status, body, headers } = await ask(rig, path, { token, ...options });
    t.match({ status, code: body.code }, { status: API_ERRORS[code].status, code }, `${code}: ${path.slice(0, 60)}`);
    t.strictSame([...Value.Errors(ErrorSchema, body)], [], 'the shape is that of every error');
    t.match(headers.get('content-type'), 'application/json');
    t.notMatch(JSON.stringify(body), /node_modules|at \w+ \(/, 'no stack');
  }
});

function byPath(a: Fault, b: Fault): number {
  return a.path < b.path ? -1 : 1;
}

t.test('at the limit a request still passes', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const token = await rig.token({ role: 'supervisor' });
  const passes = async (path: string, o: AskOptions = {}) =>
    t.equal((await ask(rig, path, { token, ...o })).status, 200, path.slice(0, 60));
  await passes(`/v1/districts/meixian/visits?limit=${MAX_PAGE}`);
  await passes('/v1/districts/meixian/visits?limit=1');
  await passes(`/v1/districts/meixian/visits?purpose=${'p'.repeat(MAX_PURPOSE_CHARS)}`);
  const alertId = 'a'.repeat(MAX_PARAMETER_CHARS);
  t.equal((await ask(rig, `/v1/districts/meixian/alerts/${alertId}`, { token })).body.code, 'alert-unknown');
  const comment = '字'.repeat(MAX_COMMENT_CHARS);
  const actionId = 'a'.repeat(MAX_ACTION_ID_CHARS);
  await passes(ACKNOWLEDGE, { body: { version: 1, comment, actionId } });
  const [action] = await rig.district().entries('action');
  t.match(action, { comment, actionId, actor: 'supervisor-li', alertId: GAP, alertVersion: 1 });
  const padded = (bytes: number) => `{"version":1,"actionId":"${actionId}"}`.padEnd(bytes);
  await passes(ACKNOWLEDGE, { rawBody: padded(MAX_BODY_BYTES) });
  t.equal((await ask(rig, ACKNOWLEDGE, { token, rawBody: padded(MAX_BODY_BYTES + 1) })).status, 413);
});

t.test('what is not HTTP gets an answer of the usual shape, and nobody else notices', async (t) => {
  const rig = await startRig(t);
  const send = async (bytes: string) => {
    const { port } = new URL(rig.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.end(bytes);
    const [head = '', body = ''] = (await readAll(socket)).split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), body: JSON.parse(body) as Body };
  };
  t.match(await send('garbage\r\n\r\n'), { status: 400, body: { code: 'http-malformed' } });
  t.match(await send(`GET /healthz HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(70_000)}\r\n\r\n`), {
    status: 431,
    body: { code: 'headers-too-large' },
  });
  t.equal((await ask(rig, '/healthz')).status, 200);
});

t.test('errors without a code of ours tell nothing but the id of the request', async (t) => {
  t.strictSame(answerOf(new Error('password=hunter2'), 'r1'), {
    code: 'internal',
    message: 'internal error',
    details: { requestId: 'r1' },
  });
  t.strictSame(answerOf(new BeatwatchError('engine-secret', 'x', { y: 1 }), 'r1').code, 'internal');
  t.strictSame(answerOf('thrown text', 'r1').code, 'internal');
  t.match(answerOf(new BeatwatchError('token-new-kind', 'x'), 'r1'), {
    code: 'token-malformed',
    details: { reason: 'token-new-kind' },
  });
  t.notOk(isApiErrorCode('toString'));

  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  rig.district().plan = {
    get places() {
      throw new Error('hunter2');
    },
  } as never;
  const answer = await ask(rig, '/v1/districts/meixian/places', { token });
  t.match(answer, { status: 500, body: { code: 'internal' } });
  t.notMatch(answer.text, 'hunter2');
  const line = rig.log.lines.find(({ message }) => message === 'a request failed');
  t.match(line?.fields, { err: { message: 'hunter2' }, requestId: answer.body.details?.requestId });
});

t.test('a token has a rate; the driver of a virtual clock has none', async (t) => {
  const rig = await startRig(t, { requestsPerMinute: 3 });
  const [mine, others, admin] = [
    await rig.token({ role: 'supervisor' }),
    await rig.token({ role: 'supervisor' }),
    await rig.token({ role: 'admin' }),
  ];
  const statuses = async (token: string) => {
    const seen: number[] = [];
    for (let i = 0; i < 4; i += 1) seen.push((await ask(rig, '/v1/districts/meixian', { token })).status);
    return seen;
  };
  t.strictSame(await statuses(mine), [200, 200, 200, 429]);
  const refused = await ask(rig, '/v1/districts/meixian', { token: mine });
  t.match(refused, { status: 429, body: { code: 'rate-limited', details: { expected: 3 } } });
  t.ok(Number(refused.body.details?.retryAfterMs) > 0);
  t.ok(refused.headers.get('retry-after'));
  t.strictSame(await statuses(others), [200, 200, 200, 429], 'each token for itself');
  for (let i = 1; i <= 10; i += 1) {
    t.equal((await ask(rig, '/v1/districts/meixian/clock', { token: admin, body: { nowMs: T0_MS + i } })).status, 200);
  }
  for (let i = 0; i < 10; i += 1) t.equal((await ask(rig, '/healthz')).status, 200);
});

async function acknowledge(rig: Rig, body: unknown, o: { token?: string; alert?: string } = {}) {
  const token = o.token ?? (await rig.token({ role: 'supervisor' }));
  const alert = encodeURIComponent(o.alert ?? GAP);
  return await ask(rig, `/v1/districts/meixian/alerts/${alert}/acknowledge`, { token, body });
}

t.test('an acknowledgement is an entry of the log, and the engine answers it', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: GAP }] });
  const first = await acknowledge(rig, { version: 1, comment: '已派车', actionId: 'act-1' });
  t.match(first, {
    status: 200,
    body: {
      actionId: 'act-1',
      alert: {
        alertId: GAP,
        version: 2,
        state: 'ack-active',
        change: 'acknowledged',
        evidence: { actor: 'supervisor-li', comment: '已派车' },
      },
    },
  });
  t.strictSame(
    (await acknowledge(rig, { version: 1, actionId: 'act-1' })).body,
    first.body,
    'a repeat has the same answer',
  );
  t.equal((await rig.district().entries('action')).length, 1, 'and is no second action');

  const again = await acknowledge(rig, { version: 2, actionId: 'act-2' });
  t.match(again, {
    status: 409,
    body: {
      code: 'action-refused',
      details: {
        reason: 'already-acknowledged',
        got: 2,
        actionId: 'act-2',
        alert: { state: 'ack-active', change: 'refused' },
      },
    },
  });
  t.strictSame((await acknowledge(rig, { version: 2, actionId: 'act-2' })).body, again.body, 'a refusal, too');
  t.match(await acknowledge(rig, { version: 1 }), {
    status: 409,
    body: { details: { reason: 'stale-version', got: 1, expected: 2 } },
  });
  await engine.emit({ alerts: [{ alertId: GAP, change: 'cleared', condition: 'cleared', toMs: T0_MS + 1 }] });
  t.strictSame(
    (await acknowledge(rig, { version: 1, actionId: 'act-1' })).body,
    first.body,
    'also after later versions',
  );

  const other = await rig.token({ role: 'supervisor', subject: 'supervisor-wang' });
  t.match(await acknowledge(rig, { version: 3, actionId: 'act-1' }, { token: other }), {
    status: 409,
    body: { code: 'action-id-used' },
  });

  const { body } = await ask(rig, `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}`, { token: other });
  t.match(
    (body.versions as { change: string; version: number }[]).map(({ change, version }) => `${version} ${change}`),
    ['1 raised', '2 acknowledged', '2 refused', '2 refused', '3 cleared'],
    'refusals are visible',
  );
});

t.test('refusals that are the last transitions of an alert are in its history', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: GAP }, { alertId: 'other' }] });
  for (const actionId of ['a', 'b', 'c']) {
    t.match(await acknowledge(rig, { version: 7, actionId }), {
      status: 409,
      body: { details: { reason: 'stale-version' } },
    });
  }
  const token = await rig.token({ role: 'auditor' });
  const { body } = await ask(rig, `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}`, { token });
  t.strictSame(
    (body.versions as { change: string; transition: number; evidence: { actionId?: string } }[]).map(
      ({ change, transition, evidence }) => [transition, change, evidence.actionId ?? null],
    ),
    [
      [1, 'raised', null],
      [3, 'refused', 'a'],
      [4, 'refused', 'b'],
      [5, 'refused', 'c'],
    ],
  );
  t.equal((await acknowledge(rig, { version: 1, actionId: 'd' })).status, 200, 'a refusal changes nothing');
});

t.test('two supervisors at once: one acknowledges, the other sees why not', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const tokens = await Promise.all(['li', 'wang', 'chen'].map((subject) => rig.token({ role: 'supervisor', subject })));
  const answers = await Promise.all(tokens.map((token) => acknowledge(rig, { version: 1 }, { token })));
  t.strictSame(answers.map(({ status }) => status).sort(), [200, 409, 409]);
  t.equal((await rig.district().entries('action')).length, 3, 'each is in the log');
});

t.test('an engine that does not come to it: 202, and the same action asks again', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: GAP }] });
  await engine.pause();
  const waiting = await acknowledge(rig, { version: 1, actionId: 'act-1' });
  t.equal(waiting.status, 202);
  t.match(waiting.body, { actionId: 'act-1', logId: /^\d+-\d+$/ });
  engine.resume();
  await until(() => engine.alerts.get(GAP)?.acknowledged === true);
  t.match(await acknowledge(rig, { version: 1, actionId: 'act-1' }), { status: 200, body: { alert: { version: 2 } } });
  t.equal((await rig.district().entries('action')).length, 1);
});

t.test(
  'an action that may not be in the log says so, and one that the engine knows nothing of is refused',
  async (t) => {
    const rig = await startRig(t);
    const { engine } = rig.district();
    await engine.emit({ alerts: [{ alertId: GAP }] });
    rig.district().appendFailure = new BeatwatchError('log-full', 'full');
    t.match(await acknowledge(rig, { version: 1, actionId: 'act-1' }), {
      status: 503,
      body: { code: 'log-unavailable', details: { actionId: 'act-1' } },
    });
    rig.district().appendFailure = null;
    engine.alerts.delete(GAP);
    t.match(await acknowledge(rig, { version: 1, actionId: 'act-1' }), {
      status: 409,
      body: { code: 'action-refused', details: { reason: 'not-standing' } },
    });
  },
);

t.test('tickets', async (t) => {
  const rig = await startRig(t);
  const before = Date.now();
  const { status, body } = await ask(rig, '/v1/ticket', {
    method: 'POST',
    token: await rig.token({ role: 'supervisor' }),
  });
  t.equal(status, 200);
  t.match(body.ticket, /^[\w-]{43}$/);
  t.ok(Number(body.expiresAtMs) >= before + 30_000 && Number(body.expiresAtMs) <= Date.now() + 30_000);
});

t.test('the virtual clock: set, ticked, and passed by the engine when it is answered', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'admin' });
  for (const nowMs of [T0_MS + 1_000, T0_MS + 1_000, T0_MS + 5_000]) {
    const { status, body } = await ask(rig, '/v1/districts/meixian/clock', { token, body: { nowMs } });
    t.equal(status, 200);
    t.match(body.logId, new RegExp(`^${nowMs}-`));
    t.ok((rig.district().engine.cursor?.logId.ms ?? 0) >= nowMs, 'the engine has passed it');
  }
  t.equal((await ask(rig, '/v1/districts/meixian', { token })).body.nowMs, T0_MS + 5_000);
});

t.test('health and readiness', async (t) => {
  const rig = await startRig(t);
  t.match(await ask(rig, '/healthz'), { status: 200, body: { alive: true } });
  t.match(await ask(rig, '/readyz'), { status: 200, body: { ready: true, checks: [{ name: 'redis', ok: true }] } });
  rig.readiness.ok = false;
  t.match(await ask(rig, '/readyz'), {
    status: 503,
    body: { ready: false, checks: [{ name: 'redis', ok: false, detail: 'as the test says' }] },
  });
  t.equal((await ask(rig, '/healthz')).status, 200);
});

t.test('the document is OpenAPI 3.1', async (t) => {
  const rig = await startRig(t);
  const { body, headers } = await ask(rig, '/v1/openapi.json');
  t.match(headers.get('content-type'), 'application/json');
  t.match(body, {
    openapi: '3.1.0',
    info: { title: 'Beatwatch' },
    components: { securitySchemes: { token: { scheme: 'bearer' } } },
  });
  const tags = new Set((body.tags as { name: string }[]).map(({ name }) => name));
  const schemas: unknown[] = [];
  for (const [path, operations] of Object.entries(body.paths as Record<string, Record<string, Operation>>)) {
    const wanted = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`;
      t.ok(operation.summary, `${name} says what it is`);
      t.strictSame(
        operation.tags.filter((tag) => !tags.has(tag)),
        [],
        `${name} has known tags`,
      );
      const parameters = operation.parameters ?? [];
      const inPath = parameters.filter((parameter) => parameter.in === 'path');
      t.strictSame(
        inPath.map((parameter) => parameter.name).sort(),
        [...wanted].sort(),
        `${name} has its path parameters`,
      );
      for (const parameter of parameters) {
        t.match(parameter.in, /^(path|query|header)$/);
        t.equal(parameter.required === true, parameter.in === 'path', `${name} ${parameter.name}`);
        schemas.push(parameter.schema);
      }
      for (const [status, response] of Object.entries(operation.responses)) {
        t.match(status, /^[1-5]\d\d$/);
        t.ok(response.description !== undefined, `${name} ${status} has a description`);
        schemas.push(...Object.values(response.content ?? {}).map(({ schema }) => schema));
      }
      const media = operation.requestBody?.content;
      if (media !== undefined) schemas.push(media['application/json']?.schema);
      t.equal(
        media !== undefined,
        method === 'post' && !path.endsWith('/ticket'),
        `${name} has a body where it takes one`,
      );
    }
  }
  t.ok(schemas.length > 100);
  for (const schema of schemas) {
    t.ok(typeof schema === 'object' && schema !== null);
    t.doesNotThrow(() => Compile(schema as object));
  }
  t.notMatch(JSON.stringify(body), '"$ref"', 'nothing refers elsewhere');

  const published = (await ask(rig, '/v1/schemas')).body;
  t.strictSame(Object.keys(published).sort(), [
    'district',
    'live-message',
    'live-subscribe',
    'places',
    'plan',
    'units',
  ]);
});

interface Operation {
  readonly summary?: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly schema: unknown;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: unknown }>> };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description?: string; readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }
    >
  >;
}

t.test('a request that arrives while the process closes is told so, and closing does not hang', async (t) => {
  const rig = await startRig(t);
  const socket = connect(Number(new URL(rig.url).port), '127.0.0.1');
  socket.write('GET /healthz HTTP/1.1\r\nhost: x\r\n');
  // Else the server may not have seen the connection.
  await ask(rig, '/healthz');
  const closing = rig.api.close();
  socket.write('\r\n');
  const [head = '', body = ''] = (await readAll(socket)).split('\r\n\r\n');
  t.match(head, /^HTTP\/1.1 503 /);
  t.match(JSON.parse(body), { code: 'shutting-down' });
  await closing;
  await t.rejects(ask(rig, '/healthz'), 'nobody listens any more');
});
