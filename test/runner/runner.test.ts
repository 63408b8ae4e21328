import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { describeRunner } from '../../src/app/watch.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { isOpen } from '../../src/engine/alerts/states.js';
import { step } from '../../src/engine/pipeline.js';
import { type EngineState, FOLD_VERSION } from '../../src/engine/state.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { compareLogIds, formatLogId, type LogId } from '../../src/model/log-id.js';
import type { DistrictRunner } from '../../src/runner/district-runner.js';
import type { SnapshotFiles } from '../../src/runner/ports.js';
import { engineFold, type Fold } from '../../src/runner/fold.js';
import { openSnapshotFolder } from '../../src/runner/snapshot-folder.js';
import { fastTemporary } from '../e2e/programs.js';
import { MINUTE } from '../engine/support.js';
import { denseRuns, playDense } from '../support/dense-runs.js';
import { startTestRedis } from '../support/redis-server.js';
import { allAlerts, appendAll, gapDay, openDistrict, until } from './open-district.js';

t.test('what the runner commits is the fold of the log (C1)', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const bench = gapDay();
  const runner = await o.runner();
  runner.start();
  const last = await appendAll(o, bench);
  t.ok(await o.hot.waitForCursor(last, 20_000), 'the cursor reaches the end');
  t.same(await allAlerts(o.hot), bench.alerts);
  t.ok(bench.alerts.length >= 6, `${bench.alerts.length} transitions`);
  await runner.stop();
  t.equal(runner.status.state, 'stopped');
  t.ok(
    (await readdir(o.folder)).some((file) => file.endsWith('.snapshot')),
    'a snapshot is left',
  );
});

t.test(
  'a runner goes on from the snapshot of another, and from genesis when the file is spoilt (S1) [snapshot]',
  async (t) => {
    const redis = await startTestRedis(t, { where: fastTemporary() });
    const o = await openDistrict(t, redis);
    const bench = gapDay();
    const third = Math.floor(bench.log.length / 3);
    for (const [from, to, spoil] of [
      [0, third, false],
      [third, 2 * third, true],
      [2 * third, bench.log.length, false],
    ] as const) {
      const runner = await o.runner({ snapshotEveryMs: 5 * MINUTE });
      runner.start();
      t.ok(await o.hot.waitForCursor(await appendAll(o, bench, from, to), 20_000));
      await runner.stop();
      if (!spoil) continue;
      for (const file of await readdir(o.folder)) {
        const bytes = await readFile(join(o.folder, file));
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        await writeFile(join(o.folder, file), bytes);
      }
    }
    t.same(await allAlerts(o.hot), bench.alerts);
    t.ok(
      o.logger.lines.some(({ message }) => message.includes('snapshot cannot be used')),
      'it said that the snapshot is spoilt',
    );
  },
);

t.test('a snapshot on a slow disk keeps no entry waiting, and is pointed to once it is there', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const files = await openSnapshotFolder(o.folder, o.logger);
  let asked = 0;
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const snapshots: SnapshotFiles = {
    ...files,
    write: async (dump) => {
      asked += 1;
      const writing = files.write(dump);
      await finished;
      return await writing;
    },
  };
  const runner = await o.runner({ snapshots, snapshotEveryMs: 5 * MINUTE });
  runner.start();
  t.teardown(() => runner.stop());
  const bench = gapDay();
  await appendAll(o, bench);
  await until('a snapshot is begun', async () => asked > 0);
  const last = await o.log.append({ kind: 'tick' });
  t.ok(await o.hot.waitForCursor(last, 30_000), 'all is committed while the first snapshot is being written');
  t.equal(await o.hot.readSnapshotPointer(), null);
  t.equal(asked, 1, 'no other is begun meanwhile');
  finish();
  await until('it is pointed to', async () => (await o.hot.readSnapshotPointer()) !== null);
  const pointer = await o.hot.readSnapshotPointer();
  t.ok(pointer !== null && compareLogIds(pointer.cursor.logId, last) < 0, 'at the place of which it is');
  t.same((pointer === null ? null : await files.read(pointer))?.cursor, pointer?.cursor);
});

