import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import { pairsOf } from '../../src/model/intervals.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, square, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const far = at(40_000);
/** Drives up and down, ten seconds away from the gate. */
const near = (ms: number): ReturnType<typeof at> => at(350 + 50 * (Math.floor(ms / 10_000) % 5));
const LIMIT = 12 * MINUTE;

function gapBench(more: Partial<CompiledPlan> & { rule?: Partial<PlanRule> } = {}): Bench {
  const { rule, ...rest } = more;
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1'), unit('car-2')],
      rules: [checkpointGap(['gate'], rule)],
      ...rest,
    } as Parameters<typeof plan>[0]),
  );
}

t.test('a gap counts from the opening of the window, to the second, though nothing else happens then', async (t) => {
  const opensMs = T0 + HOUR + 400;
  const closesMs = T0 + 2 * HOUR;
  const bench = gapBench({
    rule: { binds: 'open' },
    schedules: { open: [opensMs, closesMs, T0 + 3 * HOUR, T0 + 4 * HOUR] },
  });
  const tracks = { 'car-1': () => far, 'car-2': () => far };
  bench.drive(opensMs + LIMIT - 2_400, tracks);
  t.same(bench.alerts, []);
  bench.drive(T0 + 3 * HOUR + LIMIT - 2_000, tracks);
  t.match(bench.alerts, [
    { change: 'raised', fromMs: opensMs, atMs: opensMs + LIMIT + 600, cause: 'timer', certainty: 'uncovered' },
    { change: 'cleared', toMs: closesMs, atMs: closesMs, cause: 'timer' },
    { change: 'confirmed', condition: 'cleared' },
  ]);
  t.equal(bench.alerts.length, 3);
  bench.drive(T0 + 3 * HOUR + LIMIT, tracks);
  t.match(bench.alerts[3], { change: 'raised', fromMs: T0 + 3 * HOUR, atMs: T0 + 3 * HOUR + LIMIT });
});

t.test('a unit that stays after its duty is absent from the end of it', async (t) => {
  const endMs = T0 + HOUR;
  const bench = gapBench({
    units: [unit('car-1', { duty: 'early' }), unit('car-2')],
    schedules: { early: [T0 - HOUR, endMs] },
  });
  const tracks = { 'car-1': () => at(0), 'car-2': () => far };
  bench.drive(endMs + LIMIT - 2_000, tracks);
  t.same(bench.alerts, []);
  bench.drive(endMs + LIMIT + 10_000, tracks);
  t.match(bench.alerts, [{ change: 'raised', fromMs: endMs, atMs: endMs + LIMIT, certainty: 'uncovered' }]);
});

t.test('presence counts from minPresenceMs on, however long that is', async (t) => {
  for (const minPresenceMs of [60_000, 20 * MINUTE]) {
    const bench = gapBench({ rule: { minPresenceMs, thresholdMs: 28 * MINUTE } as Partial<PlanRule> });
    const comesMs = T0 + 40 * MINUTE;
    bench.drive(comesMs - 5_000, { 'car-1': near, 'car-2': () => far });
    bench.drive(comesMs + minPresenceMs - 2_000, { 'car-1': () => at(0), 'car-2': () => far });
    t.match(latest(bench.alerts), [{ condition: 'active' }], 'not yet');
    bench.drive(comesMs + minPresenceMs + 20_000, { 'car-1': () => at(0), 'car-2': () => far });
    const last = latest(bench.alerts);
    t.equal(last.length, 1);
    t.match(last, [{ condition: 'cleared', evidence: { byUnit: 'car-1' } }]);
    const cameMs = last[0]?.toMs ?? 0;
    t.ok(cameMs > comesMs - 5_000 && cameMs < comesMs + 15_000, 'dated when it came');
    const toldMs = last[0]?.atMs ?? 0;
    t.ok(toldMs >= cameMs + minPresenceMs && toldMs <= cameMs + minPresenceMs + 2_000, 'told when it counts');
  }
});

