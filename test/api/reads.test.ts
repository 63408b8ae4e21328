import { Value } from 'typebox/value';
import t, { type Test } from 'tap';
import type { TSchema } from '@fastify/type-provider-typebox';
import { parseInstant } from '../../src/api/instants.js';
import { DEFAULT_PAGE, MAX_PAGE, MAX_SCAN } from '../../src/api/limits.js';
import { ROUTES } from '../../src/api/route-table.js';
import { PlanSchema } from '../../src/api/plan-schemas.js';
import {
  AlertSchema,
  CoverageSchema,
  DistrictSchema,
  PositionSchema,
  UnitSchema,
  VisitSchema,
} from '../../src/api/schemas.js';
import { Superseded } from '../../src/api/superseded.js';
import { versionPage } from '../../src/api/version-page.js';
import { accessOf, type Answer, ask } from './clients.js';
import { coverageOf, positionOf, T0_MS, testPlan } from './records.js';
import { startRig } from './rig.js';
import { shift } from './shift.js';

const MINUTE_MS = 60_000;

function fits(t: Test, schema: TSchema, answer: Answer): void {
  t.equal(answer.status, 200, answer.text);
  t.strictSame([...Value.Errors(schema, answer.body)].slice(0, 3), [], 'the answer is as its schema says');
}

/** An auditor says why. */
const WHY = { 'x-purpose': 'case 12' };

t.test('what is true now', async (t) => {
  const rig = await startRig(t);
  await shift(rig);
  const token = await rig.token({ role: 'supervisor' });
  const get = (path: string) => ask(rig, `/v1/districts/meixian${path}`, { token });

  const district = await get('');
  fits(t, DistrictSchema, district);
  t.match(district.body, {
    district: 'meixian',
    name: { zh: '梅县区', en: 'Meixian' },
    clock: 'virtual',
    nowMs: T0_MS,
    cursor: { lastAlert: 3, lastVisit: 4 },
    plan: { version: 1, places: 2, units: 2, rules: 1 },
  });

  const plan = await get('/plan');
  fits(t, PlanSchema, plan);
  t.strictSame(plan.body, testPlan('meixian'));

  const places = await get('/places');
  t.match(places.headers.get('content-type'), /^application\/geo\+json/);
  t.match(places.body, {
    type: 'FeatureCollection',
    features: [
      { properties: { id: 'bridge', nameZh: '梅州大桥' } },
      {
        geometry: { type: 'Point', coordinates: [116.1172345, 24.2701234] },
        properties: { id: 'square', radiusM: 80 },
      },
    ],
  });
  const areas = await get('/places?shape=footprint');
  t.match(areas.headers.get('content-type'), /^application\/geo\+json/);
  t.match(areas.body, {
    features: [
      { properties: { id: 'bridge', radiusM: 80 }, geometry: { type: 'Polygon' } },
      { properties: { id: 'square' } },
    ],
  });
  const [{ properties }] = areas.body.features as [{ properties: { areaM2: number } }];
  t.ok(Math.abs(properties.areaM2 / (Math.PI * 80 ** 2) - 1) < 0.007);

  const units = await get('/units');
  for (const unit of units.body.items ?? []) t.ok(Value.Check(UnitSchema, unit));
  t.match(units.body.items, [
    { unit: 'car-1', callsign: 'CAR-1', health: 'live', places: ['square'], position: positionOf('car-1') },
    { unit: 'car-2', callsign: 'CAR-2', health: 'unseen', onDuty: false, position: null },
  ]);
  const unit = await get('/units/car-2');
  fits(t, UnitSchema, unit);
  t.equal(unit.body.unit, 'car-2');

  const positions = await get('/positions');
  t.strictSame(positions.body, { items: [positionOf('car-1')], stale: null });
  t.ok(Value.Check(PositionSchema, positions.body.items?.[0]));
  const coverage = await get('/coverage');
  t.strictSame(coverage.body, { items: [coverageOf('bridge', 'unknown'), coverageOf('square')], stale: null });
  t.ok(Value.Check(CoverageSchema, coverage.body.items?.[0]));

  rig.district().plan = null;
  for (const path of ['/plan', '/places']) {
    t.match(await get(path), { status: 404, body: { code: 'plan-missing' } });
  }
  t.match((await get('')).body, { name: null, plan: null });
  t.match((await get('/units')).body.items, [{ unit: 'car-1', callsign: null, health: 'live' }]);
});

