import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import t from 'tap';
import { planCommit } from '../../src/hot/commit-plan.js';
import { HotStore } from '../../src/hot/hot-store.js';
import { hotKeys } from '../../src/hot/keys.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { Commit } from '../../src/model/hot.js';
import { MAX_FIELDS_PER_SCRIPT } from '../../src/model/limits.js';
import { compareLogIds } from '../../src/model/log-id.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { openRedis, type RedisHandle } from '../../src/redis/handle.js';
import { alert, commitOf, coverage, cursor, pointer, position, task, unit, visit } from '../support/hot-records.js';
import { fillUp, keptLog, startTestRedis, type TestScope } from '../support/redis-server.js';
import { cutNext, startReplyCuttingProxy } from '../support/reply-cutting-proxy.js';

const district = 'meixian';
const keys = hotKeys(district);

function storeOn(handle: RedisHandle): HotStore {
  return new HotStore({ district, commit: handle.connect('commit'), query: handle.connect('query') });
}

async function begun(t: TestScope, o: { maxmemoryBytes?: number } = {}) {
  const redis = await startTestRedis(t, o);
  return { ...redis, hot: storeOn(redis.handle), admin: redis.handle.connect('query') };
}

/** Everything that a commit may touch, as bytes that can be compared. */
async function everything(hot: HotStore, handle: RedisHandle): Promise<unknown> {
  const query = handle.connect('query');
  const state = {
    live: await hot.readLive(),
    counters: await hot.readCounters(),
    tasks: await hot.readTasks(),
    alerts: await query.xrange(keys.alerts, '-', '+'),
    visits: await query.xrange(keys.visits, '-', '+'),
    closed: Object.entries(await query.hgetall(keys.closedAlerts)).sort(),
  };
  query.disconnect();
  return state;
}

/** A commit that touches every key. */
function fullCommit(): Commit {
  const target = cursor(5, 2, 1);
  return commitOf(null, target, {
    positions: new Map([
      ['car-1', position('car-1')],
      ['gone', null],
    ]),
    units: new Map([['car-1', unit('car-1')]]),
    coverage: new Map([['square', coverage('square')]]),
    tasks: new Map([['t-1', task('t-1')]]),
    openAlerts: new Map([['a', alert(2, { alertId: 'a' })]]),
    closedAlerts: new Map([['b', alert(1, { alertId: 'b', condition: 'cleared' })]]),
  });
}

t.test('a commit writes what it says and answers the cursor that it found', async (t) => {
  const { hot, admin } = await begun(t);
  const closed = async () => Object.values(await admin.hgetall(keys.closedAlerts)).map((json) => JSON.parse(json));
  t.equal(await hot.openCursor(), null);
  const first = fullCommit();
  t.equal(await hot.commit(first), null);
  t.strictSame(await hot.readLive(), {
    cursor: first.target,
    lastAlert: 2,
    openAlerts: [alert(2, { alertId: 'a' })],
    coverage: [coverage('square')],
    positions: [position('car-1')],
    units: [unit('car-1')],
    tasks: [task('t-1')],
  });
  t.strictSame(await hot.readCounters(), first.counters);
  t.strictSame(await hot.readTasks(), [task('t-1')]);
  t.strictSame(await hot.readAlerts({ after: 0, count: 10 }), {
    kind: 'page',
    versions: [alert(1), alert(2)],
    last: 2,
  });
  t.strictSame(await hot.readVisits({ after: 0, count: 10 }), { kind: 'page', versions: [visit(1)], last: 1 });
  t.strictSame(await closed(), [alert(1, { alertId: 'b', condition: 'cleared' })]);

  const second = commitOf(first.target, cursor(6, 2, 1), {
    positions: new Map([['car-1', null]]),
    tasks: new Map([['t-1', null]]),
    openAlerts: new Map([
      ['a', null],
      ['b', alert(2, { alertId: 'b' })],
    ]),
  });
  t.strictSame(await hot.commit(second), first.target);
  t.strictSame(await hot.readPositions(), []);
  t.strictSame(await hot.readTasks(), []);
  t.strictSame(await hot.readOpenAlerts(), [alert(2, { alertId: 'b' })], 'reopened');
  t.strictSame(await hot.readAlertVersions('a'), []);
  t.strictSame(await closed(), [], 'and no longer closed');
});

