import t from 'tap';
import { takeHotDelta } from '../../src/engine/hot-view.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import { HORIZON_MS, MAX_SHELVE_MS, POSSIBLE_FOR_MS } from '../../src/model/limits.js';
import type { TaskEntry } from '../../src/model/log-entry.js';
import type { PlanRule } from '../../src/model/plan.js';
import { isClockSuspect } from '../../src/engine/hot-view.js';
import { actOnLast, at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest } from './verdicts.js';

const silence: PlanRule = {
  id: 'silence',
  kind: 'tracker-silence',
  severity: 'medium',
  binds: 'always',
  units: ['car-1', 'car-2', 'car-3', 'car-4'],
};
const stand: PlanRule = {
  id: 'stand',
  kind: 'dwell-long',
  severity: 'low',
  binds: 'always',
  units: ['car-1'],
  maxStandMs: 25 * MINUTE,
};

function gapBench(): Bench {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [checkpointGap(['gate'])] }),
  );
  bench.drive(T0 + 15 * MINUTE, { 'car-1': () => at(2_000) });
  return bench;
}

function task(bench: Bench, more: Partial<TaskEntry>): void {
  bench.append(bench.nowMs, {
    kind: 'task',
    taskId: 'task-1',
    actor: 'li',
    task: 'escort',
    units: [],
    places: [],
    fromMs: bench.nowMs,
    toMs: null,
    reason: 'test',
    ...more,
  });
}

t.test('an alert is provisional until no fix can take it back, then confirmed', async (t) => {
  const bench = gapBench();
  t.match(bench.alerts, [{ change: 'raised', finality: 'provisional' }]);
  const raisedAtMs = bench.alerts[0]?.atMs ?? 0;
  // The end of a silence whose doubt reaches back, the second fix inside and the presence that counts: two minutes and one.
  const settlesMs = raisedAtMs + HORIZON_MS + POSSIBLE_FOR_MS + 3 * MINUTE;
  bench.drive(settlesMs - 20_000, { 'car-1': () => at(2_000) });
  t.equal(bench.alerts.length, 1);
  bench.drive(settlesMs + 10_000, { 'car-1': () => at(2_000) });
  t.match(bench.alerts.slice(1), [
    { change: 'confirmed', finality: 'confirmed', condition: 'active', cause: 'timer', version: 2 },
  ]);
});

t.test('a person shelves an alert with a reason and an end; it comes back by itself', async (t) => {
  const bench = gapBench();
  actOnLast(bench, 'shelve', { untilMs: bench.nowMs + 10 * MINUTE });
  t.match(bench.alerts.at(-1), { change: 'refused', evidence: { reason: 'no-reason' } });
  actOnLast(bench, 'shelve', { comment: 'roadworks', untilMs: bench.nowMs + MAX_SHELVE_MS + 1 });
  t.match(bench.alerts.at(-1), { change: 'refused', evidence: { reason: 'shelf-out-of-range' } });
  const untilMs = bench.nowMs + 10 * MINUTE;
  actOnLast(bench, 'shelve', { comment: 'roadworks', untilMs });
  t.match(bench.alerts.at(-1), {
    change: 'shelved',
    shelvedUntilMs: untilMs,
    condition: 'active',
    evidence: { comment: 'roadworks', actor: 'li' },
  });
  bench.drive(untilMs + 2_000, { 'car-1': () => at(2_000) });
  t.match(bench.alerts.at(-1), { change: 'unshelved', shelvedUntilMs: null, cause: 'timer' });
  actOnLast(bench, 'unshelve');
  t.match(bench.alerts.at(-1), { change: 'refused', evidence: { reason: 'not-shelved' } });
  actOnLast(bench, 'comment', { comment: 'seen' });
  t.match(bench.alerts.at(-1), { change: 'commented', evidence: { comment: 'seen' } });
});

