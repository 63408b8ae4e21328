import { createHash } from 'node:crypto';
import t from 'tap';
import { scopeOf, subjectsOf } from '../../src/api/read-subjects.js';
import { ask, LiveClient } from './clients.js';
import { positionOf, T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';
import { until } from './until.js';

const DISTRICT = '/v1/districts/meixian';
/** Headers are bytes: the server reads these as UTF-8. */
const WHY = { 'x-purpose': Buffer.from('投诉 17').toString('latin1') };

interface Item {
  readonly actor: string;
  readonly what: string;
  readonly scope: string | null;
  readonly atMs: number;
  readonly answer: { readonly body: object } | null;
}
interface Page {
  readonly items: readonly Item[];
  readonly next: string | null;
}

async function page(rig: Rig, query: string): Promise<Page> {
  const { status, body, text } = await ask(rig, `${DISTRICT}/accesses?${query}`, {
    token: await rig.token({ role: 'auditor', subject: 'inspector' }),
    headers: WHY,
  });
  if (status !== 200) throw new Error(text);
  return body as unknown as Page;
}

/** Each read a second of log time after the one before. */
async function look(rig: Rig, subject: string, path: string, role: 'supervisor' | 'auditor' = 'auditor') {
  await rig.district().engine.emit({ positions: new Map([['car-1', positionOf('car-1')]]) });
  const admin = await rig.token({ role: 'admin' });
  const nowMs = rig.deps.districts.get('meixian')?.clock.nowMs() ?? 0;
  await ask(rig, `${DISTRICT}/clock`, { token: admin, body: { nowMs: nowMs + 1_000 } });
  return await ask(rig, `${DISTRICT}${path}`, { token: await rig.token({ role, subject }), headers: WHY });
}

function shortOf({ items }: Page) {
  return items.map(({ actor, what, scope }) => [actor, what.replace('GET /v1/districts/:district', ''), scope]);
}

t.test('who looked at what: by actor, unit, place and time, and looking at that is recorded too', async (t) => {
  const rig = await startRig(t);
  await look(rig, 'chen', '/units/car-1');
  await look(rig, 'chen', '/visits?unit=car-2&place=square');
  const shown = await look(rig, 'li', '/positions', 'supervisor');
  await look(rig, 'li', '/plan', 'supervisor');
  await look(rig, 'wu', '/visits?place=bridge');
  await look(rig, 'wu', '/alerts/tracker-silence:car-1:1000:2000-0');

  const all = await page(rig, '');
  t.strictSame(
    all.items.map(({ actor }) => actor),
    ['chen', 'chen', 'li', 'li', 'wu', 'wu'],
    'oldest first',
  );
  t.strictSame(all.next, null);
  t.match(all.items[2], {
    role: 'supervisor',
    purpose: '投诉 17',
    records: 1,
    parameters: { district: 'meixian' },
    answer: { stage: 'whole', body: { sha256: createHash('sha256').update(shown.text).digest('hex') } },
  });

  t.strictSame(
    shortOf(await page(rig, 'actor=chen')).map(([, what]) => what),
    ['/units/:unit', '/visits'],
  );
  t.strictSame(shortOf(await page(rig, 'unit=car-1')), [
    ['chen', '/units/:unit', 'named'],
    ['li', '/positions', 'wider'],
    ['wu', '/visits', 'wider'],
    ['wu', '/alerts/:alertId', 'named'],
  ]);
  t.strictSame(
    shortOf(await page(rig, 'unit=car-1&scope=named')).map(([actor]) => actor),
    ['chen', 'wu', 'inspector'],
    'to ask who looked at a unit names it, too',
  );
  t.strictSame(shortOf(await page(rig, 'place=square&unit=car-2')), [
    ['chen', '/visits', 'named'],
    ['li', '/positions', 'wider'],
  ]);
  const third = all.items[2]?.atMs ?? 0;
  t.strictSame(
    shortOf(await page(rig, `from=${third}&to=${third + 1}`)).map(([, what]) => what),
    ['/positions'],
    'from is in it, to is not',
  );
  const looked = await page(rig, 'actor=inspector');
  t.equal(looked.items.length, 6);
  t.match(looked.items[0], { what: 'GET /v1/districts/:district/accesses', answer: { stage: 'whole' } });
});

t.test('pages: every read once, whatever the limit, and none that the paging itself adds', async (t) => {
  const rig = await startRig(t);
  for (let i = 0; i < 7; i += 1) await look(rig, `reader-${i}`, '/positions');
  for (const limit of [1, 3, 7, 8]) {
    const seen: string[] = [];
    let next: string | null = '';
    const to = T0_MS + 8_000;
    while (next !== null) {
      const one: Page = await page(rig, `scope=wider&unit=car-1&to=${to}&limit=${limit}${next && `&after=${next}`}`);
      seen.push(...one.items.map(({ actor }) => actor));
      next = one.next;
    }
    t.strictSame(
      seen,
      Array.from({ length: 7 }, (_, i) => `reader-${i}`),
      `limit ${limit}`,
    );
  }
});

t.test('bad queries say what was expected', async (t) => {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'admin' });
  const refused = async (query: string) => await ask(rig, `${DISTRICT}/accesses?${query}`, { token });
  t.match(await refused('unit=car-9'), { status: 404, body: { code: 'unit-unknown' } });
  t.match(await refused('place=car-1'), { status: 404, body: { code: 'place-unknown' } });
  for (const query of [
    `from=${T0_MS}&to=${T0_MS}`,
    `from=${T0_MS}&to=${T0_MS + 31 * 86_400_000 + 1}`,
    'after=5',
    'scope=all',
    `actor=${'x'.repeat(201)}`,
    'from=2026-02-30T00:00:00Z',
  ]) {
    t.match(await refused(query), { status: 400, body: { code: 'request-invalid' } }, query);
  }
  t.match(await refused(`from=${T0_MS}&to=${T0_MS + 31 * 86_400_000}`), { status: 200 });
});