t.test('visits: the latest version of each, or all', async (t) => {
  const rig = await startRig(t);
  await shift(rig);
  const token = await rig.token({ role: 'auditor' });
  const visits = async (query: string) => {
    const { status, body, text } = await ask(rig, `/v1/districts/meixian/visits?${query}`, { token, headers: WHY });
    t.equal(status, 200, text);
    for (const item of body.items ?? []) t.ok(Value.Check(VisitSchema, item));
    return (body.items ?? []).map(({ visitId, version }) => `${visitId} ${version}`);
  };
  t.strictSame(await visits(''), ['v2 1', 'v1 2', 'v3 1']);
  t.strictSame(await visits('versions=all'), ['v1 1', 'v2 1', 'v1 2', 'v3 1']);
  t.strictSame(await visits('place=square'), ['v1 2', 'v3 1']);
  t.strictSame(await visits('unit=car-2&place=square'), ['v3 1']);
  const at = (minutes: number) => T0_MS + minutes * MINUTE_MS;
  t.strictSame(await visits(`from=${at(5)}`), ['v2 1', 'v1 2', 'v3 1'], 'lasting to the first instant');
  t.strictSame(await visits(`from=${at(5) + 1}`), ['v2 1', 'v3 1'], 'an open visit lasts');
  t.strictSame(await visits(`to=${at(10)}`), ['v1 2'], 'the last instant is not in it');
  t.strictSame(await visits(`to=${at(10) + 1}`), ['v2 1', 'v1 2']);
  t.strictSame(await visits(`from=2026-03-02T08:06:00%2B08:00&to=2026-03-02T00:15:00Z`), ['v2 1']);
  t.strictSame(await visits('from=2026-03-02T08:06:00+08:00'), ['v2 1', 'v3 1'], 'a plus that was not encoded');
  t.strictSame(await visits('unit=car-1&from=2026-04-01T00:00:00Z'), [], 'known, but never there');

  for (const [query, code] of [
    ['place=sqare', 'place-unknown'],
    ['unit=car-9', 'unit-unknown'],
  ] as const) {
    t.match(await ask(rig, `/v1/districts/meixian/visits?${query}`, { token, headers: WHY }), {
      status: 404,
      body: { code },
    });
  }
  rig.district().plan = { ...testPlan('meixian'), places: [], units: [] };
  t.strictSame(await visits('place=square&unit=car-2'), ['v3 1'], 'records of what an older plan had');
  const retracted = { visitId: 'v4', place: 'square', unit: 'car-2', state: 'retracted', innerFromMs: at(15) } as const;
  await rig.district().engine.emit({ visits: [{ ...retracted, atMs: at(20) }] });
  t.ok((await visits(`from=${at(20)}`)).includes('v4 1'), 'it was open until it was retracted');
  t.notOk((await visits(`from=${at(20) + 1}`)).includes('v4 1'), 'and no longer');
});

