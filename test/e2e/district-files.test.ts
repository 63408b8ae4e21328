import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import t, { type Test } from 'tap';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { seededRandom } from '../district/district-folder.js';
import { startTestRedis } from '../support/redis-server.js';
import { ALL_DAY, allDayDistrict, beginLog } from './all-day-district.js';
import { openSite, type Served, type Site, serve, until } from './served-district.js';

t.setTimeout(180_000);

const CREWS = [2, 3, 4] as const;
type Crew = (typeof CREWS)[number];
const SETTLED_WITHIN_MS = 25_000;
/** Engines say every three seconds which files they have, and log then what they may. */
const QUIET_MS = 7_000;
const SEED = 20_261_129;
const ACTS = 8;

interface Check {
  readonly ok: boolean;
  readonly detail: string;
}

async function filesOf({ url }: Served): Promise<Check> {
  const { checks } = (await (await fetch(`${url}/readyz`)).json()) as { checks: (Check & { name: string })[] };
  return checks.find(({ name }) => name === `files ${ALL_DAY}`) ?? { ok: false, detail: 'no such check' };
}

/** Digests of the files of the plans that the log has, oldest first. */
async function loggedPlans(redis: Redis): Promise<readonly string[]> {
  const all = await redis.xrangeBuffer(`bw:{${ALL_DAY}}:log`, '-', '+');
  return all.flatMap(([, [, kind, , payload]]) => {
    const entry = String(kind) === 'plan' ? decodeLogEntry('plan', payload as Buffer) : null;
    return entry?.kind === 'plan' ? [entry.plan.sourceSha256] : [];
  });
}

/** A district whose one edit is how many are in a crew. */
async function crewFiles(t: Test): Promise<{ folder: string; write(crew: Crew): Promise<string> }> {
  const folder = await allDayDistrict(t);
  const units = join(folder, 'units.json');
  const text = await readFile(units, 'utf8');
  const write = async (crew: Crew) => {
    await writeFile(units, text.replace('"crewCount":2', `"crewCount":${crew}`));
    return (await loadDistrict(folder)).sha256;
  };
  return { folder, write };
}

interface Engine {
  readonly name: string;
  readonly site: Site;
  readonly files: Awaited<ReturnType<typeof crewFiles>>;
  /** Null: it does not run. */
  server: Served | null;
  /** Digest of the files that it runs on. */
  holds: string;
}

async function twoEngines(t: Test): Promise<{ redis: Redis; engines: readonly [Engine, Engine] }> {
  const { handle, socketPath } = await startTestRedis(t);
  const redis = new Redis(socketPath);
  t.teardown(() => redis.disconnect());
  const engine = async (name: string): Promise<Engine> => {
    const files = await crewFiles(t);
    const site = await openSite(t, {
      BEATWATCH_DISTRICTS: files.folder,
      REDIS_URL: `unix://${socketPath}`,
      BEATWATCH_ROLES: 'engine',
      BEATWATCH_PORT: '0',
    });
    return { name, site, files, server: null, holds: await files.write(2) };
  };
  const engines = [await engine('A'), await engine('B')] as const;
  await beginLog(handle, engines[0].files.folder, 20 * 60_000);
  return { redis, engines };
}

const running = (engines: readonly Engine[]): readonly Engine[] => engines.filter(({ server }) => server !== null);

t.test(
  'two engines with different district files never log them against each other, whatever operators do; both name both digests',
  async (t) => {
    const { redis, engines } = await twoEngines(t);
    const random = seededRandom(SEED);
    const draw = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
    let plans = await loggedPlans(redis);
    t.equal(plans.length, 1);
    t.comment(`seed ${SEED}`);
    for (let act = 1; act <= ACTS; act += 1) {
      const engine = act <= 2 ? (engines[act - 1] as Engine) : draw(engines);
      const crew = act <= 2 ? 2 : draw(CREWS);
      const how = act <= 2 ? 'start' : draw(['SIGHUP', 'SIGHUP', 'SIGTERM'] as const);
      engine.holds = await engine.files.write(crew);
      if (how === 'SIGHUP') engine.server?.process.kill('SIGHUP');
      if (how === 'SIGTERM') {
        engine.server?.process.kill(how);
        await engine.server?.exit;
      }
      if (how !== 'SIGHUP') engine.server = await serve(t, engine.site);

      // A plan stays while an engine runs on its files.
      const before = plans.at(-1) ?? '';
      const stays = running(engines).some(({ holds }) => holds === before);
      const deadline = performance.now() + SETTLED_WITHIN_MS;
      const settled = async () => {
        plans = await loggedPlans(redis);
        const inForce = plans.at(-1) ?? '';
        if (!stays && inForce === before) return false;
        const checks = await Promise.all(
          running(engines).map(async (one) => ({ one, check: await filesOf(one.server as Served) })),
        );
        const differ = new Set(running(engines).map(({ holds }) => holds)).size > 1;
        return checks.every(({ one, check }) => {
          const named = running(engines).every(({ holds }) => check.detail.includes(`${holds.slice(0, 8)}…`));
          return check.ok === (one.holds === inForce) && (!differ || named);
        });
      };
      while (!(await settled()) && performance.now() < deadline) await sleep(100);
      const state = await Promise.all(
        running(engines).map(async ({ name, holds, server }) => ({
          name,
          holds,
          ...(await filesOf(server as Served)),
        })),
      );
      const what = `act ${act}: ${engine.name} ${how}, crew ${crew}`;
      t.ok(await settled(), what, { state, plans });
      t.ok(
        running(engines).some(({ holds }) => holds === plans.at(-1)),
        `${what}: the plan is of an engine that runs`,
      );
    }
    const [a, b] = engines;
    a.holds = await a.files.write(3);
    b.holds = await b.files.write(4);
    for (const { server } of engines) server?.process.kill('SIGHUP');
    await until(async () => {
      const checks = await Promise.all(engines.map(({ server }) => filesOf(server as Served)));
      const named = checks.every(({ detail }) =>
        engines.every(({ holds }) => detail.includes(`${holds.slice(0, 8)}…`)),
      );
      return named && checks.filter(({ ok }) => ok).length === 1;
    }, 'one that has the plan, and one that has not');
    plans = await loggedPlans(redis);
    await sleep(QUIET_MS);
    t.strictSame(await loggedPlans(redis), plans, 'and keeps it');
  },
);

