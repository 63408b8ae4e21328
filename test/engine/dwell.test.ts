import t from 'tap';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest, latestVisits } from './verdicts.js';

const far = at(5_000);
const SHORT: PlanRule = {
  id: 'short',
  kind: 'dwell-short',
  severity: 'low',
  binds: 'always',
  places: ['gate'],
  minVisitMs: 10 * MINUTE,
};
const STAND: PlanRule = {
  id: 'stand',
  kind: 'dwell-long',
  severity: 'low',
  binds: 'always',
  units: ['car-1'],
  maxStandMs: 25 * MINUTE,
};

function bench(rule: PlanRule, more: Partial<CompiledPlan> = {}): Bench {
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1')],
      rules: [rule],
      ...more,
    } as Parameters<typeof plan>[0]),
  );
}

/** Sends fixes at `[seconds after T0, metres east]`, each when it is taken, and settles well after the last. */
function sendAll(made: Bench, fixes: readonly (readonly [s: number, eastM: number])[]): void {
  for (const [s, eastM] of fixes) {
    made.tickTo(T0 + s * 1_000);
    made.send('car-1', fix(T0 + s * 1_000, at(eastM)));
  }
  made.tickTo(made.nowMs + 1_000);
}

/** One fix each 10 s in `[fromS, toS)`. */
function stay(fromS: number, toS: number, eastM: number): (readonly [number, number])[] {
  const fixes: [number, number][] = [];
  for (let s = fromS; s < toS; s += 10) fixes.push([s, eastM]);
  return fixes;
}

t.test('a visit is short by its outer length, to the second', async (t) => {
  // Outside at 60 s, inside from 70 s, outside again from `outS`: the outer length is outS − 60 s.
  for (const [outS, short] of [
    [650, true],
    [660, false],
  ] as const) {
    const made = bench(SHORT);
    sendAll(made, [...stay(0, 70, 500), ...stay(70, outS, 0), ...stay(outS, outS + 300, 500)]);
    const found = latest(made.alerts);
    t.equal(found.length, short ? 1 : 0, `outer length ${outS - 60} s`);
    if (!short) continue;
    t.match(found, [
      {
        rule: 'dwell-short',
        subject: { kind: 'unit', id: 'car-1' },
        place: 'gate',
        condition: 'cleared',
        fromMs: T0 + 70_000,
        toMs: T0 + 640_000,
        evidence: { innerMs: 570_000, outerMs: 590_000, thresholdMs: 600_000 },
      },
    ]);
    t.match(found[0]?.alertId ?? '', /^dwell-short:car-1@gate:/);
  }
});

t.test('a visit is counted from an inner length of 60 s', async (t) => {
  for (const [lastInS, counted] of [
    [120, false],
    [130, true],
  ] as const) {
    const made = bench(SHORT);
    const after = lastInS + 10;
    sendAll(made, [...stay(0, 70, 500), ...stay(70, after, 0), ...stay(after, after + 300, 500)]);
    t.equal(made.alerts.length > 0, counted, `inner length ${lastInS - 70} s`);
    t.equal(latestVisits(made.visits).length, 1);
  }
});

t.test('a visit that a hole in the trace may have cut is not judged', async (t) => {
  const cut: Record<string, (readonly [number, number])[]> = {
    'in the middle': [...stay(0, 70, 500), ...stay(70, 300, 0), ...stay(450, 700, 0), ...stay(700, 1_000, 500)],
    'at its end': [...stay(0, 70, 500), ...stay(70, 300, 0), ...stay(450, 800, 500)],
    'at its end, just outside': [...stay(0, 70, 500), ...stay(70, 300, 0), [300, 110], ...stay(450, 800, 500)],
    'before its start, inside': [...stay(0, 20, 0), ...stay(150, 400, 0), ...stay(400, 700, 500)],
  };
  for (const [where, fixes] of Object.entries(cut)) {
    const made = bench(SHORT);
    sendAll(made, fixes);
    t.same(made.alerts, [], where);
  }
  const whole = bench(SHORT);
  sendAll(whole, [...stay(0, 70, 500), ...stay(70, 300, 0), ...stay(410, 700, 0), ...stay(700, 1_000, 500)]);
  t.same(whole.alerts, [], 'two runs less than 120 s apart are one visit, long enough');
});

