import t from 'tap';
import { decodeSnapshot, encodeSnapshot } from '../../src/codec/snapshot-codec.js';
import { countersOf, takeHotDelta } from '../../src/engine/hot-view.js';
import { step } from '../../src/engine/pipeline.js';
import { createRules, type RuleSlice } from '../../src/engine/rules/slice.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { createState } from '../../src/engine/state.js';
import { pairsOf } from '../../src/model/intervals.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { CompiledPlan, TrackerSilenceRule } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { latest, latestVisits } from './verdicts.js';

type Remembered = Exclude<keyof RuleSlice, 'sos'>;

const far = at(40_000);
const LIMIT = 12 * MINUTE;
const silence: TrackerSilenceRule = {
  id: 'silence',
  kind: 'tracker-silence',
  severity: 'medium',
  binds: 'always',
  units: ['car-1', 'car-2'],
};
const files = {
  places: [circle('gate', at(0), 100), circle('yard', at(5_000), 100)],
  units: [unit('car-1'), unit('car-2')],
  rules: [checkpointGap(['gate', 'yard']), silence],
};
/** The next version, in force a minute after it is logged. */
const planOf = (version: number, loggedMs: number): CompiledPlan =>
  plan({ ...files, version, inForceFromMs: loggedMs + MINUTE });
const inTheGate = { 'car-1': () => at(0), 'car-2': () => far };

/** An hour of a day: somebody in the gate, nobody in the yard. Then the log's time runs 8 h away, and nothing else happens. */
function ranAway(untilMs = T0 + HOUR): Bench {
  const bench = new Bench(plan(files));
  bench.drive(untilMs, inTheGate);
  return bench;
}

const resume = (bench: Bench, sinceMs: number, atMs: number) =>
  bench.append(atMs, { kind: 'resume', sinceMs, atMs, skippedToMs: bench.nowMs, actor: 'li', reason: 'NTP' });

t.test(
  'a resumed log: what was told in the false time is retracted, what went on then ends where time was right (T2)',
  async (t) => {
    const bench = ranAway();
    const sinceMs = bench.nowMs;
    const before = latest(bench.alerts);
    t.match(before, [{ condition: 'active', place: 'yard', certainty: 'uncovered' }], 'one real gap');
    bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
    bench.tickTo(sinceMs + 8 * HOUR + 10 * MINUTE);
    const during = latest(bench.alerts);
    t.ok(during.length > before.length, 'the false hours have raised alerts');
    t.same(
      during.filter(({ certainty, place }) => place === 'gate' && certainty === 'uncovered'),
      [],
    );
    const told = bench.alerts.length;
    const atMs = sinceMs + 5 * MINUTE;
    resume(bench, sinceMs, atMs);
    t.equal(bench.state.nowMs, atMs, 'log time is the true time again');
    t.ok(bench.alerts.slice(told).every(({ cause, atMs: ms }) => cause === 'resume' && ms === atMs));
    const after = latest(bench.alerts);
    t.match(
      after.filter(({ condition }) => condition !== 'retracted'),
      [{ alertId: before[0]?.alertId, condition: 'cleared', toMs: sinceMs }],
    );
    t.match(latestVisits(bench.visits), [
      { place: 'gate', unit: 'car-1', state: 'closed', innerToMs: sinceMs - 1_000 },
    ]);
    t.same(bench.state.outages, [{ fromMs: sinceMs, toMs: atMs }], 'nobody knows the time between');
  },
);

t.test('a resumed log: no rule remembers anything of the time before but calls for help', async (t) => {
  const bench = ranAway();
  const remembered = Object.keys(createRules()).filter((name) => name !== 'sos') as Remembered[];
  const { nowMs } = bench;
  bench.append(nowMs + 8 * HOUR, { kind: 'tick' });
  for (const name of remembered) Object.assign(bench.state, { [name]: new Map([['of the time before', []]]) });
  resume(bench, nowMs, nowMs + 5 * MINUTE);
  t.same(
    remembered.filter((name) => bench.state[name].has('of the time before')),
    [],
  );
});

