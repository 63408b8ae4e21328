import t from 'tap';
import type { LimitInForce } from '../../src/engine/plan/limits-over.js';
import type { TogetherSpan } from '../../src/engine/presence/together.js';
import { bunchesAmong, type UnitSpot } from '../../src/engine/presence/bunches.js';
import { type BunchInput, bunchTimes, type UncoveredSpan } from '../../src/engine/presence/bunch-times.js';
import { furthestM } from '../../src/engine/track/spots.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { BUNCH_CLEAR_MS } from '../../src/model/limits.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { BunchingRule, CompiledPlan } from '../../src/model/plan.js';
import { Random } from '../geo/support.js';
import {
  at,
  Bench,
  bunchingRule,
  checkpointGap,
  circle,
  fix,
  HOUR,
  MINUTE,
  plan,
  RULER,
  said,
  T0,
  unit,
  windowRule,
} from './support.js';
import { latest, random, standing } from './verdicts.js';

const SEED = 20_261_201;
t.comment(`seed ${SEED}`);
const CARS = ['car-1', 'car-2', 'car-3', 'car-4'];
const gate = circle('gate', at(0), 100);
const yard = circle('yard', at(3_000), 100);
const together = {
  'car-1': () => at(1_000),
  'car-2': () => at(1_030),
  'car-3': () => at(1_000, 30),
  'car-4': () => at(5_000),
};

function benchOf(rule: Partial<BunchingRule> = {}, more: Partial<CompiledPlan> = {}): Bench {
  return new Bench(
    plan({
      places: [gate, yard],
      units: CARS.map((id) => unit(id)),
      rules: [checkpointGap(['gate'], { thresholdMs: 3 * HOUR } as never), bunchingRule(CARS, rule)],
      ...more,
    } as Parameters<typeof plan>[0]),
  );
}

const bunched = (bench: Bench) => latest(bench.alerts).filter(({ rule }) => rule === 'bunching');

function task(more: Partial<Extract<LogEntry, { kind: 'task' }>>): LogEntry {
  const base = { taskId: `t-${JSON.stringify(more).length}`, actor: 'li', units: [], places: [], reason: 'x' };
  return { kind: 'task', task: 'maintenance', fromMs: T0, toMs: null, ...base, ...more };
}

t.test('units that stand together while a place has nobody are one alert that names both and where', async (t) => {
  const bench = benchOf();
  bench.drive(T0 + 9 * MINUTE, together);
  t.same(bunched(bench), [], 'not for long enough');
  bench.drive(T0 + 12 * MINUTE, together);
  t.match(bunched(bench), [
    {
      subject: { kind: 'district', id: 'test' },
      fromMs: T0 + 10_000,
      toMs: null,
      certainty: 'certain',
      severity: 'medium',
      evidence: { bunching: { bunches: [['car-1', 'car-2', 'car-3']], uncovered: ['gate'], withinM: 100 } },
    },
  ]);
  t.match(said(bunched(bench)[0])?.zh, /CAR-1、CAR-2、CAR-3.*聚集已.*无人/);
  bench.drive(T0 + 20 * MINUTE, { ...together, 'car-2': () => at(1_500) });
  t.match(bunched(bench), [{ condition: 'cleared', evidence: { ending: 'movement' } }]);
  const toMs = bunched(bench)[0]?.toMs ?? 0;
  t.ok(toMs > T0 + 11 * MINUTE && toMs <= T0 + 12 * MINUTE + 10_000, 'at the last proof that they were together');
});

t.test('two bunches far from each other are told apart, and are one once a unit joins them', async (t) => {
  const names = ['1', '2', '3', '4', '5', '6'].map((n) => `car-${n}`);
  const bench = benchOf(
    {},
    { units: names.map((id) => unit(id)), rules: [checkpointGap(['gate']), bunchingRule(names)] },
  );
  const [first, second] = [names.slice(0, 3), names.slice(3)];
  const apart = Object.fromEntries(names.map((id, i) => [id, () => at(i < 3 ? 1_000 : 2_000, 10 * i)]));
  bench.drive(T0 + 15 * MINUTE, apart);
  t.match(bunched(bench), [{ toMs: null, evidence: { bunching: { bunches: [first, second] } } }]);
  const near = Object.fromEntries(names.map((id, i) => [id, () => at(1_000, 10 * i)]));
  bench.drive(T0 + 40 * MINUTE, near);
  t.match(bunched(bench).at(-1), { toMs: null, evidence: { bunching: { bunches: [names] } } });
});