t.test(
  'C2: the same again, a stale one, another fold version: nothing is written, the found cursor says why (V1)',
  async (t) => {
    const { hot, handle } = await begun(t);
    const first = fullCommit();
    await hot.commit(first);
    const before = await everything(hot, handle);
    t.strictSame(await hot.commit(first), first.target, 'repeated: found = target');
    const stale = [
      commitOf(null, cursor(9, 3)),
      commitOf(cursor(5, 1, 1), cursor(9, 2, 1)),
      commitOf(cursor(5, 2, 0), cursor(9, 2, 1)),
      commitOf(cursor(4, 2, 1), cursor(9, 2, 1)),
      commitOf({ ...cursor(5, 2, 1), foldVersion: 2 }, { ...cursor(9, 2, 1), foldVersion: 2 }),
    ];
    for (const commit of stale) t.strictSame(await hot.commit(commit), first.target);
    t.strictSame(await everything(hot, handle), before);
    t.strictSame(
      await hot.commit(commitOf(first.target, { ...cursor(5, 2, 1), foldVersion: 2 })),
      first.target,
      'V1: a newer fold takes over',
    );
    t.equal((await hot.readCursor())?.foldVersion, 2);
  },
);

t.test('C2: after a restart of Redis a commit of a state from before is refused until it was reloaded', async (t) => {
  const { hot, handle } = await begun(t);
  const first = fullCommit();
  await hot.openCursor();
  await hot.commit(first);
  const pid = await handle.pid();
  if (pid !== null) process.kill(pid, 'SIGKILL');
  const next = commitOf(first.target, cursor(6, 3, 1));
  await t.rejects(hot.commit(next), { code: 'redis-run-changed' });
  t.strictSame(await hot.openCursor(), first.target);
  t.strictSame(await hot.commit(next), first.target);
});

t.test(
  'F1: nor does anything else that was found out before a restart of Redis reach hot state after it',
  async (t) => {
    const { hot, handle } = await begun(t);
    const first = fullCommit();
    await hot.openCursor();
    await hot.commit(first);
    const pid = await handle.pid();
    if (pid !== null) process.kill(pid, 'SIGKILL');
    const why = { error: 'bang', atMs: 1 };
    const plan = { district, version: 3 } as CompiledPlan;
    await t.rejects(hot.storeSnapshot(pointer(first.target), null), { code: 'redis-run-changed' });
    await t.rejects(hot.addSkipped(first.target.logId, why), { code: 'redis-run-changed' });
    await t.rejects(hot.writePlan(plan, first.target), { code: 'redis-run-changed' });
    t.strictSame(
      [await hot.readSnapshotPointer(), await hot.readPlan(), (await hot.readSkipped()).size],
      [null, null, 0],
    );
    await hot.openCursor();
    t.match(await hot.storeSnapshot(pointer(first.target), null), { stored: true });
  },
);

t.test('C5: the calls of two large commits do not mix', async (t) => {
  const { hot, handle, admin } = await begun(t);
  const other = storeOn(handle);
  const names = Array.from({ length: 5_000 }, (_, i) => `unit-${i}`);
  const upTo = (ms: number) =>
    commitOf(null, cursor(ms), { positions: new Map(names.map((name) => [name, position(name, ms)])) });
  const founds = await Promise.all([hot.commit(upTo(5)), other.commit(upTo(9))]);
  t.equal(founds.filter((found) => found === null).length, 1, 'one of them was written');
  const at = (await hot.readCursor())?.logId.ms;
  const times = new Set((await hot.readPositions()).map(({ eventTimeMs }) => eventTimeMs));
  t.strictSame([...times], [at], 'and every value is of that one');
  t.equal(await admin.exists(keys.committing), 0);
});

