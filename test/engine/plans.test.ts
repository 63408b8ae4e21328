import t from 'tap';
import type { Fix } from '../../src/model/fix.js';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { versionBefore } from '../../src/engine/plan/plans.js';
import { PLAN_LEAD_MS } from '../../src/model/limits.js';
import type { CompiledPlan, PlanRule } from '../../src/model/plan.js';
import { standingPlans } from '../../src/model/standing-plans.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest, latestVisits, random } from './verdicts.js';

const far = at(5_000);
const silence: PlanRule = {
  id: 'silence',
  kind: 'tracker-silence',
  severity: 'medium',
  binds: 'always',
  units: ['car-1', 'car-2', 'car-3'],
};
const stand: PlanRule = {
  id: 'stand',
  kind: 'dwell-long',
  severity: 'low',
  binds: 'always',
  units: ['car-1'],
  maxStandMs: 25 * MINUTE,
};

function first(more: Partial<CompiledPlan> & { rules?: PlanRule[] } = {}): CompiledPlan {
  return plan({
    places: [circle('gate', at(0), 100), circle('mast', at(3_000), 100)],
    units: [unit('car-1'), unit('car-2'), unit('car-3')],
    rules: [checkpointGap(['gate', 'mast'])],
    ...more,
  } as Parameters<typeof plan>[0]);
}

/** The same district again, as the loader renews it before its calendar runs out. */
function renew(
  bench: Bench,
  before: CompiledPlan,
  inForceFromMs: number,
  more: Partial<CompiledPlan> = {},
): CompiledPlan {
  const next = { ...before, version: before.version + 1, inForceFromMs, ...more };
  bench.append(bench.nowMs, { kind: 'plan', plan: next });
  return next;
}

t.test(
  'a renewed plan restarts no clock and changes no verdict, not even when the old one is forgotten (E3)',
  async (t) => {
    const runs = [true, false].map((renewed) => {
      const plan1 = first({ rules: [checkpointGap(['gate', 'mast']), stand, silence] });
      const bench = new Bench(plan1);
      const tracks = {
        'car-1': () => at(0),
        'car-2': (ms: number) => (ms < T0 + 20 * MINUTE ? at(3_000) : far),
        'car-3': (ms: number) => (ms < T0 + 45 * MINUTE ? null : far),
      };
      bench.drive(T0 + 28 * MINUTE, tracks);
      if (renewed) renew(bench, plan1, T0 + 30 * MINUTE + 500);
      bench.drive(T0 + 4 * HOUR, tracks);
      bench.drive(T0 + 4 * HOUR + 5 * MINUTE, { 'car-1': () => at(0), 'car-2': () => at(3_000), 'car-3': () => far });
      return bench;
    });
    const [renewed, plain] = runs as [Bench, Bench];
    const named = (bench: Bench): object[] =>
      bench.alerts.map(({ change, rule, subject, fromMs, toMs, certainty }) => {
        return { change, rule, subject: subject.id, fromMs, toMs, certainty };
      });
    t.same(named(renewed), named(plain));
    t.ok(
      latest(plain.alerts).some(
        ({ rule, fromMs }) => rule === 'checkpoint-gap' && fromMs === T0 + 20 * MINUTE - 10_000,
      ),
      'a gap ran over the renewal',
    );
  },
);

t.test('what a unit did before a plan removed it still counts (E3)', async (t) => {
  const plan1 = first({ rules: [checkpointGap(['gate'])] });
  const bench = new Bench(plan1);
  const tracks = { 'car-1': () => at(0), 'car-2': () => far, 'car-3': () => far };
  bench.drive(T0 + 28 * MINUTE, tracks);
  renew(bench, plan1, T0 + 30 * MINUTE, { units: plan1.units.filter(({ id }) => id !== 'car-1') });
  bench.drive(T0 + 35 * MINUTE, tracks);
  t.same(bench.alerts, [], 'nobody was absent');
  bench.drive(T0 + 4 * HOUR, { 'car-2': () => far, 'car-3': () => far });
  t.match(latest(bench.alerts), [
    { fromMs: T0 + 30 * MINUTE - 9_000, toMs: null, evidence: { lastUnit: 'car-1' }, certainty: 'uncovered' },
  ]);
  t.notOk(bench.alerts.some(({ change }) => change === 'corrected' || change === 'retracted'));
});

