import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { RecordCheck } from '../../src/app/record-check.js';
import { describeRecord, describeRunner } from '../../src/app/watch.js';
import { wire } from '../../src/codec/wire.js';
import { LossAcceptances } from '../../src/hot/loss-acceptances.js';
import { LogReader } from '../../src/log/log-reader.js';
import { logKey } from '../../src/log/raw-entry.js';
import { formatLogId, type LogId } from '../../src/model/log-id.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import type { EntryReader } from '../../src/runner/ports.js';
import { openSnapshotFolder } from '../../src/runner/snapshot-folder.js';
import { fastTemporary } from '../e2e/programs.js';
import { MINUTE } from '../engine/support.js';
import { startTestRedis } from '../support/redis-server.js';
import { allAlerts, appendAll, gapDay, openDistrict, until } from './open-district.js';

// What an engine does when what it stands on is gone: it loads again where it can, and says what is missing where it cannot.

const KEY = logKey('test');
const OFTEN = { snapshotEveryMs: 5 * MINUTE };

async function begun(t: Test) {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const reloads = () => o.logger.lines.filter(({ message }) => message.includes('loads again'));
  return { ...o, redis, admin: redis.handle.connect('query'), reloads };
}

/** An engine has folded a day, or half of it, left its snapshot and ended. `at`: the last entry of that. */
async function foldedOnce(t: Test, part: 'half' | 'all') {
  const o = await begun(t);
  const bench = gapDay(2);
  const half = bench.log.length >> 1;
  const first = await o.runner(OFTEN);
  first.start();
  const at = await appendAll(o, bench, 0, part === 'half' ? half : bench.log.length);
  t.ok(await o.hot.waitForCursor(at, 30_000), 'folded');
  await first.stop();
  return { ...o, bench, at, appendRest: () => appendAll(o, bench, half) };
}

/** An engine that has folded half of a day and then stands still, while another folds the rest and leaves its snapshot. */
async function leftBehind(t: Test) {
  const o = await begun(t);
  const bench = gapDay(2);
  const half = bench.log.findIndex(({ entry }, i) => i > bench.log.length >> 1 && entry.kind === 'tick') + 1;
  let stand: Promise<void> = Promise.resolve();
  const connection = o.redis.handle.connect('read');
  const openReader = (after: LogId, afterDigest: string | null): EntryReader => {
    const reader = new LogReader({ district: 'test', connection, after, afterDigest });
    return {
      get at() {
        return reader.at;
      },
      get digest() {
        return reader.digest;
      },
      read: async (most) => {
        await stand;
        return await reader.read({ ...most, blockMs: 0 });
      },
    };
  };
  const left = await o.runner({ ...OFTEN, openReader });
  const isAt = (id: LogId) => () => Promise.resolve(formatLogId(left.foldedTo) === formatLogId(id));
  left.start();
  const middle = await appendAll(o, bench, 0, half);
  await until('the first half', isAt(middle));
  let goOn = (): void => undefined;
  stand = new Promise((resolve) => {
    goOn = resolve;
  });
  const other = await o.runner(OFTEN);
  other.start();
  const last = await appendAll(o, bench, half);
  t.ok(await o.hot.waitForCursor(last, 30_000), 'the other one has folded all of it');
  await other.stop();
  return { ...o, bench, left, middle, last, isAtEnd: isAt(last), goOn: () => goOn() };
}

t.test('L1: an engine past which the log was trimmed loads again, and nothing else is told', async (t) => {
  const o = await leftBehind(t);
  await o.admin.xtrim(KEY, 'MINID', formatLogId(o.last));
  o.goOn();
  await until('it has loaded again', o.isAtEnd);
  t.match(o.reloads(), [{ fields: { code: 'log-trimmed', error: /everything from .* is missing/ } }]);
  t.same(await allAlerts(o.hot), o.bench.alerts);
  await o.left.stop();
});

t.test('L1: an engine whose entry has other bytes now loads again, and nothing else is told', async (t) => {
  const o = await leftBehind(t);
  const entries = (await o.admin.xrangeBuffer(KEY, '-', '+')) as [Buffer, Buffer[]][];
  await o.admin.del(KEY);
  for (const [id, fields] of entries) {
    // A heartbeat of nobody where a tick was: the fold says the same, the bytes do not.
    const other = ['k', 'heartbeat', 'p', Buffer.from('0a086e6f626f6479', 'hex')];
    await o.admin.xadd(KEY, id, ...(String(id) === formatLogId(o.middle) ? other : fields));
  }
  o.goOn();
  await until('it has loaded again', o.isAtEnd);
  t.match(o.reloads(), [{ fields: { code: 'log-rewritten', error: /other bytes/ } }]);
  t.same(await allAlerts(o.hot), o.bench.alerts);
  await o.left.stop();
});

