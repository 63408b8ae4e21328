import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { foldEntries } from '../../src/codec/fold-payload.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { ConnectionClaims, type Takeover } from '../../src/hot/connection-claims.js';
import { HotStore, MAX_ALERT_VERSIONS } from '../../src/hot/hot-store.js';
import { hotKeys } from '../../src/hot/keys.js';
import { type LiveUpdate, subscribeLive } from '../../src/hot/live-channel.js';
import { MAX_PAGE } from '../../src/hot/replies.js';
import { TicketStore } from '../../src/hot/token-stores.js';
import { LogReader } from '../../src/log/log-reader.js';
import { formatLogId, type LogId } from '../../src/model/log-id.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { alert, commitOf, cursor, pointer, position, visit } from '../support/hot-records.js';
import { startTestRedis, type TestScope } from '../support/redis-server.js';

const district = 'meixian';
const keys = hotKeys(district);

async function begun(t: TestScope) {
  const redis = await startTestRedis(t);
  const connect = redis.handle.connect.bind(redis.handle);
  const hot = new HotStore({ district, commit: connect('commit'), query: connect('query') });
  return { ...redis, hot, admin: connect('query') };
}

async function until(what: string, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (condition()) return;
    await sleep(10);
  }
  throw new Error(`waited in vain: ${what}`);
}

t.test('S1: whatever order two writers come in, the newest snapshot that the cursor has reached stands', async (t) => {
  const { hot, admin } = await begun(t);
  t.equal(await hot.readSnapshotPointer(), null);
  t.match(
    await hot.storeSnapshot(pointer(cursor(5)), null),
    { stored: false },
    'without a cursor there is nothing to restore to',
  );
  await hot.commit(commitOf(null, cursor(100, 1, 1)));
  const older = pointer(cursor(9), 'older');
  const newer = pointer(cursor(80, 1, 0), 'newer');
  for (const order of [
    [older, newer],
    [newer, older],
  ]) {
    await admin.del(keys.snapshot);
    for (const each of order) await hot.storeSnapshot(each, null);
    t.strictSame(await hot.readSnapshotPointer(), newer, '80 is after 9 although its text is not');
  }
  t.match(await hot.storeSnapshot(pointer(cursor(101), 'ahead'), null), { stored: false });
  t.match(await hot.storeSnapshot(newer, null), { stored: false }, 'the same again');
  await hot.commit(commitOf(cursor(100, 1, 1), { ...cursor(100, 1, 1), foldVersion: 2 }));
  t.match(await hot.storeSnapshot(pointer(cursor(90), 'old fold'), null), { stored: false }, 'V1');
  const sameEntry = { ...newer, file: 'refolded', foldVersion: 2, cursor: { ...newer.cursor, foldVersion: 2 } };
  t.match(await hot.storeSnapshot(sameEntry, null), { stored: true }, 'a newer fold of the same entry');
  t.strictSame(await hot.readSnapshotPointer(), sameEntry);
});

t.test(
  'L1: the log is trimmed to the earlier of snapshot and archive, and keeps the entry at its floor (S3)',
  async (t) => {
    const { hot, admin } = await begun(t);
    const at = (ms: number): LogId => ({ ms, seq: 0 });
    for (let ms = 1; ms <= 120; ms += 1) await admin.xadd(keys.log, formatLogId(at(ms)), 'k', 'tick', 'p', '');
    const first = async () => (await admin.xrange(keys.log, '-', '+', 'COUNT', 1))[0]?.[0];
    await hot.commit(commitOf(null, cursor(110)));
    await hot.storeSnapshot(pointer(cursor(20)), null);
    t.equal(await first(), '1-0', 'nothing is archived, nothing is trimmed');
    t.strictSame(await hot.storeSnapshot(pointer(cursor(30)), at(9)), { stored: true, trimmed: 8 });
    t.equal(await first(), '9-0');
    t.strictSame(await hot.storeSnapshot(pointer(cursor(40)), at(100)), { stored: true, trimmed: 31 });
    t.equal(await first(), '40-0');
    t.match(await hot.storeSnapshot(pointer(cursor(35)), at(100)), { stored: false, trimmed: 0 });
    t.match(
      await hot.storeSnapshot(pointer(cursor(50)), { ms: 45, seq: 7 }),
      { trimmed: 0 },
      'no such entry: not trimmed',
    );
    t.equal(await first(), '40-0');
    t.equal(await admin.xlen(keys.log), 81);

    await admin.del(keys.log);
    const many = 25_000;
    const pipeline = admin.pipeline();
    for (let ms = 1; ms <= many; ms += 1) pipeline.xadd(keys.log, `${ms}-0`, 'k', 'tick', 'p', '');
    await pipeline.exec();
    await hot.commit(commitOf(cursor(110), cursor(many)));
    t.strictSame(await hot.storeSnapshot(pointer(cursor(many - 7)), at(many)), { stored: true, trimmed: many - 8 });
    t.equal(await first(), `${many - 7}-0`, 'in several calls');
  },
);

