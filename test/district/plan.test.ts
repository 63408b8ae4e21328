import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { compilePlan, MAX_EXPAND_DAYS } from '../../src/district/compile-plan.js';
import type { DistrictSource } from '../../src/district/district-source.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { polygonContains } from '../../src/geo/polygon.js';
import { distanceM } from '../../src/geo/ruler.js';
import { signedDistanceM } from '../../src/geo/shape.js';
import type { CompiledPlan, GapRule, Intervals, PlanPlace } from '../../src/model/plan.js';
import { fromLngLat, type LngLat, type PositionE7 } from '../../src/model/position.js';
import {
  at,
  type Edit,
  edited,
  type FileName,
  fixture,
  type Json,
  loadTexts,
  SHARED_DATA,
  textsOf,
} from './district-folder.js';

const DAY_MS = 86_400_000;
const shanghai = (text: string) => Date.parse(`${text}+08:00`);
const OPTIONS = { version: 1, inForceFromMs: 0, expandFromMs: shanghai('2026-11-23T00:00'), expandDays: 7 };

function compiled(source: DistrictSource, date: string, days: number): CompiledPlan {
  return compilePlan(source, { ...OPTIONS, expandFromMs: shanghai(`${date}T00:00`), expandDays: days });
}
function holds(intervals: Intervals | undefined, instantMs: number): boolean {
  return (
    intervals?.some((from, index) => index % 2 === 0 && from <= instantMs && instantMs < (intervals[index + 1] ?? 0)) ??
    false
  );
}
function positionsOf(flat: readonly number[]): PositionE7[] {
  return Array.from({ length: flat.length / 2 }, (_, i) => ({ lngE7: flat[i * 2] ?? 0, latE7: flat[i * 2 + 1] ?? 0 }));
}
function verticesOf({ shape }: PlanPlace): PositionE7[] {
  if (shape.type === 'circle') return [shape.center];
  return (shape.type === 'polygon' ? shape.rings : shape.lines).flatMap(positionsOf);
}

t.test('Meixian is what it says', async (t) => {
  const source = await loadDistrict(fixture('meixian'));
  const plan = compilePlan(source, OPTIONS);
  const count = (kind: string) => plan.places.filter((place) => place.kind === kind).length;
  t.same([count('zone'), count('checkpoint'), count('route')], [3, 10, 4]);
  t.equal(plan.units.length, 32);
  t.same(new Set(plan.units.map((unit) => unit.kind)), new Set(['car', 'motorcycle', 'foot']));
  t.equal(source.groups.length, 3);
  t.ok(plan.places.some((place) => place.kind === 'checkpoint' && place.shape.type === 'polygon'));
  t.ok(
    plan.places.some(
      (place) => place.kind === 'zone' && place.shape.type === 'polygon' && place.shape.rings.length === 2,
    ),
    'a zone with a hole',
  );
  t.ok(plan.places.every((place) => /[\u4e00-\u9fff]/.test(place.name.zh) && /^[ -~]+$/.test(place.name.en)));
  const checkpoints = plan.places.filter((place) => place.kind === 'checkpoint');
  for (const place of checkpoints) {
    for (const other of checkpoints) {
      if (other === place) continue;
      const apart = Math.min(...verticesOf(other).map((vertex) => signedDistanceM(plan.ruler, place.shape, vertex)));
      t.ok(apart > 250, `${place.id} and ${other.id} are ${apart.toFixed(0)} m apart`);
    }
  }
  for (const place of plan.places) {
    if (place.shape.type !== 'corridor') continue;
    const line = positionsOf(place.shape.lines[0] ?? []);
    const lengthM = line.slice(1).reduce((sum, to, index) => sum + distanceM(plan.ruler, line[index] ?? to, to), 0);
    t.ok(lengthM > 2_000 && lengthM < 5_000, `${place.id} is ${lengthM.toFixed(0)} m long`);
  }
});

