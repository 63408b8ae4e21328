import t from 'tap';
import { RecordCheck } from '../../src/app/record-check.js';
import { CommittedVersions } from '../../src/hot/committed-versions.js';
import { HotStore } from '../../src/hot/hot-store.js';
import { hotKeys } from '../../src/hot/keys.js';
import { LossAcceptances } from '../../src/hot/loss-acceptances.js';
import { VersionTrim } from '../../src/hot/version-trim.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { readTold } from '../../src/runner/told.js';
import type { VisitVersion } from '../../src/model/visit.js';
import { alert, commitOf, cursor, visit } from '../support/hot-records.js';
import { keptLog, startTestRedis, type TestScope } from '../support/redis-server.js';

const district = 'meixian';
const keys = hotKeys(district);
const T0_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

async function begun(t: TestScope) {
  const { handle } = await startTestRedis(t);
  const query = handle.connect('query');
  const hot = new HotStore({ district, commit: handle.connect('commit'), query });
  return {
    hot,
    query,
    trim: new VersionTrim({ district, query }),
    committed: new CommittedVersions({ district, query }),
  };
}

/** So many versions of alerts, one an hour, each of its own alert, all closed. */
async function commitAlerts(hot: HotStore, count: number): Promise<void> {
  const versions = Array.from({ length: count }, (_, i) =>
    alert(i + 1, {
      alertId: `a-${i + 1}`,
      condition: 'cleared',
      acknowledged: true,
      atMs: T0_MS + i * HOUR_MS,
      previous: null,
    }),
  );
  const target = cursor(5, count, 0);
  const hotDelta = { closedAlerts: new Map(versions.map((one) => [one.alertId, one])) };
  const commit = commitOf(null, target, hotDelta);
  await hot.openCursor();
  t.equal(await hot.commit({ ...commit, outputs: [{ logId: target.logId, alerts: versions, visits: [] }] }), null);
}

t.test('only what is archived and old is trimmed, and never the newest version', async (t) => {
  const { hot, query, trim, committed } = await begun(t);
  await commitAlerts(hot, 500);
  t.equal((await committed.read('alerts', 0)).length, 500);
  t.strictSame(
    (await committed.read('alerts', 498)).map(({ transition }) => transition),
    [499, 500],
  );
  const archived = { alerts: 300, visits: 0 };
  t.equal(await trim.trim({ archived, keptSinceMs: T0_MS + 250 * HOUR_MS }), 250);
  t.equal(await query.xlen(keys.alerts), 250);
  t.equal(await query.hlen(keys.closedAlerts), 250, 'an alert goes with its last version');
  t.equal(await trim.trim({ archived, keptSinceMs: T0_MS + 400 * HOUR_MS }), 50, 'what is not archived stays');
  t.equal(await trim.trim({ archived, keptSinceMs: T0_MS + 400 * HOUR_MS }), 0);
  const all = { archived: { alerts: 500, visits: 0 }, keptSinceMs: Number.MAX_SAFE_INTEGER };
  t.equal(await trim.trim(all), 199);
  t.match(await hot.readAlerts({ after: 499, count: 5 }), { kind: 'page', last: 500, versions: [{ transition: 500 }] });
  t.match(await hot.readAlerts({ after: 0, count: 5 }), { kind: 'resync', first: 500, last: 500 }, 'Q2');
});

t.test('an open visit that is trimmed is kept for a fold that takes over, until it has closed', async (t) => {
  const { hot, query, trim } = await begun(t);
  const told = (transition: number, visitId: string, state: VisitVersion['state']): VisitVersion => ({
    ...visit(transition),
    visitId,
    state,
    atMs: T0_MS,
  });
  const versions = [
    told(1, 'one', 'open'),
    told(2, 'two', 'open'),
    told(3, 'two', 'closed'),
    told(4, 'three', 'closed'),
  ];
  await hot.openCursor();
  const commit = commitOf(null, cursor(5, 0, 4), {});
  await hot.commit({ ...commit, outputs: [{ logId: cursor(5, 0, 4).logId, alerts: [], visits: versions }] });
  await trim.trim({ archived: { alerts: 0, visits: 4 }, keptSinceMs: Number.MAX_SAFE_INTEGER });
  t.equal(await query.xlen(keys.visits), 1);
  const taken = await readTold(hot, { ...cursor(5, 0, 4), logId: { ms: T0_MS + 100 * HOUR_MS, seq: 0 } });
  t.strictSame(taken.visits, [versions[0]]);
});

t.test(
  'versions that Beatwatch trimmed are no loss, and a loss stays the same one when its neighbours are trimmed',
  async (t) => {
    const { hot, query, trim } = await begun(t);
    await commitAlerts(hot, 50);
    const check = new RecordCheck({
      district,
      reads: hot,
      tail: () => [],
      acceptances: new LossAcceptances({ district, query }),
      logger: keptLog(),
      metrics: createMetrics({ strict: false }),
    });
    const archived = { alerts: 50, visits: 0 };
    await trim.trim({ archived, keptSinceMs: T0_MS + 10 * HOUR_MS });
    t.strictSame(await check.list(), []);
    await query.xdel(keys.alerts, '21-0', '22-0', '40-0');
    const lost = await check.list();
    t.match(lost, [
      { what: 'alerts', count: 2, from: '21', to: '22' },
      { count: 1, from: '40', to: '40' },
    ]);
    t.match(await check.accept({ actor: 'zhao', reason: 'a test', atMs: T0_MS }, 3), [
      { accepted: { actor: 'zhao' } },
      {},
    ]);
    t.equal(await trim.trim({ archived, keptSinceMs: T0_MS + 30 * HOUR_MS }), 18);
    t.strictSame(
      (await check.list()).map(({ from, to, count }) => ({ from, to, count })),
      lost.map(({ from, to, count }) => ({ from, to, count })),
    );
    t.strictSame(check.open, [], 'and it is accepted still');
    await query.xdel(keys.alerts, '45-0');
    t.match(await check.list(), [{ from: '21' }, { from: '40' }, { from: '45', count: 1, accepted: null }]);
  },
);
