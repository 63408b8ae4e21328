import t from 'tap';
import { encodeSnapshot } from '../../src/codec/snapshot-codec.js';
import { step } from '../../src/engine/pipeline.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import type { Fix } from '../../src/model/fix.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { PositionE7 } from '../../src/model/position.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, square, T0, unit } from './support.js';

const SEEDS = [1, 2, 3, 4, 5];

/** A small seeded generator, the test's own. */
function random(seed: number): () => number {
  let a = seed * 0x9e3779b9;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let x = Math.imul(a ^ (a >>> 15), 1 | a);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const PLACES = [
  circle('a-gate', at(0), 100),
  circle('b-gate', at(900), 60),
  square('zone', at(400, 0), 900),
  circle('edge', at(1_900), 50),
];

function testPlan(): CompiledPlan {
  const gate = { thresholdMs: 6 * MINUTE, graceMs: MINUTE };
  return plan({
    places: PLACES,
    units: [unit('car-1'), unit('car-2'), unit('foot-1', { kind: 'foot' })],
    rules: [
      checkpointGap(['a-gate', 'b-gate', 'edge'], gate),
      { ...checkpointGap(['zone'], gate), id: 'zone-gap', kind: 'zone-gap' } as never,
      {
        id: 'short',
        kind: 'dwell-short',
        severity: 'low',
        binds: 'always',
        places: ['a-gate', 'b-gate'],
        minVisitMs: 10 * MINUTE,
      },
      {
        id: 'stand',
        kind: 'dwell-long',
        severity: 'low',
        binds: 'always',
        units: ['car-1', 'car-2', 'foot-1'],
        maxStandMs: 12 * MINUTE,
      },
    ],
  });
}

interface Sent {
  readonly unit: string;
  readonly fix: Fix;
}

/** Units that drive between random points and stand there for a while, with noise, holes and a few wild positions. */
function drawFixes(seed: number, hours: number): Sent[] {
  const next = random(seed);
  const sent: Sent[] = [];
  for (const [name, speed] of [
    ['car-1', 12],
    ['car-2', 9],
    ['foot-1', 1.4],
  ] as const) {
    let where = { east: next() * 1_500 - 300, north: 0 };
    let t = T0 + 1_000 + Math.floor(next() * 9_000);
    while (t < T0 + hours * HOUR) {
      const target = { east: next() * 2_400 - 300, north: next() * 300 - 150 };
      const length = Math.hypot(target.east - where.east, target.north - where.north);
      const steps = Math.max(1, Math.round(length / (speed * 10)));
      const from = where;
      for (let i = 1; i <= steps; i += 1, t += 10_000) {
        where = {
          east: from.east + ((target.east - from.east) * i) / steps,
          north: from.north + ((target.north - from.north) * i) / steps,
        };
        push(where, 4, t);
      }
      const stand = Math.floor(next() * 90);
      for (let i = 0; i < stand; i += 1, t += 10_000) push(where, 15, t);
      if (next() < 0.15) t += Math.floor(next() * 8) * MINUTE;
    }
    function push({ east, north }: { east: number; north: number }, noise: number, ms: number): void {
      const jump = next() < 0.01 ? 5_000 : 0;
      const position: PositionE7 = at(east + (next() - 0.5) * 2 * noise + jump, north + (next() - 0.5) * 2 * noise);
      const hdopCenti = 80 + Math.floor(next() * 240);
      sent.push({ unit: name, fix: fix(ms + Math.floor(next() * 900), position, { hdopCenti }) });
    }
  }
  return sent;
}

/** Plays fixes at their arrival times, then lets everything settle. */
function play(
  arrivals: readonly { readonly atMs: number; readonly sent: Sent }[],
  untilMs: number,
  tickMs = 5_000,
): Bench {
  const bench = new Bench(testPlan());
  const queue = [...arrivals].sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, sent } of queue) {
    bench.tickTo(Math.max(bench.nowMs, atMs), tickMs);
    bench.send(sent.unit, sent.fix);
  }
  bench.tickTo(untilMs, tickMs);
  return bench;
}

function standing(bench: Bench): unknown {
  const lastVisits = new Map(bench.visits.map((visit) => [visit.visitId, visit]));
  const lastAlerts = new Map(bench.alerts.map((alert) => [alert.alertId, alert]));
  const visits = [...lastVisits.values()]
    .filter(({ state }) => state !== 'retracted')
    .map(({ unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs }) => ({
      unit,
      place,
      innerFromMs,
      innerToMs,
      outerFromMs,
      outerToMs,
    }));
  const alerts = [...lastAlerts.values()]
    .filter(({ condition }) => condition !== 'retracted')
    .map(({ rule, subject, place, unit, fromMs, toMs, certainty }) => ({
      rule,
      subject: subject.id,
      place,
      unit,
      fromMs,
      toMs,
      certainty,
    }));
  const order = (a: object, b: object): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  return { visits: visits.sort(order), alerts: alerts.sort(order) };
}

for (const seed of SEEDS) {
  t.test(
    `seed ${seed}: any delay within the horizon and any duplication give the same standing verdicts`,
    async (t) => {
      const fixes = drawFixes(seed, 3);
      const untilMs = T0 + 5 * HOUR;
      const inOrder = play(
        fixes.map((sent) => ({ atMs: sent.fix.eventTimeMs, sent })),
        untilMs,
      );
      const expected = standing(inOrder) as { visits: unknown[]; alerts: unknown[] };
      t.ok(
        expected.visits.length > 10 && expected.alerts.length > 5,
        `${expected.visits.length} visits, ${expected.alerts.length} alerts`,
      );
      const next = random(seed + 1_000);
      const arrivals = fixes.flatMap((sent) => {
        const delays = next() < 0.3 ? [next() * 29 * MINUTE] : [next() * 20_000];
        if (next() < 0.2) delays.push(next() * 29 * MINUTE);
        return delays.map((delay) => ({ atMs: sent.fix.eventTimeMs + Math.floor(delay), sent }));
      });
      const shuffled = play(arrivals, untilMs);
      t.ok(
        shuffled.alerts.some(({ change }) => change === 'retracted' || change === 'corrected'),
        'late fixes corrected something',
      );
      t.same(standing(shuffled), expected);
      const ids = shuffled.alerts.map(({ transition }) => transition);
      t.same(
        ids,
        ids.map((_, i) => i + 1),
        'alert transitions are dense',
      );
    },
  );
}

t.test('restored at every entry, the fold gives the same outputs and the same bytes (D2)', async (t) => {
  const fixes = drawFixes(99, 2);
  const next = random(99);
  const bench = play(
    fixes.map((sent) => ({ atMs: sent.fix.eventTimeMs + Math.floor(next() < 0.2 ? next() * 25 * MINUTE : 0), sent })),
    T0 + 4 * HOUR,
    9_000,
  );
  let state = restoreState(dumpState(new Bench(testPlan()).state));
  const whole = new Bench(testPlan());
  state = restoreState(dumpState(whole.state));
  const alerts = [...whole.alerts];
  const visits = [...whole.visits];
  const rest = bench.log.slice(whole.log.length);
  for (const [i, { id, entry }] of rest.entries()) {
    if (i % 5 === 0) state = restoreState(dumpState(state));
    const out = step(state, id, entry);
    alerts.push(...out.alerts);
    visits.push(...out.visits);
  }
  t.same(alerts, bench.alerts);
  t.same(visits, bench.visits);
  t.ok(
    Buffer.from(encodeSnapshot(dumpState(state))).equals(Buffer.from(encodeSnapshot(dumpState(bench.state)))),
    'same bytes',
  );
});