t.test('Meixian: the zones share their borders vertex for vertex', async (t) => {
  const { places } = await loadDistrict(fixture('meixian'));
  const owners = new Map<string, Set<string>>();
  for (const place of places.filter((each) => each.kind === 'zone')) {
    for (const { lngE7, latE7 } of verticesOf(place)) {
      const key = `${lngE7},${latE7}`;
      owners.set(key, (owners.get(key) ?? new Set()).add(place.id));
    }
  }
  const sizes = [...owners.values()].map((zones) => zones.size);
  t.equal(sizes.filter((size) => size === 3).length, 1, 'one point where all three meet');
  t.ok(sizes.filter((size) => size === 2).length > 50, 'winding borders');
});

t.test('Meixian: enough units in every minute of the coverage', async (t) => {
  const source = await loadDistrict(fixture('meixian'));
  const plan = compiled(source, '2026-11-23', 14);
  const onDuty = (instantMs: number) => plan.units.filter((unit) => holds(plan.schedules[unit.duty], instantMs));
  let least = Number.POSITIVE_INFINITY;
  for (let instant = plan.expandedFromMs; instant < plan.expandedToMs; instant += 60_000) {
    if (!holds(plan.schedules.coverage, instant)) continue;
    const units = onDuty(instant);
    least = Math.min(least, units.length);
    const groups = source.groups.map((group) => units.filter((unit) => unit.group === group.id).length);
    if (Math.min(...groups) < 3) t.fail(`${new Date(instant).toISOString()}: ${groups}`);
  }
  t.ok(least >= 20, `at least ${least} units are on duty`);
});

t.test('Meixian: which rules bind when', async (t) => {
  const plan = compiled(await loadDistrict(fixture('meixian')), '2026-11-23', 7);
  const binding = (text: string) =>
    plan.rules
      .filter((rule) => !('units' in rule) && holds(plan.schedules[rule.binds], shanghai(text)))
      .map((rule) => rule.id)
      .join(' ');
  t.equal(binding('2026-11-23T07:19:59.999'), '');
  t.equal(
    binding('2026-11-23T07:20'),
    'school-gates short-visits',
    'the school run comes before the coverage of the posts',
  );
  t.equal(binding('2026-11-23T08:29:59.999'), 'school-gates short-visits');
  t.equal(binding('2026-11-23T08:30'), 'posts short-visits');
  t.equal(binding('2026-11-23T09:00'), 'route-passes routes');
  t.equal(binding('2026-11-23T13:00'), 'zones');
  t.equal(binding('2026-11-23T17:00'), 'posts school-gates short-visits');
  t.equal(binding('2026-11-23T19:59:59.999'), 'zones');
  t.equal(binding('2026-11-23T20:00'), '');
  t.equal(binding('2026-11-28T08:00'), '', 'no school on Saturday');
  t.equal(binding('2026-11-28T11:00'), 'posts short-visits', 'weekend flow counts as peak');
});

t.test('Meixian: the published holidays of 2026', async (t) => {
  const { calendar } = await loadDistrict(fixture('meixian'));
  const days = (as: string) =>
    (calendar.exceptions ?? [])
      .filter((exception) => exception.as === as && exception.date.startsWith('2026'))
      .reduce((sum, { date, through = date }) => sum + (Date.parse(through) - Date.parse(date)) / DAY_MS + 1, 0);
  t.equal(days('rest-day'), 3 + 9 + 3 + 5 + 3 + 3 + 7);
  t.equal(days('workday'), 6, 'Saturdays and Sundays on which people work');
  for (const { as, date } of calendar.exceptions ?? []) {
    if (as === 'workday') t.match(new Date(date).getUTCDay(), /[06]/, `${date} is on a weekend`);
  }
});