t.test('alerts: open ones, all, one with its history', async (t) => {
  const rig = await startRig(t);
  await shift(rig);
  const token = await rig.token({ role: 'supervisor' });
  const alerts = async (query: string) => {
    const { status, body, text } = await ask(rig, `/v1/districts/meixian/alerts?${query}`, { token });
    t.equal(status, 200, text);
    for (const item of body.items ?? []) t.ok(Value.Check(AlertSchema, item));
    return (body.items ?? []).map(
      ({ alertId, version, state }) => `${String(alertId).slice(0, 5)} ${version} ${state}`,
    );
  };
  t.strictSame(await alerts(''), ['check 1 unack-active']);
  t.strictSame(await alerts('state=all'), ['check 1 unack-active', 'dwell 2 cleared']);
  t.strictSame(await alerts('state=all&rule=dwell-short'), ['dwell 2 cleared']);
  t.strictSame(await alerts('state=all&severity=high'), ['check 1 unack-active']);
  t.strictSame(await alerts('state=all&unit=car-1'), ['dwell 2 cleared']);
  t.strictSame(await alerts('state=all&place=square&unit=car-1'), ['dwell 2 cleared']);
  t.strictSame(await alerts(`state=all&from=${T0_MS + MINUTE_MS + 1}`), ['check 1 unack-active']);
  t.strictSame(await alerts(`state=all&to=${T0_MS}`), []);

  const history = await ask(rig, '/v1/districts/meixian/alerts/dwell', { token });
  t.match(history.body, {
    alertId: 'dwell',
    versions: [
      { transition: 2, version: 1, state: 'unack-active', previous: null },
      { transition: 3, version: 2, state: 'cleared', previous: 2 },
    ],
  });
  t.match(await ask(rig, '/v1/districts/meixian/alerts/nothing', { token }), {
    status: 404,
    body: { code: 'alert-unknown', details: { got: 'nothing' } },
  });
});

t.test('an alert that nobody need act on says so in its state; the network has alerts of its own', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  const outage = {
    alertId: 'net',
    rule: 'network-outage',
    place: null,
    subject: { kind: 'district', id: 'meixian' },
  } as const;
  await rig.district().engine.emit({
    alerts: [
      { ...outage, evidence: { units: ['car-1', 'car-2'] } },
      { alertId: 'quiet', rule: 'tracker-silence', suppressedBy: 'net' },
      { alertId: 'aside', shelvedUntilMs: T0_MS + MINUTE_MS },
      { alertId: 'both', acknowledged: true, shelvedUntilMs: T0_MS + MINUTE_MS, suppressedBy: 'task:t-1' },
      { alertId: 'over', condition: 'cleared', suppressedBy: 'task:t-1' },
      { alertId: 'seen', condition: 'cleared', acknowledged: true, suppressedBy: 'task:t-1' },
      { alertId: 'wrong', condition: 'retracted', suppressedBy: 'task:t-1' },
    ],
  });
  const { body } = await ask(rig, '/v1/districts/meixian/alerts?state=all', { token });
  for (const item of body.items ?? []) t.ok(Value.Check(AlertSchema, item));
  t.strictSame(
    (body.items ?? []).map(({ alertId, state }) => `${alertId} ${state}`),
    [
      'net unack-active',
      'quiet suppressed',
      'aside shelved',
      'both suppressed',
      'over suppressed',
      'seen cleared',
      'wrong retracted',
    ],
  );
  const { body: net } = await ask(rig, '/v1/districts/meixian/alerts?rule=network-outage', { token });
  t.match(net.items, [{ ...outage, evidence: { units: ['car-1', 'car-2'] } }]);
  t.equal(net.items?.length, 1);
});

