import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { CALL_TRANSITIONS, STATE_PARTS, stateOf } from '../../src/engine/alerts/states.js';
import { step } from '../../src/engine/pipeline.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import type { AlertVersion } from '../../src/model/alert.js';
import type { Fix } from '../../src/model/fix.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { ActionEntry } from '../../src/model/log-entry.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, said, square, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const SEED = 20_261_130;
const CARS = ['car-1', 'car-2', 'car-3'];

function district(): Bench {
  return new Bench(
    plan({
      places: [circle('gate', at(0), 100), square('zone', at(0), 3_000)],
      units: [...CARS.map((id) => unit(id)), unit('car-off', { duty: 'never' })],
      rules: [
        checkpointGap(['gate']),
        { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: CARS },
      ],
      schedules: { never: [] },
    }),
  );
}

const call = (ms: number, more: Partial<Fix> = {}): Fix => fix(ms, at(150), { sos: true, ...more });
const calm = (ms: number, more: Partial<Fix> = {}): Fix => fix(ms, at(150), { sos: false, ...more });

function calls(alerts: readonly AlertVersion[]): AlertVersion[] {
  return latest(alerts).filter(({ rule }) => rule === 'sos');
}

function act(
  bench: Bench,
  alert: AlertVersion | undefined,
  action: ActionEntry['action'],
  more: Partial<ActionEntry> = {},
): AlertVersion {
  bench.append(bench.nowMs, {
    kind: 'action',
    actionId: `act-${bench.log.length}`,
    actor: 'li',
    action,
    alertId: alert?.alertId ?? '',
    alertVersion: alert?.version ?? 0,
    comment: 'spoke to the crew',
    untilMs: action === 'shelve' ? bench.nowMs + MINUTE : null,
    ...more,
  });
  return bench.alerts.at(-1) as AlertVersion;
}

t.test('a call is told at the entry that brings it, highest severity, with where and how surely', async (t) => {
  const bench = district();
  bench.tickTo(T0 + 5 * MINUTE + 300);
  bench.send('car-1', call(bench.nowMs - 200, { hdopCenti: 160 }));
  const logId = `${bench.nowMs}-1`;
  t.match(bench.alerts.at(-1), {
    rule: 'sos',
    severity: 'high',
    change: 'raised',
    condition: 'active',
    finality: 'confirmed',
    atMs: bench.nowMs,
    logId,
    cause: 'fix',
    subject: { kind: 'unit', id: 'car-1' },
    unit: 'car-1',
    fromMs: bench.nowMs - 200,
    toMs: null,
    evidence: { position: { sigmaM: 8, eventTimeMs: bench.nowMs - 200 }, nearPlace: 'gate', nearPlaceM: 50 },
  });
  t.strictSame(said(bench.alerts.at(-1)), {
    zh: '紧急求助：CAR-1于08:05发出SOS，位置距岗gate岗点约50米（误差约8米），请立即呼叫并派警力增援。',
    en: 'SOS: CAR-1 called for help at 08:05, about 50 m from Post gate (accurate to about 8 m); answer and send help now.',
  });
  const [lng, lat] = [at(150).lngE7 / 1e7, at(150).latE7 / 1e7];
  t.match(bench.alerts.at(-1)?.evidence.position, { lng, lat });
  t.ok(takeHotDelta(bench.state).openAlerts.get(bench.alerts.at(-1)?.alertId ?? ''), 'it is on the list at once');
});