t.test('what a commit has written is read once it stands, and by a fold that takes over before (C5, V1)', async (t) => {
  const { hot, admin } = await begun(t);
  const first = cursor(1, 1, 1);
  await hot.commit(commitOf(null, first, { openAlerts: new Map([['a', alert(1, { alertId: 'a' })]]) }));
  // The first part of a commit whose others have not come: streams go first.
  await admin.xadd(keys.alerts, '2-0', 'json', JSON.stringify(alert(2, { alertId: 'b' })));
  await admin.xadd(keys.visits, '2-0', 'json', JSON.stringify(visit(2)));
  t.match(await hot.readAlerts({ after: 0, count: 9 }), { kind: 'page', versions: [{ transition: 1 }], last: 1 });
  t.strictSame(await hot.readAlerts({ after: 1, count: 9 }), { kind: 'page', versions: [], last: 1 });
  t.match(await hot.readVisits({ after: 0, count: 9 }), { kind: 'page', versions: [{ transition: 1 }], last: 1 });
  await admin.xtrim(keys.alerts, 'MINID', '2-0');
  t.match(await hot.readAlerts({ after: 0, count: 9 }), { kind: 'resync', first: 2, last: 1 }, 'what stood is trimmed');
  t.strictSame(await hot.readAlerts({ after: 1, count: 9 }), { kind: 'page', versions: [], last: 1 });
  t.match(await hot.readWrittenAlerts({ after: 1, count: 9 }), { versions: [{ alertId: 'b' }], last: 2 });
  t.match(await hot.readWrittenVisits({ after: 1, count: 9 }), { versions: [{ transition: 2 }], last: 2 });
});

t.test('Q1: one instant while commits go on; Q2: no hole, and resync below the first transition (Q2)', async (t) => {
  const { hot, admin } = await begun(t);
  let committing = true;
  let at = cursor(0);
  const committer = (async () => {
    await hot.commit(commitOf(null, at));
    while (committing) {
      const next = cursor(at.logId.ms + 1, at.lastAlert + 1);
      const open = new Map([['a', alert(next.lastAlert, { alertId: 'a' })]]);
      await hot.commit(
        commitOf(at, next, { openAlerts: open, positions: new Map([['u', position('u', next.logId.ms)]]) }),
      );
      at = next;
    }
  })();
  await hot.waitForCursor({ ms: 1, seq: 0 }, 10_000);
  let seen = 0;
  const seenAlerts: number[] = [];
  for (let i = 0; i < 60; i += 1) {
    const live = await hot.readLive();
    t.ok(live.cursor !== null && live.lastAlert === live.openAlerts[0]?.transition);
    t.equal(live.positions[0]?.eventTimeMs, live.cursor?.logId.ms, 'all of one instant');
    const page = await hot.readAlerts({ after: seen, count: 7 });
    if (page.kind === 'page') seenAlerts.push(...page.versions.map((version) => version.transition));
    seen = seenAlerts.at(-1) ?? 0;
  }
  committing = false;
  await committer;
  t.strictSame(
    seenAlerts,
    Array.from({ length: seen }, (_, i) => i + 1),
    'a resume after each transition misses none',
  );
  t.ok(seen > 20);
  const last = at.lastAlert;
  t.strictSame(await hot.readAlerts({ after: last, count: 7 }), { kind: 'page', versions: [], last });
  t.strictSame(
    await hot.readAlerts({ after: last + 1, count: 7 }),
    { kind: 'resync', first: 1, last },
    'from another log',
  );
  await admin.xtrim(keys.alerts, 'MINID', '11-0');
  t.strictSame(await hot.readAlerts({ after: 9, count: 7 }), { kind: 'resync', first: 11, last });
  t.match(await hot.readAlerts({ after: 10, count: 1 }), { kind: 'page', versions: [{ transition: 11 }] });
  t.strictSame(await hot.readVisits({ after: 0, count: 7 }), { kind: 'page', versions: [], last: 0 });
});

