import { join } from 'node:path';
import t from 'tap';
import { compileEntryPlan } from '../../src/district/compile-plan.js';
import { FaultList } from '../../src/district/faults.js';
import { orderClashes } from '../../src/district/layer-faults.js';
import { baseOf, layeredPlan } from '../../src/district/layered-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { parseOrder } from '../../src/district/parse-order.js';
import { ordersFrom, planSeries, type SeriesWish } from '../../src/district/plan-series.js';
import { contains } from '../../src/model/intervals.js';
import type { CompiledPlan, PlanOrder } from '../../src/model/plan.js';
import { standingPlans } from '../../src/model/standing-plans.js';
import { projectPath } from '../documents/project.js';

/** Noon in China, in the low hours of the example's calendar. */
const NOW = Date.parse('2026-11-24T12:00:00+08:00');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const FROM = Date.parse('2026-11-24T19:00:00+08:00');
const TO = Date.parse('2026-11-24T23:00:00+08:00');

const source = await loadDistrict(projectPath(join('fixtures', 'example')));
const base = compileEntryPlan(source, { version: 1, inForceFromMs: NOW - HOUR, nowMs: NOW - 2 * HOUR });
const square = base.places.find(({ kind }) => kind === 'checkpoint');
const zone = base.places.find(({ kind }) => kind === 'zone');

const posts = (...ids: string[]) => ({
  type: 'FeatureCollection',
  datum: 'WGS84',
  features: ids.map((id, i) => ({
    type: 'Feature',
    geometry: { type: 'Point', coordinates: [116.1 + i / 1_000, 24.27] },
    properties: { id, kind: 'checkpoint', nameZh: '台', nameEn: 'Stage' },
  })),
});
const CONCERT = {
  id: 'concert',
  nameZh: '音乐会安保',
  nameEn: 'Concert',
  from: '2026-11-24T19:00:00+08:00',
  to: '2026-11-24T23:00:00+08:00',
  reason: 'the concert at the lake',
};

function read(file: object, others: readonly PlanOrder[] = [], nowMs = NOW) {
  const faults = new FaultList();
  const order = parseOrder(file, { bases: () => [base], others, nowMs }, faults);
  const listed: { path: string; reason: string }[] = [];
  try {
    faults.throwIfAny('.', null);
  } catch (error) {
    if (error instanceof Error && 'faults' in error) listed.push(...(error.faults as typeof listed));
  }
  return { order, faults: listed };
}

function orderOf(more: object, actionId = 'act-1', others: readonly PlanOrder[] = []): PlanOrder {
  const { order, faults } = read({ ...CONCERT, ...more }, others);
  if (order === null) throw new Error(JSON.stringify(faults));
  return { ...order, actor: 'anna', actionId };
}

t.test(
  'an order lays posts, rules, a mode, closed places and duty over a plan, and all of it can be taken away again',
  async (t) => {
    const order = orderOf({
      places: posts('stage', 'gate'),
      closed: [square?.id],
      modes: [{ mode: 'peak', to: '2026-11-24T21:00:00+08:00' }],
      duty: [{ unit: 'car-1' }],
      rules: [{ id: 'concert-posts', kind: 'checkpoint-gap', thresholdS: 120 }],
    });
    const plan = layeredPlan(base, [order]);
    t.same(
      plan.places.map(({ id }) => id),
      [...base.places.map(({ id }) => id), 'gate', 'stage'].sort(),
    );
    const ruleOf = (id: string) => plan.rules.find((rule) => rule.id === id);
    t.match(ruleOf('concert-posts'), {
      places: ['gate', 'stage'],
      binds: 'always',
      thresholdMs: 120_000,
      orders: ['concert'],
    });
    t.match(ruleOf('posts'), { places: [], orders: ['concert'] }, 'nobody watches what is closed');
    t.match(ruleOf('zones'), { places: [zone?.id], orders: ['concert'] }, 'its mode is another');
    t.notOk(ruleOf('silence')?.orders, 'a rule that binds always is what it was');
    const within = (key: string, ms: number, of = plan) => contains(of.schedules[key] ?? [], ms);
    t.ok(within('mode:low', FROM, base));
    t.notOk(within('mode:low', FROM));
    t.ok(within('mode:peak', FROM) && within('mode:peak', FROM + 2 * HOUR - 1));
    t.notOk(within('mode:peak', FROM + 2 * HOUR));
    t.ok(within('coverage', FROM + HOUR + 30 * MINUTE), 'half past eight in the evening');
    const [car] = plan.units;
    t.ok(within(car?.duty ?? '', TO - 1));
    t.notOk(within(car?.duty ?? '', TO), 'its own hours end at half past eight');
    t.notOk(within(base.units[0]?.duty ?? '', TO - 1, base));
    const { schedules: _kept, ...back } = baseOf(plan);
    const { schedules: _also, ...before } = base;
    t.same(back, before, 'without the order it is what it was');
  },
);