t.test('a renewed plan does not end an outage of the network', async (t) => {
  const plan1 = first({ rules: [silence] });
  const bench = new Bench(plan1);
  const tracks = { 'car-1': () => far, 'car-2': () => far, 'car-3': () => far };
  bench.drive(T0 + 5 * MINUTE, tracks);
  bench.tickTo(T0 + 10 * MINUTE);
  renew(bench, plan1, T0 + 12 * MINUTE);
  bench.tickTo(T0 + 15 * MINUTE);
  t.match(
    bench.alerts.filter(({ rule }) => rule === 'network-outage'),
    [{ change: 'raised' }],
  );
  t.equal(bench.alerts.filter(({ rule }) => rule === 'network-outage').length, 1);
  t.notOk(bench.alerts.some(({ cause }) => cause === 'plan'));
});

t.test('a late fix is judged by the plan of its time, at a place that is gone by now too (E3)', async (t) => {
  const plan1 = first({ rules: [checkpointGap(['gate'])] });
  const bench = new Bench(plan1);
  const where = (ms: number): ReturnType<typeof at> =>
    at(ms < T0 + 5 * MINUTE || ms > T0 + 10 * MINUTE ? 2_500 : 3_000);
  const fixes: Fix[] = [];
  for (let ms = T0 + 10_000; ms <= T0 + 20 * MINUTE; ms += 10_000) {
    bench.tickTo(ms);
    if (ms === T0 + 13 * MINUTE) {
      const places = plan1.places
        .filter(({ id }) => id !== 'mast')
        .map((place) => ({ ...place, shape: circle('gate', at(2_500), 100).shape }));
      renew(bench, plan1, T0 + 15 * MINUTE, { places });
    }
    if (where(ms).lngE7 === at(2_500).lngE7) bench.send('car-1', fix(ms, where(ms)));
    else fixes.push(fix(ms, where(ms)));
  }
  bench.tickTo(bench.nowMs + 1_000);
  t.match(latestVisits(bench.visits), [{ place: 'gate', innerFromMs: T0 + 15 * MINUTE, state: 'open' }]);
  bench.send('car-1', ...fixes);
  bench.tickTo(bench.nowMs + 1_000);
  t.match(latestVisits(bench.visits), [
    { place: 'gate', innerFromMs: T0 + 15 * MINUTE, state: 'open' },
    { place: 'mast', innerFromMs: T0 + 5 * MINUTE, innerToMs: T0 + 10 * MINUTE, state: 'closed' },
  ]);
});

t.test('late fixes correct the visit to a place that is gone by now', async (t) => {
  const plan1 = first({ rules: [checkpointGap(['gate'])] });
  const bench = new Bench(plan1);
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(3_000) });
  renew(bench, plan1, T0 + 7 * MINUTE, { places: plan1.places.filter(({ id }) => id !== 'mast') });
  bench.drive(T0 + 9 * MINUTE, { 'car-1': () => at(3_000) });
  t.match(latestVisits(bench.visits), [{ place: 'mast', state: 'closed', innerFromMs: T0 + 10_000 }]);
  // Copies with a better σ: it was somewhere else.
  const copies: Fix[] = [];
  for (let ms = T0 + 10_000; ms <= T0 + 5 * MINUTE; ms += 10_000)
    copies.push(fix(ms, at(2_500), { hdopCenti: 0, satellites: 20 }));
  for (let ms = T0 + 5 * MINUTE + 11_000; ms <= T0 + 9 * MINUTE; ms += 10_000)
    copies.push(fix(ms, at(2_500), { satellites: 11 }));
  bench.send('car-1', ...copies);
  bench.tickTo(bench.nowMs + 1_000);
  t.match(latestVisits(bench.visits), [{ place: 'mast', state: 'retracted' }]);
});

