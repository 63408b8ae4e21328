import t from 'tap';
import { onHand } from '../../src/engine/presence/on-hand.js';
import { limitsOver } from '../../src/engine/plan/limits-over.js';
import { bindingIntervals } from '../../src/engine/plan/windows.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { POSSIBLE_FOR_MS, VISIT_MERGE_MS } from '../../src/model/limits.js';
import type { LogEntry } from '../../src/model/log-entry.js';
import type { CompiledPlan, DutyStrengthRule } from '../../src/model/plan.js';
import { scopeSubject } from '../../src/model/subject.js';
import { at, Bench, circle, dutyRule, fix, HOUR, MINUTE, plan, said, T0, unit } from './support.js';
import { latest, random, standing } from './verdicts.js';

const CARS = ['car-1', 'car-2', 'car-3'];
const HOLD_MS = 2 * MINUTE;
const SILENT_MS = MINUTE;
/** Drives to and fro over 600 m in four minutes. */
const round = (ms: number): ReturnType<typeof at> => at(Math.abs(((ms / 1_000) % 240) - 120) * 5);
const parked = () => at(2_000);
const never = () => null;

function benchOf(rule: Partial<DutyStrengthRule> = {}, more: Partial<CompiledPlan> = {}): Bench {
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: CARS.map((id) => unit(id)),
      rules: [dutyRule(CARS, rule)],
      ...more,
    } as Parameters<typeof plan>[0]),
  );
}

function task(
  id: string,
  fromMs: number,
  toMs: number | null,
  kind: 'incident' | 'out-of-service' = 'incident',
): LogEntry {
  return {
    kind: 'task',
    taskId: `t-${id}-${fromMs}`,
    actor: 'li',
    task: kind,
    units: [id],
    places: [],
    fromMs,
    toMs,
    reason: 'x',
  };
}

const all = { 'car-1': round, 'car-2': round, 'car-3': parked };

t.test(
  'units wherever they are count while they are heard of; one that is silent makes it a risk, then a shortfall',
  async (t) => {
    const bench = benchOf({ atLeast: 3 });
    bench.drive(T0 + 10 * MINUTE, all);
    t.same(
      latest(bench.alerts).filter(({ condition }) => condition === 'active'),
      [],
    );
    const told = bench.alerts.length;
    bench.drive(T0 + 15 * MINUTE, { ...all, 'car-3': never });
    const raised = bench.alerts[told];
    t.match(raised, {
      rule: 'duty-strength',
      change: 'raised',
      subject: { kind: 'district', id: 'test' },
      place: null,
      unit: null,
      certainty: 'unknown',
      severity: 'medium',
      evidence: { possibleUnits: ['car-3'], strength: { atLeast: 3, present: 2, atMost: 3, scope: 'reserve' } },
    });
    const lastMs = T0 + 10 * MINUTE;
    t.ok(Math.abs((raised?.fromMs ?? 0) - lastMs) < 11_000, 'from its last fix on');
    bench.drive(lastMs + POSSIBLE_FOR_MS + 5 * MINUTE, { ...all, 'car-3': never });
    t.match(
      latest(bench.alerts),
      [{}, { condition: 'active', certainty: 'uncovered', evidence: { strength: { atMost: 2 } } }].slice(-1),
    );
    bench.drive(bench.nowMs + 5 * MINUTE, all);
    t.match(latest(bench.alerts).at(-1), { condition: 'cleared', evidence: { ending: 'arrival', byUnit: 'car-3' } });
  },
);

t.test('the hours of a night are one window: from its first instant on, and not at its last any more', async (t) => {
  // In the time zone of the district: 20:00 to 08:30.
  const opensMs = T0 + 12 * HOUR;
  const closesMs = T0 + 24 * HOUR + 30 * MINUTE;
  const night = [opensMs, closesMs];
  const bench = benchOf(
    { binds: 'night', atLeast: 7, counts: 'officers' },
    {
      units: [
        unit('car-1', { crewCount: 4, duty: 'night' }),
        unit('car-2', { crewCount: 2, duty: 'night' }),
        unit('car-3', { crewCount: 9 }),
      ],
      rules: [dutyRule(['car-1', 'car-2'], { binds: 'night', atLeast: 7, counts: 'officers' })],
      schedules: { night },
      inForceFromMs: opensMs - HOUR,
    },
  );
  for (let ms = opensMs - 30 * MINUTE; ms <= closesMs + HOUR; ms += 30 * MINUTE) bench.drive(ms, all);
  const told = latest(bench.alerts);
  t.match(told, [
    {
      fromMs: opensMs,
      toMs: closesMs,
      certainty: 'uncovered',
      occurrence: 1,
      evidence: { ending: 'window', strength: { atLeast: 7, counts: 'officers', atMost: 6 } },
    },
  ]);
  t.equal(told.length, 1, 'one night is one shortfall over midnight');
  t.equal(bench.alerts[0]?.atMs, opensMs + HOLD_MS);
  t.match(said(bench.alerts[0]), { zh: /^备勤警力不足已2分钟（20:00起，应有7名警力，/ });
});

