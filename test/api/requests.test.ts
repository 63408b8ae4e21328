import { connect } from 'node:net';
import { text as readAll } from 'node:stream/consumers';
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
  MAX_TASK_IDS,
  MAX_TASK_MS,
} from '../../src/api/limits.js';
import { ErrorSchema } from '../../src/api/schemas.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { ask, type AskOptions, type Body, refusedUpgrade } from './clients.js';
import { T0_MS, testPlan } from './records.js';
import { startRig } from './rig.js';

const GAP = `checkpoint-gap:square:${T0_MS}:1-0`;
const ACKNOWLEDGE = `/v1/districts/meixian/alerts/${encodeURIComponent(GAP)}/acknowledge`;

const TASKS = '/v1/districts/meixian/tasks';
const TASK = { task: 'escort', units: ['car-1'], reason: 'convoy' };
const idsOf = (count: number) => Array.from({ length: count }, (_, i) => `car-${i}`);

interface Fault {
  readonly path: string;
  readonly got?: unknown;
  readonly expected: string | RegExp;
  readonly missing?: true;
}

t.test('every wrong request has a code, and says what was got and what was expected', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({ alerts: [{ alertId: GAP }] });
  const token = await rig.token({ role: 'supervisor' });
  const admin = await rig.token({ role: 'admin' });
  const visits = '/v1/districts/meixian/visits';
  const long = 'x'.repeat(MAX_PARAMETER_CHARS + 1);

  const faulty: readonly [path: string, options: AskOptions, ...faults: Fault[]][] = [
    [
      `${visits}?place=UPPER`,
      {},
      { path: 'query/place', got: 'UPPER', expected: /^an id of 1 to 32 characters out of a-z, 0-9 and -$/ },
    ],
    [`${visits}?place=a&place=b`, {}, { path: 'query/place', got: ['a', 'b'], expected: /^an id/ }],
    [`${visits}?limit=0`, {}, { path: 'query/limit', got: 0, expected: /^an integer of 1 to/ }],
    [
      `${visits}?limit=${MAX_PAGE + 1}`,
      {},
      { path: 'query/limit', got: MAX_PAGE + 1, expected: `an integer of 1 to ${MAX_PAGE}` },
    ],
    [`${visits}?limit=5x`, {}, { path: 'query/limit', got: '5x', expected: /integer/ }],
    [`${visits}?limit=1e2`, {}, { path: 'query/limit', got: '1e2', expected: /integer/ }],
    [`${visits}?limit=`, {}, { path: 'query/limit', got: '', expected: /integer/ }],
    [`${visits}?after=-1`, {}, { path: 'query/after', got: -1, expected: /^an integer of 0 to/ }],
    [`${visits}?after=9007199254740992`, {}, { path: 'query/after', expected: /^an integer of 0 to/ }],
    [`${visits}?from=yesterday`, {}, { path: 'query/from', got: 'yesterday', expected: /^an instant such as 2026-/ }],
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
      { path: 'query/plce', got: 'square', expected: /^no such field/ },
      { path: 'query/limit', expected: /integer/ },
    ],
    [`${visits}?__proto__=x`, {}, { path: 'query/__proto__', expected: /^no such field/ }],
    [`${visits}?purpose=${'p'.repeat(MAX_PURPOSE_CHARS + 1)}`, {}, { path: 'query/purpose', expected: /200/ }],
    [
      `${visits}?purpose=a%00b`,
      {},
      { path: 'query/purpose', got: 'U+0000, a control character, at character 2', expected: /visible text/ },
    ],
    [
      visits,
      { headers: { 'x-purpose': 'p'.repeat(MAX_PURPOSE_CHARS + 1) } },
      { path: 'header/x-purpose', expected: /200/ },
    ],
    ['/v1/districts/meixian/units/UPPER', {}, { path: 'path/unit', got: 'UPPER', expected: /^an id/ }],
    ['/v1/districts/meixian/alerts?rule=gap', {}, { path: 'query/rule', got: 'gap', expected: /one of "zone-gap"/ }],
    [
      '/v1/districts/meixian/alerts?state=closed',
      {},
      { path: 'query/state', got: 'closed', expected: 'one of "open", "all"' },
    ],
    ['/healthz?deep=1', {}, { path: 'query/deep', got: '1', expected: /^no such field/ }],
    [
      ACKNOWLEDGE,
      { body: {} },
      { path: 'body/version', got: null, missing: true, expected: 'an integer of 1 to 4294967295' },
    ],
    [ACKNOWLEDGE, { body: { version: '1' } }, { path: 'body/version', got: '1', expected: /integer/ }],
    [ACKNOWLEDGE, { body: { version: 1.5 } }, { path: 'body/version', got: 1.5, expected: /integer/ }],
    [ACKNOWLEDGE, { body: { version: 0 } }, { path: 'body/version', got: 0, expected: /^an integer of 1 to/ }],
    [
      ACKNOWLEDGE,
      { body: { version: 4_294_967_296 } },
      { path: 'body/version', expected: 'an integer of 1 to 4294967295' },
    ],
    [
      ACKNOWLEDGE,
      { body: { version: 1, actor: 'chief' } },
      { path: 'body/actor', got: 'chief', expected: /^no such field/ },
    ],
    [
      ACKNOWLEDGE,
      { body: { version: 1, comment: 'c'.repeat(MAX_COMMENT_CHARS + 1) } },
      { path: 'body/comment', expected: /500/ },
    ],
    [
      ACKNOWLEDGE,
      { body: { version: 1, actionId: 'a'.repeat(MAX_ACTION_ID_CHARS + 1) } },
      { path: 'body/actionId', expected: /^an id of 1 to 64 characters/ },
    ],
    [ACKNOWLEDGE, { body: { version: 1, actionId: '' } }, { path: 'body/actionId', got: '', expected: /^an id of/ }],
    [
      ACKNOWLEDGE.replace(/acknowledge$/, 'comment'),
      { body: { version: 1, comment: '  ' } },
      { path: 'body/comment', got: '  ', expected: /not all blank/ },
    ],
    [
      ACKNOWLEDGE.replace(/acknowledge$/, 'shelve'),
      { body: { version: 1, until: 'noon', comment: 'x' } },
      { path: 'body/comment', got: 'x', expected: /^no such field/ },
      { path: 'body/reason', got: null, missing: true, expected: /not all blank/ },
      { path: 'body/until', got: 'noon', expected: /^an instant such as/ },
    ],
    [
      ACKNOWLEDGE.replace(/acknowledge$/, 'shelve'),
      { body: { version: 1, until: 1.5, reason: 'x' } },
      { path: 'body/until', got: 1.5, expected: /^an instant such as/ },
    ],
    [
      ACKNOWLEDGE.replace(/acknowledge$/, 'shelve'),
      { body: { version: 1, until: '2026-02-30T00:00:00Z', reason: 'x' } },
      { path: 'body/until', expected: /calendar/ },
    ],
    [TASKS, { body: { ...TASK, task: 'parade' } }, { path: 'body/task', got: 'parade', expected: /one of "escort"/ }],
    [TASKS, { body: { ...TASK, reason: '' } }, { path: 'body/reason', got: '', expected: /not all blank/ }],
    [TASKS, { body: { ...TASK, units: [] } }, { path: 'body/units', got: [], expected: 'at least one unit' }],
    [
      TASKS,
      { body: { ...TASK, task: 'maintenance', units: [] } },
      { path: 'body/units', got: [], expected: 'at least one unit or place' },
    ],
    [TASKS, { body: { ...TASK, places: ['square'] } }, { path: 'body/places', got: ['square'], expected: /none/ }],
    [TASKS, { body: { ...TASK, units: ['CAR'] } }, { path: 'body/units/0', got: 'CAR', expected: /^an id of/ }],
    [TASKS, { body: { ...TASK, units: idsOf(MAX_TASK_IDS + 1) } }, { path: 'body/units', expected: /100/ }],
    [
      TASKS,
      { body: { ...TASK, from: T0_MS, to: T0_MS - 1 } },
      {
        path: 'body/to',
        got: new Date(T0_MS - 1).toISOString(),
        expected: /start of the task, 2026-03-02T00:00:00.000Z, to 31 days after it, 2026-04-02T/,
      },
    ],
    [TASKS, { body: { ...TASK, to: T0_MS + MAX_TASK_MS + 1 } }, { path: 'body/to', expected: /start/ }],
    [
      TASKS,
      { body: { ...TASK, from: T0_MS - MAX_TASK_MS - 1 } },
      { path: 'body/from', expected: /from 2026-01-30T00:00:00.000Z to 2026-04-02T00:00:00.000Z, 31 days around now/ },
    ],
    [
      TASKS,
      { body: { ...TASK, from: T0_MS + MAX_TASK_MS + 1 } },
      { path: 'body/from', expected: /from 2026-01-30T00:00:00.000Z to 2026-04-02T00:00:00.000Z, 31 days around now/ },
    ],
    [TASKS, { body: { ...TASK, taskId: 'T 1' } }, { path: 'body/taskId', got: 'T 1', expected: /^an id of/ }],
    [`${TASKS}/T1/close`, { body: {} }, { path: 'path/taskId', got: 'T1', expected: /^an id of/ }],
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
      { body: { tokenId: 'x', tracker: 'bd-1' }, token: admin },
      { path: 'body', expected: 'one of tokenId, tracker and person' },
    ],
    [
      '/v1/districts/meixian/revocations',
      { body: { tokenId: '', expiresAtMs: -1 }, token: admin },
      { path: 'body/expiresAtMs', expected: /^an integer of 0/ },
      { path: 'body/tokenId', got: '', expected: /1/ },
    ],
  ];
  for (const [path, options, ...faults] of faulty) {
    const answer = await ask(rig, path, { token, ...options });
    const name = `${path.slice(0, 80)} ${JSON.stringify(options.body ?? options.rawBody ?? '').slice(0, 60)}`;
    t.match(answer, { status: 400, body: { code: 'request-invalid', details: { total: faults.length } } }, name);
    const told = (answer.body.details?.faults ?? []) as readonly Fault[];
    t.match([...told].sort(byPath), [...faults].sort(byPath), name);
    for (const { path: where, missing } of faults) {
      t.match(
        answer.body.message,
        `${where}${missing === true ? ' is missing, ' : ': got '}`,
        'the message says it, too',
      );
    }
    t.notMatch(answer.body.message, /\^|\\\\|\[a-z|constant/, 'nobody reads regular expressions');
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
    ['unit-unknown', TASKS, { body: { ...TASK, units: ['car-1', 'car-9'] } }],
    ['place-unknown', TASKS, { body: { ...TASK, task: 'maintenance', places: ['circle'] } }],
    ['task-unknown', `${TASKS}/t-9/close`, { body: {} }],
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
  const shelve = ACKNOWLEDGE.replace(/acknowledge$/, 'shelve');
  await passes(shelve, { body: { version: 2, reason: comment, until: T0_MS + 1 } });
  const opens = async (body: object) =>
    t.equal(
      (await ask(rig, TASKS, { token, body: { ...TASK, ...body } })).status,
      201,
      JSON.stringify(body).slice(0, 60),
    );
  await opens({ from: T0_MS - MAX_TASK_MS, to: T0_MS });
  await opens({ from: T0_MS + MAX_TASK_MS, to: T0_MS + 2 * MAX_TASK_MS, taskId: 't'.repeat(32) });
  await opens({ from: T0_MS, to: T0_MS, reason: comment });
  const district = rig.district();
  district.plan = {
    ...testPlan('meixian'),
    units: idsOf(MAX_TASK_IDS).map((id) => ({ ...testPlan('meixian').units[0], id })) as never,
  };
  await opens({ units: idsOf(MAX_TASK_IDS) });
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

t.test('a token or a ticket that stands where it does not belong is not shown in the answer', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const ticket = 'Zq3'.repeat(15).slice(0, 43);
  const [head = ''] = token.split('.');
  const places: [path: string, o?: AskOptions][] = [
    [`/v1/districts?token=${token}`],
    [`/v1/districts?access_token=${head}`],
    [`/v1/districts?plce=${token}`],
    [`/v1/nowhere?ticket=${ticket}`],
    [`/v1/nowhere/${token}`],
    [`/v1/districts/meixian/units/${token}`],
    [`/v1/districts?ticket=${ticket}`],
    [ACKNOWLEDGE, { body: { version: 1, token } }],
    ['/v1/districts/meixian/visits', { headers: { 'x-purpose': `${token}\u00e9${token}` } }],
  ];
  for (const [path, o = {}] of places) {
    const { text, status } = await ask(rig, path, { token, ...o });
    t.ok(status >= 400, path.slice(0, 40));
    for (const secret of [token.slice(0, 30), token.slice(-30), ticket]) t.notOk(text.includes(secret), text);
  }
  const upgrade = await refusedUpgrade(rig, `/v1/districts/meixian/live?token=${token}`);
  t.notOk(JSON.stringify(upgrade.body).includes(head), 'nor by a socket');
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