t.test('units whose late fixes wait are counted while they do', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const run = denseRuns(20_261_129, 15).find(({ name }) => name === 'one late fix a second behind a full horizon');
  if (run === undefined) return t.fail('the run is there');
  const bench = playDense(run);
  const counts: number[] = [];
  const gauge = (name: string, value: number) => {
    if (name === 'beatwatch_engine_waiting_units') counts.push(value);
  };
  const runner = await o.runner({ metrics: { count() {}, gauge, observe() {} } });
  runner.start();
  // One by one, so that each is a commit of its own.
  for (let [from, to] = [0, bench.log.length - 60]; from < bench.log.length; [from, to] = [to, to + 1])
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, from, to), 60_000));
  await runner.stop();
  t.ok(counts.includes(1), counts.join(' '));
  t.equal(counts.at(-1), 0);
});

t.test('two runners on one district double nothing, and the standby takes over [two]', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const bench = gapDay();
  const half = bench.log.length >> 1;
  const [first, second] = [await o.runner(), await o.runner()];
  first.start();
  second.start();
  t.ok(await o.hot.waitForCursor(await appendAll(o, bench, 0, half), 20_000));
  await first.stop();
  t.ok(await o.hot.waitForCursor(await appendAll(o, bench, half), 20_000), 'the other one goes on');
  t.equal(second.status.state, 'active');
  await second.stop();
  t.same(await allAlerts(o.hot), bench.alerts);
});

t.test(
  'an entry that cannot be folded is skipped once, by both engines, and the next are processed (P1)',
  async (t) => {
    const redis = await startTestRedis(t, { where: fastTemporary() });
    const o = await openDistrict(t, redis);
    const bench = gapDay();
    const half = bench.log.length >> 1;
    const runners = [await o.runner(), await o.runner()];
    for (const runner of runners) runner.start();
    await appendAll(o, bench, 0, half);
    const poison = await o.log.appendEncoded('fixes', Buffer.from('ff00ff00', 'hex'));
    const quarter = (half + bench.log.length) >> 1;
    t.ok(await o.hot.waitForCursor(await appendAll(o, bench, half, quarter), 20_000));
    t.strictSame([...(await o.hot.readSkipped()).keys()], [formatLogId(poison)]);
    const [first, second] = runners;
    const hasPassed = ({ status }: DistrictRunner) => status.skipped === 1 && status.state !== 'failing';
    await until('both are past it', async () => runners.every(hasPassed));
    await first?.stop();
    const last = await appendAll(o, bench, quarter);
    t.ok(await o.hot.waitForCursor(last, 20_000), 'the other goes on from what the first has committed');
    t.match(second?.status, { state: 'active', code: null, skipped: 1 });
    t.match(describeRunner(second?.status ?? null), { ok: false, detail: /1 entries could not be folded/ });
    const codes = o.logger.lines.flatMap(({ fields }) => ('code' in fields ? [fields.code] : []));
    t.strictSame(
      codes.filter((code) => code !== 'entry-skipped'),
      [],
      'they have come to the same cursor each time',
    );
    const verdicts = (alerts: readonly AlertVersion[]) =>
      alerts.map(({ rule, fromMs, toMs, change }) => ({ rule, fromMs, toMs, change }));
    t.same(verdicts(await allAlerts(o.hot)), verdicts(bench.alerts));
    await second?.stop();
  },
);

/** A later engine, which is in no hurry about gaps. */
function lenientFold(): Fold<EngineState> {
  const fold = engineFold('test', FOLD_VERSION + 1);
  return {
    ...fold,
    step: (state, { id, kind, payload }) => {
      const entry = decodeLogEntry(kind, payload);
      if (entry.kind !== 'plan') return { state, outputs: step(state, id, entry) };
      const rules = entry.plan.rules.map((rule) =>
        'thresholdMs' in rule ? { ...rule, thresholdMs: 3 * rule.thresholdMs } : rule,
      );
      return { state, outputs: step(state, id, { kind: 'plan', plan: { ...entry.plan, rules } }) };
    },
  };
}