t.test('pages: no record twice or missing, whatever the limit, also while new versions come', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  const count = 250;
  await engine.emit({ visits: Array.from({ length: count }, (_, i) => ({ visitId: `v${i}` })) });
  // Every fifth gets a second version.
  await engine.emit({ visits: Array.from({ length: count / 5 }, (_, i) => ({ visitId: `v${i * 5}` })) });
  const token = await rig.token({ role: 'auditor' });
  const walk = async (query: string, between: () => Promise<unknown> = async () => undefined) => {
    const seen: Readonly<Record<string, unknown>>[] = [];
    const sizes: number[] = [];
    for (let after: number | null = 0; after !== null; ) {
      const { body } = await ask(rig, `/v1/districts/meixian/visits?${query}&after=${after}`, { token, headers: WHY });
      seen.push(...(body.items ?? []));
      sizes.push(body.items?.length ?? 0);
      after = body.next ?? null;
      await between();
    }
    return { seen, sizes };
  };
  for (const limit of [7, 125, 249, 250, 251, MAX_PAGE]) {
    const { seen, sizes } = await walk(`limit=${limit}`);
    t.equal(seen.length, count, `limit ${limit}`);
    t.equal(new Set(seen.map(({ visitId }) => visitId)).size, count);
    t.equal(sizes.length, Math.ceil(count / limit), 'no empty page at the end');
  }
  t.equal((await walk('')).sizes[0], DEFAULT_PAGE);
  t.equal((await walk(`versions=all&limit=100`)).seen.length, count + count / 5);

  let extra = 0;
  const { seen } = await walk('limit=60', async () => {
    extra += 1;
    if (extra <= 3) await engine.emit({ visits: [{ visitId: 'v1' }, { visitId: `new${extra}` }] });
  });
  const ids = new Set(seen.map(({ visitId }) => visitId));
  for (let i = 0; i < count; i += 1) t.ok(ids.has(`v${i}`));
  const transitions = seen.map(({ transition }) => Number(transition));
  t.strictSame(
    transitions,
    [...new Set(transitions)].sort((a, b) => a - b),
    'ascending, none twice',
  );

  t.match(await ask(rig, '/v1/districts/meixian/visits?after=999999', { token, headers: WHY }), {
    status: 410,
    body: { code: 'page-gone', message: /is the newest; begin again/, details: { got: 999999, first: 1 } },
  });
  await rig.query.xtrim('bw:{meixian}:visits', 'MINID', '100-0');
  t.match(await ask(rig, '/v1/districts/meixian/visits?after=50', { token, headers: WHY }), {
    status: 410,
    body: { code: 'page-gone', message: /no longer has the items before 100/, details: { got: 50, first: 100 } },
  });
  const left = await walk('versions=all');
  t.equal(left.seen[0]?.transition, 100, 'from the beginning means from what is there');
});

t.test('a page looks at no more than MAX_SCAN versions, and says where to go on', async (t) => {
  const total = MAX_SCAN + 500;
  const version = (transition: number) => ({ transition, previous: transition % 2 === 0 ? transition - 1 : null });
  const read = async ({ after, count }: { after: number; count: number }) => ({
    kind: 'page' as const,
    versions: Array.from({ length: Math.max(0, Math.min(count, total - after)) }, (_, i) => version(after + i + 1)),
    last: total,
  });
  const superseded = new Superseded(read);
  const page = (after: number, passes: (v: { transition: number }) => boolean) =>
    versionPage({ read, superseded, after, limit: 10, passes });
  t.strictSame(await page(0, () => false), { items: [], next: MAX_SCAN, missing: [] });
  t.strictSame(await page(MAX_SCAN, () => false), { items: [], next: null, missing: [] });
  t.strictSame(await page(0, (v) => v.transition === MAX_SCAN), {
    items: [version(MAX_SCAN)],
    next: MAX_SCAN,
    missing: [],
  });
  t.strictSame(await page(0, (v) => v.transition === MAX_SCAN + 2), { items: [], next: MAX_SCAN, missing: [] });
  t.strictSame(
    await page(0, (v) => v.transition % 2 === 1),
    { items: [], next: MAX_SCAN, missing: [] },
    'odd ones are all replaced',
  );
});

t.test('the index of replaced versions follows a stream that is trimmed, or begins anew', async (t) => {
  let stream: { transition: number; previous: number | null }[] = [];
  const superseded = new Superseded(async ({ after, count }) => {
    const [first, last] = [stream[0]?.transition ?? 0, stream.at(-1)?.transition ?? 0];
    if (after > last || (first > 0 && after + 1 < first)) return { kind: 'resync', first, last };
    return { kind: 'page', versions: stream.filter(({ transition }) => transition > after).slice(0, count), last };
  });
  t.equal(await superseded.catchUp(), 0);
  stream = [1, 2, 3].map((transition) => ({ transition, previous: transition === 3 ? 1 : null }));
  t.equal(await superseded.catchUp(), 3);
  t.strictSame(
    [1, 2, 3].map((n) => superseded.has(n)),
    [true, false, false],
  );
  stream = [100, 101].map((transition) => ({ transition, previous: transition === 101 ? 2 : null }));
  t.equal(await superseded.catchUp(), 101);
  t.strictSame(
    [1, 2, 3].map((n) => superseded.has(n)),
    [true, true, false],
  );
  stream = [{ transition: 1, previous: null }];
  t.equal(await superseded.catchUp(), 1);
  t.strictSame(
    [1, 2].map((n) => superseded.has(n)),
    [false, false],
  );
  stream = [];
  t.equal(await superseded.catchUp(), 0);
});