t.test('what many ask for at once is read from the store for all of them', async (t) => {
  const { hot, admin } = await begun(t);
  await hot.commit(commitOf(null, cursor(100, 1, 1)));
  const askers = Array.from({ length: 100 }, (_, i) => i);
  await hot.readLive();
  await admin.config('RESETSTAT');
  const states = await Promise.all(askers.map(() => hot.readLive()));
  t.equal(new Set(states).size, 1, 'one state');
  await Promise.all(askers.map(() => hot.readUnits()));
  await Promise.all(askers.map(() => hot.readCoverage()));
  const calls = Object.fromEntries(
    [...(await admin.info('commandstats')).matchAll(/cmdstat_(\w+):calls=(\d+)/g)].map(([, name, n]) => [
      name,
      Number(n),
    ]),
  );
  t.equal(calls.evalsha, 1, 'the whole of it');
  t.equal(calls.hvals, 7, 'five hashes of it, and two by themselves');
});

t.test('an alert’s versions are found one from the other, open or closed', async (t) => {
  const { hot, admin } = await begun(t);
  const chain = (transitions: readonly number[], alertId: string) =>
    transitions.map((n, i) => alert(n, { alertId, version: i + 1, previous: transitions[i - 1] ?? null }));
  const a = chain([1, 3, 4], 'a');
  const b = chain([2, 5], 'b');
  const all = [...a, ...b].sort((x, y) => x.transition - y.transition);
  const lastOf = (versions: typeof a) => versions.at(-1) ?? alert(0);
  const commit = commitOf(null, cursor(9, 5), {
    openAlerts: new Map([['a', lastOf(a)]]),
    closedAlerts: new Map([['b', lastOf(b)]]),
  });
  await hot.commit({ ...commit, outputs: [{ logId: { ms: 9, seq: 0 }, alerts: all, visits: [] }] });
  t.strictSame(await hot.readAlertVersions('a'), a);
  t.strictSame(await hot.readAlertVersions('b'), b);
  t.strictSame(await hot.readAlertVersions('c'), []);

  const refused = alert(6, {
    alertId: 'a',
    version: 3,
    change: 'refused',
    evidence: { reason: 'stale-version' },
    previous: 4,
  });
  // The engine leaves the state as it was and gives it the refusal's number.
  const left = commitOf(cursor(9, 5), cursor(10, 6), { openAlerts: new Map([['a', { ...lastOf(a), transition: 6 }]]) });
  await hot.commit({ ...left, outputs: [{ logId: { ms: 10, seq: 0 }, alerts: [refused], visits: [] }] });
  t.strictSame(await hot.readAlertVersions('a'), [...a, refused], 'the refusal that the state hides');
  const then = alert(7, { alertId: 'a', version: 4, previous: 6 });
  const next = commitOf(left.target, cursor(11, 7), { openAlerts: new Map([['a', then]]) });
  await hot.commit({ ...next, outputs: [{ logId: { ms: 11, seq: 0 }, alerts: [then], visits: [] }] });
  t.strictSame(await hot.readAlertVersions('a'), [...a, refused, then]);
  await admin.xtrim(keys.alerts, 'MINID', '3-0');
  t.strictSame(await hot.readAlertVersions('a'), [...a.slice(1), refused, then], 'what is still there');

  const many = MAX_ALERT_VERSIONS + 1;
  const transitions = Array.from({ length: many }, (_, i) => 8 + i);
  const long = chain(transitions, 'long');
  const last = commitOf(next.target, cursor(12, 7 + many), { openAlerts: new Map([['long', lastOf(long)]]) });
  await hot.commit({ ...last, outputs: [{ logId: { ms: 12, seq: 0 }, alerts: long, visits: [] }] });
  t.strictSame(await hot.readAlertVersions('long'), long.slice(1), 'the last MAX_ALERT_VERSIONS');
  t.strictSame(await hot.readAlertVersions('a'), [...a.slice(1), refused, then]);
  await admin.xtrim(keys.alerts, 'MINID', '8-0');
  t.strictSame(await hot.readAlertVersions('a'), [then], 'its state at least');
  const page = await hot.readAlerts({ after: 7, count: 1_000_000 });
  t.equal(page.kind === 'page' && page.versions.length, MAX_PAGE);
});