t.test('late fixes take back what was said of a place, a rule and a unit that are gone by now', async (t) => {
  const plan1 = first();
  const removals: Record<string, Partial<CompiledPlan>> = {
    place: { places: plan1.places.filter(({ id }) => id !== 'gate') },
    rule: { rules: [] },
    unit: { units: plan1.units.filter(({ id }) => id !== 'car-1') },
  };
  // In a tunnel at the gate from the first minute on.
  const backlog: Fix[] = [];
  for (let ms = T0 + MINUTE; ms <= T0 + 16 * MINUTE; ms += 10_000) backlog.push(fix(ms, at(0)));
  for (const [what, change] of Object.entries(removals)) {
    const bench = new Bench(plan1);
    const others = { 'car-2': () => far, 'car-3': () => far };
    bench.drive(T0 + 17 * MINUTE, { ...others, 'car-1': (ms) => (ms < T0 + MINUTE ? at(0) : null) });
    t.match(
      latest(bench.alerts).filter(({ place }) => place === 'gate'),
      [{ rule: 'checkpoint-gap' }],
      what,
    );
    renew(bench, plan1, T0 + 18 * MINUTE, change);
    bench.drive(T0 + 19 * MINUTE, others);
    bench.send('car-1', ...backlog);
    bench.tickTo(T0 + 20 * MINUTE);
    t.match(
      latest(bench.alerts).filter(({ place }) => place === 'gate'),
      [{ rule: 'checkpoint-gap', condition: 'retracted', cause: 'late-data' }],
      `${what}: the gap is taken back`,
    );
  }
});

t.test('an alert is confirmed no sooner because a plan has removed its rule', async (t) => {
  const confirmedMs = [true, false].map((removed) => {
    const plan1 = first({ rules: [checkpointGap(['gate'], { minPresenceMs: 10 * MINUTE })] });
    const bench = new Bench(plan1);
    const tracks = { 'car-1': () => far, 'car-2': () => far, 'car-3': () => far };
    bench.drive(T0 + 14 * MINUTE, tracks);
    if (removed) renew(bench, plan1, T0 + 16 * MINUTE, { rules: [] });
    bench.drive(T0 + 90 * MINUTE, tracks);
    return bench.alerts.filter(({ change }) => change === 'confirmed').map(({ atMs }) => atMs);
  });
  t.same(
    confirmedMs.map(({ length }) => length),
    [1, 1],
  );
  t.ok((confirmedMs[0]?.[0] ?? 0) >= (confirmedMs[1]?.[0] ?? 0));
});

t.test('a plan is the next one and logged in time, or nothing (O1)', async (t) => {
  const plan1 = first();
  const bench = new Bench(plan1);
  const offer = (version: number, inForceFromMs: number): number => {
    bench.append(bench.nowMs, { kind: 'plan', plan: { ...plan1, version, inForceFromMs } });
    return bench.state.plans.length;
  };
  t.equal(offer(1, T0 + HOUR), 1, 'the same again');
  t.equal(offer(3, T0 + HOUR), 1, 'one too far');
  t.equal(offer(2, T0), 1, 'in the past');
  t.equal(offer(2, bench.nowMs + PLAN_LEAD_MS - 1), 1, 'too short a while ahead of its log time (E3)');
  t.equal(offer(2, T0 + HOUR), 2);
  t.equal(offer(2, T0 + HOUR), 2, 'a repeat');
  t.equal(bench.state.planVersion, 1, 'the next one waits');
  bench.tickTo(T0 + HOUR - 1_000, 9_000);
  t.equal(bench.state.planVersion, 1);
  bench.tickTo(T0 + HOUR, 9_000);
  t.equal(bench.state.planVersion, 2);
});