t.test('instants', async (t) => {
  const cases: [string, number | null][] = [
    ['0', 0],
    ['1772409600000', 1_772_409_600_000],
    ['2026-03-02T00:00:00Z', T0_MS],
    ['2026-03-02T00:00Z', T0_MS],
    ['2026-03-02T08:00:00+08:00', T0_MS],
    ['2026-03-02T08:00:00 08:00', T0_MS],
    ['2026-03-01T19:00:00.5-05:00', T0_MS + 500],
    ['2026-02-28T24:00:00Z', Date.UTC(2026, 2, 1)],
    ['2026-02-29T00:00:00Z', null],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2026-13-01T00:00:00Z', null],
    ['2026-03-02T25:00:00Z', null],
    ['2026-03-02T00:00:00', null],
    ['2026-03-02', null],
    ['-1', null],
    ['1e3', null],
    ['', null],
    ['1234567890123456', null],
  ];
  for (const [text, ms] of cases) t.equal(parseInstant(text), ms, JSON.stringify(text));
});

t.test('every read is recorded before it is answered, with who, what, why and how much', async (t) => {
  const rig = await startRig(t);
  await shift(rig);
  const district = rig.district();
  const reads: readonly [path: string, records: number, parameters: object][] = [
    ['/v1/districts', 1, {}],
    ['/v1/districts/meixian', 1, {}],
    ['/v1/districts/meixian/plan', 1, {}],
    ['/v1/districts/meixian/plans?limit=5', 0, { limit: 5 }],
    ['/v1/districts/meixian/orders', 0, {}],
    ['/v1/districts/meixian/orders', 0, {}],
    ['/v1/districts/meixian/roster', 0, {}],
    ['/v1/districts/meixian/notices', 0, {}],
    ['/v1/districts/meixian/channels', 0, {}],
    ['/v1/districts/meixian/places?shape=footprint', 2, { shape: 'footprint' }],
    ['/v1/districts/meixian/roads', 0, {}],
    ['/v1/districts/meixian/tasks', 0, {}],
    ['/v1/districts/meixian/units', 2, {}],
    ['/v1/districts/meixian/units/car-1', 1, { unit: 'car-1' }],
    ['/v1/districts/meixian/units/car-9', 0, { unit: 'car-9' }],
    ['/v1/districts/meixian/units/car-1/fixes?limit=5', 0, { unit: 'car-1', limit: 5 }],
    ['/v1/districts/meixian/positions', 1, {}],
    ['/v1/districts/meixian/nearest-units?place=square', 1, { place: 'square' }],
    ['/v1/districts/meixian/coverage', 2, {}],
    ['/v1/districts/meixian/visits?place=square&limit=1', 1, { place: 'square', limit: 1 }],
    ['/v1/districts/meixian/visits?unit=car-9', 0, { unit: 'car-9' }],
    ['/v1/districts/meixian/days', 0, {}],
    ['/v1/districts/meixian/days/2026-03-02', 0, { day: '2026-03-02' }],
    ['/v1/districts/meixian/reports', 1, {}],
    ['/v1/districts/meixian/reports/dwell?day=2026-11-24', 13, { report: 'dwell', day: '2026-11-24' }],
    ['/v1/districts/meixian/reports/dwell?day=2026-11-23', 0, { report: 'dwell', day: '2026-11-23' }],
    ['/v1/districts/meixian/packs/2026-11-24', 1, { day: '2026-11-24' }],
    ['/v1/districts/meixian/alerts?state=all', 2, { state: 'all' }],
    ['/v1/districts/meixian/alerts/dwell', 2, { alertId: 'dwell' }],
    ['/v1/districts/meixian/alerts/none', 0, { alertId: 'none' }],
  ];
  const pathOf = (path: string) =>
    path
      .split('?')[0]
      ?.replace('/meixian', '/:district')
      .replace(/units\/[^/]*/, 'units/:unit')
      .replace(/days\/.*/, 'days/:day')
      .replace(/packs\/.*/, 'packs/:day')
      .replace(/reports\/.*/, 'reports/:report')
      .replace(/alerts\/.*/, 'alerts/:alertId');
  const recorded = Object.entries(ROUTES)
    .filter(([route, permission]) => permission.startsWith('read') && route.startsWith('GET'))
    .map(([route]) => route.slice('GET '.length));
  t.strictSame(
    [...new Set(reads.map(([path]) => pathOf(path)))].sort(),
    recorded.sort(),
    'all routes that read are here',
  );

  for (const role of ['supervisor', 'auditor', 'admin'] as const) {
    const token = await rig.token({ role });
    for (const [path, records, parameters] of reads) {
      const before = (await district.reads()).length;
      await ask(rig, path, { token, headers: WHY });
      const entries = (await district.reads()).slice(before).map(accessOf);
      t.strictSame(
        entries,
        [
          {
            actor: `${role}-li`,
            role,
            what: `GET ${pathOf(path)}`,
            parameters: path === '/v1/districts' ? {} : { district: 'meixian', ...parameters },
            records,
            purpose: 'case 12',
          },
        ],
        `${path} by ${role}`,
      );
    }
  }
  const token = await rig.token({ role: 'supervisor' });
  const purposeOf = async (path: string, headers: Record<string, string> = {}) => {
    await ask(rig, path, { token, headers });
    return (await district.reads()).at(-1);
  };
  t.match(await purposeOf('/v1/districts/meixian?purpose=%E6%8A%95%E8%AF%89', { 'x-purpose': 'other' }), {
    purpose: '投诉',
  });
  const canonical = await purposeOf('/v1/districts/meixian/visits?unit=car-1&place=square&limit=5');
  t.equal(canonical?.parameters, '{"district":"meixian","limit":5,"place":"square","unit":"car-1"}');
  t.equal(canonical?.purpose, null);

  const before = (await district.reads()).length;
  await ask(rig, '/v1/districts/meixian/units', { token: await rig.token({ role: 'tracker' }) });
  await ask(rig, '/v1/districts/meixian/units?x=1', { token });
  await ask(rig, '/v1/districts/jiaying/units', { token });
  t.equal((await district.reads()).length, before, 'what is refused reads nothing');
  t.strictSame(await rig.district('jiaying').reads(), [], 'and writes nothing into the logs of others');
});

