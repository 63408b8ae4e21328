import t from 'tap';
import WebSocket from 'ws';
import type { Staleness } from '../../src/model/staleness.js';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import { startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog, longStand } from './all-day-district.js';
import { openSite, serve, until } from './served-district.js';

t.setTimeout(180_000);

const MINUTE_MS = 60_000;
const PATH = `/v1/districts/${ALL_DAY}`;

interface Answer {
  readonly status: number;
  readonly header: string | null;
  readonly body: Record<string, unknown>;
}

t.test(
  'the engine is killed: readiness, answers, live socket, metrics and a 202 of the others say since when nobody folds [stale]',
  async (t) => {
    const { handle, socketPath } = await startTestRedis(t);
    const district = await allDayDistrict(t);
    await beginLog(handle, district, 20 * MINUTE_MS);
    const site = await openSite(t, {
      BEATWATCH_DISTRICTS: district,
      REDIS_URL: `unix://${socketPath}`,
      BEATWATCH_PORT: '0',
    });
    const startEngine = () => serve(t, site, { BEATWATCH_ROLES: 'engine' });
    const engine = await startEngine();
    const server = await serve(t, site, { BEATWATCH_ROLES: 'ingest,api' });
    const authorization = `Bearer ${await site.token('supervisor', 'anna')}`;

    const ask = async (path: string, body?: object): Promise<Answer> => {
      const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      const headers = { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
      const response = await fetch(`${server.url}${path}`, { headers, ...request });
      const text = await response.text();
      return {
        status: response.status,
        header: response.headers.get('beatwatch-stale'),
        body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text },
      };
    };
    await until(async () => (await ask('/readyz')).status === 200, 'a server that is ready');
    const client = new TrackerClient({
      url: `${server.url.replace(/^http/, 'ws')}/v1/ingest`,
      tracker: 'bd-1',
      token: await site.token('tracker', 'bd-1'),
    });
    t.teardown(() => client.close());
    t.match(await client.send(longStand()), { durable: true, refusal: null });
    const openAlerts = async () => (await ask(`${PATH}/alerts`)).body.items as { alertId: string; version: number }[];
    await until(async () => (await openAlerts()).length === 1, 'the alert');
    const [alert] = await openAlerts();
    t.match(await ask(`${PATH}/units`), { status: 200, header: null, body: { stale: null } });

    const told: (Staleness | null)[] = [];
    const url = `${server.url.replace(/^http/, 'ws')}${PATH}/live`;
    const socket = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization } });
    t.teardown(() => socket.terminate());
    let snapshots = 0;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; stale: Staleness | null };
      if (message.type === 'snapshot') snapshots += 1;
      if (message.type === 'stale') told.push(message.stale);
    });
    await until(() => snapshots === 1, 'the live socket');

    engine.process.kill('SIGKILL');
    await engine.exit;
    const killedAtMs = Date.now();
    await until(() => told.length > 0, 'word that the state is stale');
    t.comment(`told ${Date.now() - killedAtMs} ms after the kill`);
    t.match(told, [{ reason: 'behind', detail: /check the processes with the role engine/ }]);
    t.ok(Math.abs((told[0]?.sinceMs ?? 0) - killedAtMs) < 3_000, 'since about when it was killed');
    t.match(await ask('/readyz'), {
      status: 503,
      body: { ready: false, checks: [{}, {}, { name: `district ${ALL_DAY}`, ok: false }] },
    });
    for (const what of [
      '/units',
      '/units/car-1',
      '/positions',
      '/coverage',
      '/tasks',
      '/alerts',
      '/alerts?state=all',
      '/visits',
      '',
    ]) {
      const { status, header, body } = await ask(`${PATH}${what}`);
      t.equal(status, 200, what);
      t.match(header, /^behind; since=2\d{3}-/, what);
      t.match(body, { stale: { reason: 'behind' } }, what);
    }
    t.match(
      (await ask(`${PATH}/alerts/unknown`)).header,
      /^behind; /,
      'an alert that is unknown may be one not raised yet',
    );
    const metrics = (await ask('/metrics')).body.text;
    t.match(metrics, new RegExp(`beatwatch_district_stale\\{district="${ALL_DAY}",reason="behind"\\} 1`));
    t.notMatch(metrics, /^beatwatch_redis_free_disk_bytes /m, 'nobody knows the disk of a Redis elsewhere');
    const act = { version: alert?.version, actionId: 'act-1' };
    const path = `${PATH}/alerts/${alert?.alertId ?? ''}/acknowledge`;
    t.match(await ask(path, act), { status: 202, body: { actionId: 'act-1', stale: { reason: 'behind' } } });

    const late = new WebSocket(url, 'beatwatch.live.v1', { headers: { authorization } });
    t.teardown(() => late.terminate());
    const lateTypes: string[] = [];
    late.on('message', (data) => lateTypes.push((JSON.parse(String(data)) as { type: string }).type));
    await until(() => lateTypes.length >= 2, 'what a socket that comes later is told');
    t.strictSame(lateTypes.slice(0, 2), ['snapshot', 'stale']);

    await startEngine();
    await until(() => told.length > 1, 'word that it is over');
    t.equal(told[1], null);
    await until(async () => (await ask('/readyz')).status === 200, 'a server that is ready again');
    t.match(await ask(path, act), { status: 200, header: null, body: { alert: { change: 'acknowledged' } } });
  },
);

t.test('a district that no plan is in force in yet is not ready, and says from when', async (t) => {
  const site = await openSite(t, { BEATWATCH_DISTRICTS: await allDayDistrict(t) });
  const server = await serve(t, site);
  const response = await fetch(`${server.url}/readyz`);
  t.equal(response.status, 503);
  t.match(await response.json(), {
    checks: [{}, {}, { ok: false, detail: /^no-plan: the first plan, 1, takes effect at 2\d{3}-/ }],
  });
  const units = await fetch(`${server.url}${PATH}/units`, {
    headers: { authorization: `Bearer ${await site.token('supervisor', 'anna')}` },
  });
  t.match(await units.json(), { stale: { reason: 'no-plan', sinceMs: null } });
});
