import t from 'tap';
import { countersOf, cursorOf, takeHotDelta } from '../../src/engine/hot-view.js';
import { isOpen } from '../../src/engine/alerts/states.js';
import { step } from '../../src/engine/pipeline.js';
import { dumpState, restoreState } from '../../src/engine/snapshot.js';
import { createState, type EngineState } from '../../src/engine/state.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { EntryOutputs } from '../../src/model/hot.js';
import type { FoldEntry, LogEntry } from '../../src/model/log-entry.js';
import { compareLogIds, type LogId } from '../../src/model/log-id.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { at, Bench, checkpointGap, circle, HOUR, MINUTE, plan, unit } from './support.js';
import { latest, latestVisits, standing } from './verdicts.js';

// V1: a newer fold goes on from what an older one has told.

type Log = readonly { readonly id: LogId; readonly entry: LogEntry }[];

const PLAN = plan({
  places: [circle('gate', at(0), 100), circle('yard', at(3_000), 100)],
  units: [unit('car-1'), unit('car-2')],
  rules: [
    checkpointGap(['gate', 'yard']),
    { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: ['car-1', 'car-2'] },
    {
      id: 'stand',
      kind: 'dwell-long',
      severity: 'low',
      binds: 'always',
      units: ['car-1', 'car-2'],
      maxStandMs: 25 * MINUTE,
    },
  ],
});

/** Gaps of 8 to 40 minutes, an acknowledged one, a silence, visits; one gap and one visit go on at its end. */
function day(): Bench {
  const bench = new Bench(PLAN);
  for (const [here, away] of [
    [15, 40],
    [15, 8],
    [15, 20],
    [15, 13],
  ] as const) {
    const start = bench.nowMs;
    bench.drive(start + here * MINUTE, { 'car-1': () => at(0), 'car-2': () => at(3_000) });
    bench.drive(start + (here + away) * MINUTE, { 'car-1': () => at(1_000), 'car-2': () => at(3_000) });
    const last = bench.alerts.filter(({ rule }) => rule === 'checkpoint-gap').at(-1);
    bench.append(bench.nowMs, {
      kind: 'action',
      actionId: `a-${bench.nowMs}`,
      actor: 'li',
      action: 'acknowledge',
      alertId: last?.alertId ?? '',
      alertVersion: last?.version ?? 0,
      comment: null,
      untilMs: null,
    });
  }
  return bench;
}

/** A fold that judges gaps by other thresholds. */
function newFold(log: Log, thresholdMs: number | null): EngineState {
  const state = createState('test', 2);
  for (const { id, entry } of log) step(state, id, judgedBy(entry, thresholdMs));
  return state;
}

function judgedBy(entry: LogEntry, thresholdMs: number | null): LogEntry {
  if (entry.kind !== 'plan' || thresholdMs === null) return entry;
  const rules = entry.plan.rules.map((rule) => ('thresholdMs' in rule ? { ...rule, thresholdMs } : rule));
  return { kind: 'plan', plan: { ...entry.plan, rules } as CompiledPlan };
}

function foldEntry(old: Bench, more: Partial<FoldEntry> = {}): FoldEntry {
  const { lastAlert, lastVisit } = old.state;
  const base = { ...cursorOf(old.state), foldVersion: 2 };
  const { alerts, visits } = old;
  return { kind: 'fold', foldVersion: 2, base, lastAlert, lastVisit, part: 1, parts: 1, alerts, visits, ...more };
}

function next(old: Bench): LogId {
  const { ms, seq } = old.state.lastId;
  return { ms, seq: seq + 1 };
}

/** Of each alert the last version, as a reader of the stream has it. */
function board(...told: (readonly AlertVersion[])[]): AlertVersion[] {
  return latest(told.flat()).filter(isOpen);
}

function inBook(state: EngineState): AlertVersion[] {
  return [...state.alerts.values()].flat().map(({ version }) => version);
}

function ids(alerts: readonly { readonly alertId: string }[]): string[] {
  return alerts.map(({ alertId }) => alertId).sort();
}

t.test('the same fold under another version: nothing is told, and both go on alike', (t) => {
  const old = day();
  const state = newFold(old.log, null);
  const at = next(old);
  const out = step(state, at, foldEntry(old));
  t.strictSame(out, { logId: at, alerts: [], visits: [] });
  t.strictSame(cursorOf(state), { ...cursorOf(old.state), logId: at, foldVersion: 2 });
  const start = old.nowMs;
  const before = [old.log.length, old.alerts.length, old.visits.length] as const;
  old.append(start, { kind: 'tick' });
  old.drive(start + 40 * MINUTE, { 'car-1': () => at0(), 'car-2': () => null });
  old.drive(start + 2 * HOUR, { 'car-1': () => null, 'car-2': () => null }, MINUTE);
  const more: EntryOutputs[] = old.log.slice(before[0] + 1).map(({ id, entry }) => step(state, id, entry));
  t.ok(old.alerts.length > before[1] + 3, 'it did go on');
  t.same(
    more.flatMap(({ alerts }) => alerts),
    old.alerts.slice(before[1]),
  );
  t.same(
    more.flatMap(({ visits }) => visits),
    old.visits.slice(before[2]),
  );
  t.same(countersOf(state), countersOf(old.state));
  t.end();
});