t.test('an order’s rule takes the place of the plan’s rule of its kind for what it watches', async (t) => {
  const strict = orderOf({
    rules: [{ id: 'strict', kind: 'checkpoint-gap', places: [square?.id], thresholdS: 60 }],
  });
  const plan = layeredPlan(base, [strict]);
  t.match(
    plan.rules.filter(({ kind }) => kind === 'checkpoint-gap'),
    [
      { id: 'posts', places: [] },
      { id: 'strict', places: [square?.id] },
    ],
  );
  t.match(baseOf(plan).rules, base.rules);
});

t.test('all faults of an order are told at once, each with its path', async (t) => {
  const standing = orderOf({ places: posts('stage'), modes: [{ mode: 'low' }] }, 'act-0');
  const { order, faults } = read(
    {
      ...CONCERT,
      places: posts(square?.id ?? '', 'stage'),
      closed: ['nowhere'],
      modes: [{ mode: 'peak', to: '2026-11-25T09:00:00+08:00' }, { mode: 'low' }],
      duty: [{ unit: 'car-9' }],
      rules: [
        { id: 'posts', kind: 'checkpoint-gap' },
        { id: 'more', kind: 'checkpoint-gap', places: ['stage'] },
        { id: 'late', kind: 'zone-gap', places: ['stage'], during: 'night' },
        { id: 'odd', kind: 'zone' },
      ],
    },
    [{ ...standing, id: 'concert' }],
  );
  t.equal(order, null);
  const isTold = (path: string, pattern: RegExp) =>
    t.ok(
      faults.some((fault) => fault.path === path && pattern.test(fault.reason)),
      `${path}: ${pattern.source}`,
    );
  isTold('/id', /an order has that stands or waits/);
  isTold('/places/features/0/properties/id', /of a place of the plan/);
  isTold('/places/features/1/properties/id', /of a place of the order "concert"/);
  isTold('/closed/0', /unknown place "nowhere"/);
  isTold('/modes/0/to', /up to the order's own/);
  isTold('/modes/1', /second mode/);
  isTold('/modes/0', /for which the order "concert" says one/);
  isTold('/duty/0/unit', /unknown unit "car-9".*did you mean "car-1"/);
  isTold('/rules/0/id', /of a rule of the plan/);
  isTold('/rules/1', /second checkpoint-gap rule for "stage"/);
  isTold('/rules/2/during', /unknown schedule "night"/);
  isTold('/rules/2/places/0', /got the checkpoint "stage", expected a zone/);
  isTold('/rules/3/kind', /got "zone", expected one of "zone-gap"/);
});

t.test('an order has a time to come, begins before it ends, changes something, and adds no zone', async (t) => {
  t.match(
    read({ ...CONCERT, from: '2026-11-24T23:00:00+08:00', to: '2026-11-24T19:00:00+08:00', duty: [{ unit: 'car-1' }] })
      .faults,
    [{ path: '/to', reason: /got "2026-11-24T19:00:00\+08:00", expected an instant after from/ }],
  );
  t.match(read({ ...CONCERT, duty: [{ unit: 'car-1' }] }, [], FROM - 60_000 + 1).faults, [
    { path: '/from', reason: /expected an instant from 2026-11-24T11:00:00.001Z on, 60 s ahead/ },
  ]);
  t.same(read({ ...CONCERT, duty: [{ unit: 'car-1' }] }, [], FROM - 60_000).faults, [], 'sixty seconds ahead is ahead');
  t.match(read({ ...CONCERT, to: '2026-12-24T19:00:00+08:00', duty: [{ unit: 'car-1' }] }).faults, [
    { path: '/to', reason: /10 days ahead/ },
  ]);
  t.match(read(CONCERT).faults, [{ path: '', reason: /changes nothing/ }]);
  const feature = posts('area').features[0];
  const polygon = [
    [
      [116.1, 24.27],
      [116.11, 24.27],
      [116.11, 24.28],
      [116.1, 24.27],
    ],
  ];
  const zones = {
    ...posts(),
    features: [
      {
        ...feature,
        geometry: { type: 'Polygon', coordinates: polygon },
        properties: { ...feature?.properties, kind: 'zone' },
      },
    ],
  };
  t.match(read({ ...CONCERT, places: zones }).faults, [
    { path: '/places/features/0/properties/kind', reason: /zones are the plan/ },
  ]);
  const far = { ...posts('far'), features: [{ ...feature, geometry: { type: 'Point', coordinates: [100, 24.27] } }] };
  t.match(read({ ...CONCERT, places: far }).faults, [{ reason: /outside of the area/ }]);
});

/** What the log has after a change. */
function logged(
  before: readonly CompiledPlan[],
  wish: Omit<SeriesWish, 'newestVersion' | 'beforeVersion' | 'standing' | 'nowMs'>,
): CompiledPlan[] {
  const standing = standingPlans(before);
  const series = planSeries({
    ...wish,
    standing,
    newestVersion: before.at(-1)?.version ?? 0,
    beforeVersion: standing.findLast(({ inForceFromMs }) => inForceFromMs < wish.fromMs)?.version ?? 0,
    nowMs: NOW,
  });
  return [...before, ...(series ?? [])];
}
const told = (plans: readonly CompiledPlan[]) =>
  standingPlans(plans).map(({ inForceFromMs, sourceSha256, orders = [] }) => [
    inForceFromMs,
    sourceSha256.slice(0, 4),
    orders.map(({ id }) => id).join(),
  ]);

t.test(
  'orders come to plans: one for each instant at which something begins or ends, and the plan without them last',
  async (t) => {
    const sha = base.sourceSha256.slice(0, 4);
    const concert = orderOf({ places: posts('stage') });
    const match = {
      ...orderOf({ id: 'match', places: posts('pitch') }, 'act-2'),
      fromMs: FROM + HOUR,
      toMs: TO + HOUR,
    };
    const one = logged([base], { id: 'act-1', fromMs: FROM, base: null, orders: [concert] });
    t.same(told(one), [
      [NOW - HOUR, sha, ''],
      [FROM, sha, 'concert'],
      [TO, sha, ''],
    ]);
    t.match(one.slice(1), [
      { version: 2, series: { id: 'act-1', nth: 0 } },
      { version: 3, series: { id: 'act-1', nth: 1 } },
    ]);

    const two = logged(one, {
      id: 'act-2',
      fromMs: match.fromMs,
      base: null,
      orders: [...ordersFrom(standingPlans(one), match.fromMs), match],
    });
    t.same(told(two).slice(1), [
      [FROM, sha, 'concert'],
      [FROM + HOUR, sha, 'concert,match'],
      [TO, sha, 'match'],
      [TO + HOUR, sha, ''],
    ]);
    t.equal(two[3]?.withdraws, 1, 'the end of the concert is withdrawn and made anew');

    const other = { ...base, sourceSha256: 'ab'.repeat(32) };
    const published = { actionId: 'fair', actor: 'li', reason: 'the fair', basedOn: base.sourceSha256 };
    const at = FROM + 2 * HOUR;
    const three = logged(two, {
      id: 'fair',
      fromMs: at,
      base: other,
      orders: ordersFrom(standingPlans(two), at),
      published,
    });
    t.same(told(three).slice(2), [
      [FROM + HOUR, sha, 'concert,match'],
      [at, 'abab', 'concert,match'],
      [TO, 'abab', 'match'],
      [TO + HOUR, 'abab', ''],
    ]);
    t.match(three.at(-1), { published, version: 9 });

    // The concert is ended early, and then another order is made for an instant before that end.
    const end = at + 30 * MINUTE;
    const rest = ordersFrom(standingPlans(three), end).filter(({ id }) => id !== 'concert');
    const four = logged(three, { id: 'end', fromMs: end, base: null, orders: rest });
    t.same(told(four).slice(3), [
      [at, 'abab', 'concert,match'],
      [end, 'abab', 'match'],
      [TO + HOUR, 'abab', ''],
    ]);
    const guard = {
      ...orderOf({ id: 'guard', duty: [{ unit: 'car-1' }] }, 'act-5'),
      fromMs: end - MINUTE,
      toMs: end + MINUTE,
    };
    const five = logged(four, {
      id: 'act-5',
      fromMs: guard.fromMs,
      base: null,
      orders: [...ordersFrom(standingPlans(four), guard.fromMs), guard],
    });
    t.same(
      told(five).slice(3),
      [
        [at, 'abab', 'concert,match'],
        [end - MINUTE, 'abab', 'concert,guard,match'],
        [end, 'abab', 'guard,match'],
        [end + MINUTE, 'abab', 'match'],
        [TO + HOUR, 'abab', ''],
      ],
      'what was ended stays ended',
    );
    // The plan that waits for an instant in the time of an order is under it from then on.
    const waits = logged([base], { id: 'w', fromMs: FROM + HOUR, base: other, orders: [], published });
    const over = logged(waits, { id: 'act-1', fromMs: FROM, base: null, orders: [concert] });
    t.same(told(over).slice(1), [
      [FROM, sha, 'concert'],
      [FROM + HOUR, 'abab', 'concert'],
      [TO, 'abab', ''],
    ]);
    t.match(over.at(-1), { published });
    t.equal(
      logged([{ ...base, calendar: undefined } as unknown as CompiledPlan], {
        id: 'x',
        fromMs: FROM,
        base: null,
        orders: [concert],
      }).length,
      1,
      'a plan that does not say its calendar',
    );
  },
);

t.test('a plan that lacks what an order names is told of it', async (t) => {
  const order = orderOf({
    closed: [zone?.id],
    duty: [{ unit: 'car-1' }],
    rules: [{ id: 'more', kind: 'strength', places: [square?.id], atLeast: 2 }],
  });
  t.same(orderClashes(base, [order]), []);
  const less = { ...base, places: base.places.filter(({ kind }) => kind === 'route'), units: [] };
  t.match(orderClashes(less, [order]), [
    { file: 'order concert', path: '/closed/0', reason: /unknown place/ },
    { path: '/duty/0/unit', reason: /unknown unit "car-1"/ },
    { path: '/rules/0/places/0' },
  ]);
  const plan = layeredPlan(less, [order]);
  t.match(
    plan.rules.find(({ id }) => id === 'more'),
    { places: [] },
    'what does not fit is passed over',
  );
});