t.test('a resumed log: a visit that ended in the false time ends where time was right', async (t) => {
  const bench = ranAway();
  const sinceMs = bench.nowMs;
  bench.append(sinceMs + 10 * MINUTE, { kind: 'tick' });
  const easts = [0, 0, 0, ...Array.from({ length: 20 }, (_, i) => 1_000 + 100 * i)];
  const fixes = easts.map((east, i) => fix(sinceMs + (i + 1) * 20_000, at(east)));
  bench.append(bench.nowMs + 100, {
    kind: 'fixes',
    batches: [{ tracker: 't-car-1', reportId: '01', fixes, rejected: [] }],
  });
  bench.tickTo(bench.nowMs + 5_000);
  const inTheGateMs = (): (number | null)[] => latestVisits(bench.visits).map(({ innerToMs }) => innerToMs);
  t.strictSame(inTheGateMs(), [sinceMs + 60_000]);
  resume(bench, sinceMs, sinceMs + 5 * MINUTE);
  t.strictSame(inTheGateMs(), [sinceMs]);
});

t.test('a resumed log: fixes that no settling instant has taken up yet are not held against their unit', async (t) => {
  const bench = new Bench(plan({ ...files, possibleForMs: 5 * MINUTE }));
  bench.drive(T0 + 20 * MINUTE, inTheGate);
  bench.drive(T0 + HOUR, { 'car-1': inTheGate['car-1'] });
  const sinceMs = bench.nowMs;
  const thereMs = sinceMs - 15 * MINUTE;
  bench.append(sinceMs + 10 * MINUTE, { kind: 'tick' });
  const fixes = [0, 10_000, 20_000].map((ms) => fix(thereMs + ms, at(5_000), { backfill: true }));
  bench.append(bench.nowMs + 100, {
    kind: 'fixes',
    batches: [{ tracker: 't-car-2', reportId: '01', fixes, rejected: [] }],
  });
  resume(bench, sinceMs, sinceMs + 5 * MINUTE);
  const gaps = latest(bench.alerts).filter(({ place, condition }) => place === 'yard' && condition !== 'retracted');
  const sure = gaps.flatMap(({ episodes }) => episodes.flatMap(({ sure: stretches = [] }) => pairsOf(stretches)));
  t.ok(sure.length > 0, 'the rest of the hour stands');
  t.notOk(
    sure.some(([fromMs, toMs]) => fromMs < thereMs + 20_000 && toMs > thereMs),
    'the car was in the yard for a while',
  );
});

t.test(
  'after a resume the next plan begins everything anew, and nothing of the time before is held against anybody',
  async (t) => {
    const bench = ranAway();
    const sinceMs = bench.nowMs;
    bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
    const atMs = sinceMs + 5 * MINUTE;
    takeHotDelta(bench.state);
    resume(bench, sinceMs, atMs);
    const hot = takeHotDelta(bench.state);
    t.same(
      [...hot.coverage],
      [
        ['gate', null],
        ['yard', null],
      ],
      'no coverage of a time that was none',
    );
    bench.append(atMs + 1_000, { kind: 'plan', plan: planOf(1, atMs + 1_000) });
    t.same(bench.state.plans, [], 'versions stay dense');
    bench.append(atMs + 2_000, { kind: 'plan', plan: planOf(2, atMs + 2_000) });
    const inForceMs = atMs + 2_000 + MINUTE;
    const told = bench.alerts.length;
    bench.send('car-2', fix(atMs - 2 * MINUTE, at(5_000)));
    t.equal(countersOf(bench.state).flags.late, 1, 'a fix from before is kept in the log, and not judged');
    bench.drive(inForceMs + LIMIT - 5_000, inTheGate);
    t.same(bench.alerts.slice(told), []);
    bench.drive(inForceMs + 30 * MINUTE, inTheGate);
    t.match(
      latest(bench.alerts.slice(told)),
      [
        {
          place: 'yard',
          condition: 'active',
          certainty: 'uncovered',
          episodes: [{ toMs: sinceMs }, { fromMs: inForceMs }],
        },
      ],
      'less than ten minutes after it was closed: the same alert again',
    );
    const [opened] = latestVisits(bench.visits).slice(-1);
    t.match(opened, { place: 'gate', state: 'open', atMs: opened?.atMs });
    t.ok((opened?.innerFromMs ?? 0) >= atMs);
    // The clock comes up to the ids: nothing is to be seen of it.
    bench.drive(sinceMs + 8 * HOUR + 20 * MINUTE, inTheGate);
    t.same(bench.state.outages.length, 0);
    t.match(latest(bench.alerts.slice(told)), [{ place: 'yard', condition: 'active', occurrence: 2 }]);
    t.ok(countersOf(bench.state).admitted > 2 * 6 * 60 * 8, 'what was admitted before stays counted');
  },
);