function at0() {
  return at(0);
}

t.test(
  'a fold that finds less takes back what it does not find, and no open alert is left without an owner (V1)',
  (t) => {
    const old = day();
    const state = newFold(old.log, 30 * MINUTE);
    const open = board(old.alerts);
    const out = step(state, next(old), foldEntry(old));
    t.ok(open.length > 1);
    t.ok(out.alerts.some(({ change }) => change === 'retracted'));
    t.ok(out.alerts.every(({ cause, logId }) => cause === 'fold' && logId === out.alerts[0]?.logId));
    t.strictSame(ids(board(old.alerts, out.alerts)), ids(inBook(state).filter(isOpen)));
    t.strictSame(
      out.alerts.map(({ transition }) => transition),
      out.alerts.map((_, i) => old.alerts.length + i + 1),
      'dense',
    );
    const previous = new Map(old.alerts.map((alert) => [alert.transition, alert]));
    for (const alert of out.alerts) {
      if (alert.change === 'raised') continue;
      t.equal(previous.get(alert.previous ?? 0)?.alertId, alert.alertId, 'versions form a list');
      t.equal(previous.get(alert.previous ?? 0)?.version, alert.version - 1);
    }
    t.end();
  },
);

t.test('a fold that finds more raises it, dated by what it found and by when it is told', (t) => {
  const old = day();
  const state = newFold(old.log, 5 * MINUTE);
  const out = step(state, next(old), foldEntry(old));
  const raised = out.alerts.filter(({ change }) => change === 'raised');
  t.ok(raised.length > 0);
  for (const alert of raised) {
    t.match(alert, { version: 1, previous: null, acknowledged: false, finality: 'provisional', cause: 'fold' });
    t.equal(alert.alertId.split(':')[3], alert.logId, 'its id names the entry that raised it');
  }
  t.strictSame(ids(board(old.alerts, out.alerts)), ids(inBook(state).filter(isOpen)));
  t.strictSame([...new Set(ids(inBook(state)))], ids(inBook(state)), 'each once');
  t.end();
});

t.test('what stands after the takeover is what the newer fold finds by itself', (t) => {
  for (const thresholdMs of [5, 10, 20, 30].map((minutes) => minutes * MINUTE)) {
    const old = day();
    const alone = createState('test', 2);
    const found = old.log.map(({ id, entry }) => step(alone, id, judgedBy(entry, thresholdMs)));
    const state = newFold(old.log, thresholdMs);
    const out = step(state, next(old), foldEntry(old));
    const since = ({ toMs }: { readonly toMs: number | null }) => toMs === null || toMs >= state.finalToMs;
    const alerts = (told: readonly AlertVersion[]) => standing({ alerts: told, visits: [] }).alerts;
    const theirs = latest([...old.alerts, ...out.alerts]).filter(since);
    const mine = latest(found.flatMap((one) => one.alerts)).filter(since);
    t.strictSame(alerts(theirs), alerts(mine), `thresholds of ${thresholdMs / MINUTE} minutes`);
    const visits = standing({ alerts: [], visits: [...old.visits, ...out.visits] }).visits;
    t.strictSame(visits, standing({ alerts: [], visits: found.flatMap((one) => one.visits) }).visits);
  }
  t.end();
});

t.test('what people did stays, and they can go on', (t) => {
  const old = day();
  const acknowledged = board(old.alerts).filter(({ acknowledged }) => acknowledged);
  t.ok(acknowledged.length > 0);
  const state = newFold(old.log, 9 * MINUTE);
  const out = step(state, next(old), foldEntry(old));
  const standing = latest([...old.alerts, ...out.alerts]);
  for (const { alertId } of acknowledged)
    t.match(
      standing.find((alert) => alert.alertId === alertId),
      { acknowledged: true, condition: 'active' },
    );
  const alert = standing.find((one) => isOpen(one) && !one.acknowledged);
  t.ok(alert);
  const action: LogEntry = {
    kind: 'action',
    actionId: 'after',
    actor: 'li',
    action: 'acknowledge',
    alertId: alert?.alertId ?? '',
    alertVersion: alert?.version ?? 0,
    comment: null,
    untilMs: null,
  };
  const { ms, seq } = state.lastId;
  t.match(step(state, { ms, seq: seq + 1 }, action).alerts, [{ change: 'acknowledged', alertId: alert?.alertId }]);
  t.end();
});