t.test('a call is told whatever is wrong with its fix, on duty or not, on a task or in an outage', async (t) => {
  const wrong: Readonly<Record<string, (nowMs: number) => Fix>> = {
    'no position': (ms) => call(ms, { position: null }),
    'not located': (ms) => call(ms, { located: false }),
    'no satellites': (ms) => call(ms, { satellites: 0 }),
    'null island': (ms) => call(ms, { position: { lngE7: 0, latE7: 0 } }),
    'far away': (ms) => call(ms, { position: at(5_000_000) }),
    'clock ahead': (ms) => call(ms + 8 * HOUR),
    late: (ms) => call(ms - HORIZON_MS - 1),
    'a day late': (ms) => call(ms - 24 * HOUR),
    'from before the plan': (ms) => call(ms - 240 * HOUR),
    backfill: (ms) => call(ms - MINUTE, { backfill: true }),
  };
  for (const [name, made] of Object.entries(wrong)) {
    for (const id of ['car-1', 'car-off']) {
      const bench = district();
      bench.append(bench.nowMs, {
        kind: 'task',
        taskId: 'repair',
        actor: 'li',
        task: 'maintenance',
        units: [id],
        places: ['gate'],
        fromMs: T0,
        toMs: null,
        reason: 'x',
      });
      // Everybody is silent: an outage of the network.
      bench.tickTo(T0 + 5 * MINUTE);
      const before = bench.alerts.length;
      bench.send(id, made(bench.nowMs));
      t.match(
        bench.alerts.slice(before).filter(({ rule }) => rule === 'sos'),
        [{ change: 'raised', severity: 'high', suppressedBy: null, atMs: bench.nowMs }],
        `${name}, ${id}`,
      );
      bench.send(id, made(bench.nowMs), made(bench.nowMs));
      bench.tickTo(bench.nowMs + 40 * MINUTE);
      t.match(
        calls(bench.alerts),
        [{ condition: 'active', suppressedBy: null }],
        `${name}, ${id}: once, and it stands`,
      );
    }
  }
});

t.test(
  'a call that comes late says how old it is; one from a clock that is ahead says so and is dated when it came',
  (t) => {
    const bench = district();
    bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(150) });
    bench.send('car-1', call(bench.nowMs - 3 * HOUR, { position: null }), calm(bench.nowMs));
    t.match(calls(bench.alerts), [
      {
        fromMs: bench.nowMs - 3 * HOUR,
        evidence: { ageMs: 3 * HOUR },
      },
    ]);
    t.match(said(calls(bench.alerts)[0]), {
      zh: /^紧急求助：CAR-1于05:05发出SOS，3小时后才收到，求助时无定位，此前也无位置记录，请/,
    });
    bench.send('car-2', call(bench.nowMs + 8 * HOUR));
    t.match(calls(bench.alerts)[1], {
      fromMs: bench.nowMs,
      evidence: { clockOffsetMs: 8 * HOUR },
    });
    t.match(said(calls(bench.alerts)[1]), { zh: /终端时钟偏快8小时，时间以收到时为准，请/ });
    bench.send('car-1', fix(bench.nowMs + 1, null, { sos: true }));
    t.match(calls(bench.alerts).at(-1), {
      evidence: { position: { sigmaM: 5 }, positionAgeMs: 1 },
    });
    t.match(said(calls(bench.alerts).at(-1)), {
      en: /no position at the call, 0 s before it was about 50 m from Post gate \(accurate to about 5 m\);/,
    });
    t.end();
  },
);

t.test('a position outside the district is told as it was said, and as one that may be wrong', async (t) => {
  const { lngE7, latE7 } = at(0);
  const area = { westE7: lngE7 - 1e6, eastE7: lngE7 + 1e6, southE7: latE7 - 1e6, northE7: latE7 + 1e6 };
  const bench = new Bench({ ...plan({ places: [], units: [unit('car-1')], rules: [] }), area });
  bench.send('car-1', call(bench.nowMs, { position: { lngE7: latE7, latE7: 1e8 } }));
  t.match(calls(bench.alerts), [
    {
      evidence: { position: { lng: 24.27, lat: 10 }, outOfArea: true },
    },
  ]);
  t.match(said(calls(bench.alerts)[0]), {
    zh: /位置在东经24.27000度、北纬10.00000度（误差约5米），不在辖区内，可能有误，请/,
  });
});

t.test('a fix that is refused is heard when it calls, once', async (t) => {
  const bench = district();
  bench.drive(T0 + 2 * MINUTE, { 'car-1': () => at(150) });
  const report = (reportId: string, sos?: true): void => {
    const rejected = [{ index: 0, code: 'speed-range', ...(sos === undefined ? {} : { sos }) } as const];
    bench.append(bench.nowMs, { kind: 'fixes', batches: [{ tracker: 't-car-1', reportId, fixes: [], rejected }] });
  };
  report('01');
  t.same(calls(bench.alerts), []);
  report('02', true);
  t.match(calls(bench.alerts), [
    { condition: 'active', fromMs: bench.nowMs, evidence: { position: { sigmaM: 5 }, positionAgeMs: 1_000 } },
  ]);
  bench.send('car-1', calm(bench.nowMs + 1));
  bench.tickTo(bench.nowMs + MINUTE);
  report('02', true);
  t.equal(calls(bench.alerts).length, 1, 'the same report again');
  report('03', true);
  t.equal(calls(bench.alerts).length, 2);
});