t.test('a unit with a task, out of service or off duty is not on hand', async (t) => {
  for (const [what, entry, isShort] of [
    ['an incident', task('car-2', T0 + 20 * MINUTE, T0 + 40 * MINUTE), true],
    ['out of service', task('car-2', T0 + 20 * MINUTE, null, 'out-of-service'), true],
    ['a task of one that does not count', task('car-9', T0 + 20 * MINUTE, null), false],
  ] as const) {
    const bench = benchOf({ units: ['car-1', 'car-2'] });
    bench.drive(T0 + 10 * MINUTE, all);
    const told = bench.alerts.length;
    bench.append(bench.nowMs, entry);
    bench.drive(T0 + 30 * MINUTE, all);
    const last = bench.alerts.slice(told);
    if (!isShort) t.same(last, [], what);
    else
      t.match(
        last,
        [{ fromMs: T0 + 20 * MINUTE, certainty: 'uncovered', evidence: { strength: { present: 1, atMost: 1 } } }],
        what,
      );
    bench.drive(T0 + 50 * MINUTE, all);
    const ends = entry.kind === 'task' && entry.toMs !== null;
    const active = latest(bench.alerts).filter(({ condition }) => condition === 'active');
    t.equal(active.length, isShort && !ends ? 1 : 0, `${what}, afterwards`);
  }
  const off = benchOf(
    {},
    {
      units: [unit('car-1'), unit('car-2', { duty: 'early' }), unit('car-3', { duty: 'none' })],
      schedules: { early: [T0 - HOUR, T0 + 30 * MINUTE], none: [] },
    },
  );
  off.drive(T0 + 40 * MINUTE, all);
  t.match(latest(off.alerts).at(-1), { fromMs: T0 + 30 * MINUTE, certainty: 'uncovered' }, 'its duty is over');
});

t.test('a silent unit that was stated by radio to be somewhere is on hand', async (t) => {
  const bench = benchOf({ units: ['car-1', 'car-2'] });
  bench.drive(T0 + 10 * MINUTE, all);
  bench.drive(T0 + 12 * MINUTE, { ...all, 'car-2': never });
  const told = bench.alerts.length;
  const untilMs = bench.nowMs + 20 * MINUTE;
  bench.append(bench.nowMs, {
    kind: 'statement',
    statementId: 's1',
    actor: 'li',
    unit: 'car-2',
    at: 'gate',
    notAt: [],
    untilMs,
    note: null,
  });
  bench.drive(T0 + 30 * MINUTE, { ...all, 'car-2': never });
  const active = () => latest(bench.alerts).filter(({ condition }) => condition === 'active');
  t.same(active(), [], `told ${told}`);
  bench.drive(untilMs + 5 * MINUTE, { ...all, 'car-2': never });
  t.match(active(), [{ certainty: 'unknown', evidence: { possibleUnits: ['car-2'] } }], 'its time ran out');
  bench.drive(untilMs + POSSIBLE_FOR_MS + 5 * MINUTE, { ...all, 'car-2': never });
  t.match(active(), [{ certainty: 'uncovered' }]);
});

const MOVED = { metres: 500, withinMs: HOUR };

t.test(
  'one that must keep moving counts for an hour of its duty, then only if it has moved; parked it does not',
  async (t) => {
    const bench = benchOf({ atLeast: 3, moved: MOVED });
    bench.drive(T0 + 55 * MINUTE, all);
    t.same(
      latest(bench.alerts).filter(({ condition }) => condition === 'active'),
      [],
      'it need not have moved yet',
    );
    bench.drive(T0 + 70 * MINUTE, all);
    const [last] = latest(bench.alerts).slice(-1);
    t.match(last, {
      condition: 'active',
      certainty: 'uncovered',
      evidence: { strength: { present: 2, atMost: 2, moved: MOVED } },
    });
    t.ok(Math.abs((last?.fromMs ?? 0) - (T0 + HOUR)) < 21_000, `from ${((last?.fromMs ?? 0) - T0) / MINUTE} min`);
    bench.drive(T0 + 75 * MINUTE, { ...all, 'car-3': (ms) => at(2_000 + (ms - T0 - 70 * MINUTE) / 200) });
    t.match(latest(bench.alerts).at(-1), { condition: 'cleared', evidence: { byUnit: 'car-3' } });
  },
);