t.test(
  'Meixian lies inside Meixian',
  { skip: existsSync(SHARED_DATA) ? false : 'the boundary is not at hand' },
  async (t) => {
    const boundary = JSON.parse(readFileSync(join(SHARED_DATA, 'zones/meizhou_8_districts_wgs84.geojson'), 'utf8'));
    const [feature] = boundary.features.filter(
      (each: { properties: { adcode: string } }) => each.properties.adcode === '441403',
    );
    const rings = feature.geometry.coordinates.map((ring: LngLat[]) =>
      ring.flatMap((lngLat) => Object.values(fromLngLat(lngLat))),
    );
    const { places } = await loadDistrict(fixture('meixian'));
    const outside = places.flatMap(verticesOf).filter(({ lngE7, latE7 }) => !polygonContains(rings, lngE7, latE7));
    t.same(outside, []);
  },
);

t.test('the example is the smallest district, and takes every default', async (t) => {
  const source = await loadDistrict(fixture('example'));
  const plan = compilePlan(source, OPTIONS);
  t.same([plan.places.length, plan.units.length], [2, 1]);
  const rule = (id: string) => plan.rules.find((each) => each.id === id) as GapRule;
  const { thresholdMs, graceMs, minPresenceMs, unitKinds, severity, binds, places } = rule('zones');
  t.same(
    { thresholdMs, graceMs, minPresenceMs, unitKinds, severity, binds, places },
    {
      thresholdMs: 1_800_000,
      graceMs: 120_000,
      minPresenceMs: 60_000,
      unitKinds: ['car', 'motorcycle', 'foot'],
      severity: 'medium',
      binds: 'mode:low',
      places: ['centre'],
    },
  );
  t.same([rule('posts').thresholdMs, rule('posts').graceMs, rule('posts').binds], [600_000, 300_000, 'mode:peak']);
  t.equal(plan.units[0]?.expectedIntervalMs, 10_000);
  t.equal(plan.denseFactor, 20);
  t.same(plan.schedules['mode:off-peak'], [], 'a mode that never holds is there, and empty');
  t.same(plan.schedules.always, [plan.expandedFromMs, plan.expandedToMs]);
});

t.test('what a rule binds to', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const rules: Json = [
    { id: 'a', kind: 'zone-gap', modes: ['low', 'peak'], places: ['new-town-2', 'huaqiaocheng'] },
    { id: 'b', kind: 'route-gap', during: 'coverage', unitKinds: ['foot', 'car'] },
    { id: 'c', kind: 'tracker-silence', units: ['moto-106', 'car-101'] },
    { id: 'd', kind: 'dwell-long', unitKinds: ['motorcycle'], modes: ['peak'], during: 'early' },
  ];
  const { source } = await loadTexts(edited(texts, [['plan.json', '/rules', rules]]));
  if (source === null) return t.fail('it should load');
  const plan = compiled(source, '2026-11-23', 1);
  t.same(
    plan.rules.map((rule) => [rule.id, rule.binds]),
    [
      ['a', 'rule:a'],
      ['b', 'coverage'],
      ['c', 'always'],
      ['d', 'rule:d'],
    ],
  );
  const [a, b, c, d] = plan.rules;
  t.same(a && 'places' in a && a.places, ['huaqiaocheng', 'new-town-2'], 'sorted');
  t.same(b && 'unitKinds' in b && b.unitKinds, ['car', 'foot'], 'in one order');
  t.same(c && 'units' in c && c.units, ['car-101', 'moto-106'], 'sorted');
  t.same(d && 'units' in d && d.units.every((id) => id.startsWith('moto-')), true);
  t.same(plan.schedules['rule:a']?.length, 6, 'three peaks; the two lows each follow one and are merged with it');
  t.same(plan.schedules['rule:d'], [
    shanghai('2026-11-23T07:20'),
    shanghai('2026-11-23T09:00'),
    shanghai('2026-11-23T11:30'),
    shanghai('2026-11-23T12:30'),
  ]);
});