t.test(
  'a start on wrong files goes on with the plan of the log, says what is wrong, and takes right ones at SIGHUP',
  async (t) => {
    const { redis, engines } = await twoEngines(t);
    const [{ site, files }] = engines;
    const units = join(files.folder, 'units.json');
    const right = await readFile(units, 'utf8');
    await writeFile(units, right.replace('"tracker":"bd-2"', '"tracker":"bd-1"'));
    const server = await serve(t, site, { BEATWATCH_ROLES: 'ingest,engine,api' });
    const plans = await loggedPlans(redis);
    t.match(server.stderr(), /"level":"error".*the district files are refused, and the plan of the log stays in force/);
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 503, 'a server that says so');
    const check = await filesOf(server);
    t.equal(check.ok, false);
    t.match(
      check.detail,
      /^district files refused: units\.json \/units\/1\/tracker: .*; plan 1 \([0-9a-f]{8}…\) stays$/,
    );
    const headers = { authorization: `Bearer ${await site.token('supervisor', 'eve')}` };
    const plan = await fetch(`${server.url}/v1/districts/${ALL_DAY}/plan`, { headers });
    t.match(await plan.json(), { version: 1 }, 'the plan is served');
    await until(async () => {
      const state = await fetch(`${server.url}/v1/districts/${ALL_DAY}/units`, { headers });
      return state.headers.get('beatwatch-stale') === null;
    }, 'a fold that goes on');

    const gauge = async (): Promise<string> => {
      const metrics = await (await fetch(`${server.url}/metrics`)).text();
      return /^beatwatch_district_files_in_force.*$/m.exec(metrics)?.[0] ?? '';
    };
    t.equal(await gauge(), `beatwatch_district_files_in_force{district="${ALL_DAY}"} 0`);
    const reader = await serve(t, site, { BEATWATCH_ROLES: 'api' });
    t.match(
      await filesOf(reader),
      { ok: true, detail: /^no engine in this process; district files refused: units\.json / },
      'without an engine its files are for nothing',
    );
    reader.process.kill('SIGTERM');
    await reader.exit;

    await writeFile(units, right.replace('"crewCount":2', '"crewCount":4'));
    server.process.kill('SIGHUP');
    await until(async () => (await fetch(`${server.url}/readyz`)).status === 200, 'a server that is ready');
    t.equal((await loggedPlans(redis)).length, plans.length + 1, 'they are the next plan');
    await until(async () => (await gauge()).endsWith(' 1'), 'the gauge');

    await writeFile(units, '{');
    server.process.kill('SIGHUP');
    await until(async () => /refused/.test((await filesOf(server)).detail), 'word of the faults');
    t.match(await filesOf(server), {
      ok: true,
      detail: /^plan 2 is of these files \([0-9a-f]{8}…\); district files refused: /,
    });
    t.equal((await fetch(`${server.url}/readyz`)).status, 200, 'the files before are in force');
  },
);

t.test('wrong files and a log without a plan: the start ends, with the faults', async (t) => {
  const { socketPath } = await startTestRedis(t);
  const { folder } = await crewFiles(t);
  await writeFile(join(folder, 'units.json'), '{');
  const site = await openSite(t, { BEATWATCH_DISTRICTS: folder, REDIS_URL: `unix://${socketPath}` });
  await t.rejects(serve(t, site), /got exit code 1:.*units\.json: line 1/s);
  const redis = new Redis(socketPath);
  t.teardown(() => redis.disconnect());
  t.strictSame(await redis.keys('bw:*'), [], 'nothing was logged');
});