t.test(
  'a tracker whose clock stands still, ahead, is heard again once its call was ended and it was quiet',
  async (t) => {
    for (const quiet of [false, null]) {
      const bench = district();
      bench.tickTo(T0 + MINUTE);
      const frozenMs = bench.nowMs + 8 * HOUR;
      const say = (sos: boolean | null): void => {
        bench.tickTo(bench.nowMs + 10_000);
        bench.send('car-1', fix(frozenMs, at(150), { sos }));
      };
      const standing = () => calls(bench.alerts).filter(({ condition }) => condition === 'active').length;
      for (const sos of [quiet, true, true, quiet, true]) say(sos);
      t.equal(calls(bench.alerts).length, 1, `${quiet}: while it stands it is one call`);
      act(bench, calls(bench.alerts)[0], 'resolve');
      say(true);
      t.equal(standing(), 0, `${quiet}: the same report may have been sent again`);
      for (const sos of [quiet, quiet, true, true]) say(sos);
      t.equal(standing(), 1, `${quiet}: it calls anew`);
      act(bench, calls(bench.alerts).at(-1), 'resolve');
      for (const sos of [quiet, true]) say(sos);
      t.equal(calls(bench.alerts).length, 3, `${quiet}: and once more`);
    }
  },
);

t.test('one alert while the flag stands, another after it was off', async (t) => {
  const bench = district();
  bench.tickTo(T0 + MINUTE);
  for (const says of ['on', 'on', 'on', 'off', 'off', 'on', 'on'] as const) {
    bench.tickTo(bench.nowMs + 10_000);
    bench.send('car-1', says === 'on' ? call(bench.nowMs) : calm(bench.nowMs));
  }
  t.match(calls(bench.alerts), [
    { fromMs: T0 + MINUTE + 10_000, condition: 'active', version: 1 },
    { fromMs: T0 + MINUTE + 60_000, condition: 'active', version: 1 },
  ]);
});

t.test(
  'a call ends by a person who says so, not by an acknowledgement, a shelf, its flag, time or a plan',
  async (t) => {
    const bench = district();
    bench.tickTo(T0 + MINUTE);
    bench.send('car-1', call(bench.nowMs));
    const [raised] = calls(bench.alerts);
    t.match(act(bench, raised, 'shelve'), { change: 'refused', evidence: { reason: 'not-shelvable' } });
    const seen = act(bench, raised, 'acknowledge');
    t.match(seen, { change: 'acknowledged', condition: 'active', acknowledged: true });
    bench.send('car-1', calm(bench.nowMs + 1));
    const next = { ...plan({ places: [], units: [], rules: [] }), version: 2, inForceFromMs: bench.nowMs + 2 * MINUTE };
    bench.append(bench.nowMs, { kind: 'plan', plan: next });
    bench.tickTo(bench.nowMs + 4 * HOUR, MINUTE);
    t.match(calls(bench.alerts), [{ version: 2, condition: 'active' }]);
    t.match(act(bench, seen, 'resolve', { comment: null }), { change: 'refused', evidence: { reason: 'no-reason' } });
    t.match(act(bench, seen, 'resolve'), {
      change: 'resolved',
      condition: 'cleared',
      acknowledged: true,
      cause: 'operator',
      toMs: bench.nowMs,
      episodes: [{ toMs: bench.nowMs }],
      evidence: { actor: 'li', comment: 'spoke to the crew' },
    });
    t.match(said(bench.alerts.at(-1)), { zh: /^li于.*办结（spoke to the crew）：CAR-1于.*发出的紧急求助。$/ });
    t.equal(takeHotDelta(bench.state).openAlerts.get(raised?.alertId ?? ''), null, 'it is off the list');
    t.match(act(bench, bench.alerts.at(-1), 'resolve'), { change: 'refused', evidence: { reason: 'cleared' } });
  },
);