t.test('a strength rule names places of any kind, and counts units of all kinds unless it says so', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const pair = { id: 'pair', kind: 'strength', places: ['railway-station', 'huanan-avenue', 'new-town-1'], atLeast: 2 };
  const officers = { ...pair, id: 'four', modes: ['peak'], counts: 'officers', holdS: 0, unitKinds: ['foot', 'car'] };
  for (const [rule, expected] of [
    [pair, { binds: 'always', severity: 'medium', counts: 'units', holdMs: 120_000 }],
    [officers, { binds: 'mode:peak', counts: 'officers', holdMs: 0, unitKinds: ['car', 'foot'] }],
  ] as const) {
    const { source, faults } = await loadTexts(edited(texts, [['plan.json', '/rules/-', rule as unknown as Json]]));
    if (source === null) return t.same(faults, [], 'it should load');
    const found = compiled(source, '2026-11-23', 1).rules.find(({ kind }) => kind === 'strength');
    t.match(found, { places: ['huanan-avenue', 'new-town-1', 'railway-station'], atLeast: 2, ...expected });
  }
});

t.test('a strength rule may count all units, or those that are the reserve, and several may count one', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const district = { id: 'all', kind: 'strength', in: 'district', atLeast: 4, unitKinds: ['car'] };
  const units = ['car-104', 'car-101'];
  const reserve = {
    id: 'two',
    kind: 'strength',
    in: 'reserve',
    units,
    atLeast: 5,
    counts: 'officers',
    during: 'night',
  };
  const edits = [
    district,
    reserve,
    { ...reserve, id: 'three', movedMetres: 800 },
    { ...reserve, id: 'four', withinMinutes: 30 },
  ];
  const { source, faults } = await loadTexts(
    edited(
      texts,
      edits.map((rule) => ['plan.json', '/rules/-', rule as unknown as Json]),
    ),
  );
  if (source === null) return t.same(faults, [], 'it should load');
  const { rules, units: all } = compiled(source, '2026-11-23', 1);
  const found = (id: string) => rules.find((rule) => rule.id === id);
  const cars = all.filter(({ kind }) => kind === 'car').map(({ id }) => id);
  t.match(found('all'), {
    kind: 'duty-strength',
    scope: 'district',
    units: cars,
    counts: 'units',
    binds: 'always',
    moved: null,
  });
  const two = { kind: 'duty-strength', scope: 'reserve', units: ['car-101', 'car-104'], atLeast: 5, holdMs: 120_000 };
  t.match(found('two'), { ...two, counts: 'officers', binds: 'night', moved: null });
  t.match(found('three'), { ...two, moved: { metres: 800, withinMs: 3_600_000 } });
  t.match(found('four'), { ...two, moved: { metres: 500, withinMs: 1_800_000 } });
});

t.test('a bunching rule watches all units unless it names some, and several may watch one', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const edits = [
    { id: 'all', kind: 'bunching' },
    {
      id: 'some',
      kind: 'bunching',
      unitKinds: ['car'],
      atLeast: 4,
      withinM: 60,
      holdS: 300,
      exceptPlaces: ['bus-station'],
    },
  ];
  const { source, faults } = await loadTexts(
    edited(
      texts,
      edits.map((rule) => ['plan.json', '/rules/-', rule as unknown as Json]),
    ),
  );
  if (source === null) return t.same(faults, [], 'it should load');
  const { rules, units } = compiled(source, '2026-11-23', 1);
  const found = (id: string) => rules.find((rule) => rule.id === id);
  const ids = units.map(({ id }) => id);
  t.match(found('all'), { units: ids, atLeast: 3, withinM: 100, holdMs: 600_000, exceptPlaces: [], binds: 'always' });
  const cars = units.filter(({ kind }) => kind === 'car').map(({ id }) => id);
  t.match(found('some'), { units: cars, atLeast: 4, withinM: 60, holdMs: 300_000, exceptPlaces: ['bus-station'] });
});