t.test("a tracker is told who looked at its own unit, and no more; other units' trackers are not", async (t) => {
  const rig = await startRig(t);
  await look(rig, 'chen', '/units/car-1/fixes');
  await look(rig, 'chen', '/units/car-2/fixes');
  await look(rig, 'chen', '/plan');
  await look(rig, 'li', '/coverage', 'supervisor');
  const client = new LiveClient(rig, `${DISTRICT}/live?unit=car-1`, {
    token: await rig.token({ role: 'supervisor', subject: 'wang' }),
  });
  await until(() => client.of('snapshot').length === 1);
  client.socket.close();
  const own = async (subject: string) =>
    await ask(rig, `${DISTRICT}/own-accesses`, { token: await rig.token({ role: 'tracker', subject }) });
  await until(async () => (await rig.district().reads()).some(({ parameters }) => parameters.includes('"end"')));
  const { items } = (await own('t-car-1')).body;
  t.strictSame(
    items?.map(({ atMs: _, ...rest }) => rest),
    [
      {
        actor: 'chen',
        role: 'auditor',
        purpose: '投诉 17',
        what: 'GET /v1/districts/:district/units/:unit/fixes',
        scope: 'named',
      },
      {
        actor: 'li',
        role: 'supervisor',
        purpose: '投诉 17',
        what: 'GET /v1/districts/:district/coverage',
        scope: 'wider',
      },
      { actor: 'wang', role: 'supervisor', purpose: null, what: 'live', scope: 'named' },
    ],
  );
  t.match((await rig.district().reads()).at(-1), {
    actor: 't-car-1',
    role: 'tracker',
    what: 'GET /v1/districts/:district/own-accesses',
    records: 3,
    parameters: '{"district":"meixian","unit":"car-1"}',
  });
  t.match(await own('t-nobody'), { status: 404, body: { code: 'unit-unknown', message: /t-nobody/ } });
  for (const path of ['accesses', 'units', 'units/car-1/fixes']) {
    const answer = await ask(rig, `${DISTRICT}/${path}`, { token: await rig.token({ role: 'tracker' }) });
    t.match({ status: answer.status, code: answer.body.code }, { status: 403, code: 'token-role' }, path);
  }
});

t.test('what a read names: path, query with commas, filter of a live socket, subject of an alert', (t) => {
  const read = (parameters: object, what = 'GET /v1/x') => ({
    actor: 'a',
    role: 'auditor' as const,
    purpose: null,
    what,
    parameters: JSON.stringify(parameters),
    records: 0,
  });
  t.strictSame(subjectsOf(read({ unit: 'b,a', place: 'p' })), { units: ['a', 'b'], places: ['p'] });
  t.strictSame(subjectsOf(read({ filter: { units: ['a'], places: ['p'] } })), { units: ['a'], places: ['p'] });
  t.strictSame(subjectsOf(read({ alertId: 'dwell-short:car-1@square:1:2-0' })), {
    units: ['car-1'],
    places: ['square'],
  });
  t.strictSame(subjectsOf({ ...read({}), parameters: 'no json' }), { units: [], places: [] });
  const about = { unit: 'a', place: null };
  t.equal(scopeOf(read({ unit: 'a,b' }), about), 'named');
  t.equal(scopeOf(read({ unit: 'b' }), about), null);
  t.equal(scopeOf(read({ place: 'p' }), about), 'wider');
  for (const shown of ['plan', 'archive/head', 'reports'])
    t.equal(scopeOf(read({}, `GET /v1/districts/:district/${shown}`), about), null, shown);
  t.equal(scopeOf(read({}, 'GET /v1/districts/:district/reports/:report'), about), 'wider');
  t.equal(scopeOf(read({}), { unit: 'a', place: 'p' }), 'wider');
  t.end();
});