t.test('presence too short to count leaves the gap as it is', async (t) => {
  const bench = gapBench();
  bench.drive(T0 + 5 * MINUTE, { 'car-1': near, 'car-2': () => far });
  bench.drive(T0 + 6 * MINUTE - 10_000, { 'car-1': () => at(0), 'car-2': () => far });
  bench.drive(T0 + 15 * MINUTE, { 'car-1': near, 'car-2': () => far });
  t.match(bench.alerts, [{ change: 'raised', fromMs: T0, atMs: T0 + LIMIT }]);
});

t.test('a unit that came in time and stays raises nothing, one that goes again does', async (t) => {
  for (const stays of [true, false]) {
    const bench = gapBench();
    const cameMs = T0 + LIMIT - 31_000;
    const leavesMs = stays ? T0 + HOUR : cameMs + 35_000;
    const where = (ms: number): ReturnType<typeof at> => (ms < cameMs || ms > leavesMs ? near(ms) : at(0));
    bench.drive(T0 + LIMIT + 5 * MINUTE, { 'car-1': where, 'car-2': () => far });
    if (stays) t.same(bench.alerts, [], 'nothing is raised only to be taken back');
    else t.match(bench.alerts, [{ change: 'raised', fromMs: T0 }]);
  }
});

t.test('all three kinds of places, each with the units that qualify', async (t) => {
  const line = [at(-2_000, 2_000), at(2_000, 2_000)].flatMap(({ lngE7, latE7 }) => [lngE7, latE7]);
  const places = [
    circle('gate', at(0), 100),
    square('zone', at(0), 1_000),
    circle('road', at(0), 1, { kind: 'route', shape: { type: 'corridor', lines: [line], corridorM: 40 } }),
  ];
  const unitKinds = ['foot'] as const;
  const rules = [
    checkpointGap(['gate'], { id: 'a', unitKinds } as Partial<PlanRule>),
    checkpointGap(['zone'], { id: 'b', kind: 'zone-gap', unitKinds } as Partial<PlanRule>),
    checkpointGap(['road'], { id: 'c', kind: 'route-gap', unitKinds } as Partial<PlanRule>),
  ];
  const bench = gapBench({ places, rules, units: [unit('car-1'), unit('foot-1', { kind: 'foot' })] });
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => at(0), 'foot-1': () => at(0, 1_980) });
  t.match(
    latest(bench.alerts).map(({ rule, place, fromMs, condition }) => ({ rule, place, fromMs, condition })),
    [
      { rule: 'checkpoint-gap', place: 'gate', fromMs: T0, condition: 'active' },
      { rule: 'zone-gap', place: 'zone', fromMs: T0, condition: 'active' },
    ],
    'the car does not count; the one on foot is on the road',
  );
});

t.test('the presence of several units adds up', async (t) => {
  const bench = gapBench();
  const one = (ms: number): ReturnType<typeof at> => (ms > T0 + 10 * MINUTE ? near(ms) : at(0));
  const two = (ms: number): ReturnType<typeof at> => (ms < T0 + 8 * MINUTE ? near(ms) : at(0));
  bench.drive(T0 + 20 * MINUTE, { 'car-1': one, 'car-2': two });
  const lastMs = bench.nowMs - 1_000;
  bench.drive(T0 + 40 * MINUTE, { 'car-1': near, 'car-2': near });
  t.match(latest(bench.alerts), [{ fromMs: lastMs, evidence: { lastUnit: 'car-2', lastSeenMs: lastMs } }]);
  t.equal(latest(bench.alerts).length, 1);
});