t.test(
  'a log trimmed too far: no guess, but what is missing, in the status and in /readyz (L1) [trimmed]',
  async (t) => {
    const o = await foldedOnce(t, 'half');
    const [cursor, told] = [await o.hot.readCursor(), await allAlerts(o.hot)];
    const last = await o.appendRest();
    await o.admin.xtrim(KEY, 'MINID', formatLogId(last));
    const saysMissing = async (detail: RegExp) => {
      const runner = await o.runner(OFTEN);
      runner.start();
      await until('it has looked', async () => runner.status.code !== null);
      t.match(runner.status, { state: 'failing', code: 'log-trimmed', detail });
      t.match(describeRunner(runner.status), { ok: false, detail });
      await runner.stop();
      t.same([await o.hot.readCursor(), await allAlerts(o.hot)], [cursor, told], 'it has committed nothing');
    };
    const [from, to] = [formatLogId(o.at), formatLogId(last)];
    await saysMissing(new RegExp(`begins at ${to}; everything from ${from} to there is missing`));
    await rm(o.folder, { recursive: true });
    await saysMissing(new RegExp(`begins with a tick entry at ${to}, expected genesis`));
  },
);

t.test(
  'a snapshot of a newer Beatwatch is refused by name, and the log is folded without it while it is whole',
  async (t) => {
    const o = await foldedOnce(t, 'half');
    const pointer = await o.hot.readSnapshotPointer();
    const path = join(o.folder, pointer?.file ?? '');
    const { formatVersion, ...rest } = wire.Snapshot.decode(await readFile(path));
    const newer = wire.Snapshot.encode({ ...rest, formatVersion: formatVersion + 1 }).finish();
    await writeFile(path, newer);
    const stored = JSON.parse((await o.admin.get('bw:{test}:snapshot')) ?? '') as object;
    const sha256 = createHash('sha256').update(newer).digest('hex');
    await o.admin.set('bw:{test}:snapshot', JSON.stringify({ ...stored, sha256 }));
    const refusal = new RegExp(
      `got format version ${formatVersion + 1}, which a newer Beatwatch writes, expected ${formatVersion}`,
    );
    const entries = (await o.admin.xrangeBuffer(KEY, '-', '+')) as [Buffer, Buffer[]][];
    await o.admin.xtrim(KEY, 'MINID', formatLogId(o.at));
    const without = await o.runner();
    without.start();
    await until('it has looked', async () => without.status.code !== null);
    t.match(
      without.status,
      { state: 'failing', code: 'log-trimmed', detail: refusal },
      'it says why it needs what is missing',
    );
    await without.stop();

    await o.admin.del(KEY);
    for (const [id, fields] of entries) await o.admin.xadd(KEY, id, ...fields);
    const runner = await o.runner();
    runner.start();
    t.ok(await o.hot.waitForCursor(await o.appendRest(), 30_000));
    t.same(await allAlerts(o.hot), o.bench.alerts);
    t.match(runner.status, { state: 'active', code: null });
    t.ok(
      o.logger.lines.some(
        ({ level, fields }) => level === 'error' && 'error' in fields && refusal.test(String(fields.error)),
      ),
    );
    await runner.stop();
  },
);

t.test('a log that ends before the snapshot: nothing is committed, and where it ends is said', async (t) => {
  const o = await foldedOnce(t, 'all');
  const cursor = await o.hot.readCursor();
  const entries = await o.admin.xrevrange(KEY, '+', '-', 'COUNT', 11);
  await o.admin.xdel(KEY, ...entries.slice(0, 10).map(([id]) => id));
  const runner = await o.runner(OFTEN);
  runner.start();
  await until('it has looked', async () => runner.status.code !== null);
  const detail = new RegExp(`got a log that ends at ${entries[10]?.[0]}, expected the entry at ${formatLogId(o.at)}`);
  t.match(describeRunner(runner.status), { ok: false, detail });
  await runner.stop();
  t.same(await o.hot.readCursor(), cursor);
});

t.test('a snapshot that is ahead of the cursor is said', async (t) => {
  const o = await foldedOnce(t, 'half');
  const older = (await o.admin.get('bw:{test}:cursor')) ?? '';
  const first = await o.runner(OFTEN);
  first.start();
  t.ok(await o.hot.waitForCursor(await o.appendRest(), 30_000));
  await first.stop();
  const pointer = await o.hot.readSnapshotPointer();
  const ahead = () => o.logger.lines.filter(({ message }) => message.startsWith('the snapshot is ahead of the cursor'));
  t.strictSame(ahead(), []);
  await o.admin.set('bw:{test}:cursor', older);
  const second = await o.runner(OFTEN);
  second.start();
  await until('word of it', async () => ahead().length > 0);
  await second.stop();
  const cursor = (JSON.parse(older) as { logId: string }).logId;
  const snapshot = pointer === null ? null : formatLogId(pointer.cursor.logId);
  t.match(ahead(), [{ level: 'error', fields: { snapshot, cursor } }]);
});

t.test(
  'a snapshot that is gone: the log is folded from its beginning, and nothing is told twice [snapshot]',
  async (t) => {
    const o = await foldedOnce(t, 'half');
    t.not(await o.hot.readSnapshotPointer(), null, 'there was one');
    await rm(o.folder, { recursive: true });
    const second = await o.runner(OFTEN);
    second.start();
    t.ok(await o.hot.waitForCursor(await o.appendRest(), 30_000));
    t.same(await allAlerts(o.hot), o.bench.alerts);
    await second.stop();
  },
);