t.test('a shelved alert that clears leaves the shelf', async (t) => {
  const bench = gapBench();
  actOnLast(bench, 'shelve', { comment: 'x', untilMs: bench.nowMs + HOUR });
  bench.drive(bench.nowMs + 5 * MINUTE, { 'car-1': () => at(0) });
  t.match(bench.alerts.at(-1), { change: 'cleared', shelvedUntilMs: null });
});

t.test('maintenance of a place suppresses its gap while it lasts, and not after', async (t) => {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [checkpointGap(['gate'])] }),
  );
  task(bench, { task: 'maintenance', places: ['gate'], toMs: bench.nowMs + 20 * MINUTE });
  bench.drive(T0 + 18 * MINUTE, { 'car-1': () => at(2_000) });
  t.match(bench.alerts, [{ change: 'raised', suppressedBy: 'task:task-1' }]);
  bench.drive(T0 + 25 * MINUTE, { 'car-1': () => at(2_000) });
  t.match(bench.alerts.at(-1), { change: 'updated', suppressedBy: null, condition: 'active' });
});

t.test('a unit on an escort may stand; the clock starts when the task ends', async (t) => {
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [stand] }));
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(2_000) });
  task(bench, { units: ['car-1'] });
  bench.drive(T0 + 60 * MINUTE, { 'car-1': () => at(2_000) });
  t.equal(bench.alerts.length, 0);
  const endedAtMs = bench.nowMs;
  task(bench, { units: ['car-1'], fromMs: T0 + 5 * MINUTE, toMs: endedAtMs });
  bench.drive(endedAtMs + 26 * MINUTE, { 'car-1': () => at(2_000) });
  t.match(bench.alerts, [{ rule: 'dwell-long', change: 'raised', fromMs: endedAtMs }]);
});

t.test('most trackers silent together are one outage that inhibits the single alerts', async (t) => {
  const units = ['car-1', 'car-2', 'car-3', 'car-4'].map((id) => unit(id));
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units, rules: [silence] }));
  const all = Object.fromEntries(units.map(({ id }) => [id, () => at(500)]));
  bench.drive(T0 + 5 * MINUTE, all);
  bench.tickTo(T0 + 10 * MINUTE);
  const last = new Map(bench.alerts.map((alert) => [alert.alertId, alert]));
  const outage = [...last.values()].filter(({ rule }) => rule === 'network-outage');
  t.match(outage, [
    { condition: 'active', subject: { kind: 'district' }, evidence: { units: ['car-1', 'car-2', 'car-3', 'car-4'] } },
  ]);
  const single = [...last.values()].filter(({ rule }) => rule === 'tracker-silence');
  t.equal(single.length, 4);
  t.ok(
    single.every(({ suppressedBy }) => suppressedBy === outage[0]?.alertId),
    'each single alert is suppressed by the outage',
  );
  bench.drive(T0 + 15 * MINUTE, all);
  const after = new Map(bench.alerts.map((alert) => [alert.alertId, alert]));
  t.ok(
    [...after.values()].every(({ condition }) => condition === 'cleared'),
    'all is over when they are back',
  );
});

t.test('a link that comes and goes is one chattering alert, held until it is calm (E4)', async (t) => {
  const bench = new Bench(
    plan({ places: [circle('gate', at(0), 100)], units: [unit('car-1')], rules: [{ ...silence, units: ['car-1'] }] }),
  );
  bench.drive(T0 + MINUTE, { 'car-1': () => at(500) });
  for (let i = 0; i < 4; i += 1) {
    bench.tickTo(bench.nowMs + 90_000);
    bench.drive(bench.nowMs + 20_000, { 'car-1': () => at(500) });
  }
  const ids = new Set(bench.alerts.map(({ alertId }) => alertId));
  t.equal(ids.size, 1);
  t.match(bench.alerts.at(-1), { chattering: true, condition: 'active' });
  bench.drive(bench.nowMs + 12 * MINUTE, { 'car-1': () => at(500) });
  t.match(bench.alerts.at(-1), { chattering: true, condition: 'cleared' });
});