t.test('a visit that a window cuts is not judged, nor the first ever seen', async (t) => {
  const track = [...stay(0, 70, 500), ...stay(70, 300, 0), ...stay(300, 700, 500)];
  for (const [name, open, judged] of [
    ['from the last fix outside on', [T0 + 60_000, T0 + HOUR], true],
    ['a moment later', [T0 + 60_001, T0 + HOUR], false],
    ['until the first fix outside', [T0, T0 + 300_000], true],
    ['a moment less', [T0, T0 + 299_999], false],
    ['in two windows', [T0, T0 + 200_000, T0 + 200_001, T0 + HOUR], false],
  ] as const) {
    const made = bench({ ...SHORT, binds: 'open' }, { schedules: { open } });
    sendAll(made, track);
    t.equal(made.alerts.length > 0, judged, name);
  }
  const first = bench(SHORT);
  sendAll(first, [...stay(70, 300, 0), ...stay(300, 700, 500)]);
  t.same(first.alerts, [], 'nobody knows when it came');
});

t.test('short visits one after the other are facts, not a state that is held', async (t) => {
  const made = bench(SHORT);
  const bouts = [0, 200, 400].flatMap((s) => [
    ...stay(s, s + 70, 500),
    ...stay(s + 70, s + 140, 0),
    ...stay(s + 140, s + 200, 500),
  ]);
  sendAll(made, [...stay(-100, 0, 500), ...bouts, ...stay(600, 900, 500)]);
  sendAll(made, stay(900, 3_000, 500));
  t.match(latest(made.alerts), [{ rule: 'dwell-short', condition: 'cleared', occurrence: 3 }]);
});

t.test('a unit stands too long by its inner length, to the second', async (t) => {
  const made = bench(STAND);
  const start = T0 + 10_000;
  made.drive(start + 25 * MINUTE - 10_000, { 'car-1': () => far });
  t.same(made.alerts, []);
  made.drive(start + 25 * MINUTE + MINUTE, { 'car-1': () => far });
  t.match(made.alerts, [{ rule: 'dwell-long', change: 'raised', fromMs: start, toMs: null, cause: 'fix' }]);
  const leftMs = made.nowMs;
  made.drive(leftMs + 5 * MINUTE, { 'car-1': () => at(6_000) });
  const last = latest(made.alerts)[0];
  t.match(last, { condition: 'cleared', fromMs: start });
  t.equal(last?.evidence.innerMs, (last?.toMs ?? 0) - start);
  t.ok((last?.toMs ?? 0) <= leftMs && (last?.toMs ?? 0) > leftMs - 15_000, 'until it was last seen there');
});

t.test('a stand is too long at its limit, not a fix before', async (t) => {
  for (const [lastS, long] of [
    [1_500, false],
    [1_510, true],
  ] as const) {
    const made = bench(STAND);
    sendAll(made, stay(10, lastS + 1, 5_000));
    t.equal(made.alerts.length, long ? 1 : 0, `${lastS - 10} s`);
  }
});