t.test('plan, skipped entries, foreign values', async (t) => {
  const { hot, admin } = await begun(t);
  const plan = { district, version: 3 } as CompiledPlan;
  t.equal(await hot.readPlan(), null);
  await hot.commit(commitOf(null, cursor(5)));
  t.equal(await hot.writePlan(plan, null), false, 'an engine that is behind does not write');
  t.equal(await hot.writePlan(plan, cursor(5)), true);
  t.strictSame(await hot.readPlan(), plan);

  await hot.addSkipped({ ms: 7, seq: 1 }, { error: 'first', atMs: 1 });
  await hot.addSkipped({ ms: 7, seq: 1 }, { error: 'second', atMs: 2 });
  t.strictSame([...(await hot.readSkipped())], [['7-1', { error: 'first', atMs: 1 }]]);

  await admin.hset(keys.positions, 'car-1', 'not ours');
  await t.rejects(hot.readPositions(), { code: 'hot-corrupt', message: /got "not ours"/ });
  await admin.del(keys.units);
  await admin.set(keys.units, 'x');
  await t.rejects(hot.readLive(), { code: 'hot-wrong-type' });
});

t.test('V1: a takeover is appended while the cursor is its base, under the last entry’s time', async (t) => {
  const { hot, handle, admin } = await begun(t);
  const base = { ...cursor(5, 1, 1), foldVersion: 2 };
  const told = { lastAlert: 1, lastVisit: 1, alerts: [alert(1)], visits: [] };
  const entries = foldEntries({ foldVersion: 2, base, ...told });
  await hot.commit(commitOf(null, cursor(5, 1, 1)));
  await admin.xadd(keys.log, '7-3', 'k', 'tick', 'p', '');
  t.equal(await hot.appendFold(entries), false, 'it is not claimed');
  t.equal(await admin.xlen(keys.log), 1);
  await hot.commit({ ...commitOf(cursor(5, 1, 1), base), outputs: [] });
  t.equal(await hot.appendFold(entries), true);
  t.equal(await hot.appendFold(entries), true, 'and again');
  const reader = new LogReader({ district, connection: handle.connect('read'), after: { ms: 7, seq: 3 } });
  const read = await reader.read({ count: 10, blockMs: 0 });
  t.strictSame(
    read.map(({ id }) => formatLogId(id)),
    ['7-4', '7-5'],
  );
  for (const { kind, payload } of read) t.strictSame(decodeLogEntry(kind, payload), entries[0]);
});

