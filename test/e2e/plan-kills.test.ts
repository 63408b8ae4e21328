import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { PLAN_FILES } from '../../src/district/read-files.js';
import { startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog } from './all-day-district.js';
import { openSite, type Served, serve, until } from './served-district.js';

t.setTimeout(240_000);

interface PlanItem {
  readonly version: number;
  readonly state: string;
  readonly inForceFromMs: number;
  readonly sourceSha256: string;
}

t.test(
  'a plan is published once and takes effect at its instant, whoever is killed meanwhile and whatever files they start with',
  async (t) => {
    const { handle, socketPath } = await startTestRedis(t);
    const folder = await allDayDistrict(t);
    await beginLog(handle, folder, 20 * 60_000);
    const shared = { BEATWATCH_DISTRICTS: folder, REDIS_URL: `unix://${socketPath}`, BEATWATCH_PORT: '0' };
    const apiSite = await openSite(t, { ...shared, BEATWATCH_ROLES: 'api' });
    const keys = { BEATWATCH_PUBLIC_KEYS: join(apiSite.folder, 'keys', 'public.jwks') };
    const engineSite = await openSite(t, { ...shared, ...keys, BEATWATCH_ROLES: 'engine' });
    const admin = await apiSite.token('admin', 'anna');
    let api: Served = await serve(t, apiSite);
    let engine: Served = await serve(t, engineSite);
    const ask = async (method: string, path: string, body?: object) => {
      const response = await fetch(`${api.url}/v1/districts/${ALL_DAY}${path}`, {
        method,
        headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Readonly<Record<string, unknown>> };
    };
    const plans = async () => (await ask('GET', '/plans')).body.items as readonly PlanItem[];
    const files = Object.fromEntries(
      await Promise.all(PLAN_FILES.map(async (name) => [name, await readFile(join(folder, name), 'utf8')])),
    ) as Record<string, string>;
    const crews = { ...files, 'units.json': (files['units.json'] ?? '').replaceAll('"crewCount":2', '"crewCount":3') };

    await until(async () => (await plans()).length === 1, 'the first plan');
    const draft = (await ask('PUT', '/plan', { files: crews })).body as unknown as PlanItem & { newest: PlanItem };
    t.equal(draft.newest.version, 1);
    // The process that checked it is gone: another one publishes it.
    api.process.kill('SIGKILL');
    await api.exit;
    api = await serve(t, apiSite);

    const fromMs = Date.now() + 75_000;
    const wish = {
      sourceSha256: draft.sourceSha256,
      basedOn: draft.newest.sourceSha256,
      from: fromMs,
      reason: 'the fair',
      actionId: 'fair-1',
    };
    const first = ask('POST', '/plan/publish', wish).catch(() => null);
    engine.process.kill('SIGKILL');
    await engine.exit;
    t.match((await first)?.status, /^20[0-2]$/, 'it is in the log, judged or not');
    engine = await serve(t, engineSite);
    await until(async () => (await ask('POST', '/plan/publish', wish)).status === 200, 'the repeat to be the same');
    engine.process.kill('SIGKILL');
    await engine.exit;
    t.ok(Date.now() < fromMs, 'all that before its instant');
    engine = await serve(t, engineSite);
    t.match(await plans(), [
      { version: 2, state: 'waiting', inForceFromMs: fromMs },
      { version: 1, state: 'in-force' },
    ]);

    await until(async () => (await ask('GET', '/plan')).body.version === 2, 'the plan in force');
    t.ok(Date.now() >= fromMs);
    t.match(await plans(), [
      { version: 2, state: 'in-force', inForceFromMs: fromMs, sourceSha256: draft.sourceSha256 },
      { version: 1, state: 'past', inForceToMs: fromMs },
    ]);
    t.match((await ask('GET', '/plan')).body, { units: [{ crewCount: 3 }, { crewCount: 3 }, { crewCount: 3 }] });
  },
);