t.test('a post that is to be manned in a window wants somebody as well as one with a gap rule', async (t) => {
  const bench = benchOf({}, { rules: [windowRule(['gate']), bunchingRule(CARS)] });
  bench.drive(T0 + 12 * MINUTE, together);
  t.match(bunched(bench), [{ toMs: null, evidence: { bunching: { uncovered: ['gate'] } } }]);
});

t.test('a place with a rule that does not bind, or where anybody may be, is not uncovered', async (t) => {
  const resting = benchOf(
    {},
    { rules: [checkpointGap(['gate'], { binds: 'mode:peak' } as never), bunchingRule(CARS)] },
  );
  resting.drive(T0 + 20 * MINUTE, together);
  t.same(bunched(resting), []);
  const near = benchOf();
  near.drive(T0 + 30 * MINUTE, { ...together, 'car-4': (ms) => (ms === T0 + 10_000 ? at(600) : null) });
  t.same(bunched(near), [], 'a car that is silent may be at the gate');
});

t.test('who has a task, is off duty, or stands where something is done is in no bunch', async (t) => {
  const maintenance = benchOf();
  maintenance.append(maintenance.nowMs, task({ places: ['yard'] }));
  const inYard = { ...together, 'car-1': () => at(3_000), 'car-2': () => at(3_010), 'car-3': () => at(3_020) };
  maintenance.drive(T0 + 20 * MINUTE, inYard);
  t.same(bunched(maintenance), [], 'at a place with a task');
  const usual = benchOf();
  usual.drive(T0 + 20 * MINUTE, inYard);
  t.equal(bunched(usual).length, 1, 'the same without it');
  const out = benchOf();
  out.append(out.nowMs, task({ task: 'out-of-service', units: ['car-2'] }));
  out.drive(T0 + 20 * MINUTE, together);
  t.same(bunched(out), [], 'out of service');
  const off = benchOf(
    {},
    {
      units: CARS.map((id) => unit(id, id === 'car-1' ? { duty: 'early' } : {})),
      schedules: { early: [T0 - HOUR, T0 + 15 * MINUTE] },
    },
  );
  off.drive(T0 + 25 * MINUTE, together);
  t.match(bunched(off), [{ condition: 'cleared' }], 'its duty is over');
  t.ok((bunched(off)[0]?.toMs ?? 0) <= T0 + 15 * MINUTE);
});

t.test('the hours of the rule end what is found in them', async (t) => {
  const bench = benchOf({ binds: 'early' }, { schedules: { early: [T0 - HOUR, T0 + 15 * MINUTE] } });
  bench.drive(T0 + 30 * MINUTE, together);
  const [one] = bunched(bench);
  t.match(one, { condition: 'cleared' });
  t.ok((one?.toMs ?? 0) > T0 + 13 * MINUTE && (one?.toMs ?? 0) <= T0 + 15 * MINUTE);
});

t.test('a bunch of six hours is one, forgotten and restored or not; a log that is resumed knows of none', async (t) => {
  const bench = benchOf();
  for (let hour = 1; hour <= 6; hour += 1) {
    bench.drive(T0 + hour * HOUR, together, 30_000);
    const before = bench.state;
    bench.state = restoreState(dumpState(bench.state));
    t.same(dumpState(bench.state), dumpState(before));
  }
  t.ok(bench.state.finalToMs > T0 + 4 * HOUR, 'most of it is forgotten');
  const [one] = bunched(bench);
  t.match(bunched(bench), [{ toMs: null, occurrence: 1 }]);
  t.ok((one?.fromMs ?? 0) <= T0 + MINUTE, 'since its first minute');
  t.ok((bench.state.units.get('car-1')?.head?.spots.closed.length ?? 0) < 180, 'its spots are forgotten, too');
  const sinceMs = bench.nowMs;
  bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
  const atMs = sinceMs + 5 * MINUTE;
  bench.append(atMs, { kind: 'resume', sinceMs, atMs, skippedToMs: bench.nowMs, actor: 'li', reason: 'NTP' });
  t.equal(bench.state.bunches.size, 0);
});