t.test(
  'a call that somebody ended stays ended while its flag stands, and begins again when the tracker had been quiet',
  async (t) => {
    for (const quiet of [false, null] as const) {
      const bench = district();
      bench.tickTo(T0 + MINUTE);
      bench.send('car-1', call(bench.nowMs));
      act(bench, bench.alerts.at(-1), 'resolve');
      bench.tickTo(bench.nowMs + 10_000);
      bench.send('car-1', call(bench.nowMs), call(T0 + MINUTE));
      t.match(calls(bench.alerts), [{ condition: 'cleared' }]);
      bench.tickTo(bench.nowMs + 10_000);
      bench.send('car-1', fix(bench.nowMs, at(0), { sos: quiet }));
      bench.tickTo(bench.nowMs + 10_000);
      bench.send('car-1', call(bench.nowMs));
      t.match(
        calls(bench.alerts),
        [{ condition: 'cleared' }, { condition: 'active', fromMs: bench.nowMs }],
        `${quiet}`,
      );
    }
  },
);

t.test('a tracker that never says that a call is over calls again after ten quiet minutes', async (t) => {
  const bench = district();
  bench.tickTo(T0 + MINUTE);
  const say = (sos: true | null, afterMs: number): void => {
    bench.tickTo(bench.nowMs + afterMs);
    bench.send('car-1', fix(bench.nowMs, at(0), { sos }));
  };
  say(true, 0);
  say(null, 5 * MINUTE);
  say(true, 5 * MINUTE - 1_000);
  t.equal(calls(bench.alerts).length, 1);
  say(true, 10 * MINUTE);
  t.equal(calls(bench.alerts).length, 1, 'it said nothing else meanwhile');
  say(null, 5 * MINUTE);
  say(true, 5 * MINUTE);
  t.match(calls(bench.alerts), [{ condition: 'active' }, { condition: 'active', fromMs: bench.nowMs }]);
});

t.test(
  'a button that bounces makes three alerts and then one that comes and goes, and everybody must look again',
  async (t) => {
    const bench = district();
    bench.tickTo(T0 + MINUTE);
    const press = (): void => {
      bench.tickTo(bench.nowMs + 4_000);
      bench.send('car-1', call(bench.nowMs), calm(bench.nowMs + 1));
    };
    for (let i = 0; i < 3; i += 1) press();
    act(bench, bench.alerts.at(-1), 'acknowledge');
    for (let i = 0; i < 40; i += 1) press();
    const stand = calls(bench.alerts);
    t.match(stand, [{ occurrence: 1 }, { occurrence: 1 }, { occurrence: 41, chattering: true, acknowledged: false }]);
    t.ok(bench.alerts.some(({ change }) => change === 'reopened'));
  },
);

t.test('every state of a call answers every act of a person', async (t) => {
  const states = {
    'unack-active': [],
    'ack-active': ['acknowledge'],
    cleared: ['resolve'],
  } as const;
  for (const [from, acts] of Object.entries(states)) {
    for (const action of ['acknowledge', 'comment', 'shelve', 'unshelve', 'resolve'] as const) {
      const bench = district();
      bench.tickTo(T0 + MINUTE);
      bench.send('car-1', call(bench.nowMs));
      for (const one of acts) act(bench, bench.alerts.at(-1), one);
      const before = bench.alerts.at(-1) as AlertVersion;
      t.equal(stateOf(before), from);
      const next = CALL_TRANSITIONS[stateOf(before)][action];
      const told = act(bench, before, action);
      if (next in STATE_PARTS) t.match(told, STATE_PARTS[next as keyof typeof STATE_PARTS], `${from}, ${action}`);
      else t.match(told, { change: 'refused', version: before.version }, `${from}, ${action}`);
    }
  }
});