t.test('a gap that is only known afterwards is raised and cleared at once', async (t) => {
  const bench = gapBench();
  const fixes: Fix[] = [];
  for (let ms = T0 + 10_000; ms <= T0 + 28 * MINUTE; ms += 10_000) {
    const away = ms > T0 + 5 * MINUTE && ms < T0 + 20 * MINUTE;
    bench.tickTo(ms);
    if (away) fixes.push(fix(ms, near(ms)));
    else bench.send('car-1', fix(ms, at(0)));
    bench.send('car-2', fix(ms, far));
  }
  bench.tickTo(bench.nowMs + 1_000);
  t.match(latest(bench.alerts), [
    { condition: 'cleared', certainty: 'unknown', evidence: { possibleUnits: ['car-1'] } },
  ]);
  bench.send('car-1', ...fixes);
  bench.tickTo(bench.nowMs + 1_000);
  t.match(latest(bench.alerts), [
    {
      condition: 'cleared',
      certainty: 'uncovered',
      fromMs: T0 + 5 * MINUTE,
      toMs: T0 + 20 * MINUTE,
      change: 'corrected',
      cause: 'late-data',
    },
  ]);
  const other = gapBench();
  for (let ms = T0 + 10_000; ms <= T0 + 28 * MINUTE; ms += 10_000) {
    other.tickTo(ms);
    if (ms <= T0 + 5 * MINUTE || ms >= T0 + 20 * MINUTE) other.send('car-1', fix(ms, at(0)));
  }
  other.tickTo(other.nowMs + 1_000);
  t.match(
    other.alerts.map(({ change }) => change),
    ['raised', 'cleared'],
    'while it lasted nothing was proven',
  );
});

t.test('late fixes inside an alleged gap take it back, or shorten it [retraction]', async (t) => {
  const lateFixes = (fromS: number, toS: number): Fix[] => {
    const fixes: Fix[] = [];
    for (let s = fromS; s <= toS; s += 10) fixes.push(fix(T0 + s * 1_000, at(0)));
    return fixes;
  };
  const story = (fixes: Fix[]): AlertVersion[] => {
    const bench = gapBench();
    bench.drive(T0 + 25 * MINUTE, { 'car-1': () => far, 'car-2': () => null });
    bench.send('car-2', ...fixes);
    bench.tickTo(bench.nowMs + 2_000);
    return latest(bench.alerts);
  };
  t.match(story(lateFixes(300, 1_200)), [{ condition: 'retracted', cause: 'late-data', mergedInto: null }]);
  t.match(story(lateFixes(300, 500)), [
    { condition: 'active', change: 'corrected', cause: 'late-data', fromMs: T0 + 500_000, toMs: null },
  ]);
  t.match(story(lateFixes(800, 1_490)), [
    { condition: 'cleared', cause: 'fix', fromMs: T0, toMs: T0 + 800_000, evidence: { byUnit: 'car-2' } },
  ]);
});

t.test('a silent unit makes a gap unknown where it may be, from when it may be there [silence]', async (t) => {
  const bench = gapBench({ units: [unit('car-1')] });
  // 20 km at 55.56 m/s less 2 σ: 359.8 s. It falls silent at 10 s after T0.
  bench.drive(T0 + 10_000, { 'car-1': () => at(20_100) });
  const hidden = bench.nowMs - 1_000;
  bench.tickTo(T0 + LIMIT - 1_000, 1_000);
  t.same(bench.alerts, []);
  const record = (): object | undefined => takeHotDelta(bench.state).coverage.get('gate') ?? undefined;
  t.match(record(), { presence: 'unknown', possibleUnits: ['car-1'] });
  bench.tickTo(T0 + LIMIT, 1_000);
  t.match(bench.alerts, [
    { change: 'raised', certainty: 'unknown', severity: 'medium', evidence: { possibleUnits: ['car-1'] } },
  ]);
  const other = gapBench({ units: [unit('car-1')] });
  other.drive(T0 + 10_000, { 'car-1': () => at(20_100) });
  other.tickTo(hidden + 359_000, 1_000);
  t.match(takeHotDelta(other.state).coverage.get('gate'), { presence: 'uncovered', possibleUnits: [] });
  other.tickTo(hidden + 361_000, 1_000);
  t.match(
    takeHotDelta(other.state).coverage.get('gate'),
    { presence: 'unknown' },
    'told when its disc reaches the place',
  );
});