t.test('what was not measured of its way is a risk and no shortfall', async (t) => {
  const bench = benchOf({ units: ['car-3'], atLeast: 1, moved: MOVED });
  bench.drive(T0 + 40 * MINUTE, all);
  bench.drive(T0 + 46 * MINUTE, { ...all, 'car-3': never });
  bench.drive(T0 + 90 * MINUTE, all);
  t.match(latest(bench.alerts).at(-1), {
    condition: 'active',
    certainty: 'unknown',
    evidence: { possibleUnits: ['car-3'] },
  });
  bench.drive(T0 + 110 * MINUTE, all);
  t.match(
    latest(bench.alerts).at(-1),
    { condition: 'active', certainty: 'uncovered' },
    'an hour after the hole it is sure',
  );
});

t.test(
  'a shortfall of six hours is one, forgotten and restored or not; a log that is resumed knows of none before',
  async (t) => {
    const bench = benchOf({ moved: MOVED });
    for (let hour = 1; hour <= 6; hour += 1) {
      bench.drive(T0 + hour * HOUR, { ...all, 'car-2': never });
      const before = bench.state;
      bench.state = restoreState(dumpState(bench.state));
      t.same(dumpState(bench.state), dumpState(before));
    }
    t.ok(bench.state.finalToMs > T0 + 4 * HOUR, 'most of it is forgotten');
    t.equal(bench.state.scopeShortfalls.size, 1);
    const [last] = latest(bench.alerts).slice(-1);
    t.match(last, { toMs: null, certainty: 'uncovered', occurrence: 1 });
    t.ok((last?.fromMs ?? 0) <= T0 + HOUR + 21_000);
    const sinceMs = bench.nowMs;
    bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
    const atMs = sinceMs + 5 * MINUTE;
    bench.append(atMs, { kind: 'resume', sinceMs, atMs, skippedToMs: bench.nowMs, actor: 'li', reason: 'NTP' });
    t.equal(bench.state.scopeShortfalls.size, 0);
  },
);

t.test('a plan with other units is judged from its own time on, and one without the rule ends its alert', async (t) => {
  const bench = benchOf({ units: ['car-1', 'car-2'] });
  bench.drive(T0 + 20 * MINUTE, all);
  const first = bench.log.find(({ entry }) => entry.kind === 'plan')?.entry;
  if (first?.kind !== 'plan') throw new Error('no plan');
  const next = (version: number, inForceFromMs: number, rules: CompiledPlan['rules']): void => {
    bench.append(bench.nowMs, { kind: 'plan', plan: { ...first.plan, version, inForceFromMs, rules } });
  };
  const secondMs = bench.nowMs + 2 * MINUTE;
  next(2, secondMs, [dutyRule(['car-1'])]);
  bench.drive(secondMs + 10 * MINUTE, all);
  t.match(latest(bench.alerts).at(-1), {
    condition: 'active',
    fromMs: secondMs,
    certainty: 'uncovered',
    evidence: { planVersion: 2 },
  });
  const thirdMs = bench.nowMs + 2 * MINUTE;
  next(3, thirdMs, []);
  bench.drive(thirdMs + 10 * MINUTE, all);
  t.match(latest(bench.alerts).at(-1), { condition: 'cleared', toMs: thirdMs, cause: 'plan' });
});

t.test('what a network outage alone explains is suppressed under it', async (t) => {
  const silence = { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: CARS } as const;
  const bench = benchOf({}, { rules: [dutyRule(CARS), silence] });
  bench.drive(T0 + 10 * MINUTE, all);
  bench.tickTo(T0 + 16 * MINUTE);
  const told = latest(bench.alerts);
  const outage = told.find(({ rule }) => rule === 'network-outage');
  t.match(
    told.filter(({ rule, condition }) => rule === 'duty-strength' && condition === 'active'),
    [{ certainty: 'unknown', suppressedBy: outage?.alertId ?? 'none' }],
  );
});