t.test('a read that cannot be recorded is not answered', async (t) => {
  const rig = await startRig(t);
  await shift(rig);
  const token = await rig.token({ role: 'supervisor' });
  rig.district().appendFailure = new Error('OOM');
  for (const [route, permission] of Object.entries(ROUTES)) {
    if (!permission.startsWith('read')) continue;
    const path = route
      .slice('GET '.length)
      .replace(':district', 'meixian')
      .replace(':day', '2026-11-24')
      .replace('nearest-units', 'nearest-units?place=square')
      .replace(':report', 'dwell?day=2026-11-24')
      .replace(':unit', 'car-1')
      .replace(':alertId', 'dwell');
    const answer = await ask(rig, path, { token });
    t.match({ status: answer.status, code: answer.body.code }, { status: 503, code: 'access-log-unavailable' }, path);
    t.notMatch(answer.text, 'car-1');
  }
  rig.district().appendFailure = null;
  t.equal((await ask(rig, '/v1/districts/meixian/units', { token })).status, 200, 'and by itself again afterwards');
});

t.test('state that cannot be read is a failure with a code', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'supervisor' });
  rig.district().readFailure = new Error('Connection is closed.');
  for (const path of [
    '',
    '/units',
    '/units/car-1',
    '/units/car-1/fixes',
    '/positions',
    '/coverage',
    '/visits',
    '/alerts',
    '/alerts?state=all',
    '/alerts/x',
  ]) {
    const answer = await ask(rig, `/v1/districts/meixian${path}`, { token });
    t.match({ status: answer.status, code: answer.body.code }, { status: 503, code: 'state-unavailable' }, path);
  }
});