t.test('silence of units that are too far away leaves no doubt', async (t) => {
  const bench = gapBench({ units: [unit('car-1'), unit('foot-1', { kind: 'foot' })] });
  // On foot 8.33 m/s: 7 km are 14 minutes.
  bench.drive(T0 + 10_000, { 'car-1': () => at(50_000), 'foot-1': () => at(7_100) });
  bench.tickTo(T0 + LIMIT);
  t.match(bench.alerts, [{ change: 'raised', certainty: 'uncovered', fromMs: T0, severity: 'high' }]);
  t.notOk(bench.alerts[0]?.evidence.possibleUnits);
});

t.test(
  'a position that the receiver had kept, sent once in a long silence, says nothing of where the unit is',
  async (t) => {
    for (const [eastM, certainty] of [
      [4_000, 'unknown'],
      [4_007, 'uncovered'],
    ] as const) {
      const bench = gapBench({ units: [unit('foot-1', { kind: 'foot' })] });
      bench.drive(T0 + 10_000, { 'foot-1': () => at(4_000) });
      bench.tickTo(T0 + LIMIT - MINUTE);
      bench.send('foot-1', fix(T0 + LIMIT - MINUTE, at(eastM)));
      bench.tickTo(T0 + LIMIT + MINUTE);
      t.match(latest(bench.alerts), [{ certainty, condition: 'active', fromMs: T0 }], `${eastM} m away`);
    }
  },
);

t.test('between a fix inside and one that may be inside nobody is called away for sure', async (t) => {
  const bench = gapBench({ units: [unit('car-1')] });
  const leavesMs = T0 + 5 * MINUTE;
  bench.drive(leavesMs, { 'car-1': () => at(0) });
  const lastMs = bench.nowMs;
  bench.send('car-1', fix(lastMs + 10_000, at(190), { accuracyDm: 650 }));
  bench.tickTo(lastMs + 10_000);
  bench.drive(lastMs + 30 * MINUTE, { 'car-1': () => at(700) });
  const [alert] = latest(bench.alerts);
  const [sureFromMs = 0] = alert?.episodes[0]?.sure ?? [];
  t.match(alert, { certainty: 'uncovered', condition: 'active' });
  t.ok(sureFromMs > (alert?.fromMs ?? 0) && sureFromMs > lastMs + 10_000, `sure since ${sureFromMs - lastMs} ms after`);
});

t.test('a silent unit of a kind that does not count leaves no doubt', async (t) => {
  const bench = gapBench({
    units: [unit('car-1'), unit('foot-1', { kind: 'foot' })],
    rule: { unitKinds: ['car'] } as Partial<PlanRule>,
  });
  bench.drive(T0 + 10_000, { 'car-1': () => far, 'foot-1': () => at(0) });
  bench.drive(T0 + LIMIT, { 'car-1': () => far });
  t.match(bench.alerts, [{ change: 'raised', certainty: 'uncovered', fromMs: T0 }]);
});

t.test('a gap that silence explains is unknown until what is certain is long enough', async (t) => {
  const bench = gapBench({ units: [unit('car-1')] });
  bench.drive(T0 + 10_000, { 'car-1': () => at(500) });
  bench.tickTo(T0 + 20 * MINUTE);
  t.match(latest(bench.alerts), [{ certainty: 'unknown', condition: 'active', fromMs: T0 }]);
  bench.drive(T0 + 30 * MINUTE, { 'car-1': () => at(500) });
  t.match(latest(bench.alerts), [{ certainty: 'unknown', condition: 'active' }]);
  bench.drive(T0 + 34 * MINUTE, { 'car-1': () => at(500) });
  t.match(latest(bench.alerts), [{ certainty: 'uncovered', condition: 'active', change: 'updated', severity: 'high' }]);
});

