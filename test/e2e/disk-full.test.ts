import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import type { AlertVersion } from '../../src/model/alert.js';
import { isAlive } from '../../src/redis/private-folder.js';
import { until } from '../api/until.js';
import { fillDisk, mountedFolder, resize, unmount } from '../support/small-disk.js';
import { openTracker } from './open-tracker.js';
import { redisPid } from './served-district.js';
import { fixAt, startWholeServer } from './whole-server.js';

t.setTimeout(120_000);

const MINUTE_MS = 60_000;
/** Room enough for R2's floor of 1 GiB; nothing of it is used. */
const ROOMY = '1100m';
const SMALL = '3m';

const disk = mountedFolder(ROOMY);
const skip = disk === null ? 'no file system can be mounted here: it takes root' : false;

t.test(
  'the disk is nearly full, then full: acks stop first, alerts go on, and nothing acknowledged is lost (R2) [full]',
  { skip },
  async (t) => {
    const folder = disk as string;
    t.teardown(() => unmount(folder));
    const server = await startWholeServer(t, { startMs: Date.parse('2026-11-24T11:40:00+08:00'), privateIn: folder });
    const { admin, host, plan } = server;
    const key = `bw:{${host.id}}`;
    const [first = '', second = ''] = plan.units.map(({ tracker }) => tracker);
    await server.pass(15 * MINUTE_MS);
    const [alert] = await server.alerts('rule=checkpoint-gap');
    if (alert === undefined) throw new Error('got no alert after a quarter of an hour without a patrol, expected some');
    const keptMs = server.nowMs();
    t.match(await server.trackers.client(first).send([fixAt(keptMs)]), { durable: true, refusal: null });
    t.equal((await server.redisReadiness()).status, 200);

    resize(folder, SMALL);
    await until(async () => !(await server.redisReadiness()).ok);
    t.match(await server.redisReadiness(), { status: 503, detail: /disk-nearly-full: .*acknowledges no fixes/ });
    const tracker = await openTracker(server, second);
    t.match(await tracker.send(), { kind: 'refusal', code: 'storage-full', detail: /bytes free/ });
    const pid = redisPid(server.folder) ?? 0;
    const before = (await host.hot.readCursor())?.lastAlert ?? 0;
    await server.pass(15 * MINUTE_MS);
    const during = (await host.hot.readCursor())?.lastAlert ?? 0;
    t.ok(during > before, `time passes, and ${during - before} versions of alerts come`);
    const { version } = (await server.alerts()).find(({ alertId }) => alertId === alert.alertId) ?? alert;
    t.equal((await server.ask(`/alerts/${encodeURIComponent(alert.alertId)}/acknowledge`, { version })).status, 200);
    t.equal(redisPid(server.folder), pid, 'Redis has stayed up');

    const ballast = join(folder, 'ballast');
    await fillDisk(ballast);
    // Redis ends of it at the next page, and cannot be started again.
    const passing = server.pass(15 * MINUTE_MS);
    await until(() => !isAlive(pid));
    await until(async () => !(await server.redisReadiness()).ok);
    await rm(ballast);
    resize(folder, ROOMY);
    await passing;
    await until(async () => (await server.redisReadiness()).status === 200);
    t.match(await tracker.send(), { kind: 'ack', durable: true }, 'all has resumed by itself');
    tracker.close();

    const logged = (await admin.xrangeBuffer(`${key}:log`, '-', '+')).flatMap(([, [, kind, , payload]]) => {
      const entry = String(kind) === 'fixes' && payload !== undefined ? decodeLogEntry('fixes', payload) : null;
      return entry?.kind === 'fixes' ? entry.batches.flatMap(({ fixes }) => fixes.map((fix) => fix.eventTimeMs)) : [];
    });
    t.ok(logged.includes(keptMs), 'what was acknowledged is there');
    const told = (await admin.xrange(`${key}:alerts`, '-', '+')).map(
      ([, fields]) => JSON.parse(fields[1] ?? '') as AlertVersion,
    );
    t.ok(told.length >= during);
    t.strictSame(
      told.map(({ transition }) => transition),
      told.map((_, i) => i + 1),
      'no alert is lost or doubled',
    );
  },
);