t.test('an off-zone rule goes by the zones of groups, a speeding rule by whole kilometres an hour', async (t) => {
  const texts = await textsOf(fixture('meixian'));
  const own = { id: 'own', kind: 'off-zone' };
  const named = { id: 'own', kind: 'off-zone', zones: ['new-town-1'], beyondM: 0, holdS: 60 };
  const speed = {
    id: 'speed',
    kind: 'speeding',
    limits: [
      { kmh: 15, unitKinds: ['foot'] },
      { kmh: 40, places: ['railway-station', 'bus-station'] },
    ],
  };
  const rules = async (rule: object) => {
    const { source, faults } = await loadTexts(edited(texts, [['plan.json', '/rules/-', rule as Json]]));
    t.equal(faults, null);
    return source === null ? [] : compiled(source, '2026-11-23', 1).rules;
  };
  const [assigned] = (await rules(own)).filter(({ kind }) => kind === 'off-zone');
  t.match(assigned, { beyondM: 100, holdMs: 180_000, severity: 'medium', binds: 'always' });
  t.ok(assigned?.kind === 'off-zone' && assigned.zones.length >= 3, 'the assignments of units.json');
  const [other] = (await rules(named)).filter(({ kind }) => kind === 'off-zone');
  t.match(other, { beyondM: 0, holdMs: 60_000 });
  t.ok(
    other?.kind === 'off-zone' && other.zones.every(({ zone, during }) => zone === 'new-town-1' && during === 'always'),
  );
  const unassigned = await loadTexts(
    edited(texts, [
      ['units.json', '/assignments', []],
      ['plan.json', '/rules/-', own],
    ]),
  );
  t.match(unassigned.faults, [{ path: '/rules/10', reason: /no zone is assigned to a group of these units/ }]);
  const [lit] = (await rules({ id: 'lit', kind: 'lights', places: ['bus-station'] })).filter(
    ({ kind }) => kind === 'lights',
  );
  const passes = (await rules(own)).find(({ kind }) => kind === 'route-pass');
  const times = { everyMs: 5_400_000, passWithinMs: 3_600_000, graceMs: 300_000, by: 'unit' };
  t.match(passes, { binds: 'mode:off-peak', severity: 'low', ...times });
  t.ok(passes?.kind === 'route-pass' && passes.places.length === 4, 'all routes, and nothing else');
  const owed = (await rules({ id: 'owed', kind: 'debt', places: ['bus-station'], creditS: 3_600 })).find(
    ({ id }) => id === 'owed',
  );
  const credit = { creditMs: 3_600_000, worth: 8, clearMs: 900_000, graceMs: 300_000 };
  t.match(owed, { binds: 'always', severity: 'medium', places: ['bus-station'], ...credit });
  const attended = (
    await rules({ id: 'attended', kind: 'checkpoint-window', places: ['bus-station'], absenceS: 900 })
  ).find(({ id }) => id === 'attended');
  const manned = { graceMs: 300_000, absenceMs: 900_000, handoverMs: 120_000, minPresenceMs: 60_000 };
  t.match(attended, { binds: 'mode:peak', severity: 'medium', places: ['bus-station'], ...manned });
  const guessed = (await rules({ id: 'guessed', kind: 'predictable', places: ['bus-station'], withinS: 120 })).find(
    ({ id }) => id === 'guessed',
  );
  const rhythm = { revisits: 5, withinMs: 120_000, mergeMs: 300_000, leastIntervalMs: 600_000 };
  t.match(guessed, { binds: 'always', severity: 'low', places: ['bus-station'], ...rhythm });
  const vehicles = { unitKinds: ['car', 'motorcycle'], leastPercent: 90, minVisitMs: 120_000 };
  t.match(lit, { places: ['bus-station'], binds: 'always', ...vehicles });
  t.match(
    (await rules(speed)).find(({ kind }) => kind === 'speeding'),
    {
      severity: 'low',
      limits: [
        { limitCmps: 2_222, places: null, unitKinds: ['car', 'motorcycle'] },
        { limitCmps: 417, places: null, unitKinds: ['foot'] },
        { limitCmps: 1_111, places: ['bus-station', 'railway-station'], unitKinds: ['car', 'motorcycle', 'foot'] },
      ],
      toleranceCmps: 278,
      holdMs: 10_000,
      exempt: 'task-and-lights',
    },
  );
});