t.test('a unit that stands at the edge may be there, but does not prove it', async (t) => {
  const bench = gapBench({ units: [unit('car-1')] });
  bench.drive(T0 + 20_000, { 'car-1': () => at(99) });
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => at(112) });
  t.match(bench.visits, [{ place: 'gate', state: 'open' }]);
  t.match(takeHotDelta(bench.state).coverage.get('gate'), { presence: 'unknown', possibleUnits: ['car-1'] });
  t.match(latest(bench.alerts), [
    { certainty: 'unknown', condition: 'active', evidence: { possibleUnits: ['car-1'] } },
  ]);
  t.ok((latest(bench.alerts)[0]?.fromMs ?? 0) < T0 + 2 * MINUTE, 'since its median was outside');
});

t.test('the accuracy of its last position brings a silent unit nearer', async (t) => {
  // On foot, 833 m from the boundary: 98.8 s, and 86.8 s when its position is good to 55 m only.
  for (const [hdopCenti, reachS] of [
    [100, 98],
    [1_100, 86],
  ] as const) {
    const bench = gapBench({ units: [unit('foot-1', { kind: 'foot' })] });
    const presence = (): string | undefined => takeHotDelta(bench.state).coverage.get('gate')?.presence;
    bench.send('foot-1', fix(bench.nowMs, at(933), { hdopCenti }));
    bench.tickTo(T0 + reachS * 1_000, 1_000);
    t.equal(presence(), 'uncovered', `${reachS} s`);
    bench.tickTo(T0 + (reachS + 1) * 1_000, 1_000);
    t.equal(presence(), 'unknown', `${reachS + 1} s`);
  }
});

t.test('a silent unit in the place makes it unknown, not uncovered [silence]', async (t) => {
  const bench = gapBench({ units: [unit('car-1'), unit('car-2')] });
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(0), 'car-2': () => far });
  const lastMs = bench.nowMs - 1_000;
  bench.drive(T0 + 30 * MINUTE, { 'car-2': () => far });
  t.match(latest(bench.alerts), [
    {
      certainty: 'unknown',
      fromMs: lastMs,
      toMs: null,
      atMs: lastMs + LIMIT,
      evidence: { possibleUnits: ['car-1'], lastUnit: 'car-1', lastSeenMs: lastMs },
    },
  ]);
});

t.test(
  'no gap is certain while the server was away, and none is judged before the reports of that time can come (T3)',
  async (t) => {
    const bench = gapBench();
    bench.drive(T0 + 5 * MINUTE, { 'car-1': near, 'car-2': () => far });
    const goneMs = bench.nowMs;
    const backMs = goneMs + 2 * HOUR;
    bench.append(backMs, { kind: 'tick' });
    const judgedMs = backMs + 10_000 + 60_000;
    bench.drive(judgedMs - 2_000, { 'car-1': near, 'car-2': () => far });
    t.same(bench.alerts, []);
    bench.drive(judgedMs + 10_000, { 'car-1': near, 'car-2': () => far });
    t.match(bench.alerts, [{ change: 'raised', certainty: 'unknown', fromMs: T0 }]);
    t.equal(bench.alerts[0]?.atMs, Math.ceil(judgedMs / 1_000) * 1_000);
    bench.drive(backMs + LIMIT + 20_000, { 'car-1': near, 'car-2': () => far });
    t.match(latest(bench.alerts), [{ certainty: 'uncovered' }], 'certain by what was seen since');
  },
);

t.test('a gap that ended while an outage held it back is told when nothing holds it any more', async (t) => {
  const bench = gapBench();
  const tracks = { 'car-1': (ms: number) => (ms < T0 + 20 * MINUTE ? at(0) : near(ms)), 'car-2': () => far };
  bench.drive(T0 + 31 * MINUTE + 30_000, tracks);
  const outageToMs = bench.nowMs + 20_000;
  const heldToMs = outageToMs + 10_000 + 60_000;
  bench.tickTo(outageToMs, 20_000);
  bench.drive(heldToMs + 10_000, { ...tracks, 'car-1': () => at(0) }, 5_000);
  t.match(bench.alerts, [
    { change: 'raised', atMs: heldToMs, certainty: 'uncovered' },
    { change: 'cleared', toMs: outageToMs + 5_000 },
  ]);
});