const SEED = 20261201;
const DUTY = [T0 + 10 * MINUTE, T0 + 150 * MINUTE] as const;

/** Instants of a unit's fixes: it reports each ten seconds, with holes as are drawn. */
function drawTimes(next: () => number, untilMs: number): number[] {
  const times: number[] = [];
  for (let ms = T0 + Math.floor(next() * 30) * 10_000; ms < untilMs; ) {
    const endMs = Math.min(untilMs, ms + Math.floor(next() * (next() < 0.3 ? 3 : 180)) * 10_000 + 10_000);
    for (; ms < endMs; ms += 10_000) times.push(ms);
    ms += Math.floor(next() * (next() < 0.5 ? 18 : 360)) * 10_000;
  }
  return times;
}

/** A time in which nobody knew of a unit; `seenMs`: when it was seen again, null while it is not. */
interface Hole {
  readonly fromMs: number;
  readonly toMs: number;
  readonly seenMs: number | null;
}

/** A first fix, and one after a hole, proves nothing before the next. */
function holesOf(times: readonly number[], nowMs: number): Hole[] {
  const holes: Hole[] = [];
  const isHidden = nowMs - (times.at(-1) ?? 0) >= SILENT_MS;
  for (const [i, ms] of times.entries()) {
    const before = times[i - 1];
    if (before !== undefined && ms - before < VISIT_MERGE_MS) continue;
    const after = times[i + 1];
    const seenMs = after !== undefined && after - ms < VISIT_MERGE_MS ? after : ms;
    const goesOn = after === undefined && !isHidden;
    holes.push({ fromMs: before ?? 0, toMs: goesOn ? nowMs + 1 : seenMs, seenMs });
  }
  if (isHidden) holes.push({ fromMs: times.at(-1) ?? 0, toMs: nowMs + 1, seenMs: null });
  return holes;
}

/** Whether a unit was on hand at an instant by its fixes: for certain, perhaps, or not. */
function referenceAt(ms: number, holes: readonly Hole[], busy: readonly [number, number]): '+' | '?' | '-' {
  if (ms < DUTY[0] || ms >= DUTY[1] || (ms >= busy[0] && ms < busy[1])) return '-';
  const own = holes.filter(({ fromMs, toMs }) => ms >= fromMs && ms < toMs);
  if (own.length === 0) return '+';
  const isDoubt = own.some(({ fromMs, seenMs }) => {
    const isBegun = ms < Math.max(fromMs, DUTY[0]) + POSSIBLE_FOR_MS;
    return isBegun || (seenMs !== null && ms >= seenMs - POSSIBLE_FOR_MS);
  });
  return isDoubt ? '?' : '-';
}

/** What the engine says of a unit, now, of an instant of the past. */
function onHandAt(bench: Bench): (unitId: string, ms: number) => '+' | '?' | '-' {
  const { state } = bench;
  const rule = state.plans[0]?.ruleById.get('on-hand');
  if (rule?.kind !== 'duty-strength') throw new Error('no rule');
  const subject = scopeSubject('test', rule.id);
  const limits = limitsOver<DutyStrengthRule>(state, rule, subject);
  const found = onHand(state, new Set(rule.units), bindingIntervals(state, rule.id, subject), limits);
  const within = (spans: typeof found.covered, unitId: string, ms: number): boolean =>
    spans.some(({ unit: id, fromMs, toMs }) => id === unitId && ms >= fromMs && ms < toMs);
  return (unitId, ms) => (within(found.covered, unitId, ms) ? '+' : within(found.possible, unitId, ms) ? '?' : '-');
}

