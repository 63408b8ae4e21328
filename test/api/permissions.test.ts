import { createHash } from 'node:crypto';
import t from 'tap';
import { PERMISSIONS, type Permission } from '../../src/access/permissions.js';
import { ROUTES, type RouteName } from '../../src/api/route-table.js';
import { ROLES, type Role } from '../../src/model/roles.js';
import { type Answer, ask, type AskOptions, refusedUpgrade } from './clients.js';
import { coverageOf, positionOf, T0_MS, unitOf } from './records.js';
import { startRig } from './rig.js';

const ALERT = `checkpoint-gap:square:${T0_MS}:1-0`;

const RANGE = `?from=${T0_MS}&to=${T0_MS + 60_000}`;

/** How a route is called so that only permission can refuse it, and what it answers then. */
const CALLS: Readonly<
  Record<RouteName, { readonly query?: string; readonly body?: unknown; readonly statuses: readonly number[] }>
> = {
  // The page is not built for this test.
  'GET /': { statuses: [404] },
  'GET /assets/:file': { statuses: [400] },
  'GET /v1/map-tiles': { statuses: [200] },
  'GET /healthz': { statuses: [200] },
  'GET /readyz': { statuses: [200] },
  'GET /metrics': { statuses: [200] },
  'GET /v1/openapi.json': { statuses: [200] },
  'GET /v1/schemas': { statuses: [200] },
  'GET /v1/asyncapi.json': { statuses: [200] },
  'GET /v1/tracker.proto': { statuses: [200] },
  'GET /v1/ingest': { statuses: [426] },
  'POST /v1/ticket': { statuses: [200] },
  'GET /v1/districts': { statuses: [200] },
  'GET /v1/districts/:district': { statuses: [200] },
  'GET /v1/districts/:district/plan': { statuses: [200] },
  // No files; no such draft.
  'PUT /v1/districts/:district/plan': { body: { files: {} }, statuses: [422] },
  'POST /v1/districts/:district/plan/publish': {
    body: { sourceSha256: '0'.repeat(64), basedOn: null, from: T0_MS + 120_000, reason: 'x' },
    statuses: [404],
  },
  'GET /v1/districts/:district/plans': { statuses: [200] },
  'GET /v1/districts/:district/orders': { statuses: [200] },
  // The store has no plan.
  'POST /v1/districts/:district/orders': { body: { order: {} }, statuses: [404] },
  'POST /v1/districts/:district/orders/:order/end': { body: { reason: 'x' }, statuses: [404] },
  'GET /v1/districts/:district/roster': { statuses: [200] },
  'PUT /v1/districts/:district/roster': { body: { roster: {} }, statuses: [422] },
  'GET /v1/districts/:district/places': { statuses: [200] },
  'GET /v1/districts/:district/roads': { statuses: [200] },
  'GET /v1/districts/:district/units': { statuses: [200] },
  'GET /v1/districts/:district/units/:unit': { statuses: [200] },
  'GET /v1/districts/:district/units/:unit/fixes': {
    query: `?from=${T0_MS}&to=${T0_MS + 60_000}`,
    statuses: [200],
  },
  'POST /v1/districts/:district/units/:unit/statement': {
    body: { statementId: 's-1', at: 'square', until: T0_MS + 60_000 },
    statuses: [201, 200],
  },
  'GET /v1/districts/:district/positions': { statuses: [200] },
  'GET /v1/districts/:district/coverage': { statuses: [200] },
  'GET /v1/districts/:district/nearest-units': { query: '?place=square', statuses: [200] },
  'GET /v1/districts/:district/visits': { statuses: [200] },
  'GET /v1/districts/:district/days': { statuses: [200] },
  'GET /v1/districts/:district/days/:day': { statuses: [404] },
  'GET /v1/districts/:district/alerts': { statuses: [200] },
  'GET /v1/districts/:district/alerts/:alertId': { statuses: [200] },
  // Acknowledged by the first who may, refused to the next.
  'POST /v1/districts/:district/alerts/:alertId/acknowledge': { body: { version: 1 }, statuses: [200, 409] },
  'POST /v1/districts/:district/alerts/:alertId/comment': { body: { version: 2, comment: 'x' }, statuses: [200, 409] },
  'POST /v1/districts/:district/alerts/:alertId/shelve': {
    body: { version: 3, reason: 'x', until: T0_MS + 60_000 },
    statuses: [200, 409],
  },
  'POST /v1/districts/:district/alerts/:alertId/unshelve': { body: { version: 4 }, statuses: [200, 409] },
  'POST /v1/districts/:district/alerts/:alertId/resolve': { body: { version: 5, reason: 'x' }, statuses: [200, 409] },
  'GET /v1/districts/:district/notices': { statuses: [200] },
  // Nobody was told of anything.
  'POST /v1/districts/:district/notices/:noticeId/send': { body: { reason: 'x' }, statuses: [404] },
  'GET /v1/districts/:district/channels': { statuses: [200] },
  'GET /v1/districts/:district/traces': { query: RANGE, statuses: [200] },
  'GET /v1/districts/:district/places/:place/presence': { query: RANGE, statuses: [200] },
  'POST /v1/districts/:district/presence': {
    query: RANGE,
    body: { area: { type: 'Circle', center: [116.1, 24.2], radiusM: 50 } },
    statuses: [200],
  },
  // No plan has this digest.
  'POST /v1/districts/:district/what-if': {
    body: { sourceSha256: 'ab'.repeat(32), from: T0_MS, to: T0_MS + 60_000 },
    statuses: [404],
  },
  'GET /v1/districts/:district/places/:place/visits': { query: RANGE, statuses: [200] },
  'GET /v1/districts/:district/alert-versions': { query: RANGE, statuses: [200] },
  'GET /v1/districts/:district/reports': { statuses: [200] },
  'GET /v1/districts/:district/reports/:report': { query: '?day=2026-11-24', statuses: [200] },
  'GET /v1/districts/:district/packs/:day': { statuses: [200] },
  'GET /v1/districts/:district/tasks': { statuses: [200] },
  'POST /v1/districts/:district/tasks': {
    body: { taskId: 't-1', task: 'escort', units: ['car-1'], reason: 'x' },
    statuses: [201, 200],
  },
  'POST /v1/districts/:district/tasks/:taskId/close': { body: {}, statuses: [200] },
  'GET /v1/districts/:district/live': { statuses: [426] },
  'POST /v1/districts/:district/clock': { body: { nowMs: T0_MS + 1_000 }, statuses: [200] },
  'GET /v1/districts/:district/accesses': { statuses: [200] },
  'GET /v1/districts/:district/own-accesses': { statuses: [200] },
  'GET /v1/districts/:district/skipped': { statuses: [200] },
  // No entry was skipped.
  'POST /v1/districts/:district/skipped/:logId/clear': { body: { reason: 'x' }, statuses: [404] },
  'GET /v1/districts/:district/record': { statuses: [200] },
  'GET /v1/districts/:district/archive/head': { statuses: [200] },
  // Nothing is gone.
  'POST /v1/districts/:district/record/accept': { body: { open: 1, reason: 'x' }, statuses: [409] },
  'POST /v1/districts/:district/revocations': { body: { tokenId: 'other', expiresAtMs: T0_MS }, statuses: [200] },
};

