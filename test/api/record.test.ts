import t, { type Test } from 'tap';
import { lossText, RecordCheck } from '../../src/app/record-check.js';
import { LossAcceptances } from '../../src/hot/loss-acceptances.js';
import { describeRecord } from '../../src/app/watch.js';
import type { LogId } from '../../src/model/log-id.js';
import type { Loss } from '../../src/model/losses.js';
import type { CheckResult } from '../../src/ops/readiness.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { keptLog } from '../support/redis-server.js';
import { ask, LiveClient } from './clients.js';
import { T0_MS } from './records.js';
import { type Rig, startRig } from './rig.js';

const KEY = 'bw:{meixian}';

async function checked(rig: Rig): Promise<{ texts: string[]; metrics: string }> {
  const metrics = createMetrics({ strict: true });
  const check = checkOf(rig, [], metrics);
  await check.run();
  return { texts: (check.losses ?? []).map(lossText), metrics: await metrics.text() };
}

/** A process of its own, as it is ready or not. */
function checkOf(rig: Rig, tail: readonly Loss[] = [], metrics = createMetrics({ strict: true })): RecordCheck {
  const { hot, id } = rig.district();
  const acceptances = new LossAcceptances({ district: id, query: rig.query });
  return new RecordCheck({ district: id, reads: hot, logger: keptLog(), metrics, tail: () => tail, acceptances });
}

async function readyBy(check: RecordCheck): Promise<CheckResult> {
  await check.run();
  return describeRecord(check);
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
  'versions and entries that somebody deletes are found and named: in the middle, at the beginning, at the end [record]',
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

t.test('each page, history and live socket that meets a hole names it [record]', async (t) => {
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

t.test('an admin accepts what is gone, with a reason: ready again in every process, and named as before', async (t) => {
  const rig = await recorded(t);
  const admin = await rig.token({ role: 'admin', subject: 'admin-zhao' });
  const list = () => ask(rig, '/v1/districts/meixian/record', { token: admin });
  const accept = (body: object) => ask(rig, '/v1/districts/meixian/record/accept', { token: admin, body });
  t.match(await list(), { status: 200, body: { items: [], open: 0 } });
  await rig.query.xdel(`${KEY}:alerts`, '4-0', '5-0');
  await rig.query.xdel(`${KEY}:visits`, '3-0');
  t.match(await readyBy(checkOf(rig)), {
    ok: false,
    detail: /^versions 4 to 5 of alerts are gone; .*or accept the loss/,
  });
  t.match((await list()).body, {
    open: 3,
    items: [
      { what: 'alerts', count: 2, from: '4', to: '5', text: 'versions 4 to 5 of alerts are gone', accepted: null },
      { what: 'visits', count: 1, from: '3', to: '3', accepted: null },
    ],
  });
  t.match(await accept({ open: 3, reason: ' ' }), { status: 400, body: { code: 'request-invalid' } });
  t.match(await accept({ open: 2, reason: 'x' }), {
    status: 409,
    body: { code: 'record-changed', details: { got: 2, expected: 3 } },
  });
  t.match(await readyBy(checkOf(rig)), { ok: false }, 'nothing is accepted unseen');
  rig.district().appendFailure = new Error('the log is away');
  t.match(await accept({ open: 3, reason: 'x' }), { status: 503, body: { code: 'access-log-unavailable' } });
  t.match(await readyBy(checkOf(rig)), { ok: false }, 'nor without its record');
  rig.district().appendFailure = null;

  const accepted = { actor: 'admin-zhao', reason: 'deleted by hand in a drill' };
  t.match(await accept({ open: 3, reason: accepted.reason }), {
    status: 200,
    body: {
      items: [
        { from: '4', accepted },
        { from: '3', accepted },
      ],
    },
  });
  t.match(await readyBy(checkOf(rig)), { ok: true, detail: /^accepted: versions 4 to 5 of alerts are gone; / });
  t.match((await checked(rig)).metrics, 'beatwatch_record_missing{district="meixian",what="alerts"} 0');
  const reads = await rig.district().reads();
  const entry = reads.findLast(({ what }) => what === 'POST /v1/districts/:district/record/accept');
  t.match(entry, { actor: 'admin-zhao', role: 'admin', purpose: accepted.reason, records: 3 });
  const token = await rig.token({ role: 'supervisor' });
  t.strictSame((await ask(rig, '/v1/districts/meixian/alerts?state=all', { token })).body.missing, [
    { from: 4, to: 5 },
  ]);
  t.match((await ask(rig, '/v1/districts/meixian/record', { token })).status, 403);

  await rig.query.xdel(`${KEY}:alerts`, '6-0');
  t.match(await readyBy(checkOf(rig)), { ok: false, detail: /^versions 4 to 6 of alerts are gone: / }, 'more is gone');
  t.match((await list()).body, {
    open: 3,
    items: [
      { from: '4', to: '6', accepted: null },
      { from: '3', accepted },
    ],
  });
});

t.test(
  'a lost end of the log that was accepted is accepted for a process that saw less of it, a later one is not',
  async (t) => {
    const rig = await recorded(t);
    const admin = await rig.token({ role: 'admin' });
    const lost = (fromMs: number, toMs: number): Loss => ({
      what: 'log',
      count: 7,
      from: `${fromMs}-0`,
      to: `${toMs}-3`,
    });
    const [own, others] = [lost(T0_MS - 9_000, T0_MS - 2_000), lost(T0_MS - 8_000, T0_MS - 3_000)];
    rig.district().tail = [own];
    const body = { open: 7, reason: 'the disk was full' };
    t.match(await ask(rig, '/v1/districts/meixian/record/accept', { token: admin, body }), { status: 200 });
    t.match(await readyBy(checkOf(rig, [own])), { ok: true, detail: /^accepted: the log ended at / });
    t.match(await readyBy(checkOf(rig, [others])), { ok: true });
    const later = lost(T0_MS - 9_000, T0_MS + 3_600_000);
    t.match(await readyBy(checkOf(rig, [own, later])), { ok: false });
  },
);