t.test('the live channel tells what a commit changed, and when to read again', async (t) => {
  const { hot, handle, admin } = await begun(t);
  const updates: LiveUpdate[] = [];
  const errors: string[] = [];
  let gaps = 0;
  const end = subscribeLive(handle.connect('subscribe'), () => hot.liveChannel(), {
    onUpdate: (update) => updates.push(update),
    onGap: () => {
      gaps += 1;
    },
    onError: (message) => errors.push(message),
  });
  await until('subscription', () => gaps === 1);
  await hot.commit(
    commitOf(null, cursor(5, 1), {
      positions: new Map([
        ['car-1', position('car-1')],
        ['gone', null],
      ]),
    }),
  );
  await until('update', () => updates.length === 1);
  t.strictSame(updates[0], {
    logId: '5-0',
    lastAlert: 1,
    lastVisit: 0,
    positions: { 'car-1': position('car-1'), gone: null },
    units: {},
    coverage: {},
    tasks: {},
  });
  await admin.spublish(await hot.liveChannel(), 'not ours');
  await until('the complaint', () => errors.length === 1);
  const names = Array.from({ length: 5_000 }, (_, i) => `unit-${i}`);
  await hot.commit(
    commitOf(cursor(5, 1), cursor(6, 1), { positions: new Map(names.map((name) => [name, position(name)])) }),
  );
  await until('second update', () => updates.length === 2);
  t.strictSame(updates[1], { logId: '6-0', lastAlert: 1, lastVisit: 0 }, 'too much for a message: one, at the end');
  const pid = await handle.pid();
  if (pid !== null) process.kill(pid, 'SIGKILL');
  await until('second subscription', () => gaps === 2);
  await hot.openCursor();
  await hot.commit(commitOf(cursor(6, 1), cursor(7, 1)));
  await until('update after the gap', () => updates.length === 3);
  end();
  await hot.commit(commitOf(cursor(7, 1), cursor(8, 1)));
  await sleep(50);
  t.equal(updates.length, 3, 'the end is the end');
  t.match(errors, [/expected JSON of Beatwatch's own/]);
});

t.test('the newest connection of a tracker wins, over processes, in the order of the claims', async (t) => {
  const { handle } = await begun(t);
  const process1 = new ConnectionClaims({ district, query: handle.connect('query') });
  const process2 = new ConnectionClaims({ district, query: handle.connect('query') });
  const heard: Takeover[] = [];
  let subscribed = 0;
  const connection = handle.connect('subscribe');
  t.strictSame(await process2.claimConnection('t-0', 'zero'), { claim: 1, previous: null });
  process1.subscribeTakeovers(
    connection,
    (takeover) => {
      heard.push(takeover);
      subscribed += 1;
    },
    (message) => t.fail(message),
  );
  await until('what stood before', () => subscribed === 1);
  t.strictSame(await process1.claimConnection('t-1', 'a'), { claim: 1, previous: null });
  t.strictSame(await process2.claimConnection('t-1', 'b'), { claim: 2, previous: 'a' });
  t.strictSame(await process2.claimConnection('t-1', 'b'), { claim: 2, previous: null }, 'the same again');
  t.strictSame(await process1.claimConnection('t-1', 'c'), { claim: 3, previous: 'b' });
  await until('takeovers', () => heard.length === 4);
  t.strictSame(
    heard.map(({ tracker, connectionId, claim }) => `${tracker} ${connectionId} ${claim}`),
    ['t-0 zero 1', 't-1 a 1', 't-1 b 2', 't-1 c 3'],
  );
  const pid = await handle.pid();
  if (pid !== null) process.kill(pid, 'SIGKILL');
  await until('told again after a lost subscription', () => heard.length >= 6);
  t.strictSame(new Set(heard.slice(4).map(({ claim, tracker }) => `${tracker} ${claim}`)), new Set(['t-0 1', 't-1 3']));
});

t.test('tickets are good once and for a while', async (t) => {
  const { handle } = await begun(t);
  const tickets = new TicketStore({ query: handle.connect('query') });
  t.equal(await tickets.put('one', 'who', 10_000), true);
  t.equal(await tickets.put('one', 'somebody else', 10_000), false);
  const taken = await Promise.all([tickets.take('one'), tickets.take('one')]);
  t.strictSame(
    taken.filter((value) => value !== null),
    ['who'],
  );
  t.equal(await tickets.take('never'), null);
  await tickets.put('short', 'who', 1);
  await sleep(20);
  t.equal(await tickets.take('short'), null);
});