/** From the permissions alone. */
function expectedRefusal(
  permission: Permission,
  role: Role | null,
  covered: boolean,
): { status: number; code: string } | null {
  if (permission.access === 'open') return null;
  if (role === null) return { status: 401, code: 'token-missing' };
  if (!permission.roles.includes(role)) return { status: 403, code: 'token-role' };
  if (permission.district && !covered) return { status: 403, code: 'token-district' };
  return null;
}

/** Routes of a district that show nothing of it. */
const BLIND: ReadonlySet<RouteName> = new Set([
  'POST /v1/districts/:district/clock',
  'POST /v1/districts/:district/revocations',
]);

function showsData(route: RouteName, { status, body }: Answer): boolean {
  if (!route.includes('/v1/districts') || BLIND.has(route)) return false;
  const details = body.details ?? {};
  return status === 200 || status === 201 || 'alert' in details || 'task' in details || status === 404;
}

/** As `sha256sum` of a saved answer tells it. */
function hashOf(bytes: Buffer): { readonly bytes: number; readonly sha256: string } {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

t.test('every route × role × district answers as the permissions say, and what shows data is recorded', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({
    alerts: [{ alertId: ALERT }],
    visits: [{ visitId: 'v1' }],
    positions: new Map([['car-1', positionOf('car-1')]]),
    units: new Map([['car-1', unitOf('car-1')]]),
    coverage: new Map([['square', coverageOf('square')]]),
  });
  const served = new Set<string>();
  for (const [route, permissionName] of Object.entries(ROUTES)) {
    const [method = '', pattern = ''] = route.split(' ');
    t.ok(rig.api.hasRoute({ method, url: pattern }), `${route} is served`);
    served.add(route);
    const permission: Permission = PERMISSIONS[permissionName];
    const { query = '', body, statuses } = CALLS[route as RouteName];
    const districts = pattern.includes(':district') ? ['meixian', 'jiaying', 'nowhere'] : ['meixian'];
    for (const district of districts) {
      const path = pattern
        .replace(':district', district)
        .replace(':unit', 'car-1')
        .replace(':place', 'square')
        .replace('packs/:day', 'packs/2026-11-24')
        .replace(':day', '2026-03-02')
        .replace(':report', 'presence')
        .replace(':taskId', 't-1')
        .replace(':order', 'concert')
        .replace(':logId', '1-0')
        .replace(':alertId', encodeURIComponent(ALERT));
      for (const role of [null, ...ROLES]) {
        const options: AskOptions = {
          method,
          ...(role === null ? {} : { token: await rig.token({ role }) }),
          ...(body === undefined ? {} : { body }),
          // Else everybody here is on the loopback interface.
          headers: {
            ...(permission.access === 'loopback-or-token' ? { 'x-forwarded-for': '203.0.113.7' } : {}),
            ...(role === 'auditor' ? { 'x-purpose': 'case 12' } : {}),
          },
        };
        const answer = await ask(rig, path + query, options);
        const refusal = expectedRefusal(permission, role, district === 'meixian');
        const name = `${route} of ${district} by ${role ?? 'nobody'}: ${answer.status} ${answer.body.code ?? ''}`;
        if (refusal === null) t.ok(statuses.includes(answer.status), name);
        else t.match({ status: answer.status, code: answer.body.code }, refusal, name);
        if (role !== null && showsData(route as RouteName, answer)) {
          const last = (await rig.district().reads()).at(-1);
          const who = { actor: role === 'tracker' ? 't-car-1' : `${role}-li`, what: route };
          const shown = { stage: 'whole', body: hashOf(answer.bytes) };
          t.match(last, { ...who, answer: shown }, `${name} is recorded with the hash of its bytes`);
        }
        if (answer.status === 401) t.equal(answer.headers.get('www-authenticate'), 'Bearer');
      }
    }
  }
  const document = (await ask(rig, '/v1/openapi.json')).body as { paths: Record<string, Record<string, unknown>> };
  const documented = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path.replace(/\{(\w+)\}/g, ':$1')}`),
  );
  t.strictSame(documented.sort(), [...served].sort(), 'the document has every route and no other');
});

t.test(
  'a district that the token covers and this server lacks is 404; one of others is 403 whether it exists or not',
  async (t) => {
    const rig = await startRig(t);
    const token = await rig.token({ role: 'supervisor', districts: ['meixian', 'nowhere'] });
    for (const [district, status, code] of [
      ['meixian', 200, undefined],
      ['nowhere', 404, 'district-unknown'],
      ['jiaying', 403, 'token-district'],
      ['no-such', 403, 'token-district'],
      ['BAD', 403, 'token-district'],
    ] as const) {
      const answer = await ask(rig, `/v1/districts/${district}`, { token });
      t.match({ status: answer.status, code: answer.body.code }, { status, code }, district);
      if (status === 200) continue;
      const upgrade = await refusedUpgrade(rig, `/v1/districts/${district}/live`, { authorization: `Bearer ${token}` });
      t.match({ status: upgrade.status, code: upgrade.body.code }, { status, code }, `live of ${district}`);
    }
    const list = await ask(rig, '/v1/districts', { token });
    t.strictSame(
      list.body.items?.map(({ district }) => district),
      ['meixian'],
      'the list holds what is covered and there',
    );
  },
);

t.test('a token that is expired, foreign, revoked or garbage is 401 with its code', async (t) => {
  const rig = await startRig(t);
  const other = await startRig(t);
  const good = await rig.token({ role: 'admin', tokenId: 'to-revoke' });
  const [head = '', claims = '', signature = ''] = good.split('.');
  const tokens: Record<string, string> = {
    'token-expired': await rig.token({ role: 'supervisor', ttlS: 60, nowMs: Date.now() - 60_000 }),
    'token-signature': await other.token({ role: 'supervisor' }),
    'token-malformed': 'not.a-token',
  };
  for (const [code, token] of Object.entries(tokens)) {
    const answer = await ask(rig, '/v1/districts/meixian', { token });
    t.match({ status: answer.status, code: answer.body.code }, { status: 401, code });
    const upgrade = await refusedUpgrade(rig, '/v1/districts/meixian/live', { authorization: `Bearer ${token}` });
    t.match({ status: upgrade.status, code: upgrade.body.code }, { status: 401, code });
  }
  const forged = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(claims, 'base64url').toString()), districts: ['jiaying'] }),
  ).toString('base64url');
  t.equal(
    (await ask(rig, '/v1/districts/jiaying', { token: `${head}.${forged}.${signature}` })).body.code,
    'token-signature',
  );
  for (const authorization of ['Basic eDp5', 'Bearer', 'Bearer a b', '']) {
    const answer = await ask(rig, '/v1/districts', { headers: { authorization } });
    t.match({ status: answer.status, code: answer.body.code }, { status: 401, code: 'token-missing' }, authorization);
  }

  t.equal((await ask(rig, '/v1/districts/meixian', { token: good })).status, 200);
  const revocation = { tokenId: 'to-revoke', expiresAtMs: Date.now() + 3_600_000 };
  t.equal((await ask(rig, '/v1/districts/meixian/revocations', { token: good, body: revocation })).status, 200);
  t.equal((await ask(rig, '/v1/districts/meixian', { token: good })).body.code, 'token-revoked');
  t.ok(await rig.query.zscore('bw:{meixian}:revoked', 'to-revoke'), 'it is kept for other processes');
});

t.test('metrics: the loopback interface needs no token, what a proxy passes on does', async (t) => {
  const rig = await startRig(t);
  await ask(rig, '/healthz');
  const local = await ask(rig, '/metrics');
  t.equal(local.status, 200);
  t.match(local.headers.get('content-type'), 'text/plain');
  t.match(local.text, 'beatwatch_api_requests_total{route="GET /healthz",status="200"} 1');
  for (const headers of [{ 'x-forwarded-for': '203.0.113.7' }, { forwarded: 'for=203.0.113.7' }]) {
    t.equal((await ask(rig, '/metrics', { headers })).status, 401);
    t.equal((await ask(rig, '/metrics', { headers, token: await rig.token({ role: 'admin' }) })).status, 200);
    t.equal((await ask(rig, '/metrics', { headers, token: await rig.token({ role: 'auditor' }) })).status, 403);
  }
});
