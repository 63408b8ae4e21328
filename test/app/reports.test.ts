import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import t from 'tap';
import type { DistrictReports } from '../../src/api/deps.js';
import { keepPacks } from '../../src/app/daily-packs.js';
import { settleOnce } from '../../src/app/day-settling.js';
import { openReports } from '../../src/app/open-reports.js';
import { reportDay } from '../../src/app/report-days.js';
import { recordDigest } from '../../src/days/record-digest.js';
import type { PackManifest } from '../../src/reports/pack.js';
import { periodOf } from '../../src/reports/period-of.js';
import { makeReport } from '../../src/reports/report.js';
import { reportAnswer, type ReportAnswer } from '../../src/reports/outputs.js';
import { type ReportTask, writeReport } from '../../src/reports/request.js';
import { store } from '../days/stored-log.js';
import { logOf, settledDay } from '../days/support.js';
import { drawScenario, play } from '../engine/scenario.js';
import { HOUR, T0 } from '../engine/support.js';
import { startTestRedis, type TestScope } from '../support/redis-server.js';

const DAY = '2026-11-24';
/** Noon of the next local day, when it is due. */
const NOON_MS = T0 + 28 * HOUR;
const ASKED: ReportTask = {
  is: 'report',
  from: '2026-11-23',
  to: DAY,
  request: { report: 'all', format: 'json', language: 'zh', table: null },
};

/** A scene of the morning, and ticks until the day is due. */
const bench = play(drawScenario(3, { hours: 3, delayMs: 0, plans: false, events: false }), { untilMs: NOON_MS });
const { record } = await settledDay(logOf(bench));

/** The settled day of the scene, and the reports that a server makes of it. */
async function settled(t: TestScope) {
  const { handle, folder, log } = await startTestRedis(t);
  const connection = handle.connect('query');
  await store(connection, bench);
  const { signal } = new AbortController();
  const archive = join(folder, 'archive');
  await settleOnce({ district: 'test', folder: archive, connection, settleAtMinute: 720, logger: log, signal });
  const opened = openReports('test', { config: { dataFolder: folder }, redis: handle, archive: null, logger: log });
  t.teardown(() => opened.close());
  return { archive, log, reports: opened.reports };
}

t.test('reports of a running server say what the log of the day comes to', async (t) => {
  const { reports } = await settled(t);
  const { bytes, rows, missing } = await reports.make(ASKED);
  t.strictSame(missing, ['2026-11-23']);
  const answer = JSON.parse(Buffer.from(bytes).toString('utf8')) as ReportAnswer;
  const [{ plan } = { plan: null }] = bench.state.plans;
  t.ok(plan);
  if (plan === null) return;
  const { alerts } = bench;
  const day = {
    record,
    recordSha256: recordDigest(record),
    plans: [plan],
    alerts: alerts.filter(isOfDay),
    alertsDeletedAtMs: null,
  };
  const period = periodOf([day], missing);
  for (const report of answer.reports) {
    const made = reportAnswer(period, [makeReport(report.name, period)]).reports[0];
    t.same(report.tables, JSON.parse(JSON.stringify(made?.tables)), report.name);
  }
  t.ok(rows > 20, `${rows} rows`);

  function isOfDay({ alertId }: (typeof alerts)[number]): boolean {
    const first = alerts.find((version) => version.alertId === alertId && version.version === 1);
    return first !== undefined && first.atMs >= record.fromMs && first.atMs < record.toMs;
  }
});

