import t from 'tap';
import type { CompiledPlan, PlanRule, PlanUnit } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const here = at(500);
const IDS = ['car-1', 'car-2', 'car-3', 'car-4'];
const FEET = ['foot-1', 'foot-2', 'foot-3', 'foot-4'];

function silence(id: string, units: readonly string[], more: Partial<PlanRule> = {}): PlanRule {
  return { id, kind: 'tracker-silence', severity: 'medium', binds: 'always', units, ...more } as PlanRule;
}

function all(ids: readonly string[]): Record<string, () => typeof here> {
  return Object.fromEntries(ids.map((id) => [id, () => here]));
}

t.test('an outage of one network says nothing of the units of another rule', async (t) => {
  const units = [...IDS.map((id) => unit(id)), ...FEET.map((id) => unit(id, { kind: 'foot' }))];
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units, rules: [silence('cars', IDS), silence('feet', FEET)] }),
  );
  bench.drive(T0 + 5 * MINUTE, all([...IDS, ...FEET]));
  bench.drive(T0 + 8 * MINUTE, all(IDS));
  bench.drive(T0 + 10 * MINUTE, all(IDS.slice(1)));
  t.match(
    latest(bench.alerts).filter(({ rule }) => rule === 'network-outage'),
    [{ ruleId: 'feet', condition: 'active', evidence: { units: FEET } }],
  );
  t.equal(bench.alerts.filter(({ rule }) => rule === 'network-outage').length, 1);
});

t.test('an outage that came and went is released once it has been calm, though nobody is silent', async (t) => {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: IDS.map((id) => unit(id)), rules: [silence('cars', IDS)] }),
  );
  bench.drive(T0 + MINUTE, all(IDS));
  for (let i = 0; i < 4; i += 1) {
    bench.tickTo(bench.nowMs + 75_000);
    bench.drive(bench.nowMs + 20_000, all(IDS));
  }
  const outages = (): object[] => latest(bench.alerts).filter(({ rule }) => rule === 'network-outage');
  t.match(outages(), [{ chattering: true, condition: 'active' }]);
  const calmSinceMs = bench.nowMs - 20_000;
  bench.drive(calmSinceMs + 12 * MINUTE, all(IDS));
  t.match(outages(), [{ chattering: true, condition: 'cleared' }]);
});

function quiet(bench: Bench, seconds: number): void {
  bench.tickTo(bench.nowMs + seconds * 1_000, 1_000);
}

function one(more: Partial<PlanUnit> = {}, plans: Partial<CompiledPlan> = {}, rule: Partial<PlanRule> = {}): Bench {
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', more)],
      rules: [silence('silence', ['car-1'], rule)],
      ...plans,
    } as Parameters<typeof plan>[0]),
  );
}

t.test('a tracker is silent after three intervals, but not before a minute, by the clock of the log', async (t) => {
  for (const [intervalS, silentS] of [
    [5, 60],
    [20, 60],
    [21, 63],
    [60, 180],
  ] as const) {
    const bench = one({ expectedIntervalMs: intervalS * 1_000 });
    const heardMs = bench.nowMs;
    bench.send('car-1', fix(heardMs - 50_000, here));
    quiet(bench, silentS - 1);
    t.same(bench.alerts, [], `${intervalS} s`);
    quiet(bench, 1);
    t.match(bench.alerts, [
      {
        change: 'raised',
        rule: 'tracker-silence',
        subject: { kind: 'unit', id: 'car-1' },
        fromMs: heardMs,
        atMs: heardMs + silentS * 1_000,
        certainty: 'certain',
        evidence: { thresholdMs: silentS * 1_000 },
      },
    ]);
  }
});

t.test('anything that it says ends a silence, late fixes do not take it back', async (t) => {
  const words: Record<string, (bench: Bench) => void> = {
    'a fix': (bench) => bench.send('car-1', fix(bench.nowMs, here)),
    'a late fix': (bench) => bench.send('car-1', fix(bench.nowMs - 31 * MINUTE, here)),
    'a fix that fills the silence': (bench) => bench.send('car-1', fix(bench.nowMs - 100_000, here)),
    'a fix without a position': (bench) => bench.send('car-1', fix(bench.nowMs, null)),
    'a heartbeat': (bench) => bench.append(bench.nowMs, { kind: 'heartbeat', trackers: ['t-car-1'] }),
  };
  for (const [what, say] of Object.entries(words)) {
    const bench = one();
    const heardMs = bench.nowMs;
    bench.send('car-1', fix(heardMs, here));
    quiet(bench, 200);
    say(bench);
    const endMs = bench.nowMs;
    quiet(bench, 50);
    t.match(latest(bench.alerts), [{ condition: 'cleared', fromMs: heardMs, toMs: endMs }], what);
    t.notOk(
      bench.alerts.some(({ change }) => change === 'retracted' || change === 'corrected'),
      what,
    );
  }
});