const call = (ms: number) => fix(ms, at(150), { sos: true });
const calm = (ms: number) => fix(ms, at(150), { sos: false });
const callsOf = (bench: Bench) => latest(bench.alerts).filter(({ rule }) => rule === 'sos');
const conditions = (bench: Bench) => callsOf(bench).map(({ condition }) => condition);

function resolve(bench: Bench, { alertId, version } = callsOf(bench).at(-1) ?? { alertId: '', version: 0 }): void {
  const actionId = `end-${bench.log.length}`;
  const act = { actionId, actor: 'li', action: 'resolve', comment: 'spoke to the crew', untilMs: null } as const;
  bench.append(bench.nowMs, { kind: 'action', alertId, alertVersion: version, ...act });
}

/** Eight hours ahead with `during`, five minutes later resumed, and the next plan logged. Answers the resume's time. */
function runAwayAndResume(bench: Bench, during: () => void = () => {}): number {
  const sinceMs = bench.nowMs;
  bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
  during();
  const atMs = sinceMs + 5 * MINUTE;
  resume(bench, sinceMs, atMs);
  bench.append(atMs + 1_000, { kind: 'plan', plan: planOf(2, atMs + 1_000) });
  return atMs;
}

t.test('a call for help that stands is the same after a resume: its fix, sent again, raises nothing', async (t) => {
  const bench = ranAway();
  const first = call(bench.nowMs - 1_000);
  bench.send('car-1', first);
  const while8hAhead = call(bench.nowMs + 2 * MINUTE);
  const atMs = runAwayAndResume(bench, () => bench.send('car-1', while8hAhead));
  const told = bench.alerts.length;
  bench.send('car-1', first, while8hAhead);
  t.same(bench.alerts.slice(told), []);
  t.same(conditions(bench), ['active']);
  resolve(bench);
  bench.send('car-1', first, while8hAhead);
  t.same(conditions(bench), ['cleared'], 'nor when somebody has ended it');
  bench.tickTo(atMs + 3 * MINUTE);
  bench.send('car-1', calm(bench.nowMs - 2_000), call(bench.nowMs - 1_000));
  t.same(conditions(bench), ['cleared', 'active'], 'the next call is another');
});

t.test('a call for help that was ended in the false time does not swallow one of the time after it', async (t) => {
  const trackers: Record<string, (nowMs: number) => readonly ReturnType<typeof call>[]> = {
    'a tracker of the false time': (ms) => [call(ms - 1_000)],
    'one that said that it was over': (ms) => [call(ms - 2_000), calm(ms - 1_000)],
    'one that is ahead of it': (ms) => [call(ms + HOUR)],
  };
  for (const [name, said] of Object.entries(trackers)) {
    const bench = ranAway();
    const atMs = runAwayAndResume(bench, () => {
      bench.send('car-1', ...said(bench.nowMs));
      resolve(bench);
    });
    t.same(conditions(bench), ['cleared'], name);
    bench.tickTo(atMs + 3 * MINUTE);
    bench.send('car-1', fix(bench.nowMs - 2_000, at(150)));
    bench.send('car-1', call(bench.nowMs - 1_000));
    t.same(conditions(bench), ['cleared', 'active'], name);
    t.equal(callsOf(bench).at(-1)?.fromMs, bench.nowMs - 1_000);
  }
});