t.test(
  'a snapshot that cannot be written stops nothing; it is said, and made up for when there is room [full]',
  async (t) => {
    const o = await begun(t);
    const bench = gapDay(2);
    const [third, half, end] = [Math.floor(bench.log.length / 3), bench.log.length >> 1, bench.log.length];
    const runner = await o.runner(OFTEN);
    runner.start();
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, 0, third), 30_000));
    t.match(describeRunner(runner.status), { ok: true });
    // It may be writing one, or removing those before it.
    await rm(o.folder, { recursive: true });
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, third, half), 30_000), 'it folds on');
    await until('a snapshot that fails', async () => runner.status.snapshotFailure !== null);
    const before = await o.hot.readSnapshotPointer();
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, half, 2 * third), 30_000), 'and on');
    t.match(runner.status, { state: 'active', code: null, snapshotFailure: /ENOENT/ });
    t.match(describeRunner(runner.status), {
      ok: false,
      detail: /^active; the snapshot could not be written: .*ENOENT/,
    });
    t.same(await o.hot.readSnapshotPointer(), before, 'the one before stands');
    await mkdir(o.folder);
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, 2 * third, end), 30_000));
    await until('a snapshot', async () => runner.status.snapshotFailure === null);
    t.match(describeRunner(runner.status), { ok: true });
    t.same(o.reloads(), [], 'and it has not loaded again');
    t.same(await allAlerts(o.hot), bench.alerts);
    await runner.stop();
  },
);

t.test('old snapshots that cannot be removed stop nothing, and it is said [snapshot]', async (t) => {
  const o = await begun(t);
  const bench = gapDay(2);
  const stuck = { tidy: () => Promise.reject(new Error('EACCES: permission denied, scandir')) };
  const runner = await o.runner({
    ...OFTEN,
    snapshots: { ...(await openSnapshotFolder(o.folder, o.logger)), ...stuck },
  });
  runner.start();
  t.ok(await o.hot.waitForCursor(await appendAll(o, bench, 0, bench.log.length), 30_000));
  await until('word of it', async () => o.logger.lines.some(({ message }) => message.startsWith('old snapshots')));
  t.match(describeRunner(runner.status), { ok: true });
  t.same(o.reloads(), []);
  t.same(await allAlerts(o.hot), bench.alerts);
  await runner.stop();
});

for (const [how, gone] of [
  [
    'the newest of each',
    async (admin: RedisConnection, key: string) => await admin.xdel(key, await newest(admin, key)),
  ],
  ['all of them, with their keys', async (admin: RedisConnection, key: string) => await admin.del(key)],
] as const) {
  t.test(`versions that somebody deletes are named until it is accepted, and the engine goes on: ${how}`, async (t) => {
    const o = await begun(t);
    const bench = gapDay(2);
    const half = bench.log.length >> 1;
    const runner = await o.runner();
    runner.start();
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, 0, half), 30_000));
    const before = await o.hot.readCursor();
    const stood = await told(o.admin);
    for (const key of ['bw:{test}:alerts', 'bw:{test}:visits']) await gone(o.admin, key);
    const left = await told(o.admin);
    const check = recordCheck(o);
    await check.run();
    t.match(describeRecord(check), { ok: false, detail: new RegExp(`${before?.lastAlert} of alerts (is|are) gone`) });
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, half), 30_000), 'it folds on');
    t.same(o.reloads(), []);
    t.match(runner.status, { state: 'active', code: null });
    t.ok(left.length < stood.length && stood.length < bench.alerts.length);
    const numbers = bench.alerts.map(({ transition }) => transition);
    t.same(await told(o.admin), [...left, ...numbers.slice(stood.length)], 'nothing else is missing');
    const by = { actor: 'li', reason: 'by hand', atMs: 1 };
    const open = check.open.reduce((sum, { count }) => sum + count, 0);
    t.match(await check.accept(by, open), [{ what: 'alerts', accepted: { actor: 'li' } }, { what: 'visits' }]);
    t.match(describeRecord(check), { ok: true });
    await runner.stop();
  });
}

/** Numbers of the alert versions that stand. */
async function told(admin: RedisConnection): Promise<number[]> {
  const entries = await admin.xrange('bw:{test}:alerts', '-', '+');
  return entries.map(([id]) => Number.parseInt(id, 10));
}

async function newest(admin: RedisConnection, key: string): Promise<string> {
  return (await admin.xrevrange(key, '+', '-', 'COUNT', 1))[0]?.[0] ?? '';
}

function recordCheck({ hot, admin, logger }: Awaited<ReturnType<typeof begun>>): RecordCheck {
  const acceptances = new LossAcceptances({ district: 'test', query: admin });
  const metrics = { count() {}, gauge() {}, observe() {} };
  return new RecordCheck({ district: 'test', reads: hot, tail: () => [], acceptances, logger, metrics });
}