t.test(
  'C3: whatever key is broken, nothing is half done, and after the repair the same commit makes the same state',
  async (t) => {
    const { hot, handle, admin } = await begun(t);
    const base = fullCommit();
    const next = commitOf(base.target, cursor(9, 4, 3), {
      positions: new Map([['car-2', position('car-2')]]),
      units: new Map([['car-2', unit('car-2')]]),
      coverage: new Map([['bridge', coverage('bridge')]]),
      openAlerts: new Map([['c', alert(3, { alertId: 'c' })]]),
      closedAlerts: new Map([['a', alert(4, { alertId: 'a' })]]),
    });
    await hot.commit(base);
    await hot.commit(next);
    const clean = await everything(hot, handle);
    const {
      cursor: cursorKey,
      alerts,
      visits,
      positions,
      units,
      coverage: coverageKey,
      tasks,
      openAlerts,
      closedAlerts,
      counters,
    } = keys;
    for (const key of [
      cursorKey,
      alerts,
      visits,
      positions,
      units,
      coverageKey,
      tasks,
      openAlerts,
      closedAlerts,
      counters,
    ]) {
      await admin.flushdb();
      await hot.commit(base);
      const before = await everything(hot, handle);
      await admin.rename(key, 'aside');
      await admin.zadd(key, 1, 'something else');
      await t.rejects(hot.commit(next), { code: 'hot-wrong-type', message: new RegExp(`got a zset at ${key}`) }, key);
      await admin.rename('aside', key);
      t.strictSame(await everything(hot, handle), before, `${key}: nothing was written`);
      t.strictSame(await hot.commit(next), base.target);
      t.strictSame(await everything(hot, handle), clean, `${key}: as if nothing had happened`);
    }
  },
);

t.test(
  'C3: alerts and visits that are there already are skipped; a stream that does not fit the cursor is refused',
  async (t) => {
    const { hot, handle, admin } = await begun(t);
    const base = fullCommit();
    const next = commitOf(base.target, cursor(9, 4, 3));
    await hot.commit(base);
    await hot.commit(next);
    const clean = await everything(hot, handle);
    await admin.flushdb();
    await hot.commit(base);
    await admin.xadd(keys.alerts, '3-0', 'json', canonicalJson(alert(3)));
    await admin.xadd(keys.visits, '2-0', 'json', canonicalJson(visit(2)));
    await admin.xadd(keys.visits, '3-0', 'json', canonicalJson(visit(3)));
    t.strictSame(await hot.commit(next), base.target);
    t.strictSame(await everything(hot, handle), clean, 'each once');

    const later = commitOf(next.target, cursor(10, 5, 3));
    await admin.del(keys.alerts);
    await admin.xadd(keys.alerts, '2-0', 'json', '{}');
    await t.rejects(hot.commit(later), { code: 'hot-stream', message: /alerts ending at 2/ }, 'another stream');
    await t.rejects(
      hot.commit(commitOf(next.target, cursor(10, 4, 3))),
      { code: 'hot-stream' },
      'even if none is added',
    );
    await admin.xadd(keys.alerts, '*', 'json', '{}');
    await t.rejects(hot.commit(later), { code: 'hot-stream' }, 'somebody else wrote there');
    t.strictSame(await hot.readCursor(), next.target);
  },
);

t.test('a commit whose reply is lost, or that is lost itself, is known in the end and stands once', async (t) => {
  const { hot, handle, socketPath, folder } = await begun(t);
  const proxy = await startReplyCuttingProxy(t, socketPath);
  const cut = await openRedis({ url: proxy.socketPath, dataFolder: folder, logger: keptLog() });
  t.teardown(() => cut.close());
  const store = storeOn(cut);
  // The script is known already, so that the reply that is cut is not "unknown script".
  const warm = commitOf(null, cursor(1));
  await store.commit(warm);
  const first = { ...fullCommit(), expected: warm.target };
  cutNext(proxy, 'cut-reply');
  t.strictSame(await store.commit(first), first.target, 'carried out, and found again');
  const second = commitOf(first.target, cursor(6, 3, 2));
  cutNext(proxy, 'cut-request');
  t.strictSame(await store.commit(second), first.target, 'carried out by the second try');
  t.equal(proxy.cuts, 2);
  t.match(await hot.readAlerts({ after: 0, count: 10 }), { versions: [alert(1), alert(2), alert(3)] });
  t.equal((await hot.readCursor())?.lastVisit, 2);
  await handle.check();
});