t.test('a heartbeat in time keeps a tracker from being silent', async (t) => {
  const bench = one();
  for (let i = 0; i < 10; i += 1) {
    bench.append(bench.nowMs, { kind: 'heartbeat', trackers: ['t-car-1'] });
    quiet(bench, 59);
  }
  t.same(bench.alerts, []);
});

t.test('silence counts on duty and while the rule binds, from the start of both to the end of either', async (t) => {
  const duty = [T0 + 10 * MINUTE, T0 + 20 * MINUTE];
  const binds = [T0 + 12 * MINUTE, T0 + 30 * MINUTE];
  const bench = one({ duty: 'duty' }, { schedules: { duty, binds } }, { binds: 'binds' });
  bench.tickTo(T0 + 13 * MINUTE - 1_000, 1_000);
  t.same(bench.alerts, []);
  bench.tickTo(T0 + 40 * MINUTE, 1_000);
  t.match(bench.alerts, [
    { change: 'raised', fromMs: T0 + 12 * MINUTE, atMs: T0 + 13 * MINUTE, cause: 'timer' },
    { change: 'cleared', toMs: T0 + 20 * MINUTE, atMs: T0 + 20 * MINUTE, cause: 'timer' },
  ]);
  t.equal(bench.alerts.filter(({ change }) => change !== 'confirmed').length, 2);
});

t.test('what a tracker said before its duty does not make it silent since then', async (t) => {
  const bench = one({ duty: 'duty' }, { schedules: { duty: [T0 + 10 * MINUTE, T0 + HOUR] } });
  bench.append(bench.nowMs, { kind: 'heartbeat', trackers: ['t-car-1'] });
  bench.tickTo(T0 + 11 * MINUTE - 1_000, 1_000);
  t.same(bench.alerts, []);
  quiet(bench, 1);
  t.match(bench.alerts, [{ change: 'raised', fromMs: T0 + 10 * MINUTE }]);
});

t.test('nobody is silent while the server was away (T3)', async (t) => {
  for (const [awayS, silent] of [
    [10, true],
    [11, false],
  ] as const) {
    const bench = one();
    const heardMs = bench.nowMs;
    bench.send('car-1', fix(heardMs, here));
    quiet(bench, 50);
    bench.append(bench.nowMs + awayS * 1_000, { kind: 'tick' });
    t.equal(bench.alerts.length, silent ? 1 : 0, `away for ${awayS} s`);
    if (silent) continue;
    const backMs = bench.nowMs;
    quiet(bench, 59);
    t.same(bench.alerts, []);
    quiet(bench, 1);
    t.match(bench.alerts, [{ change: 'raised', fromMs: heardMs, atMs: backMs + 60_000 }]);
  }
});

t.test('a silence that went on over an outage of the server is one silence', async (t) => {
  const bench = one();
  const heardMs = bench.nowMs;
  bench.send('car-1', fix(heardMs, here));
  quiet(bench, 70);
  bench.append(bench.nowMs + HOUR, { kind: 'tick' });
  quiet(bench, 100);
  t.match(
    bench.alerts.map(({ change }) => change),
    ['raised', 'confirmed'],
  );
  bench.send('car-1', fix(bench.nowMs, here));
  quiet(bench, 1);
  t.match(latest(bench.alerts), [{ condition: 'cleared', fromMs: heardMs }]);
});

