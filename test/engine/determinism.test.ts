import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { decodeSnapshot, encodeSnapshot, encodeSnapshotInTurns } from '../../src/codec/snapshot-codec.js';
import { Timers } from '../../src/engine/agenda/timers.js';
import { formatTimerKey, parseTimerKey, type TimerKey } from '../../src/model/fold-keys.js';
import { step } from '../../src/engine/pipeline.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { createState } from '../../src/engine/state.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import type { LogEntry, TrackerBatch } from '../../src/model/log-entry.js';
import type { LogId } from '../../src/model/log-id.js';
import { type Arrival, drawScenario, play } from './scenario.js';
import { at, Bench, circle, fix, HOUR, MINUTE, plan, T0, unit } from './support.js';
import { random } from './verdicts.js';

const SEED = 20_261_124;
const OPTIONS = { hours: 1.3, delayMs: 20 * MINUTE, plans: true, events: true };
const UNTIL = T0 + 2.2 * HOUR;

/** What was told, without the log ids that depend on which entry came first after an instant. */
function told(bench: { readonly alerts: readonly object[]; readonly visits: readonly object[] }): string[] {
  return [...bench.alerts, ...bench.visits].map((version) => JSON.stringify(version).replaceAll(/\d{13}-\d+/g, ''));
}

/** The same with the milliseconds of log ids, but not the ordinals: joined entries move those of what comes after. */
function folded(log: readonly { readonly id: LogId; readonly entry: LogEntry }[]): string[] {
  const state = createState('test');
  return log.flatMap(({ id, entry }) => {
    const { alerts, visits } = step(state, id, entry);
    return [...alerts, ...visits].map((version) => JSON.stringify(version).replaceAll(/(\d{13})-\d+/g, '$1'));
  });
}

t.test('ticks more or less change nothing, as long as no hole is an outage (T1)', async (t) => {
  const arrivals = drawScenario(7, OPTIONS);
  const expected = told(play(arrivals, { untilMs: UNTIL, tickMs: 1_000 }));
  t.ok(expected.length > 150, `${expected.length} versions`);
  const next = random(SEED);
  const drawn = (): number => [250, 1_000, 3_333, 9_999, 10_000][Math.floor(next() * 5)] as number;
  t.same(told(play(arrivals, { untilMs: UNTIL, tickMs: drawn })), expected, `ticks by seed ${SEED}`);
});

t.test(
  'how the fixes of an instant are cut into entries, and in which order they lie, changes no byte [order]',
  async (t) => {
    const whole = (ms: number): number => Math.ceil(ms / 1_000) * 1_000;
    const arrivals = drawScenario(8, OPTIONS).map((arrival): Arrival => ({ ...arrival, atMs: whole(arrival.atMs) }));
    const { log } = play(arrivals, { untilMs: UNTIL });
    const expected = folded(log);
    const next = random(SEED);
    for (const how of ['joined', 'joined and shuffled', 'split and shuffled'] as const) {
      const again: { id: LogId; entry: LogEntry }[] = [];
      let seq = 0;
      const push = (ms: number, entry: LogEntry): void => {
        seq = again.at(-1)?.id.ms === ms ? seq + 1 : 0;
        again.push({ id: { ms, seq }, entry });
      };
      let held: TrackerBatch[] = [];
      const flush = (ms: number): void => {
        if (held.length === 0) return;
        if (how !== 'joined')
          held = held
            .map((batch) => ({ batch, key: next() }))
            .sort((a, b) => a.key - b.key)
            .map(({ batch }) => batch);
        if (how === 'split and shuffled') for (const batch of held) push(ms, { kind: 'fixes', batches: [batch] });
        else push(ms, { kind: 'fixes', batches: held });
        held = [];
      };
      for (const [i, { id, entry }] of log.entries()) {
        const before = log[i - 1];
        if (before !== undefined && (before.id.ms !== id.ms || entry.kind !== 'fixes')) flush(before.id.ms);
        if (entry.kind === 'fixes') held.push(...entry.batches);
        else push(id.ms, entry);
      }
      t.ok(how === 'split and shuffled' || again.length < log.length, `${again.length} entries`);
      t.same(folded(again), expected, how);
    }
  },
);