t.test('versions of alerts and visits have the same bytes whatever the order of their keys', async (t) => {
  const backwards = <Value extends object>(value: Value) =>
    Object.fromEntries(Object.entries(value).toReversed()) as Value;
  const target = cursor(7, 1, 1);
  const open = new Map([[alert(1).alertId, alert(1)]]);
  const closed = new Map([['other', alert(2)]]);
  const written = (turn: <Value extends object>(value: Value) => Value) =>
    planCommit({
      ...commitOf(null, target, {
        openAlerts: new Map([...open].map(([id, version]) => [id, turn(version)])),
        closedAlerts: new Map([...closed].map(([id, version]) => [id, turn(version)])),
      }),
      outputs: [{ logId: target.logId, alerts: [turn(alert(1))], visits: [turn(visit(1))] }],
    });
  t.strictSame(
    written(backwards),
    written((value) => value),
  );
});

t.test('C5: a commit of 10,000 units and more is split, cursor last, and no part blocks Redis for long', async (t) => {
  const { hot, admin } = await begun(t);
  const names = Array.from({ length: 10_000 }, (_, i) => `unit-${i}`);
  const target = cursor(7, 3_000, 2_500);
  const commit = commitOf(null, target, {
    positions: new Map(names.map((name) => [name, position(name)])),
    units: new Map(names.map((name) => [name, unit(name)])),
    coverage: new Map(names.map((name) => [name, coverage(name)])),
  });
  const parts = planCommit(commit);
  t.ok(parts.every((part) => part.writes.length <= MAX_FIELDS_PER_SCRIPT));
  t.strictSame(
    parts.map((part) => part.movesCursor),
    parts.map((_, i) => i === parts.length - 1),
  );
  const kinds = parts.flatMap((part) => part.writes.map((write) => write.to));
  t.ok(kinds.lastIndexOf('visits') < kinds.indexOf('positions'), 'streams first');
  await admin.config('SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '1000');
  await admin.call('SLOWLOG', 'RESET');
  t.equal(await hot.commit(commit), null);
  const slow = (await admin.call('SLOWLOG', 'GET', '1000')) as [number, number, number, string[]][];
  const scripts = slow.filter(([, , , [name]]) => /^eval/i.test(name ?? '')).map(([, , micros]) => micros);
  t.comment(`${parts.length} parts, longest ${Math.max(...scripts) / 1_000} ms`);
  t.strictSame(await hot.readCursor(), target);
  t.equal((await hot.readPositions()).length, 10_000);
  t.equal(await admin.xlen(keys.alerts), 3_000);
  t.equal(await admin.xlen(keys.visits), 2_500);

  const deletion = commitOf(target, cursor(8, 3_000, 2_500), { positions: new Map(names.map((name) => [name, null])) });
  t.strictSame(await hot.commit(deletion), target);
  t.equal(await admin.exists(keys.positions), 0);
});

t.test('C5: a split commit that ends in the middle is finished by another engine with other cuts', async (t) => {
  const { hot, handle, socketPath, folder, admin } = await begun(t);
  const names = Array.from({ length: 3_000 }, (_, i) => `unit-${i}`);
  const target = cursor(7, 3_000, 10);
  const whole = commitOf(null, target, { positions: new Map(names.map((name) => [name, position(name)])) });
  await hot.commit(whole);
  const clean = await everything(hot, handle);
  await admin.flushdb();

  const proxy = await startReplyCuttingProxy(t, socketPath);
  const cut = await openRedis({ url: proxy.socketPath, dataFolder: folder, logger: keptLog() });
  const store = storeOn(cut);
  // Else the first call would ask for the channel's name.
  await store.liveChannel();
  let calls = 0;
  proxy.decide = (chunk) => {
    if (/evalsha/i.test(chunk)) calls += 1;
    return calls > 2 ? 'cut-request' : 'pass';
  };
  const broken = store.commit(whole);
  while (calls <= 2) await sleep(5);
  await Promise.all([t.rejects(broken, { code: 'redis-closed' }), cut.close()]);
  t.equal(await hot.readCursor(), null, 'the cursor has not moved');
  t.equal(await admin.xlen(keys.alerts), 3_000, 'but alerts are there');

  const half = cursor(6, 1_000, 4);
  const halfNames = names.slice(0, 10);
  await hot.commit(commitOf(null, half, { positions: new Map(halfNames.map((name) => [name, position(name)])) }));
  t.strictSame(await hot.commit({ ...commitOf(half, target), hot: whole.hot }), half);
  t.strictSame(await everything(hot, handle), clean);
});

t.test('R1: commits, snapshots, skipped entries and plans go through at maxmemory [full]', async (t) => {
  const { hot, admin } = await begun(t, { maxmemoryBytes: 8_000_000 });
  const first = fullCommit();
  await hot.commit(first);
  await fillUp(admin);
  await t.rejects(admin.set('one more', 'x'.repeat(1_000)), /OOM/);
  const next = commitOf(first.target, cursor(6, 3, 2), { positions: new Map([['car-9', position('car-9')]]) });
  t.strictSame(await hot.commit(next), first.target);
  t.match(await hot.readAlerts({ after: 2, count: 10 }), { versions: [alert(3)] });
  t.match(await hot.storeSnapshot(pointer(next.target), null), { stored: true });
  await hot.addSkipped({ ms: 1, seq: 0 }, { error: 'bang', atMs: 1 });
  t.equal((await hot.readSkipped()).size, 1);
});

t.test('waitForCursor: at once after our own commit, by looking after another’s, and not for ever', async (t) => {
  const { hot, handle } = await begun(t);
  const other = storeOn(handle);
  t.equal(await hot.waitForCursor({ ms: 5, seq: 0 }, 30), false);
  const waits = [hot.waitForCursor({ ms: 5, seq: 0 }, 10_000), other.waitForCursor({ ms: 4, seq: 9 }, 10_000)];
  await sleep(20);
  await hot.commit(fullCommit());
  t.strictSame(await Promise.all(waits), [true, true]);
  t.equal(await other.waitForCursor({ ms: 5, seq: 1 }, 0), false);
  t.ok(compareLogIds((await other.readCursor())?.logId ?? { ms: 0, seq: 0 }, { ms: 5, seq: 0 }) === 0);
});

const hasCli = await promisify(execFile)('redis-cli', ['--version']).then(
  () => true,
  () => false,
);
t.test(
  `any Redis client reads the latest positions as keys.ts says${hasCli ? '' : ' (skipped: redis-cli is not on PATH)'}`,
  { skip: !hasCli },
  async (t) => {
    const { hot, socketPath } = await begun(t);
    const at = { ...position('car-1', 1_783_000_000_000), lng: 116.1172345, lat: 24.2701234 };
    await hot.commit(commitOf(null, cursor(5), { positions: new Map([['car-1', at]]) }));
    const cli = async (...args: string[]) =>
      (await promisify(execFile)('redis-cli', ['-s', socketPath, '--raw', ...args])).stdout;
    const [field, value] = (await cli('HGETALL', 'bw:{meixian}:positions')).trimEnd().split('\n');
    t.equal(field, 'car-1');
    t.strictSame(JSON.parse(value ?? ''), at);
    t.strictSame(JSON.parse(await cli('GET', 'bw:{meixian}:cursor')), {
      logId: '5-0',
      foldVersion: 1,
      lastAlert: 0,
      lastVisit: 0,
    });
  },
);
