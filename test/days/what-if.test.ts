import t from 'tap';
import { LEAD_MS } from '../../src/days/history-events.js';
import type { LogHistory } from '../../src/log/log-history.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { whatIf, type WhatIfQuestion } from '../../src/days/what-if/what-if.js';
import type { WhatIf } from '../../src/model/what-if.js';
import { keptHistory, logOf, settledDay } from './support.js';
import { at, Bench, circle, fix, checkpointGap, dutyRule, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';

const far = () => at(40_000);
const there = () => at(0);

/** A gate that is watched for gaps of ten minutes, or of so many as are given. */
function gatePlan(thresholdMin: number, places = [circle('gate', at(0), 100)]): CompiledPlan {
  return plan({
    places,
    units: [unit('car-1'), unit('car-2')],
    rules: [
      checkpointGap(
        places.map(({ id }) => id),
        { thresholdMs: thresholdMin * MINUTE },
      ),
    ],
  });
}

/** A car that is at the gate and away from it in turn, for twenty minutes each. */
function comesAndGoes(bench: Bench, hours: number): void {
  for (let n = 0; n < hours * 3; n += 1) {
    const where = n % 2 === 0 ? there : far;
    bench.drive(T0 + (n + 1) * 20 * MINUTE, { 'car-1': where, 'car-2': far });
  }
}

async function asked(bench: Bench, tried: CompiledPlan, more: Partial<WhatIfQuestion> = {}): Promise<WhatIf> {
  return await whatIf(keptHistory(logOf(bench)), {
    district: 'test',
    planFrom: (startMs) => ({ ...tried, version: 1, inForceFromMs: startMs - HOUR }),
    fromMs: T0,
    toMs: T0 + 4 * HOUR,
    operators: 1,
    ...more,
  });
}

t.test('the plan that was in force tells under both what was told', async (t) => {
  const bench = new Bench(gatePlan(10));
  comesAndGoes(bench, 4);
  const told = bench.alerts.filter(({ change }) => change === 'raised' || change === 'reopened');
  const found = await asked(bench, gatePlan(10));
  t.ok(told.length >= 4, `${told.length} alerts`);
  t.same([found.added, found.gone], [[], []]);
  t.equal(found.recorded.load.asked, told.length);
  t.equal(found.tried.load.asked, told.length);
  t.same(found.recorded.load.rows, found.tried.load.rows);
  t.ok(found.isOpen, 'the log ends with the time that is asked about');
});

t.test('a longer threshold tells less, a shorter one more, and each alert is named', async (t) => {
  const bench = new Bench(gatePlan(15));
  comesAndGoes(bench, 4);
  const patient = await asked(bench, gatePlan(30));
  t.equal(patient.tried.load.asked, 0);
  t.ok(patient.gone.length >= 4 && patient.added.length === 0);
  t.match(patient.gone[0], { rule: 'checkpoint-gap', subject: 'place:gate', isRetracted: false });
  const bench30 = new Bench(gatePlan(30));
  comesAndGoes(bench30, 4);
  const eager = await asked(bench30, gatePlan(5));
  t.equal(eager.recorded.load.asked, 0);
  t.ok(eager.added.length >= 4 && eager.gone.length === 0);
  t.equal(eager.tried.load.hours.length, 4);
  t.equal(
    eager.tried.load.hours.reduce((sum, count) => sum + count, 0),
    eager.tried.load.asked,
  );
});

t.test('a roster that was logged before the time counts in it, under both plans', async (t) => {
  const wants = (atLeast: number) =>
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', { crewCount: 5 })],
      rules: [dutyRule(['car-1'], { counts: 'officers', atLeast })],
    });
  const bench = new Bench(wants(3), T0 - 6 * HOUR);
  const shift = { unit: 'car-1', fromMs: T0 - HOUR, toMs: T0 + 9 * HOUR, officers: ['p1', 'p2'] };
  const { fromMs, toMs } = shift;
  const entry = { kind: 'roster', rosterId: 'r1', actor: 'li', reason: '', fromMs, toMs, shifts: [shift] } as const;
  const early = bench.log[1];
  if (early === undefined) throw new Error('no entry');
  bench.log.splice(2, 0, { id: { ...early.id, seq: early.id.seq + 1 }, entry, atMs: early.atMs });
  bench.drive(T0 + 4 * HOUR, { 'car-1': there });
  const found = await asked(bench, wants(2));
  t.match(found.gone, [{ rule: 'duty-strength' }], 'three of two are too few, two are enough');
  t.same(found.added, []);
  const { record } = await settledDay(logOf(bench));
  t.match(
    record.alerts.filter(({ rule }) => rule === 'duty-strength').map(({ certainty }) => certainty),
    ['uncovered'],
    'and in the record of the day',
  );
});

