import { Value } from 'typebox/value';
import t from 'tap';
import { nearestUnits } from '../../src/api/nearest-units.js';
import { NearestUnitSchema } from '../../src/api/schemas.js';
import type { PositionRecord, StatementRecord, TaskRecord, UnitRecord } from '../../src/model/hot.js';
import { POSSIBLE_FOR_MS } from '../../src/model/limits.js';
import type { CompiledPlan, Shape } from '../../src/model/plan.js';
import { ask } from './clients.js';
import { positionOf, T0_MS, taskOf, testPlan, unitOf } from './records.js';
import { startRig } from './rig.js';

const MINUTE_MS = 60_000;
const NOW_MS = T0_MS + 10 * MINUTE_MS;
const BASE = testPlan('meixian');
const [CAR] = BASE.units;
if (CAR === undefined) throw new Error('the test plan has no unit');
const PLAN: CompiledPlan = {
  ...BASE,
  units: ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ ...CAR, id, callsign: id.toUpperCase() })),
};
const SQUARE = PLAN.places.find(({ id }) => id === 'square')?.shape as Shape;
const BRIDGE = PLAN.places.find(({ id }) => id === 'bridge')?.shape as Shape;

/** A unit so far east of the middle of the square. */
function eastOf(unit: string, eastM: number, ageMs = 5_000): PositionRecord {
  return { ...positionOf(unit, NOW_MS - ageMs), lng: 116.1172345 + eastM / 101_600 };
}
const unit = (id: string, o: Partial<UnitRecord> = {}): UnitRecord => ({ ...unitOf(id), ...o });

function seen(
  o: {
    readonly units?: readonly UnitRecord[];
    readonly positions?: readonly PositionRecord[];
    readonly tasks?: readonly TaskRecord[];
  },
  to = SQUARE,
) {
  return nearestUnits(PLAN, { units: o.units ?? [], positions: o.positions ?? [], tasks: o.tasks ?? [] }, to, NOW_MS);
}

const statementOf = (at: string | null, o: Partial<StatementRecord> = {}): StatementRecord => ({
  statementId: 'radio-1',
  actor: 'li',
  at,
  notAt: at === null ? ['square'] : [],
  untilMs: NOW_MS + 1,
  note: null,
  statedAtMs: NOW_MS - MINUTE_MS,
  endedMs: null,
  endedBy: null,
  ...o,
});

t.test('the nearest unit comes first, measured to the edge of the place', async (t) => {
  const found = seen({
    units: [unit('a'), unit('b'), unit('c')],
    positions: [eastOf('a', 900), eastOf('b', 40), eastOf('c', 300)],
  });
  t.match(found, [
    { unit: 'b', distanceM: 0, certainty: 'current', ageMs: 5_000 },
    { unit: 'c', distanceM: 220 },
    { unit: 'a', distanceM: 820, availability: 'free', taskId: null },
  ]);
  t.ok(found.every(({ leastM, distanceM, mostM }) => Number(leastM) <= Number(distanceM) && Number(mostM) > 15));
});

t.test('a silent unit is never shown as if it were where it was last seen', async (t) => {
  const found = seen({
    units: [unit('a', { health: 'silent' }), unit('b'), unit('c'), unit('d', { trackerFault: 'stuck' as never })],
    positions: [
      eastOf('a', 10, 5 * MINUTE_MS),
      eastOf('b', 5_000),
      // Nobody has called it silent yet.
      eastOf('c', 20, 61_000),
      eastOf('d', 30),
    ],
  });
  t.match(found, [
    { unit: 'd', certainty: 'doubtful' },
    { unit: 'c', certainty: 'doubtful', distanceM: 0, leastM: 0 },
    { unit: 'b', certainty: 'current', distanceM: 4_920 },
    { unit: 'a', certainty: 'doubtful', distanceM: 0, leastM: 0, mostM: 15 + 5 * 60 * 55.56 },
  ]);
  const [atThreshold] = seen({ units: [unit('a')], positions: [eastOf('a', 0, MINUTE_MS)] });
  t.equal(atThreshold?.certainty, 'current', 'up to the threshold of silence');
  const vague = seen({ units: [unit('a')], positions: [{ ...eastOf('a', 0), sigmaM: 101 }] });
  t.match(vague, [{ certainty: 'doubtful' }]);
  const silent = unit('a', { health: 'silent' });
  const after = (ms: number) =>
    seen({ units: [silent, unit('b')], positions: [eastOf('a', 0, ms), eastOf('b', 9_000)] });
  t.match(after(POSSIBLE_FOR_MS).at(-1), { unit: 'a', certainty: 'doubtful' });
  const late = { unit: 'a', certainty: 'unknown', distanceM: 0, leastM: null, mostM: null, ageMs: POSSIBLE_FOR_MS + 1 };
  t.match(after(POSSIBLE_FOR_MS + 1).at(-1), late, 'then it may be anywhere');
});