t.test('in whatever order, cut and number of copies fixes come, the same calls stand', async (t) => {
  const word = fc.constantFrom(true, false, false);
  const words = fc.array(word, { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(words, fc.infiniteStream(fc.nat()), fc.nat({ max: 3 }), (says, draws, copies) => {
      // Calls two minutes apart: fewer than three begin in ten minutes.
      const fixes = says.flatMap((sos, i) => [
        fix(T0 + MINUTE + i * 4 * MINUTE, at(150), { sos }),
        fix(T0 + MINUTE + i * 4 * MINUTE + 1_000, at(150), { sos }),
      ]);
      const verdicts = (sent: readonly Fix[], cut: number): object[] => {
        const bench = district();
        bench.tickTo(T0 + 29 * MINUTE, 10_000);
        for (let i = 0; i < sent.length; i += cut) bench.send('car-1', ...sent.slice(i, i + cut));
        assert.ok(bench.alerts.every(({ rule, change }) => rule !== 'sos' || change !== 'retracted'));
        const ids = calls(bench.alerts).map(({ alertId }) => alertId);
        assert.equal(new Set(ids).size, ids.length);
        return calls(bench.alerts)
          .map(({ fromMs, toMs, condition }) => ({ fromMs, toMs, condition }))
          .sort((a, b) => a.fromMs - b.fromMs);
      };
      const near = fixes.filter(({ eventTimeMs }) => eventTimeMs < T0 + 29 * MINUTE);
      const shuffled = [...near, ...near.slice(0, copies)]
        .map((one) => ({ one, rank: draws.next().value as number }))
        .sort((a, b) => a.rank - b.rank)
        .map(({ one }) => one);
      assert.deepEqual(verdicts(shuffled, 1 + copies), verdicts(near, 1));
    }),
    { seed: SEED, numRuns: 60 },
  );
  t.pass(`seed ${SEED}`);
});

t.test('a call that comes after newer fixes is told, and moves the start of the one that it belongs to', async (t) => {
  const bench = district();
  bench.drive(T0 + 10 * MINUTE, { 'car-1': () => at(150) });
  bench.send('car-1', call(T0 + 4 * MINUTE + 5_000));
  t.match(calls(bench.alerts), [{ fromMs: T0 + 4 * MINUTE + 5_000, evidence: { ageMs: 6 * MINUTE - 4_000 } }]);
  bench.send('car-1', call(T0 + 3 * MINUTE + 5_000));
  t.match(calls(bench.alerts), [{ fromMs: T0 + 3 * MINUTE + 5_000, change: 'corrected' }]);
  bench.send('car-1', calm(T0 + 3 * MINUTE + 30_000));
  t.match(
    calls(bench.alerts).map(({ fromMs }) => fromMs),
    [T0 + 3 * MINUTE + 5_000, T0 + 4 * MINUTE + 5_000],
    'the flag was off between them: two calls',
  );
});

t.test('a restart at any entry doubles and loses no call', async (t) => {
  const bench = district();
  for (let i = 0; i < 24; i += 1) {
    bench.tickTo(bench.nowMs + 70_000);
    const made = i % 5 < 2 ? call : calm;
    bench.send('car-1', made(bench.nowMs - (i % 4) * 20_000), made(bench.nowMs + (i % 7 === 0 ? HOUR : 0)));
    if (i % 6 === 5) act(bench, calls(bench.alerts)[0], 'resolve');
  }
  let state = bench.state;
  const told: AlertVersion[] = [];
  state = restoreState(dumpState(district().state));
  const head = district().log.length;
  for (const { id, entry } of bench.log.slice(head)) {
    told.push(...step(state, id, entry).alerts);
    state = restoreState(JSON.parse(JSON.stringify(dumpState(state))) as ReturnType<typeof dumpState>);
  }
  t.same(
    told.filter(({ rule }) => rule === 'sos'),
    bench.alerts.filter(({ rule }) => rule === 'sos'),
  );
  t.ok(calls(bench.alerts).length > 4, `${calls(bench.alerts).length} calls`);
});

t.test('a tracker that calls for a thousand fixes is remembered within bounds, and its calls stand', async (t) => {
  const bench = district();
  bench.tickTo(T0 + MINUTE);
  const fixes = Array.from({ length: 900 }, (_, i) => call(bench.nowMs - i * 20 * MINUTE)).concat(
    Array.from({ length: 900 }, (_, i) => calm(bench.nowMs - i * 20 * MINUTE - 5 * MINUTE)),
  );
  bench.send('car-1', ...fixes.slice(0, 900), ...fixes.slice(900));
  t.equal(calls(bench.alerts).length, 16);
  t.ok((bench.state.sos.get('car-1')?.calls.length ?? 0) <= 64);
});