t.test('a call for help is told after a resume before there is a plan again', async (t) => {
  for (const version of [null, 2]) {
    const bench = ranAway();
    const sinceMs = bench.nowMs;
    bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
    const atMs = sinceMs + 5 * MINUTE;
    resume(bench, sinceMs, atMs);
    // One that the next plan no longer has calls, too, until that takes force.
    const next = plan({ ...files, units: [unit('car-1')], rules: [], version: 2, inForceFromMs: atMs + 2 * MINUTE });
    if (version !== null) bench.append(atMs + 1_000, { kind: 'plan', plan: next });
    bench.state = restoreState(decodeSnapshot(encodeSnapshot(dumpState(bench.state))));
    bench.tickTo(atMs + 30_000);
    bench.send('car-2', call(bench.nowMs - 1_000));
    t.match(callsOf(bench), [{ unit: 'car-2', condition: 'active', evidence: { position: { sigmaM: 5 } } }]);
    t.same(conditions(bench), ['active'], version === null ? 'no plan' : 'a plan that waits');
  }
});

t.test('a call for help of the false time that stands goes on from the resume on', async (t) => {
  const bench = ranAway();
  const atMs = runAwayAndResume(bench, () => bench.send('car-1', call(bench.nowMs - 1_000)));
  bench.tickTo(atMs + 3 * MINUTE);
  bench.send('car-1', call(bench.nowMs - 1_000));
  t.match(callsOf(bench), [{ change: 'corrected', condition: 'active', fromMs: atMs }]);
  t.same(conditions(bench), ['active']);
  bench.send('car-1', calm(bench.nowMs - 500), call(bench.nowMs));
  t.same(conditions(bench), ['active', 'active'], 'what comes after it was off is another');
});

t.test('a resume is good once, and only for the log as it was (O1)', async (t) => {
  const bench = ranAway();
  const sinceMs = bench.nowMs;
  const entry = {
    kind: 'resume',
    sinceMs,
    atMs: sinceMs + MINUTE,
    skippedToMs: sinceMs + 8 * HOUR,
    actor: 'li',
    reason: 'NTP',
  } as const;
  const early = restoreState(dumpState(bench.state));
  step(early, { ms: sinceMs, seq: 99 }, entry, sinceMs);
  t.equal(early.nowMs, sinceMs, 'the log is not that far ahead');
  t.equal(early.resumed, null);
  bench.append(sinceMs + 8 * HOUR, { kind: 'tick' });
  bench.append(entry.atMs, entry);
  bench.append(entry.atMs + 1_000, { kind: 'plan', plan: planOf(2, entry.atMs + 1_000) });
  const told = [bench.alerts.length, bench.visits.length];
  bench.append(entry.atMs + 2_000, entry);
  t.same([bench.alerts.length, bench.visits.length], told, 'a repeat is nothing');
  t.equal(bench.state.plans.length, 1);
  t.equal(bench.state.nowMs, entry.atMs + 2_000);
});

t.test(
  'restored at every entry around a resume, the fold goes on to the same outputs and the same bytes (D2)',
  async (t) => {
    const bench = ranAway(T0 + 40 * MINUTE);
    const sinceMs = bench.nowMs;
    bench.append(sinceMs + HOUR, { kind: 'tick' });
    bench.drive(sinceMs + HOUR + 5 * MINUTE, { 'car-1': () => at(5_000), 'car-2': () => far });
    const atMs = sinceMs + 7 * MINUTE;
    resume(bench, sinceMs, atMs);
    bench.append(atMs + 1_000, { kind: 'plan', plan: planOf(2, atMs + 1_000) });
    bench.drive(atMs + 20 * MINUTE, inTheGate);
    const bytes = (state = bench.state) => Buffer.from(encodeSnapshot(dumpState(state)));
    let state = createState('test');
    const told: object[] = [];
    for (const { id, entry, atMs: ms } of bench.log) {
      if (ms >= sinceMs) state = restoreState(decodeSnapshot(encodeSnapshot(dumpState(state))));
      const out = step(state, id, entry, ms);
      told.push(...out.alerts, ...out.visits);
    }
    t.equal(told.length, bench.alerts.length + bench.visits.length);
    t.same(told.map(canonicalJson).sort(), [...bench.alerts, ...bench.visits].map(canonicalJson).sort());
    t.ok(bytes(state).equals(bytes()));
  },
);