t.test('hours that ask more than the operators can act on are counted', async (t) => {
  const gates = Array.from({ length: 8 }, (_, i) => circle(`gate-${i}`, at(i * 400), 100));
  const busy = gatePlan(10, gates);
  const bench = new Bench(busy);
  bench.drive(T0 + 2 * HOUR, { 'car-1': far, 'car-2': far });
  const one = await asked(bench, busy, { toMs: T0 + 2 * HOUR });
  t.match(one.recorded.load, { asked: 8, hoursOverBudget: 1, busiest: { fromMs: T0, asked: 8 } });
  const two = await asked(bench, busy, { toMs: T0 + 2 * HOUR, operators: 2 });
  t.equal(two.recorded.load.hoursOverBudget, 0);
});

t.test('what late fixes take back is taken back under both', async (t) => {
  const bench = new Bench(gatePlan(10));
  bench.drive(T0 + 20 * MINUTE, { 'car-2': far });
  const late = Array.from({ length: 120 }, (_, i) => fix(T0 + i * 10_000, there()));
  bench.send('car-1', ...late);
  bench.drive(T0 + 3 * HOUR, { 'car-1': there, 'car-2': far });
  const found = await asked(bench, gatePlan(8), { toMs: T0 + HOUR });
  t.match(found.recorded.load, { alerts: 1, retracted: 1 });
  t.match(found.tried.load, { alerts: 1, retracted: 1 });
  t.match(found, { both: 1, added: [], gone: [], isOpen: false });
});

t.test('plans that change in the record change there, and the one that is tried stands throughout', async (t) => {
  const bench = new Bench(gatePlan(60));
  bench.drive(T0 + HOUR, { 'car-1': there, 'car-2': far });
  const next = { ...gatePlan(10), version: 2, inForceFromMs: bench.nowMs + 2 * MINUTE };
  bench.append(bench.nowMs, { kind: 'plan', plan: next });
  bench.drive(T0 + 2 * HOUR, { 'car-1': far, 'car-2': far });
  const found = await asked(bench, gatePlan(90), { toMs: T0 + 2 * HOUR });
  t.equal(found.recorded.sourceSha256s.length, 2);
  t.match([found.recorded.load.asked, found.tried.load.asked], [1, 0]);
});

t.test('what cannot be answered is refused with what was got', async (t) => {
  const bench = new Bench(gatePlan(10));
  bench.drive(T0 + HOUR, { 'car-1': far });
  const long = asked(bench, gatePlan(10), { toMs: T0 + 40 * 24 * HOUR });
  await t.rejects(long, { code: 'what-if-too-long', message: /got 40\.00 days/ });
  const later = asked(bench, gatePlan(10), { fromMs: T0 + 2 * HOUR });
  await t.rejects(later, {
    code: 'what-if-incomplete',
    message: /got one that ends at .*expected a log that goes on after/,
  });
  const whole = keptHistory(logOf(bench));
  const history: LogHistory = {
    begins: () => whole.begins(),
    read: async (stretch) => ({ ...(await whole.read(stretch)), goneBeforeMs: T0 - LEAD_MS / 2 }),
  };
  const deleted = whatIf(history, {
    district: 'test',
    planFrom: () => gatePlan(10),
    fromMs: T0,
    toMs: T0 + HOUR,
    operators: 1,
  });
  await t.rejects(deleted, { code: 'what-if-incomplete', message: /lacks some of what came before/ });
});

t.test('it stops when it is told to', async (t) => {
  const bench = new Bench(gatePlan(10));
  bench.drive(T0 + HOUR, { 'car-1': far });
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  const question = { district: 'test', planFrom: () => gatePlan(10), fromMs: T0, toMs: T0 + HOUR, operators: 1 };
  await t.rejects(whatIf(keptHistory(logOf(bench)), question, { signal: stop.signal }), { message: 'enough' });
});