t.test(`seed ${SEED}: who is on hand is who one finds by looking at each second`, async (t) => {
  const next = random(SEED);
  const seen = { '+': 0, '?': 0, '-': 0 };
  for (let run = 0; run < 12; run += 1) {
    const untilMs = T0 + (40 + Math.floor(next() * 120)) * MINUTE + Math.floor(next() * 60) * 1_000;
    const bench = benchOf({}, { units: CARS.map((id) => unit(id, { duty: 'own' })), schedules: { own: DUTY } });
    bench.state.timers.set({ kind: 'prune' }, null);
    const times = new Map(CARS.map((id) => [id, drawTimes(next, untilMs)]));
    const busy = [T0 + Math.floor(next() * 100) * MINUTE, T0 + Math.floor(100 + next() * 40) * MINUTE] as const;
    bench.append(bench.nowMs, task('car-1', ...busy));
    bench.drive(
      untilMs,
      Object.fromEntries(CARS.map((id) => [id, (ms) => (times.get(id)?.includes(ms) === true ? round(ms) : null)])),
    );
    const engine = onHandAt(bench);
    for (const id of CARS) {
      const own = (times.get(id) ?? []).filter((ms) => ms <= bench.nowMs);
      const holes = holesOf(own, bench.nowMs);
      let wrong = 0;
      for (let ms = T0; ms < bench.nowMs; ms += 1_000) {
        const expected = referenceAt(ms, holes, id === 'car-1' ? busy : [0, 0]);
        seen[expected] += 1;
        if (engine(id, ms) !== expected && wrong === 0) {
          wrong += 1;
          t.equal(
            engine(id, ms),
            expected,
            `run ${run}, ${id}, second ${(ms - T0) / 1_000} of ${(bench.nowMs - T0) / 1_000}`,
          );
        }
      }
    }
  }
  t.ok(Math.min(...Object.values(seen)) > 10_000, JSON.stringify(seen));
});

t.test(
  `seed ${SEED + 1}: a unit counts as one that moves, or does not, only if all of its positions say so`,
  async (t) => {
    const next = random(SEED + 1);
    const seen = { '+': 0, '?': 0, '-': 0 };
    const terms = { metres: 300, withinMs: 20 * MINUTE };
    for (let run = 0; run < 6; run += 1) {
      const untilMs = T0 + 150 * MINUTE;
      const bench = benchOf({ units: ['car-1'], atLeast: 1, moved: terms }, { units: [unit('car-1')] });
      bench.state.timers.set({ kind: 'prune' }, null);
      const way: { readonly ms: number; readonly east: number }[] = [];
      const times = new Set(drawTimes(next, untilMs));
      let east = 0;
      let [speed, turnMs] = [0, 0];
      bench.drive(untilMs, {
        'car-1': (ms) => {
          if (ms >= turnMs) {
            speed = next() < 0.5 ? 0 : (next() - 0.5) * 16;
            turnMs = ms + Math.floor(next() * 25) * MINUTE;
          }
          east += speed * 10;
          if (!times.has(ms)) return null;
          way.push({ ms, east });
          return at(east);
        },
      });
      const engine = onHandAt(bench);
      for (let ms = T0 + terms.withinMs; ms < bench.nowMs - SILENT_MS; ms += 5_000) {
        const lately = way.filter((one) => one.ms <= ms && one.ms > ms - terms.withinMs);
        const spread =
          lately.length === 0
            ? 0
            : Math.max(...lately.map((one) => one.east)) - Math.min(...lately.map((one) => one.east));
        const claim = engine('car-1', ms);
        seen[claim] += 1;
        if (claim === '+' && spread < terms.metres) t.fail(`run ${run}: moved at ${(ms - T0) / 1_000} by ${spread}`);
        const isSeen = lately.length > terms.withinMs / 10_000 - 2;
        if (claim === '-' && isSeen && spread >= terms.metres)
          t.fail(`run ${run}: not moved at ${(ms - T0) / 1_000} by ${spread}`);
      }
    }
    t.ok(Math.min(...Object.values(seen)) > 100, JSON.stringify(seen));
  },
);

t.test('the order in which fixes come changes nothing of what stands', async (t) => {
  for (const seed of [1, 2]) {
    const benches = [0, 25 * MINUTE].map((delayMs) => {
      const next = random(seed);
      const late = random(seed + 100);
      const bench = benchOf({ moved: { metres: 300, withinMs: 20 * MINUTE } });
      const arrivals = CARS.flatMap((id) =>
        drawTimes(next, T0 + 2 * HOUR).map((ms) => ({
          id,
          ms,
          atMs: ms + Math.floor(late() * delayMs),
          where: next() < 0.1 ? round(ms) : at(1_000),
        })),
      ).sort((a, b) => a.atMs - b.atMs || (a.id < b.id ? -1 : 1));
      for (const { id, ms, atMs, where } of arrivals) {
        bench.tickTo(atMs);
        bench.send(id, fix(ms, where));
      }
      bench.tickTo(T0 + 4 * HOUR);
      return bench;
    });
    const [plain, late] = benches.map(standing);
    t.ok((plain?.alerts.length ?? 0) > 1);
    t.same(late, plain, `seed ${seed}`);
  }
});