t.test('another plan is judged from its own time on, and one without the rule ends its alert', async (t) => {
  const bench = benchOf({ holdMs: 30 * MINUTE });
  bench.drive(T0 + 12 * MINUTE, together);
  const first = bench.log.find(({ entry }) => entry.kind === 'plan')?.entry;
  if (first?.kind !== 'plan') throw new Error('no plan');
  const next = (version: number, inForceFromMs: number, rules: CompiledPlan['rules']): void => {
    bench.append(bench.nowMs, { kind: 'plan', plan: { ...first.plan, version, inForceFromMs, rules } });
  };
  t.same(bunched(bench), []);
  const gap = first.plan.rules.find(({ kind }) => kind === 'checkpoint-gap');
  if (gap === undefined) throw new Error('no rule');
  const secondMs = T0 + 14 * MINUTE;
  next(2, secondMs, [bunchingRule(CARS), gap]);
  bench.drive(T0 + 20 * MINUTE, together);
  t.match(bunched(bench), [{ fromMs: T0 + 10_000, condition: 'active', evidence: { planVersion: 2 } }]);
  const thirdMs = T0 + 24 * MINUTE;
  next(3, thirdMs, [gap]);
  bench.drive(T0 + 30 * MINUTE, together);
  t.match(bunched(bench), [{ condition: 'cleared', cause: 'plan' }]);
});

t.test('any order of arrival, and any repeat, gives the same verdicts', async (t) => {
  for (const seed of [1, 2, 3, 4, 5, 6]) {
    const next = random(SEED + seed);
    const sent = drawnFixes(next);
    const play = (delayMs: number, again: number): Bench => {
      const bench = benchOf({ holdMs: 5 * MINUTE });
      const arrivals = sent
        .flatMap((one) => (next() < again ? [one, one] : [one]))
        .map((one) => ({ ...one, atMs: one.ms + Math.floor(next() * delayMs) }))
        .sort((a, b) => a.atMs - b.atMs);
      for (const { atMs, id, ms, where } of arrivals) {
        bench.tickTo(atMs, 9_000);
        bench.send(id, fix(ms, where, { hdopCenti: 100 }));
      }
      bench.tickTo(T0 + 4 * HOUR, 9_000);
      return bench;
    };
    const expected = standing(play(0, 0));
    t.same(standing(play(29 * MINUTE, 0.2)), expected, `seed ${SEED + seed}`);
    if (seed === 1) t.ok(JSON.stringify(expected.alerts).includes('bunching'), 'some of it is a bunch');
  }
});

/** Each car goes from one of three spots to another, and stays there for up to twenty minutes; now and then it says nothing. */
function drawnFixes(
  next: () => number,
): { readonly id: string; readonly ms: number; readonly where: ReturnType<typeof at> }[] {
  const sent: { id: string; ms: number; where: ReturnType<typeof at> }[] = [];
  for (const id of CARS) {
    let place = 1_000;
    for (let ms = T0 + 10_000; ms < T0 + 2 * HOUR; ) {
      const untilMs = ms + Math.floor(next() * 120) * 10_000;
      const isSilent = next() < 0.15;
      for (; ms < untilMs; ms += 10_000)
        if (!isSilent) sent.push({ id, ms, where: at(place + Math.floor(next() * 20), Math.floor(next() * 20)) });
      const to = next() < 0.7 ? 1_000 : next() < 0.5 ? 1_400 : 0;
      const steps = Math.ceil(Math.abs(to - place) / 150);
      for (let i = 1; i <= steps; i += 1, ms += 10_000)
        sent.push({ id, ms, where: at(place + ((to - place) * i) / steps) });
      place = to;
    }
  }
  return sent.filter(({ ms }) => ms < T0 + 2 * HOUR);
}

function spotAt(unit: string, [eastM, northM]: readonly [number, number], sigmaM: number): UnitSpot {
  const { lngE7, latE7 } = at(eastM, northM);
  const box = { westE7: lngE7, southE7: latE7, eastE7: lngE7, northE7: latE7 };
  return { unit, spot: { nth: 0, fromMs: 0, toMs: 0, box, sigmaM } };
}