t.test('a unit may stand where stopping is allowed, and at a checkpoint while it is wanted there', async (t) => {
  const places = [
    circle('gate', at(0), 100),
    circle('station', at(2_000), 100, { kind: 'zone', stopAllowed: true }),
    circle('zone', at(4_000), 100, { kind: 'zone' }),
  ];
  const opensMs = T0 + 40 * MINUTE;
  const rules = [STAND, checkpointGap(['gate'], { binds: 'open', thresholdMs: 5 * HOUR })];
  const told = (where: PositionE7): object[] => {
    const made = bench(STAND, { places, rules, schedules: { open: [opensMs, opensMs + HOUR] } });
    made.drive(T0 + 3 * HOUR, { 'car-1': () => where });
    return latest(made.alerts).map(({ rule, fromMs, toMs }) => ({
      rule,
      fromMs: fromMs - T0,
      toMs: toMs === null ? null : toMs - T0,
    }));
  };
  t.same(told(at(2_000)), []);
  t.same(told(at(2_124)), [], 'within the exit buffer');
  t.match(told(at(2_126)), [{ rule: 'dwell-long' }]);
  t.match(told(at(4_000)), [{ rule: 'dwell-long' }], 'a zone is no post');
  t.same(told(at(0)), [
    { rule: 'dwell-long', fromMs: 10_000, toMs: 40 * MINUTE },
    { rule: 'dwell-long', fromMs: 100 * MINUTE, toMs: null },
  ]);
});

t.test('a stand counts within the duty only, and ends with it', async (t) => {
  const duty = { early: [T0 + 10 * MINUTE, T0 + 50 * MINUTE] };
  const made = bench(STAND, { units: [unit('car-1', { duty: 'early' })], schedules: duty });
  made.drive(T0 + 34 * MINUTE, { 'car-1': () => far });
  t.same(made.alerts, []);
  made.drive(T0 + 2 * HOUR, { 'car-1': () => far });
  t.match(latest(made.alerts), [{ fromMs: T0 + 10 * MINUTE, toMs: T0 + 50 * MINUTE, condition: 'cleared' }]);
});

t.test('a stand goes on while its unit is silent, however long, and is not taken back', async (t) => {
  const made = bench(STAND, { units: [unit('car-1', { duty: 'day' })], schedules: { day: [T0, T0 + 4 * HOUR] } });
  made.drive(T0 + 30 * MINUTE, { 'car-1': () => far });
  t.match(made.alerts, [{ change: 'raised' }]);
  made.tickTo(T0 + 3 * HOUR, 10_000);
  made.append(made.nowMs, { kind: 'heartbeat', trackers: ['t-car-1'] });
  made.tickTo(T0 + 4 * HOUR - 1_000, 10_000);
  t.match(latest(made.alerts), [{ condition: 'active' }]);
  made.tickTo(T0 + 5 * HOUR, 10_000);
  const last = latest(made.alerts);
  t.equal(last.length, 1);
  t.match(last, [{ condition: 'cleared', toMs: T0 + 30 * MINUTE }]);
});

t.test('late fixes that show movement take a long stand back [retraction]', async (t) => {
  const made = bench(STAND);
  const halves: [number, number][] = [];
  for (let s = 10; s < 1_800; s += 10) halves.push([s, 3_000]);
  const moved = halves.filter(([s]) => s >= 900 && s < 1_000);
  sendAll(
    made,
    halves.filter(([s]) => s < 900 || s >= 1_000),
  );
  t.match(latest(made.alerts), [{ condition: 'active' }], 'less than 120 s without a fix end nothing');
  made.send('car-1', ...moved.map(([s]) => fix(T0 + s * 1_000, at(3_500))));
  made.tickTo(made.nowMs + 2_000);
  t.match(latest(made.alerts), [{ condition: 'retracted', cause: 'late-data' }]);
});

t.test('a stand of a few minutes stays on record when it is over', async (t) => {
  const made = bench({ ...STAND, maxStandMs: MINUTE } as PlanRule);
  made.drive(T0 + 2 * MINUTE, { 'car-1': () => far });
  t.match(made.alerts, [{ change: 'raised' }]);
  made.drive(T0 + 8 * MINUTE, { 'car-1': (ms) => at(5_000 + ((ms - T0) / 1_000) * 10) });
  t.match(latest(made.alerts), [{ condition: 'cleared' }]);
});
