import { join } from 'node:path';
import t from 'tap';
import { WebSocket } from 'ws';
import { loadArchiveKeys } from '../../src/access/keys.js';
import { checkHead } from '../../src/archive/heads.js';
import { archiveKeys } from '../../src/archive/keys.js';
import { verifyArchive } from '../../src/archive/verify.js';
import { allDayDistrict, ALL_DAY } from './all-day-district.js';
import { DRIVEN, startDriven } from './driven-site.js';
import { openSite, until } from './served-district.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

t.setTimeout(240_000);

interface Versions {
  readonly items: readonly { readonly transition: number; readonly alertId?: string }[];
  readonly missing: readonly unknown[];
}

t.test(
  'versions older than a day leave hot state, and are answered as before; a live socket from then begins anew (Q2)',
  async (t) => {
    const site = await openSite(t, { BEATWATCH_DISTRICTS: await allDayDistrict(t), ...DRIVEN });
    const server = await startDriven(t, site);
    await server.drive(16 * MINUTE_MS);
    const visitsPath = 'visits?versions=all';
    const visits = (await server.ask(visitsPath)) as Versions;
    const alerts = (await server.ask('alerts?state=all')) as Versions;
    const [alertId] = alerts.items.map((one) => one.alertId);
    type Alert = {
      readonly versions: readonly { readonly transition: number }[];
      readonly missing: readonly unknown[];
    };
    const alert = (await server.ask(`alerts/${alertId}`)) as Alert;
    t.ok(visits.items.length > 0 && alert.versions.length > 0);
    await server.jump(26 * HOUR_MS);
    await server.drive(12 * MINUTE_MS);
    await until(async () => (await server.trimmedVersions()) > 0, 'versions that are trimmed');
    const later = (await server.ask(visitsPath)) as Versions;
    t.strictSame(later.items.slice(0, visits.items.length), visits.items);
    t.strictSame(
      later.items.map(({ transition }) => transition),
      later.items.map((_, i) => i + 1),
      'each version once',
    );
    t.strictSame(later.missing, []);
    const all = (await server.ask('alerts?state=all')) as Versions;
    t.ok(all.items.some((one) => one.alertId === alertId));
    t.strictSame(all.missing, []);
    const whole = (await server.ask(`alerts/${alertId}`)) as Alert;
    t.strictSame(whole.versions.slice(0, alert.versions.length), alert.versions);
    t.strictSame(whole.missing, []);
    t.match(await server.check(`record ${ALL_DAY}`), { ok: true });
    const keys = archiveKeys(await loadArchiveKeys(join(site.folder, 'keys')));
    const head = checkHead(JSON.stringify(await server.ask('archive/head')), keys);
    const folder = join(site.folder, 'archive', ALL_DAY);
    t.match((await verifyArchive({ folder, keys, head })).faults, [], 'a head over HTTP is one that verify takes');
    const day = new Date(head.madeAtMs).toISOString().slice(0, 10);
    t.match(await server.ask(`archive/head?day=${day}`), { line: 1 });
    await t.rejects(server.ask('archive/head?day=2020-01-01'), /404.*head-unknown/);
    const ticket = await site.token('supervisor', 'li');
    const url = `${server.url.replace(/^http/, 'ws')}/v1/districts/${ALL_DAY}/live?after=0`;
    const socket = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization: `Bearer ${ticket}` } });
    t.teardown(() => socket.terminate());
    const [type] = await new Promise<string[]>((resolve, reject) => {
      socket.once('message', (data) => resolve([(JSON.parse((data as Buffer).toString()) as { type: string }).type]));
      socket.once('error', reject);
    });
    t.equal(type, 'resync');
  },
);