t.test('bunches are those that one finds by looking at who is near whom', async (t) => {
  const draw = new Random(SEED);
  for (let n = 0; n < 400; n += 1) {
    const atLeast = draw.int(2, 4);
    const spots = Array.from({ length: draw.int(1, 9) }, (_, i) =>
      spotAt(`u${i}`, [draw.int(0, 300), draw.int(0, 60)], draw.int(0, 20)),
    );
    const isNear = (a: UnitSpot, b: UnitSpot): boolean => furthestM(a.spot, b.spot, RULER) <= 100;
    const isAmid = (one: UnitSpot): boolean =>
      spots.filter((other) => other === one || isNear(one, other)).length >= atLeast;
    const expected = new Set<string>();
    for (const amid of spots.filter(isAmid)) {
      const bunch = new Set([amid]);
      for (const one of bunch)
        for (const other of spots) if (isNear(one, other) && (isAmid(one) || isAmid(other))) bunch.add(other);
      expected.add(
        [...bunch]
          .map(({ unit }) => unit)
          .sort()
          .join(' '),
      );
    }
    const found = bunchesAmong(n % 2 === 0 ? spots : spots.toReversed(), { atLeast, withinM: 100 }, RULER);
    t.same(
      found.map((bunch) => bunch.map(({ unit }) => unit).join(' ')),
      [...expected].sort(),
      JSON.stringify({ spots, atLeast }),
    );
  }
});

const HOLD = 10 * BUNCH_CLEAR_MS;
const LIMITS: readonly LimitInForce<BunchingRule>[] = [
  {
    fromMs: 0,
    toMs: Number.MAX_SAFE_INTEGER,
    limitMs: HOLD,
    rule: bunchingRule(CARS, { holdMs: HOLD }),
    planVersion: 1,
  },
];

function inputOf(spans: readonly TogetherSpan[], uncovered: readonly UncoveredSpan[], untilMs: number): BunchInput {
  const goesOn = ({ toMs }: TogetherSpan): boolean => toMs >= untilMs;
  const bunchAt = () => new Map(['a', 'b', 'c', 'd'].map((unit) => [unit, 'a']));
  return { limits: LIMITS, together: { spans, goesOn, bunchAt }, uncovered, untilMs, remembered: null };
}

t.test('a bunch is found when both have lasted, as one finds by looking at each instant', async (t) => {
  const draw = new Random(SEED);
  const STEP = BUNCH_CLEAR_MS / 2;
  const END = 200 * STEP;
  let found = 0;
  for (let n = 0; n < 300; n += 1) {
    const spansOf = (count: number): { fromMs: number; toMs: number }[] => {
      const cuts = Array.from({ length: 2 * count }, () => draw.int(0, 200) * STEP).sort((a, b) => a - b);
      return Array.from({ length: count }, (_, i) => ({
        fromMs: cuts[2 * i] as number,
        toMs: cuts[2 * i + 1] as number,
      }));
    };
    const spans = ['a', 'b', 'c', 'd'].flatMap((unit) =>
      spansOf(draw.int(1, 2)).map((span): TogetherSpan => ({ unit, ...span })),
    );
    const gaps = ['g', 'h'].flatMap((place) =>
      spansOf(draw.int(0, 2)).map((span): UncoveredSpan => ({ key: place, place, ...span })),
    );
    const holds = (ms: number): boolean => {
      const lasts = ({ fromMs, toMs }: { fromMs: number; toMs: number }): boolean => fromMs + HOLD <= ms && ms < toMs;
      return spans.filter(lasts).length >= 3 && gaps.some(lasts);
    };
    const whole = bunchTimes(inputOf(spans, gaps, END)).times;
    found += whole.length;
    for (let ms = 0; ms < END; ms += STEP) {
      const isIn = whole.some(({ fromMs, toMs }) => fromMs <= ms && ms < toMs);
      if (holds(ms)) t.ok(isIn, `${n}: ${ms / STEP}`);
    }
    for (const { beganMs, fromMs, toMs } of whole) t.ok(holds(fromMs) && holds(toMs - 1) && beganMs + HOLD <= fromMs);
    for (const [i, one] of whole.entries())
      t.ok(i === 0 || one.fromMs - (whole[i - 1]?.toMs ?? 0) >= BUNCH_CLEAR_MS, 'none so near another');
  }
  t.ok(found > 50, `found ${found}`);
});