t.test('a plan withdraws those that wait for its instant or a later one, and they leave no trace (E3)', async (t) => {
  const plan1 = first({ rules: [checkpointGap(['gate', 'mast'])] });
  const runs = [true, false].map((withdraws) => {
    const bench = new Bench(plan1);
    const tracks = { 'car-1': () => at(0), 'car-2': () => far, 'car-3': () => far };
    bench.drive(T0 + 10 * MINUTE, tracks);
    let last = plan1;
    if (withdraws) {
      // Rules that would find at once, and places that nobody patrols: any of it in force would be told.
      last = renew(bench, last, T0 + 20 * MINUTE, {
        rules: [checkpointGap(['gate', 'mast'], { thresholdMs: MINUTE })],
      });
      last = renew(bench, last, T0 + 30 * MINUTE, { places: [circle('gate', at(0), 100)] });
    }
    bench.drive(T0 + 15 * MINUTE, tracks);
    const next = { version: last.version + 1, places: plan1.places, rules: plan1.rules };
    renew(bench, plan1, T0 + 20 * MINUTE, { ...next, units: plan1.units.filter(({ id }) => id !== 'car-3') });
    t.same(
      bench.state.plans.map(({ plan: { version }, fromMs, toMs }) => [version, fromMs, toMs]),
      [
        [1, plan1.inForceFromMs, T0 + 20 * MINUTE],
        [next.version, T0 + 20 * MINUTE, Number.MAX_SAFE_INTEGER],
      ],
    );
    bench.drive(T0 + 2 * HOUR, tracks);
    return bench;
  });
  const told = runs.map(({ alerts, visits }) =>
    JSON.stringify([alerts, visits], (name, value) => (name === 'planVersion' || name === 'logId' ? null : value)),
  );
  t.ok(runs[1]?.alerts.length);
  t.equal(told[0]?.replaceAll(/-\d+"/g, '"'), told[1]?.replaceAll(/-\d+"/g, '"'));
});

t.test('a plan does not withdraw one that comes before it', async (t) => {
  const plan1 = first();
  const bench = new Bench(plan1);
  const plan2 = renew(bench, plan1, T0 + 10 * MINUTE);
  renew(bench, plan2, T0 + 20 * MINUTE);
  t.same(bench.state.plans.map(({ fromMs, toMs }) => [fromMs, toMs]).slice(1), [
    [T0 + 10 * MINUTE, T0 + 20 * MINUTE],
    [T0 + 20 * MINUTE, Number.MAX_SAFE_INTEGER],
  ]);
  bench.tickTo(T0 + 11 * MINUTE, 9_000);
  t.equal(bench.state.planVersion, 2);
});

t.test(
  'an alert about what a plan removes is closed by it: a place, a unit, a rule, a rule for it [plan-change]',
  async (t) => {
    const plan1 = first({ rules: [checkpointGap(['gate', 'mast']), { ...silence, units: ['car-1'] } as PlanRule] });
    const without = (change: Partial<CompiledPlan>): object[] => {
      const bench = new Bench(plan1);
      bench.drive(T0 + 14 * MINUTE, { 'car-2': () => far });
      renew(bench, plan1, T0 + 16 * MINUTE + 300, change);
      bench.drive(T0 + 17 * MINUTE, { 'car-2': () => far });
      return latest(bench.alerts)
        .filter(({ cause }) => cause === 'plan')
        .map(({ rule, subject, change, toMs }) => ({ rule, subject: subject.id, change, toMs: (toMs ?? 0) - T0 }));
    };
    const closed = (rule: string, subject: string): object => ({
      rule,
      subject,
      change: 'cleared',
      toMs: 16 * MINUTE + 300,
    });
    const rules = plan1.rules;
    t.same(without({}), []);
    t.same(without({ places: plan1.places.filter(({ id }) => id === 'gate') }), [closed('checkpoint-gap', 'mast')]);
    t.same(without({ units: plan1.units.filter(({ id }) => id !== 'car-1') }), [closed('tracker-silence', 'car-1')]);
    t.same(without({ rules: rules.filter(({ id }) => id !== 'silence') }), [closed('tracker-silence', 'car-1')]);
    t.same(without({ rules: rules.map((rule) => ('places' in rule ? { ...rule, places: ['mast'] } : rule)) }), [
      closed('checkpoint-gap', 'gate'),
    ]);
  },
);

t.test('a unit that was silent when a plan removed it is not silent since then when it is back', async (t) => {
  const plan1 = first({ rules: [{ ...silence, units: ['car-1'] } as PlanRule] });
  const bench = new Bench(plan1);
  bench.drive(T0 + 5 * MINUTE, { 'car-2': () => far });
  const plan2 = renew(bench, plan1, T0 + 7 * MINUTE, { units: plan1.units.filter(({ id }) => id !== 'car-1') });
  bench.drive(T0 + 50 * MINUTE, { 'car-2': () => far });
  renew(bench, plan2, T0 + 52 * MINUTE, { units: plan1.units });
  bench.drive(T0 + 55 * MINUTE, { 'car-2': () => far });
  t.match(latest(bench.alerts), [
    { fromMs: T0, toMs: T0 + 7 * MINUTE, condition: 'cleared' },
    { fromMs: T0 + 52 * MINUTE, toMs: null, condition: 'active' },
  ]);
});

t.test('other thresholds change nothing that was found by the old ones, and hold from their own time on', async (t) => {
  const story = (oldS: number, newS: number): object[] => {
    const plan1 = first({ rules: [{ ...checkpointGap(['gate']), thresholdMs: oldS * 1_000, graceMs: 0 } as PlanRule] });
    const bench = new Bench(plan1);
    // Away for 12 minutes under the old plan, and from two minutes before the new one on.
    const isAway = (ms: number): boolean => (ms > T0 + 5 * MINUTE && ms < T0 + 17 * MINUTE) || ms > T0 + 28 * MINUTE;
    const where = (ms: number): ReturnType<typeof at> => at(isAway(ms) ? 350 + 50 * (Math.floor(ms / 10_000) % 5) : 0);
    bench.drive(T0 + 27 * MINUTE, { 'car-1': where, 'car-2': () => far, 'car-3': () => far });
    const rules = plan1.rules.map((rule) => ({ ...rule, thresholdMs: newS * 1_000 }) as PlanRule);
    renew(bench, plan1, T0 + 30 * MINUTE, { rules });
    bench.drive(T0 + 70 * MINUTE, { 'car-1': where, 'car-2': () => far, 'car-3': () => far });
    t.notOk(
      bench.alerts.some(({ change }) => change === 'retracted'),
      `${oldS} s, then ${newS} s`,
    );
    return bench.alerts
      .filter(({ change }) => change === 'raised')
      .map(({ fromMs, atMs, evidence }) => [
        Math.round((fromMs - T0) / MINUTE),
        Math.round((atMs - T0) / MINUTE),
        evidence.planVersion,
      ]);
  };
  t.same(story(600, 3_000), [[5, 15, 1]], 'longer');
  t.same(story(600, 1_200), [
    [5, 15, 1],
    [28, 48, 2],
  ]);
  t.same(story(1_200, 600), [[28, 38, 2]], 'shorter');
  t.same(story(1_200, 60), [[28, 30, 2]], 'at once');
});

t.test('another limit of standing changes nothing that was found by the old one', async (t) => {
  const story = (oldMin: number, newMin: number): object[] => {
    const rule = (minutes: number): PlanRule => ({ ...stand, maxStandMs: minutes * MINUTE }) as PlanRule;
    const plan1 = first({ rules: [rule(oldMin)] });
    const bench = new Bench(plan1);
    const where = (ms: number): ReturnType<typeof at> => (ms < T0 + 20 * MINUTE ? at(1_000) : at(1_500));
    bench.drive(T0 + 27 * MINUTE, { 'car-1': where });
    renew(bench, plan1, T0 + 30 * MINUTE, { rules: [rule(newMin)] });
    bench.drive(T0 + 60 * MINUTE, { 'car-1': where });
    t.notOk(
      bench.alerts.some(({ change }) => change === 'retracted'),
      `${oldMin} min, then ${newMin} min`,
    );
    return bench.alerts
      .filter(({ change }) => change === 'raised')
      .map(({ fromMs, atMs }) => [Math.round((fromMs - T0) / MINUTE), Math.round((atMs - T0) / MINUTE)]);
  };
  t.same(story(15, 60), [[0, 15]], 'longer');
  t.same(story(60, 15), [[20, 35]], 'shorter');
  t.same(story(60, 5), [[20, 30]], 'at once');
});

t.test(
  'a unit that stood where it might is judged from the instant on at which a plan takes the place away',
  async (t) => {
    const plan1 = first({ rules: [checkpointGap(['gate', 'mast']), stand] });
    const bench = new Bench(plan1);
    const tracks = { 'car-1': () => at(0) };
    bench.drive(T0 + 58 * MINUTE, tracks);
    const removedMs = T0 + HOUR;
    renew(bench, plan1, removedMs, {
      places: [circle('mast', at(3_000), 100)],
      rules: [checkpointGap(['mast']), stand],
    });
    const standing = () => bench.alerts.filter(({ rule }) => rule === 'dwell-long');
    bench.drive(removedMs + 24 * MINUTE, tracks);
    t.same(standing(), []);
    bench.drive(removedMs + 26 * MINUTE, tracks);
    t.match(standing(), [{ change: 'raised', fromMs: removedMs }]);
  },
);

t.test(
  'a silent unit is possible at a place from when it can have come to where the plan of the time has it',
  async (t) => {
    const plan1 = first({ rules: [checkpointGap(['gate'])] });
    const bench = new Bench(plan1);
    const tracks = { 'car-2': () => at(-30_000), 'car-3': () => at(-30_000) };
    bench.drive(T0 + 8 * MINUTE, { ...tracks, 'car-1': () => at(0) });
    renew(bench, plan1, T0 + 10 * MINUTE, {
      places: [circle('gate', at(100_000), 100), circle('mast', at(3_000), 100)],
    });
    bench.drive(T0 + 30 * MINUTE, tracks);
    t.match(latest(bench.alerts), [{ certainty: 'uncovered' }]);
  },
);

for (const seed of [1, 2, 3])
  t.test(
    `seed ${seed}: whatever plans come, their records say which of them take force, and after which one`,
    async (t) => {
      const next = random(seed);
      const plan1 = first();
      const bench = new Bench(plan1);
      const records = [...takeHotDelta(bench.state).plans.values()];
      const logged = new Map([[1, plan1]]);
      for (let act = 0; act < 80; act += 1) {
        bench.tickTo(bench.nowMs + Math.floor(next() * 3 * MINUTE), 30_000);
        const newest = records.at(-1)?.version ?? 0;
        const inForceFromMs = bench.nowMs + PLAN_LEAD_MS - MINUTE / 2 + Math.floor(next() * 30 * MINUTE);
        // Some come too late, again, or too far ahead.
        const version = newest + (next() < 0.8 ? 1 : Math.floor(next() * 3));
        const before = standingPlans(records).findLast((record) => record.inForceFromMs < inForceFromMs)?.version ?? 0;
        const withdraws = Math.max(0, version - 1 - before);
        renew(bench, { ...plan1, version: version - 1 }, inForceFromMs, { withdraws });
        const found = [...takeHotDelta(bench.state).plans.values()];
        records.push(...found);
        for (const record of found) logged.set(record.version, { ...plan1, ...record, withdraws } as CompiledPlan);
        const held = bench.state.plans.map(({ plan }) => plan.version);
        const standing = standingPlans(records).map((record) => record.version);
        t.strictSame(held, standing.slice(-held.length), `act ${act}`);
        t.strictSame(
          standing.map((one) => versionBefore(logged.get(one) as CompiledPlan)),
          [0, ...standing.slice(0, -1)],
        );
      }
      t.ok(records.length > standingPlans(records).length + 5, 'some were withdrawn');
      t.ok(records.length < 79, 'and some were nothing');
    },
  );