t.test('all of it survives a restore', async (t) => {
  const bench = gapBench();
  actOnLast(bench, 'shelve', { comment: 'x', untilMs: bench.nowMs + 10 * MINUTE });
  task(bench, { task: 'maintenance', places: ['gate'], toMs: bench.nowMs + 30 * MINUTE });
  const dump = dumpState(bench.state);
  t.equal(canonicalJson(dumpState(restoreState(dump)).state), canonicalJson(dump.state));
});

t.test('when most trackers are ahead, it is the clock of the server that is named (T2)', async (t) => {
  const units = ['car-1', 'car-2', 'car-3', 'car-4'].map((id) => unit(id));
  const bench = new Bench(plan({ places: [circle('gate', at(0), 100)], units, rules: [silence] }));
  for (const { id } of units.slice(0, 2)) bench.send(id, fix(bench.nowMs + 120_000, at(0)));
  t.notOk(isClockSuspect(bench.state), 'two trackers may be wrong');
  bench.send('car-3', fix(bench.nowMs + 120_000, at(0)));
  t.ok(isClockSuspect(bench.state), 'three of three are not');
  bench.tickTo(bench.nowMs + 2 * MINUTE);
  t.notOk(isClockSuspect(bench.state), 'it passes');
});

t.test('a gap that a backlog disproves is retracted, and says who was there [retraction]', async (t) => {
  const bench = new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1'), unit('car-2')],
      rules: [checkpointGap(['gate'])],
    }),
  );
  bench.drive(T0 + 14 * MINUTE, { 'car-1': () => at(2_000) });
  t.match(bench.alerts, [{ change: 'raised', certainty: 'unknown', evidence: { possibleUnits: ['car-2'] } }]);
  const backlog = Array.from({ length: 60 }, (_, i) => fix(T0 + 2 * MINUTE + i * 10_000, at(0), { backfill: true }));
  bench.send('car-2', ...backlog);
  bench.drive(T0 + 14 * MINUTE + 10_000, { 'car-1': () => at(2_000), 'car-2': () => at(0) });
  t.match(bench.alerts.at(-1), {
    change: 'retracted',
    cause: 'late-data',
    evidence: { byUnit: 'car-2', byEventTimeMs: T0 + 2 * MINUTE },
  });
});

t.test('a unit that is out of service is in no verdict, from the very instant on', async (t) => {
  const gate = circle('gate', at(0), 100);
  const silence = { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always' } as const;
  const bench = new Bench(
    plan({
      places: [gate],
      units: [unit('car-1'), unit('car-2')],
      rules: [checkpointGap(['gate']), { ...silence, units: ['car-1', 'car-2'] }],
    }),
  );
  const presence = (): string | undefined => takeHotDelta(bench.state).coverage.get('gate')?.presence;
  const far = (): ReturnType<typeof at> => at(40_000);
  bench.drive(T0 + 5 * MINUTE, { 'car-1': () => at(0), 'car-2': far });
  bench.drive(T0 + 8 * MINUTE, { 'car-2': far });
  t.equal(presence(), 'unknown', 'it is silent, and may be there');
  t.match(latest(bench.alerts), [{ rule: 'tracker-silence', unit: 'car-1', condition: 'active' }]);
  const outMs = bench.nowMs;
  task(bench, { task: 'out-of-service', units: ['car-1'], fromMs: outMs });
  bench.drive(outMs + 10_000, { 'car-2': far });
  t.equal(presence(), 'uncovered', 'no doubt is left');
  t.match(latest(bench.alerts), [{ rule: 'tracker-silence', condition: 'cleared', toMs: outMs }]);
  bench.drive(outMs + 2 * MINUTE, { 'car-1': () => at(0), 'car-2': far });
  t.equal(presence(), 'uncovered', 'nor is it there, whatever its tracker says');
  task(bench, { task: 'out-of-service', units: ['car-1'], fromMs: outMs, toMs: bench.nowMs });
  bench.drive(bench.nowMs + 30_000, { 'car-1': () => at(0), 'car-2': far });
  t.equal(presence(), 'covered', 'back in service it counts');
});