t.test('the pack of a settled day is kept once, with the bytes that the route gives', async (t) => {
  const { archive, log, reports } = await settled(t);
  const keep = () => keepPacks({ folder: archive, district: 'test', reports, logger: log });
  await keep();
  const [name = '', ...more] = await readdir(join(archive, 'packs'));
  t.equal(name, `test-${DAY}.zip`);
  t.strictSame(more, []);
  const kept = await readFile(join(archive, 'packs', name));
  const { bytes } = await reports.make({ is: 'pack', day: DAY });
  t.ok(kept.equals(Buffer.from(bytes)), 'made twice, the same bytes');
  const manifest = Buffer.from(unzipSync(kept)[`test-${DAY}/manifest.json`] ?? []).toString('utf8');
  const [day] = await reports.settledDays();
  t.equal((JSON.parse(manifest) as PackManifest).recordSha256, day?.settlements[0].digest);
  const asked: ReportTask[] = [];
  const none: DistrictReports['make'] = (task) => {
    asked.push(task);
    return Promise.reject(new Error('it cannot be made'));
  };
  await keepPacks({ folder: archive, district: 'test', reports: { ...reports, make: none }, logger: log });
  t.strictSame(asked, [], 'what is kept is not made again');
  if (day === undefined) return;

  const settledDays = async () => ['2026-11-22', '2026-11-23'].map((name) => ({ ...day, day: name }));
  const make: DistrictReports['make'] = (task) =>
    task.is === 'pack' && task.day === '2026-11-22' ? none(task) : reports.make({ is: 'pack', day: DAY });
  await keepPacks({ folder: archive, district: 'test', reports: { settledDays, make }, logger: log });
  t.strictSame(
    (await readdir(join(archive, 'packs'))).sort(),
    ['test-2026-11-23.zip', `test-${DAY}.zip`],
    'one that cannot be made does not hold up the next',
  );
});

t.test('a report of a day whose plan nobody has any more is refused, and names the day', async (t) => {
  const versions = { alerts: async () => [], visits: async () => [], deleted: async () => [] };
  const make = reportDay({ versions, plansSince: async () => [] }, record, recordDigest(record), null);
  await t.rejects(make, { code: 'report-plan-gone', details: { day: DAY, version: 1 }, message: /got no plan 1/ });
});

t.test(
  'a report of a day whose alerts were deleted says so in every format, and one of another day does not',
  async (t) => {
    const [{ plan } = { plan: null }] = bench.state.plans;
    if (plan === null) return t.fail('no plan');
    const deletedAtMs = Date.parse('2026-12-30T23:00:00Z');
    const dayFrom = (fromMs: number) => {
      const deleted = async () => [{ fromMs, toMs: fromMs + HOUR, deletedAtMs }];
      const versions = { alerts: async () => [], visits: async () => [], deleted };
      return reportDay({ versions, plansSince: async () => [plan] }, record, recordDigest(record), null);
    };
    const said = `Alerts of ${DAY} were deleted on 2026-12-31`;
    for (const [fromMs, isOfDay] of [
      [record.fromMs - HOUR, false],
      [record.fromMs - HOUR + 1, true],
      [record.toMs - 1, true],
      [record.toMs, false],
    ] as const) {
      const day = await dayFrom(fromMs);
      const textOf = async (format: 'json' | 'csv' | 'xlsx' | 'html', table: string | null = null): Promise<string> => {
        const request = { report: 'alerts', format, language: 'en', table } as const;
        const { bytes } = await writeReport([day], [], request);
        const files = format === 'xlsx' ? Object.values(unzipSync(bytes)) : [bytes];
        return files.map((one) => Buffer.from(one).toString('utf8')).join('\n');
      };
      t.equal((await textOf('json')).includes(`"alertsDeletedAtMs":${deletedAtMs}`), isOfDay, 'json');
      t.equal((await textOf('json')).includes(`"deletedDays":"${DAY}"`), isOfDay, 'json, in the table');
      for (const table of ['alerts', 'alerts-by-hour', 'alert-sources'])
        t.equal((await textOf('csv', table)).includes(DAY), isOfDay, `csv of ${table}`);
      t.equal((await textOf('xlsx')).includes(said), isOfDay, 'xlsx');
      t.equal((await textOf('html')).includes(said), isOfDay, 'html');
    }
  },
);

t.test('what cannot be reported is refused with a code', async (t) => {
  const { reports } = await settled(t);
  const one = (more: Partial<typeof ASKED.request>): ReportTask => ({
    ...ASKED,
    request: { ...ASKED.request, ...more },
  });
  await t.rejects(reports.make({ ...ASKED, to: '2026-11-23' }), {
    code: 'day-unknown',
    details: { lastSettled: DAY },
  });
  await t.rejects(reports.make({ ...ASKED, to: '2026-13-01' }), { code: 'report-days-invalid' });
  await t.rejects(reports.make(one({ format: 'csv', table: 'nonsense' })), { code: 'report-table-unknown' });
  const all = await Promise.allSettled([1, 2, 3].map(() => reports.make(one({ report: 'dwell' }))));
  t.strictSame(
    all.map((outcome) => (outcome.status === 'rejected' ? (outcome.reason as { code: string }).code : 'made')),
    ['made', 'made', 'too-many-reports'],
  );
});