t.test('a gap becomes certain when doubt has ended for long enough, although nothing happens then', async (t) => {
  const dutyEndsMs = T0 + 14 * MINUTE;
  for (const outageToMs of [null, T0 + 30 * MINUTE]) {
    const bench = gapBench({
      units: [unit('car-1', { duty: 'early' })],
      schedules: { early: [T0 - HOUR, dutyEndsMs] },
    });
    bench.drive(T0 + 5 * MINUTE, { 'car-1': near });
    bench.tickTo(T0 + 20 * MINUTE);
    t.match(latest(bench.alerts), [{ certainty: 'unknown' }], 'the car is silent, and near until its duty ends');
    if (outageToMs !== null) bench.tickTo(outageToMs, 10 * MINUTE);
    bench.tickTo(T0 + HOUR);
    t.match(
      bench.alerts.filter(({ change }) => change === 'updated'),
      [{ certainty: 'uncovered', atMs: (outageToMs ?? dutyEndsMs) + 10 * MINUTE }],
    );
  }
});

t.test('the doubt of a silence has an end: then the unit counts as not there, whoever it is', async (t) => {
  const possibleForMs = 20 * MINUTE;
  for (const everSeen of [true, false]) {
    const bench = gapBench({ possibleForMs });
    bench.drive(T0 + 5 * MINUTE, everSeen ? { 'car-1': near, 'car-2': () => far } : { 'car-2': () => far });
    const silentMs = everSeen ? bench.nowMs - 1_000 : T0;
    bench.drive(T0 + HOUR, { 'car-2': () => far });
    t.match(
      bench.alerts.map(({ change, certainty, atMs }) => ({ change, certainty, atMs })),
      [
        { change: 'raised', certainty: 'unknown' },
        { change: 'updated', certainty: 'uncovered', atMs: silentMs + possibleForMs + 10 * MINUTE },
      ],
      everSeen ? 'seen once' : 'never heard of',
    );
  }
});

t.test('a hole of ten seconds in the log is none (T3)', async (t) => {
  for (const [holeMs, certainty] of [
    [10_000, 'uncovered'],
    [10_001, 'unknown'],
  ] as const) {
    const bench = gapBench({ units: [unit('car-1', { expectedIntervalMs: 30_000 })] });
    bench.drive(T0 + LIMIT - 20_000, { 'car-1': () => far }, 5_000);
    bench.append(bench.nowMs + holeMs, { kind: 'tick' });
    bench.drive(T0 + LIMIT + 3 * MINUTE, { 'car-1': () => far }, 5_000);
    t.match(bench.alerts[0], { change: 'raised', certainty }, `${holeMs} ms`);
  }
});

t.test('an outage takes the certainty of a gap that goes on at once, though nothing happens there (T3)', async (t) => {
  const bench = gapBench();
  bench.drive(T0 + 15 * MINUTE, { 'car-1': () => far, 'car-2': () => far });
  t.match(bench.alerts.at(-1), { change: 'raised', certainty: 'uncovered' });
  bench.append(bench.nowMs + 40_000, { kind: 'tick' });
  const backMs = bench.nowMs;
  bench.tickTo(backMs + 2_000, 1_000);
  t.match(bench.alerts.at(-1), { change: 'updated', certainty: 'unknown', atMs: backMs + 1_000 });
});