t.test('the same files and options give the same plan', async (t) => {
  const [first, second] = [await loadDistrict(fixture('meixian')), await loadDistrict(fixture('meixian'))];
  t.equal(JSON.stringify(compilePlan(first, OPTIONS)), JSON.stringify(compilePlan(second, OPTIONS)));
  const texts = await textsOf(fixture('meixian'));
  const shuffle = (file: FileName, path: string): Edit => [file, path, (at(texts, file, path) as Json[]).toReversed()];
  const { source } = await loadTexts(
    edited(texts, [
      shuffle('places.geojson', '/features'),
      shuffle('units.json', '/units'),
      shuffle('plan.json', '/rules'),
    ]),
  );
  if (source === null) return t.fail('it should load');
  t.not(source.sha256, first.sha256, 'other bytes, another hash');
  t.same(
    compilePlan({ ...source, sha256: first.sha256 }, OPTIONS),
    compilePlan(first, OPTIONS),
    'but the order in the files means nothing',
  );
  const plan = compilePlan(first, OPTIONS);
  const numbers = JSON.stringify([plan.places, plan.schedules]).match(/-?[0-9.]+/g) ?? [];
  t.ok(
    numbers.length > 500 && numbers.every((text) => Number.isInteger(Number(text))),
    'positions and instants are integers',
  );
  for (const list of [plan.places, plan.units, plan.rules]) {
    t.same(
      list.map((item) => item.id),
      list.map((item) => item.id).toSorted(),
    );
  }
  for (const intervals of Object.values(plan.schedules)) {
    t.ok(
      intervals.every((value, index) => index === 0 || value > (intervals[index - 1] ?? 0)),
      'sorted, disjoint and merged',
    );
    t.ok(
      intervals.every((value) => value >= plan.expandedFromMs && value <= plan.expandedToMs),
      'inside the expansion',
    );
  }
});

t.test('an expansion is a window on the same calendar', async (t) => {
  const source = await loadDistrict(fixture('meixian'));
  const year = compiled(source, '2026-01-01', 400);
  for (const [date, days] of [
    ['2026-02-13', 20],
    ['2026-09-30', 12],
    ['2026-12-30', 5],
  ] as const) {
    const part = compiled(source, date, days);
    for (const [key, intervals] of Object.entries(part.schedules)) {
      const clipped = (year.schedules[key] ?? []).map((value) =>
        Math.min(Math.max(value, part.expandedFromMs), part.expandedToMs),
      );
      const expected = clipped.filter((value, index) =>
        index % 2 === 0 ? value < (clipped[index + 1] ?? 0) : value > (clipped[index - 1] ?? 0),
      );
      t.same(intervals, expected, `${key} from ${date}`);
    }
  }
});

t.test('options out of range are refused', async (t) => {
  const source = await loadDistrict(fixture('example'));
  for (const wrong of [
    { version: 0 },
    { version: 1.5 },
    { expandDays: 0 },
    { expandDays: MAX_EXPAND_DAYS + 1 },
    { expandFromMs: -1 },
    { inForceFromMs: Number.NaN },
  ]) {
    t.throws(() => compilePlan(source, { ...OPTIONS, ...wrong }), { code: 'plan-options' }, JSON.stringify(wrong));
  }
  t.ok(compilePlan(source, { ...OPTIONS, expandDays: MAX_EXPAND_DAYS }));
});