t.test('visits that only one of them has are retracted, or told', (t) => {
  const old = day();
  const state = newFold(old.log, null);
  const visit = latestVisits(old.visits).find((one) => one.state === 'open');
  if (visit === undefined) throw new Error('got no open visit');
  const strange = { ...visit, visitId: 'yard:car-9:1:1-0', unit: 'car-9', transition: old.visits.length + 1 };
  const told = [...old.visits.filter(({ visitId }) => visitId !== visit.visitId), strange];
  const out = step(state, next(old), foldEntry(old, { visits: told, lastVisit: strange.transition }));
  const versions = out.visits.filter(({ transition }) => transition > strange.transition);
  t.match(versions, [
    { unit: visit.unit, version: 1, state: 'open', innerFromMs: visit.innerFromMs, previous: null },
    { unit: 'car-9', version: 2, state: 'retracted', previous: strange.transition },
  ]);
  t.end();
});

t.test('parts in any number, twice, and what was left beyond the cursor', (t) => {
  const old = day();
  const whole = newFold(old.log, 30 * MINUTE);
  const beyond = 3;
  const lastAlert = old.state.lastAlert - beyond;
  const base = { ...cursorOf(old.state), foldVersion: 2, lastAlert };
  const one = step(whole, next(old), foldEntry(old, { base }));
  t.strictSame(one.alerts.slice(0, beyond), old.alerts.slice(-beyond), 'they are told first');
  t.strictSame(
    one.alerts.map(({ transition }) => transition),
    one.alerts.map((_, i) => lastAlert + i + 1),
  );

  const half = old.alerts.length >> 1;
  const parts = [
    foldEntry(old, { base, part: 1, parts: 3, alerts: old.alerts.slice(0, half), visits: [] }),
    foldEntry(old, { base, part: 2, parts: 3, alerts: old.alerts.slice(half), visits: [] }),
    foldEntry(old, { base, part: 3, parts: 3, alerts: [] }),
  ] as const;
  let state = newFold(old.log, 30 * MINUTE);
  let { seq } = old.state.lastId;
  const outputs: EntryOutputs[] = [];
  for (const part of [parts[0], parts[0], parts[1], parts[0], parts[2], parts[1], parts[2]]) {
    seq += 1;
    state = restoreState(dumpState(state), 2);
    outputs.push(step(state, { ms: old.nowMs, seq }, part));
  }
  t.strictSame(
    outputs.map(({ alerts }) => alerts.length > 0),
    [false, false, false, false, true, false, false],
  );
  const verdicts = (alerts: readonly AlertVersion[]) =>
    alerts.map(({ alertId, logId: _logId, transition, change }) => ({
      subject: alertId.split(':')[1],
      transition,
      change,
    }));
  t.strictSame(verdicts(outputs.flatMap(({ alerts }) => alerts)), verdicts(one.alerts));
  t.equal(state.toldBy, 2);
  t.end();
});

t.test('the delta after a takeover is the whole hot state', (t) => {
  const old = day();
  const state = newFold(old.log, null);
  takeHotDelta(state);
  step(state, next(old), foldEntry(old));
  const hot = takeHotDelta(state);
  t.strictSame([...hot.positions.keys()], ['car-1', 'car-2']);
  t.strictSame([...hot.units.keys()], ['car-1', 'car-2']);
  t.strictSame([...hot.coverage.keys()], ['gate', 'yard']);
  const open = [...hot.openAlerts].filter(([, version]) => version !== null);
  t.strictSame(open.map(([id]) => id).sort(), ids(board(old.alerts)));
  t.end();
});

t.test('folds that are not for it', (t) => {
  const old = day();
  const state = newFold(old.log, 30 * MINUTE);
  const before = canonicalJson({ ...(dumpState(state).state as object), toldBy: 0 });
  const { ms, seq } = old.state.lastId;
  const newer = step(state, { ms, seq: seq + 1 }, foldEntry(old, { foldVersion: 3 }));
  t.strictSame([newer.alerts, newer.visits, state.toldBy], [[], [], 3], 'a newer one: whoever runs this must stop');
  t.ok(compareLogIds(state.lastId, old.state.lastId) > 0);
  t.equal(canonicalJson({ ...(dumpState(state).state as object), toldBy: 0 }), before);
  const third = createState('test', 3);
  for (const { id, entry } of old.log) step(third, id, entry);
  t.same(step(third, { ms, seq: seq + 1 }, foldEntry(old)).alerts, [], 'an older one: history');
  t.equal(third.toldBy, 2);
  t.end();
});