t.test('a newer fold takes over from one that runs, and the older one refuses to go on (V1)', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const bench = gapDay();
  const raised = bench.alerts.find(({ change }) => change === 'raised')?.logId;
  const inGap = bench.log.findIndex(({ id }) => formatLogId(id) === raised) + 20;
  const older = await o.runner();
  older.start();
  t.ok(await o.hot.waitForCursor(await appendAll(o, bench, 0, inGap), 30_000));
  const told = await allAlerts(o.hot);
  const newer = await o.runner({ fold: lenientFold() });
  newer.start();
  const last = await appendAll(o, bench, inGap);
  await until('the newer fold has it', async () => {
    const cursor = await o.hot.readCursor();
    return cursor?.foldVersion === FOLD_VERSION + 1 && compareLogIds(cursor.logId, last) >= 0;
  });
  await until('the older one has noticed', async () => older.status.code === 'fold-too-old');
  t.equal(older.status.state, 'failing');
  t.match(newer.status, { state: 'active', code: null, skipped: 0 });

  const alerts = await allAlerts(o.hot);
  t.strictSame(alerts.slice(0, told.length), told, 'what was told stays');
  t.strictSame(
    alerts.map(({ transition }) => transition),
    alerts.map((_, i) => i + 1),
  );
  t.match(told.at(-1), { condition: 'active' });
  t.match(alerts[told.length], { change: 'retracted', cause: 'fold' }, 'what the newer does not find');
  const board = [...new Map(alerts.map((alert) => [alert.alertId, alert])).values()].filter(isOpen);
  const open = await o.hot.readOpenAlerts();
  const ids = (versions: readonly AlertVersion[]) => versions.map(({ alertId }) => alertId).sort();
  t.strictSame(ids(open), ids(board), 'no open alert without an owner');

  await newer.stop();
  await older.stop();
  const elsewhere = await mkdtemp(join(tmpdir(), 'beatwatch-runner-'));
  t.teardown(() => rm(elsewhere, { recursive: true, force: true }));
  const snapshots = await openSnapshotFolder(elsewhere, o.logger);
  const again = await o.runner({ fold: lenientFold(), snapshots });
  again.start();
  t.ok(await o.hot.waitForCursor(await o.log.append({ kind: 'tick' }), 30_000), 'without a snapshot it finds the same');
  t.equal(again.status.state, 'active');
  await again.stop();
});

t.test('a log that a newer fold has begun is refused although nothing is committed yet (V1)', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  await o.log.ensureGenesis({ kind: 'genesis', district: 'test', clock: 'virtual', foldVersion: FOLD_VERSION + 1 });
  const runner = await o.runner({ fold: engineFold('test', FOLD_VERSION) });
  runner.start();
  await until('it has looked', async () => runner.status.code === 'fold-too-old');
  t.equal(await o.hot.readCursor(), null);
  await runner.stop();
});

t.test('Redis killed in the middle: the runner loads again and nothing is doubled [once]', async (t) => {
  const redis = await startTestRedis(t, { where: fastTemporary() });
  const o = await openDistrict(t, redis);
  const bench = gapDay();
  const runner = await o.runner();
  runner.start();
  const cuts = [0.2, 0.4, 0.6, 0.8].map((share) => Math.floor(bench.log.length * share));
  let from = 0;
  let last: LogId = { ms: 0, seq: 0 };
  for (const to of [...cuts, bench.log.length]) {
    last = await appendAll(o, bench, from, to);
    from = to;
    const pid = await redis.handle.pid();
    if (pid !== null && to < bench.log.length) process.kill(pid, 'SIGKILL');
  }
  t.ok(await o.hot.waitForCursor(last, 30_000));
  const verdicts = (alerts: readonly AlertVersion[]) =>
    alerts.map(({ rule, fromMs, toMs, change, atMs }) => ({ rule, fromMs, toMs, change, atMs }));
  t.same(verdicts(await allAlerts(o.hot)), verdicts(bench.alerts));
  await runner.stop();
});