t.test('restored anywhere, the fold goes on to the same outputs and the same bytes (D2, S1)', async (t) => {
  const bench = play(drawScenario(9, OPTIONS), { untilMs: UNTIL, tickMs: 10_000 });
  const next = random(SEED);
  let state = createState('test');
  let restores = 0;
  const alerts: object[] = [];
  const visits: object[] = [];
  for (const { id, entry } of bench.log) {
    const out = step(state, id, entry);
    alerts.push(...out.alerts);
    visits.push(...out.visits);
    if (next() > 0.025) continue;
    const bytes = encodeSnapshot(dumpState(state));
    state = restoreState(decodeSnapshot(bytes));
    restores += 1;
    if (!Buffer.from(encodeSnapshot(dumpState(state))).equals(bytes)) t.fail(`other bytes after ${id.ms}-${id.seq}`);
  }
  t.ok(restores > 40, `${restores} restores`);
  t.same(alerts, bench.alerts);
  t.same(visits, bench.visits);
  t.ok(
    Buffer.from(encodeSnapshot(dumpState(state))).equals(encodeSnapshot(dumpState(bench.state))),
    'same bytes at the end',
  );
  t.ok(bench.state.finalToMs > 0, 'something was forgotten on the way');
});

t.test('a snapshot that is encoded while the fold goes on is of the state as it was (S3)', async (t) => {
  const bench = play(drawScenario(10, OPTIONS), { untilMs: UNTIL, tickMs: 10_000 });
  const state = createState('test');
  const [half, rest] = [bench.log.slice(0, bench.log.length >> 1), bench.log.slice(bench.log.length >> 1)];
  for (const { id, entry } of half) step(state, id, entry);
  const expected = Buffer.from(encodeSnapshot(dumpState(state)));
  const goOn = async (): Promise<void> => {
    for (const { id, entry } of rest.splice(0, 10)) step(state, id, entry);
  };
  const encoding = encodeSnapshotInTurns(dumpState(state), goOn);
  t.ok(Buffer.from(await encoding).equals(expected), 'the same bytes');
  t.notOk(Buffer.from(encodeSnapshot(dumpState(state))).equals(expected), 'the state has gone on');
});

t.test('timers fire by (due, key), whatever was set before (D2)', async (t) => {
  const key = fc.constantFrom<TimerKey>(
    { kind: 'settle' },
    { kind: 'prune' },
    { kind: 'plan' },
    { kind: 'unit', unit: 'x' },
    { kind: 'place', place: 'x' },
    { kind: 'network', ruleId: 'x' },
  );
  const due = fc.integer({ min: 0, max: 20 });
  const operation = fc.oneof(
    fc.record({ what: fc.constant('set' as const), key, due: fc.option(due) }),
    fc.record({ what: fc.constant('earlier' as const), key, due }),
    fc.record({ what: fc.constant('take' as const), due }),
  );
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 400, size: 'max' }), (operations) => {
      const timers = new Timers();
      const model = new Map<string, number>();
      const sorted = (): [string, number][] => [...model].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
      for (const one of operations) {
        const name = 'key' in one ? formatTimerKey(one.key) : '';
        if (one.what === 'take') {
          const [first] = sorted();
          const expected =
            first !== undefined && first[1] <= one.due ? { key: parseTimerKey(first[0]), dueMs: first[1] } : null;
          assert.deepEqual(timers.take(one.due), expected);
          if (expected !== null) model.delete(first?.[0] ?? '');
        } else if (one.what === 'earlier') {
          timers.setEarlier(one.key, one.due);
          model.set(name, Math.min(one.due, model.get(name) ?? one.due));
        } else {
          timers.set(one.key, one.due);
          if (one.due === null) model.delete(name);
          else model.set(name, one.due);
        }
        assert.deepEqual(timers.entries(), sorted());
      }
    }),
    { seed: SEED, numRuns: 150 },
  );
  t.pass(`seed ${SEED}`);
});

t.test('a backlog that comes newest first is folded in at most once a log second (E6)', async (t) => {
  const intervalMs = 5_000;
  const perSecond = 40;
  const bench = new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', { expectedIntervalMs: intervalMs })],
      rules: [],
    }),
  );
  bench.tickTo(T0 + 25 * HOUR, 10_000);
  const newestMs = bench.nowMs;
  const total = 17_280;
  for (let i = 0; i < total; i += 1) {
    if (i % perSecond === 0) bench.tickTo(bench.nowMs + 1_000);
    bench.send('car-1', fix(newestMs - i * intervalMs, at(0)));
  }
  bench.tickTo(bench.nowMs + 1_000);
  const steps = bench.state.foldedFixes;
  const withinHorizon = HORIZON_MS / intervalMs + 1;
  const seconds = Math.ceil(withinHorizon / perSecond) + 1;
  t.ok(steps >= withinHorizon - 5, `${steps} steps fold all that is in time`);
  t.ok(
    steps <= seconds * withinHorizon + withinHorizon,
    `${steps} steps are at most ${seconds} times the horizon, and once for good`,
  );
});
