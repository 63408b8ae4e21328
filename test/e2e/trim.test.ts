import t from 'tap';
import type { FixAnswer } from '../../src/api/fix-answer.js';
import { allDayDistrict } from './all-day-district.js';
import { DRIVEN, DRIVEN_FROM_MS, startDriven } from './driven-site.js';
import { openSite, until } from './served-district.js';

const MINUTE_MS = 60_000;

t.setTimeout(240_000);

t.test(
  'the log is trimmed behind archive and snapshot, and what was trimmed is answered as before (A2, S3)',
  async (t) => {
    const site = await openSite(t, { BEATWATCH_DISTRICTS: await allDayDistrict(t), ...DRIVEN });
    const server = await startDriven(t, site);
    await server.drive(15 * MINUTE_MS);
    const path = 'units/car-1/fixes?from=2026-11-24T08:02:00%2B08:00&to=2026-11-24T08:10:00%2B08:00';
    type Answer = { readonly items: readonly FixAnswer[]; readonly log: { readonly missing: readonly unknown[] } };
    const before = (await server.ask(path)) as Answer;
    t.equal(before.items.length, 8);
    await server.drive(45 * MINUTE_MS);
    // The log is trimmed with each snapshot, up to what is archived then.
    const nearly = DRIVEN_FROM_MS + 40 * MINUTE_MS;
    await until(async () => (await server.archivedToMs()) > nearly, 'an archive that has nearly caught up');
    await server.drive(15 * MINUTE_MS);
    t.ok((await server.kept()) < 500, `${await server.kept()} entries are in Redis`);
    t.ok((await server.added()) > 900, `${await server.added()} entries were logged`);
    const after = (await server.ask(path)) as Answer;
    t.strictSame(
      after.items,
      before.items.map((one) => ({ ...one, finality: 'confirmed' })),
    );
    t.strictSame(after.log.missing, []);
    const looks = await server.ask('accesses?unit=car-1&scope=named');
    const what = 'GET /v1/districts/:district/units/:unit/fixes';
    const looked = { what, records: 8, answer: { stage: 'whole', body: { sha256: /^[0-9a-f]{64}$/ } } };
    t.match(
      looks,
      { items: [looked, looked], next: null, missing: null },
      'a read that was trimmed and one that was not',
    );
    const ready = (await (await fetch(`${server.url}/readyz`)).json()) as { ready: boolean; checks: object[] };
    t.ok(ready.ready, JSON.stringify(ready.checks));
  },
);
