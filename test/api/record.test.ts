import t, { type Test } from 'tap';
import { lossText, RecordCheck } from '../../src/app/record-check.js';
import type { LogId } from '../../src/model/log-id.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { keptLog } from '../support/redis-server.js';
import { ask, LiveClient } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';

const KEY = 'bw:{meixian}';

async function checked(rig: Rig): Promise<{ texts: string[]; metrics: string }> {
  const metrics = createMetrics({ strict: true });
  const check = new RecordCheck({
    district: 'meixian',
    reads: rig.district().hot,
    logger: keptLog(),
    metrics,
    tail: () => [],
  });
  await check.run();
  return { texts: (check.losses ?? []).map(lossText), metrics: await metrics.text() };
}

/** Twelve versions of alerts and of visits, and as many entries. */
async function recorded(t: Test): Promise<Rig> {
  const rig = await startRig(t);
  for (let i = 1; i <= 12; i += 1) {
    await rig.district().engine.emit({
      alerts: [{ alertId: i <= 3 ? 'gap' : `gap-${i}` }],
      visits: [{ visitId: `v${i}`, innerFromMs: T0_MS }],
    });
  }
  return rig;
}

t.test('a record that is whole is said to be, after trimming by Beatwatch too', async (t) => {
  const rig = await recorded(t);
  t.strictSame((await checked(rig)).texts, []);
  const { hot } = rig.district();
  const cursor = await hot.readCursor();
  if (cursor === null) throw new Error('got no cursor');
  const pointer = { cursor, file: 'a', sha256: '', foldVersion: cursor.foldVersion, entryDigest: null };
  const archivedUpTo: LogId = cursor.logId;
  t.match(await hot.storeSnapshot(pointer, archivedUpTo), { stored: true });
  t.ok((await rig.query.xlen(`${KEY}:log`)) < 12, 'it was trimmed');
  t.strictSame((await checked(rig)).texts, []);
});

t.test(
  'versions and entries that somebody deletes are found and named: in the middle, at the beginning, at the end',
  async (t) => {
    const rig = await recorded(t);
    await rig.query.xdel(`${KEY}:alerts`, '4-0', '5-0', '9-0');
    await rig.query.xdel(`${KEY}:visits`, '1-0', '12-0');
    const [, , third] = await rig.query.xrange(`${KEY}:log`, '-', '+');
    await rig.query.xdel(`${KEY}:log`, third?.[0] ?? '');
    const { texts, metrics } = await checked(rig);
    t.strictSame(texts, [
      `1 entries of the log were deleted, the newest of them ${third?.[0]}`,
      'versions 4 to 5 of alerts are gone',
      'version 9 of alerts is gone',
      'version 1 of visits is gone',
      'version 12 of visits is gone',
    ]);
    for (const [what, count] of [
      ['log', 1],
      ['alerts', 3],
      ['visits', 2],
    ])
      t.match(metrics, `beatwatch_record_missing{district="meixian",what="${what}"} ${count}`);
  },
);

t.test('a log that somebody else trims is found', async (t) => {
  const rig = await recorded(t);
  await rig.query.xtrim(`${KEY}:log`, 'MAXLEN', 10);
  t.match((await checked(rig)).texts, [/^\d+ entries of the log were deleted, from its beginning$/]);
});

t.test('each page, history and live socket that meets a hole names it', async (t) => {
  const rig = await recorded(t);
  const token = await rig.token({ role: 'supervisor' });
  const page = async (path: string) => (await ask(rig, `/v1/districts/meixian${path}`, { token })).body;
  t.match(await page('/visits'), { missing: [] });
  await rig.query.xdel(`${KEY}:alerts`, '2-0', '6-0', '7-0');
  await rig.query.xdel(`${KEY}:visits`, '1-0', '5-0');
  t.strictSame((await page('/visits')).missing, [
    { from: 1, to: 1 },
    { from: 5, to: 5 },
  ]);
  t.strictSame((await page('/visits?versions=all&after=4&limit=2')).missing, [{ from: 5, to: 5 }]);
  t.strictSame((await page('/alerts?state=all')).missing, [
    { from: 2, to: 2 },
    { from: 6, to: 7 },
  ]);
  t.match(await page('/alerts/gap'), { versions: [{ version: 3 }], missing: [{ from: 2, to: 2 }] });
  const live = new LiveClient(rig, '/v1/districts/meixian/live?after=4', { token });
  t.teardown(() => live.close());
  await live.first('snapshot');
  t.strictSame(live.of('missing'), [{ type: 'missing', from: 6, to: 7 }]);
  t.strictSame(live.transitions, [5, 8, 9, 10, 11, 12]);
});