t.test('a network is out when more than half fell silent within a minute of each other, three at least', async (t) => {
  const told = (lastWordsS: readonly number[], on: readonly string[]): object[] => {
    const ids = lastWordsS.map((_, i) => `car-${i + 1}`);
    const bench = new Bench(
      plan({
        places: [circle('gate', at(0), 100)],
        units: [...ids, ...on].map((id) => unit(id)),
        rules: [silence('cars', [...ids, ...on])],
      }),
    );
    for (let s = 0; s <= 300; s += 10) {
      bench.tickTo(T0 + s * 1_000, 1_000);
      for (const [i, id] of ids.entries()) if (s <= (lastWordsS[i] ?? 0)) bench.send(id, fix(T0 + s * 1_000, here));
      for (const id of on) bench.send(id, fix(T0 + s * 1_000, here));
    }
    bench.tickTo(bench.nowMs + 1_000);
    return latest(bench.alerts).filter(({ rule }) => rule === 'network-outage');
  };
  t.match(told([60, 60, 120], ['x-1', 'x-2']), [
    { fromMs: T0 + 60_000, evidence: { units: ['car-1', 'car-2', 'car-3'] } },
  ]);
  t.same(told([60, 60, 130], ['x-1', 'x-2']), [], 'not together');
  t.same(told([60, 60, 60], ['x-1', 'x-2', 'x-3']), [], 'half are not most');
  t.same(told([60, 60], []), [], 'two are no network');
});

t.test(
  'one outage is one alert: whoever falls silent joins it before a silence of its own is told, and so do gaps',
  async (t) => {
    const ids = Array.from({ length: 21 }, (_, i) => `car-${String(i + 1).padStart(2, '0')}`);
    const bench = new Bench(
      plan({
        places: [circle('gate', at(500), 100), circle('far', at(60_000), 100)],
        units: ids.map((id, i) => unit(id, { expectedIntervalMs: i % 5 === 0 ? 30_000 : 10_000 })),
        rules: [silence('cars', ids), checkpointGap(['gate', 'far'])],
      }),
    );
    // Each reports at a second of its own; the network fails for all at once.
    const failsMs = T0 + 20 * MINUTE;
    const talk = (untilMs: number): void => {
      while (bench.nowMs < untilMs) {
        bench.tickTo(bench.nowMs + 1_000);
        for (const [i, id] of ids.entries()) {
          const everyS = i % 5 === 0 ? 30 : 10;
          if (Math.floor(bench.nowMs / 1_000) % everyS === i % everyS) bench.send(id, fix(bench.nowMs, here));
        }
      }
    };
    talk(failsMs);
    const before = bench.alerts.length;
    quiet(bench, 20 * 60);
    const told = bench.alerts.slice(before);
    const outages = latest(told).filter(({ rule }) => rule === 'network-outage');
    t.match(outages, [{ condition: 'active', evidence: { units: ids } }]);
    const [outage] = outages;
    const loud = told.filter(({ rule, suppressedBy, place }) => {
      return rule !== 'network-outage' && suppressedBy === null && place !== 'far';
    });
    t.same(loud, [], 'nothing else is told, not for a second');
    t.equal(
      latest(told).filter(({ suppressedBy }) => suppressedBy === outage?.alertId).length,
      22,
      '21 silences and the gate',
    );
    t.match(
      latest(bench.alerts).filter(({ place }) => place === 'far'),
      [{ suppressedBy: null }],
      'a gap from before the outage is not of its making',
    );
    talk(bench.nowMs + 3 * MINUTE);
    const after = latest(bench.alerts).filter(({ fromMs }) => fromMs > failsMs - MINUTE);
    t.ok(
      after.every(
        ({ condition, rule, suppressedBy }) =>
          condition === 'cleared' && (rule === 'network-outage' || suppressedBy === outage?.alertId),
      ),
      'and when it is over, all of it is over',
    );
  },
);

t.test('an outage suppresses the silences of its own time, while they last and when they are over', async (t) => {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: IDS.map((id) => unit(id)), rules: [silence('cars', IDS)] }),
  );
  bench.drive(T0 + MINUTE, all(IDS));
  bench.drive(T0 + 4 * MINUTE, all(IDS.slice(1)));
  bench.drive(T0 + 20 * MINUTE, all(IDS));
  t.match(latest(bench.alerts), [{ unit: 'car-1', condition: 'cleared', suppressedBy: null }]);
  quiet(bench, 120);
  const outage = latest(bench.alerts).find(({ rule }) => rule === 'network-outage');
  bench.drive(bench.nowMs + MINUTE, all(IDS.slice(1)));
  const alone = latest(bench.alerts).filter(({ unit: id }) => id === 'car-1');
  t.match(alone, [
    { condition: 'cleared', suppressedBy: null },
    { condition: 'active', suppressedBy: null },
  ]);
  bench.drive(bench.nowMs + 10 * MINUTE, all(IDS));
  const singles = latest(bench.alerts).filter(({ rule }) => rule === 'tracker-silence');
  t.same(
    singles.map(({ suppressedBy }) => suppressedBy),
    [null, outage?.alertId, outage?.alertId, outage?.alertId, outage?.alertId],
  );
});
