import { unzipSync } from 'fflate';
import t, { type Test } from 'tap';
import { MAX_REPORT_DAYS } from '../../src/api/limits.js';
import { REPORT_NAMES } from '../../src/reports/report.js';
import { startRig, type Rig } from './rig.js';

const DAY = '2026-11-24';

async function call(t: Test): Promise<{ rig: Rig; get: (path: string) => Promise<Response> }> {
  const rig = await startRig(t);
  const token = await rig.token({ role: 'auditor' });
  const get = async (path: string) =>
    await fetch(`${rig.url}/v1/districts/meixian${path}`, {
      headers: { authorization: `Bearer ${token}`, 'x-purpose': 'case-7' },
    });
  return { rig, get };
}

t.test('a report in each format, and who read it', async (t) => {
  const { rig, get } = await call(t);
  const list = (await (await get('/reports')).json()) as { reports: { name: string }[]; days: { day: string }[] };
  t.strictSame(
    list.reports.map(({ name }) => name),
    REPORT_NAMES,
  );
  t.match(list, { days: [{ day: DAY, corrections: 0 }], maxDays: MAX_REPORT_DAYS });

  const json = await get(`/reports/presence?day=${DAY}`);
  t.equal(json.status, 200);
  t.match(json.headers.get('content-disposition'), `inline; filename="example-${DAY}-presence.json"`);
  t.match(await json.json(), {
    district: 'example',
    missing: [],
    reports: [{ name: 'presence', tables: [{ rows: [{ kind: 'checkpoint', presenceRate: 0.2095 }] }, {}, {}] }],
  });

  const csv = await get(`/reports/visits?day=${DAY}&format=csv&table=revisits`);
  t.match(csv.headers.get('content-type'), 'text/csv');
  t.match(await csv.text(), /^place,nameZh,nameEn,kind,intervals,.*\r\nsquare,广场,Square,checkpoint,2,/);

  const page = await get(`/reports/all?day=${DAY}&format=html&language=en`);
  t.match(page.headers.get('content-type'), 'text/html; charset=utf-8');
  t.match(page.headers.get('content-security-policy'), "default-src 'none'");
  t.match(await page.text(), '<html lang="en">');

  const xlsx = await get(`/reports/all?day=${DAY}&format=xlsx`);
  const parts = unzipSync(new Uint8Array(await xlsx.arrayBuffer()));
  t.ok(parts['xl/worksheets/sheet2.xml']);

  const pack = await get(`/packs/${DAY}`);
  t.equal(pack.headers.get('content-type'), 'application/zip');
  t.ok(unzipSync(new Uint8Array(await pack.arrayBuffer()))[`example-${DAY}/manifest.json`]);

  const reads = (await rig.district().reads()).map(({ what, records }) => ({ what, records }));
  t.match(reads, [
    { what: 'GET /v1/districts/:district/reports', records: 1 },
    { what: 'GET /v1/districts/:district/reports/:report' },
    { what: 'GET /v1/districts/:district/reports/:report', records: 1 },
    { what: 'GET /v1/districts/:district/reports/:report' },
    { what: 'GET /v1/districts/:district/reports/:report' },
    { what: 'GET /v1/districts/:district/packs/:day', records: 1 },
  ]);
});

t.test('days that are not settled are named, and none at all is refused', async (t) => {
  const { get } = await call(t);
  const some = await get(`/reports/presence?from=2026-11-23&to=2026-11-25`);
  t.equal(some.headers.get('beatwatch-missing-days'), '2026-11-23,2026-11-25');
  t.match(await some.json(), { days: [{ day: DAY }], missing: ['2026-11-23', '2026-11-25'] });
  const page = await get(`/reports/presence?from=2026-11-23&to=2026-11-25&format=html&language=en`);
  t.match(await page.text(), 'Not settled, and not in this report: 2026-11-23, 2026-11-25');
  const none = await get('/reports/presence?day=2026-11-23');
  t.equal(none.status, 404);
  t.match(await none.json(), { code: 'day-unknown', details: { lastSettled: DAY } });
});

t.test('what a report cannot be asked for is refused with what is expected', async (t) => {
  const { get } = await call(t);
  const refused = [
    ['/reports/presence', 'query/day'],
    [`/reports/presence?day=${DAY}&from=${DAY}`, 'query/day'],
    [`/reports/presence?from=${DAY}`, 'query/day'],
    ['/reports/presence?day=24.11.2026', 'query/day'],
    ['/reports/presence?day=2026-02-30', 'query/to'],
    ['/reports/presence?from=2026-11-24&to=2026-11-23', 'query/to'],
    ['/reports/presence?from=2026-10-24&to=2026-11-24', 'query/to'],
    [`/reports/nonsense?day=${DAY}`, 'path/report'],
    [`/reports/presence?day=${DAY}&format=pdf`, 'query/format'],
    [`/reports/presence?day=${DAY}&format=csv&table=nonsense`, 'query/table'],
  ] as const;
  for (const [path, field] of refused) {
    const answer = await get(path);
    t.equal(answer.status, 400, path);
    t.match(await answer.json(), { code: 'request-invalid', details: { faults: [{ path: field }] } }, path);
  }
});