t.test('who may not be sent stands behind, and who is off duty does not stand there at all', async (t) => {
  const found = seen({
    units: [unit('a'), unit('b'), unit('c'), unit('d'), unit('e', { onDuty: false })],
    positions: ['a', 'b', 'c', 'd', 'e'].map((id, i) => eastOf(id, 100 + i)),
    tasks: [
      { ...taskOf('t-out', { units: ['a'] }), task: 'out-of-service' },
      { ...taskOf('t-escort', { units: ['a', 'b'] }), task: 'escort' },
      taskOf('t-works', { units: ['c'] }),
      { ...taskOf('t-over', { units: ['d'] }), toMs: NOW_MS },
      { ...taskOf('t-later', { units: ['d'] }), fromMs: NOW_MS + 1 },
    ],
  });
  t.match(found, [
    { unit: 'd', availability: 'free', taskId: null },
    { unit: 'b', availability: 'tasked', taskId: 't-escort' },
    { unit: 'c', availability: 'maintenance', taskId: 't-works' },
    { unit: 'a', availability: 'out-of-service', taskId: 't-out' },
  ]);
  t.equal(found.length, 4);
});

t.test('a statement by radio is called one, and a unit without a position comes last', async (t) => {
  const units = [
    unit('a', { statement: statementOf('square') }),
    unit('b'),
    unit('c', { health: 'unseen', statement: statementOf(null) }),
    unit('d', { statement: statementOf('square', { endedMs: NOW_MS - 1, endedBy: 'position' }) }),
    unit('e', { statement: statementOf('square', { untilMs: NOW_MS }) }),
  ];
  const positions = [eastOf('a', 9_000), eastOf('b', 200), eastOf('d', 300), eastOf('e', 400)];
  t.match(seen({ units, positions }), [
    { unit: 'a', certainty: 'stated', distanceM: 0, mostM: 0, statedAt: 'square', ageMs: MINUTE_MS },
    { unit: 'b', certainty: 'current', statedAt: null },
    { unit: 'd', certainty: 'current' },
    { unit: 'e', certainty: 'current' },
    { unit: 'c', certainty: 'unknown', distanceM: null, mostM: null, ageMs: null },
  ]);
  // The bridge lies 1,297 m east of the square; each is a circle of 80 m.
  const [a] = seen({ units: units.slice(0, 1), positions }, BRIDGE);
  t.match(a, { certainty: 'stated', statedAt: 'square' });
  t.ok(Math.abs(Number(a?.distanceM) - 1_217) < 2, `${a?.distanceM} m`);
  t.ok(Number(a?.leastM) < 1_140 && Number(a?.mostM) > 1_290);
});

t.test('the route answers for a place or a position, and is a read', async (t) => {
  const rig = await startRig(t);
  await rig.district().engine.emit({
    units: new Map([['car-1', unitOf('car-1')]]),
    positions: new Map([['car-1', positionOf('car-1')]]),
  });
  const token = await rig.token({ role: 'supervisor' });
  const get = (query: string) => ask(rig, `/v1/districts/meixian/nearest-units${query}`, { token });
  const toPlace = await get('?place=bridge&limit=1&purpose=case-7');
  t.match(toPlace, {
    status: 200,
    body: { atMs: T0_MS, stale: null, items: [{ unit: 'car-1', certainty: 'current' }] },
  });
  for (const item of toPlace.body.items ?? []) t.ok(Value.Check(NearestUnitSchema, item));
  t.match((await get('?lng=116.1172345&lat=24.2701234')).body.items, [{ unit: 'car-1', distanceM: 0 }]);
  t.match(await get('?place=nowhere'), { status: 404, body: { code: 'place-unknown' } });
  for (const wrong of ['', '?lng=116', '?place=square&lng=116&lat=24', '?lng=200&lat=24', '?place=square&limit=0'])
    t.match(await get(wrong), { status: 400, body: { code: 'request-invalid' } }, wrong);
  const [read] = await rig.district().reads();
  t.match(read, { what: 'GET /v1/districts/:district/nearest-units', purpose: 'case-7', records: 1 });
  rig.district().plan = null;
  t.match(await get('?place=square'), { status: 404, body: { code: 'plan-missing' } });
});
