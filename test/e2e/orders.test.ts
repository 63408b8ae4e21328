import t from 'tap';
import { until } from '../api/until.js';
import { type Answer, MINUTE, openSite, type Site, START_MS, STEP_MS } from './plan-site.js';

t.setTimeout(180_000);

const stage = {
  type: 'FeatureCollection',
  datum: 'WGS84',
  features: [
    {
      type: 'Feature',
      geometry: { type: 'Point', coordinates: [116.105, 24.27] },
      properties: { id: 'stage', kind: 'checkpoint', nameZh: '舞台', nameEn: 'Stage' },
    },
  ],
};

function concert(fromMs: number, toMs: number, more: object = {}) {
  return {
    id: 'concert',
    nameZh: '音乐会安保',
    nameEn: 'Concert',
    from: new Date(fromMs).toISOString().replace('.000', ''),
    to: new Date(toMs).toISOString().replace('.000', ''),
    reason: 'the concert at the lake',
    places: stage,
    rules: [{ id: 'stage-post', kind: 'checkpoint-gap', thresholdS: 60, graceS: 0 }],
    ...more,
  };
}

async function made(site: Site, order: object, o: object = {}): Promise<Answer> {
  return await site.ask('POST', '/orders', { body: { order, ...o } });
}
const ordersOf = async (site: Site) => (await site.ask('GET', '/orders')).body.items;

t.test(
  'an order stands for its time: its post is watched, its alerts name it, and plans that are published meanwhile are under it',
  async (t) => {
    const site = await openSite(t);
    await site.goTo(START_MS + 2 * MINUTE);
    const first = (await site.ask('GET', '/plan')).body;
    const fromMs = site.nowMs() + 2 * MINUTE;
    const toMs = fromMs + 20 * MINUTE;
    const wish = { actionId: 'concert-1', basedOn: first.sourceSha256 };
    const answer = await made(site, concert(fromMs, toMs), wish);
    t.match(answer, {
      status: 201,
      body: {
        order: {
          id: 'concert',
          state: 'waiting',
          inForceFromMs: fromMs,
          inForceToMs: toMs,
          places: ['stage'],
          rules: ['stage-post'],
          actor: 'anna',
          ended: null,
        },
      },
    });
    t.match(
      await made(site, concert(fromMs, toMs), wish),
      { status: 200, body: answer.body },
      'a repeat makes nothing',
    );
    t.match(await made(site, concert(fromMs, toMs, { reason: 'other' }), wish), {
      status: 409,
      body: { code: 'action-id-used' },
    });
    t.match((await site.ask('GET', '/plans')).body.items, [
      { version: 3, state: 'waiting', inForceFromMs: toMs },
      {
        version: 2,
        state: 'waiting',
        inForceFromMs: fromMs,
        inForceToMs: toMs,
        orders: [{ id: 'concert', actor: 'anna' }],
        ordered: { is: 'made' },
      },
      { version: 1, state: 'in-force', inForceToMs: fromMs },
    ]);

    await site.goTo(fromMs);
    t.match(await site.planOf(2), {
      orders: [{ id: 'concert' }],
      sourceSha256: first.sourceSha256,
      places: { length: 3 },
    });
    const alertsOf = async (query: string) => (await site.ask('GET', `/alerts?${query}`)).body.items;
    t.same(await alertsOf('place=stage&state=all'), [], 'nothing is raised at the instant at which it begins');
    await site.goTo(fromMs + 3 * MINUTE);
    t.match(await alertsOf('place=stage'), [{ fromMs, evidence: { orders: ['concert'] }, condition: 'active' }]);

    // The files are published again with another name: the order is laid over that plan too.
    const files = await site.readFiles();
    const renamed = {
      ...files,
      'district.json': (files['district.json'] ?? '').replace(/"nameEn": "[^"]*"/, '"nameEn": "Anew"'),
    };
    const draft = await site.ask('PUT', '/plan', { body: { files: renamed } });
    t.match(draft.body, { changes: { total: 1 }, closes: { total: 0 } }, 'the order’s post is not told as taken out');
    const at = site.nowMs() + 2 * MINUTE;
    const { sourceSha256, newest } = draft.body;
    const body = { sourceSha256, basedOn: newest?.sourceSha256, from: at, reason: 'a name' };
    t.match(await site.ask('POST', '/plan/publish', { body }), {
      status: 201,
      body: { plan: { version: 4, orders: [{ id: 'concert' }] } },
    });
    await site.goTo(at);
    t.match(await site.planOf(4), { name: { en: 'Anew' }, orders: [{ id: 'concert' }], places: { length: 3 } });
    t.match(await alertsOf('place=stage'), [{ fromMs, condition: 'active' }], 'its gap goes on');
    t.match(await made(site, concert(at + 2 * MINUTE, toMs, { id: 'other' }), { basedOn: first.sourceSha256 }), {
      status: 409,
      body: { code: 'plan-overtaken', details: { expected: first.sourceSha256, newest: { version: 5 } } },
    });
    const less = { ...renamed, 'units.json': (files['units.json'] ?? '').replaceAll('"car-1"', '"car-2"') };
    t.match(
      await made(
        site,
        concert(at + 2 * MINUTE, toMs, { id: 'duty', places: undefined, rules: undefined, duty: [{ unit: 'car-1' }] }),
      ),
      { status: 201 },
    );
    const other = (await site.ask('PUT', '/plan', { body: { files: less } })).body;
    t.match(
      await site.ask('POST', '/plan/publish', {
        body: { ...body, sourceSha256: other.sourceSha256, basedOn: sourceSha256, from: site.nowMs() + 2 * MINUTE },
      }),
      {
        status: 409,
        body: { code: 'orders-conflict', details: { faults: [{ file: 'order duty', path: '/duty/0/unit' }] } },
      },
    );

    t.match(await site.ask('POST', '/orders/nothing/end', { body: { reason: 'x' } }), {
      status: 404,
      body: { code: 'order-unknown' },
    });
    const endMs = site.nowMs() + MINUTE;
    const ended = await site.ask('POST', '/orders/concert/end', {
      body: { reason: 'it rains', actionId: 'rain' },
      subject: 'li',
    });
    t.match(ended, {
      status: 200,
      body: {
        order: {
          id: 'concert',
          state: 'in-force',
          toMs,
          inForceToMs: endMs,
          ended: { actor: 'li', reason: 'it rains' },
        },
      },
    });
    t.match(
      await site.ask('POST', '/orders/concert/end', { body: { reason: 'it rains', actionId: 'rain' }, subject: 'li' }),
      ended,
      'the same again',
    );
    t.match(await site.ask('POST', '/orders/concert/end', { body: { reason: 'again' } }), {
      status: 409,
      body: { code: 'order-over' },
    });
    await site.goTo(endMs);
    // The process hears of a plan right after its engine has it.
    await until(async () => ((await site.ask('GET', '/plan')).body.places as readonly object[]).length === 2);
    t.match(await alertsOf('place=stage&state=all'), [{ fromMs, toMs: endMs, cause: 'plan', condition: 'cleared' }]);
    t.match(await ordersOf(site), [{ id: 'duty' }, { id: 'concert', state: 'past', inForceToMs: endMs }]);
    t.match(await site.ask('POST', '/orders/duty/end', { body: { reason: 'not needed' } }), {
      body: { order: { ended: {} } },
    });
    await site.goTo(toMs + STEP_MS);
    t.match((await site.ask('GET', '/plan')).body, { name: { en: 'Anew' }, orders: undefined });
  },
);