t.test('a stored fix of a unit that is still silent moves the doubt that hangs on its latest position', async (t) => {
  const bench = gapBench({ units: [unit('car-1')] });
  bench.drive(T0 + 20 * MINUTE, { 'car-1': () => at(0) });
  const lastMs = bench.nowMs - 1_000;
  bench.tickTo(lastMs + 20 * MINUTE);
  t.match(latest(bench.alerts), [{ fromMs: lastMs, certainty: 'unknown' }]);
  bench.send('car-1', fix(lastMs + 10_000, at(0)));
  bench.tickTo(bench.nowMs + 1_000);
  t.match(latest(bench.alerts), [{ fromMs: lastMs + 10_000, certainty: 'unknown', change: 'corrected' }]);
});

t.test(
  'a running gap that lists a time as sure is corrected when a late fix says that somebody may have been there',
  async (t) => {
    const bench = gapBench();
    const cameMs = T0 + 20 * MINUTE + 5_000;
    const tracks = {
      'car-1': (ms: number) => (Math.abs(ms - cameMs) < 75_000 ? null : at(5_000)),
      'car-2': () => far,
    };
    bench.drive(T0 + 30 * MINUTE, tracks);
    // What happens to the alert makes its version list all that is sure by then.
    bench.append(bench.nowMs + 40_000, { kind: 'tick' });
    bench.drive(T0 + 50 * MINUTE, tracks);
    t.match(latest(bench.alerts), [{ change: 'updated', certainty: 'uncovered', episodes: [{ toMs: null }] }]);
    const [told] = latest(bench.alerts);
    t.ok(
      pairsOf(told?.episodes[0]?.sure ?? []).some(([from, to]) => from < cameMs && to > cameMs),
      'nobody was there',
    );
    bench.send('car-1', fix(cameMs, at(900), { accuracyDm: 2_900 }));
    bench.tickTo(bench.nowMs + 1_000);
    const [mended] = latest(bench.alerts);
    t.match(mended, { change: 'corrected', certainty: 'uncovered', finality: 'provisional', toMs: null });
    t.notOk(
      pairsOf(mended?.episodes[0]?.sure ?? []).some(([from, to]) => from <= cameMs && to > cameMs),
      'who knows',
    );
    const count = bench.alerts.length;
    bench.drive(bench.nowMs + 5 * MINUTE, tracks);
    t.equal(bench.alerts.length, count, 'that it has been sure for longer is no news');
  },
);

t.test('a version that lists more of a running gap as sure is provisional again', async (t) => {
  const bench = gapBench();
  bench.drive(T0 + 3 * HOUR, { 'car-1': () => far, 'car-2': () => far });
  t.match(latest(bench.alerts), [{ change: 'confirmed', finality: 'confirmed', toMs: null }]);
  const task = { actor: 'li', task: 'maintenance', units: [], places: ['gate'], toMs: null, reason: 'works' } as const;
  bench.append(bench.nowMs, { kind: 'task', taskId: 'works', fromMs: T0, ...task });
  bench.tickTo(bench.nowMs + 5_000);
  t.match(latest(bench.alerts), [{ change: 'updated', suppressedBy: 'works', finality: 'provisional' }]);
  t.ok((latest(bench.alerts)[0]?.episodes[0]?.sureMs ?? 0) >= 3 * HOUR);
});

t.test('an alert is confirmed only when no fix can take it back, even if each comes as late as it may', async (t) => {
  const raisedMs = T0 + LIMIT;
  const bench = gapBench({ rule: { binds: 'open' }, schedules: { open: [T0, raisedMs + 2 * MINUTE] } });
  bench.drive(raisedMs, { 'car-1': () => far });
  t.match(bench.alerts, [{ change: 'raised', atMs: raisedMs }]);
  for (let ms = raisedMs - 5_000; ms < raisedMs + 3 * MINUTE; ms += 10_000) {
    bench.tickTo(ms + HORIZON_MS, 5_000);
    bench.send('car-2', fix(ms, at(0)));
  }
  bench.tickTo(bench.nowMs + HORIZON_MS, 9_000);
  t.match(latest(bench.alerts), [{ condition: 'retracted', finality: 'provisional' }]);
});