t.test(
  'an order with faults is answered with all of them, one that waits can be ended before it begins, and its id is free again',
  async (t) => {
    const site = await openSite(t);
    await site.goTo(START_MS + 2 * MINUTE);
    const fromMs = site.nowMs() + 10 * MINUTE;
    const toMs = fromMs + 30 * MINUTE;
    const wrong = concert(toMs, fromMs, { closed: ['nowhere'], rules: [{ id: 'posts', kind: 'checkpoint-gap' }] });
    t.match(await made(site, wrong), {
      status: 422,
      body: { code: 'order-invalid', details: { unlisted: 0, faults: [{ file: 'order.json', path: '/to' }] } },
    });
    t.match(await made(site, concert(fromMs, toMs, { closed: ['nowhere'], duty: [{ unit: 'car-7' }] })), {
      status: 422,
      body: { details: { faults: [{ path: '/closed/0' }, { path: '/duty/0/unit', reason: /did you mean "car-1"/ }] } },
    });
    t.match(await made(site, concert(site.nowMs() + MINUTE - 1_000, toMs)), {
      status: 422,
      body: { details: { faults: [{ path: '/from' }] } },
    });
    t.match(
      (await site.ask('POST', '/orders', { body: { order: concert(fromMs, toMs) }, role: 'supervisor' })).status,
      403,
    );
    t.same(await ordersOf(site), [], 'nothing was made');

    t.equal((await made(site, concert(fromMs, toMs))).status, 201);
    t.match(
      await made(site, concert(fromMs, toMs, { rules: undefined, places: undefined, duty: [{ unit: 'car-1' }] })),
      {
        status: 422,
        body: { details: { faults: [{ path: '/id' }] } },
      },
    );
    t.match(await site.ask('POST', '/orders/concert/end', { body: { reason: 'called off' } }), {
      status: 200,
      body: { order: { state: 'withdrawn', inForceFromMs: null, ended: { reason: 'called off' } } },
    });
    t.equal((await made(site, concert(fromMs, toMs))).status, 201);
    t.match(await ordersOf(site), [
      { id: 'concert', state: 'waiting' },
      { id: 'concert', state: 'withdrawn' },
    ]);
    await site.goTo(fromMs);
    await until(
      async () => ((await site.ask('GET', '/plan')).body.orders as readonly object[] | undefined) !== undefined,
    );
    t.match((await site.ask('GET', '/plan')).body, { orders: [{ id: 'concert' }] });
    const [both] = await Promise.all([
      made(
        site,
        concert(fromMs + 20 * MINUTE, toMs, {
          id: 'a',
          places: undefined,
          rules: undefined,
          duty: [{ unit: 'car-1' }],
        }),
      ),
      made(
        site,
        concert(fromMs + 21 * MINUTE, toMs, {
          id: 'b',
          places: undefined,
          rules: undefined,
          duty: [{ unit: 'car-1' }],
        }),
      ),
    ]);
    t.equal(both.status, 201);
    t.match(await ordersOf(site), { length: 4 }, 'two that are made at once both stand');
    const standing = (await ordersOf(site)) as readonly { state: string }[];
    t.same(standing.map(({ state }) => state).toSorted(), ['in-force', 'waiting', 'waiting', 'withdrawn']);

    await site.close();
    const restarted = await openSite(t, { folder: site.folder, dataFolder: site.dataFolder, startMs: site.nowMs() });
    await restarted.goTo(toMs - STEP_MS);
    t.match((await restarted.ask('GET', '/plan')).body.orders, { length: 3 }, 'a restart loses none');
  },
);
