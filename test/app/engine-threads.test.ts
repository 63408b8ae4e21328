import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { createKeyPair } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import { startServer } from '../../src/app.js';
import { LifeSigns, watchSigns } from '../../src/app/life-signs.js';
import { readConfig } from '../../src/config.js';
import type { RedisHandle } from '../../src/redis/handle.js';
import { createWallClock } from '../../src/ops/clock.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import { until } from '../api/until.js';
import { writeDistrict } from '../campaign/real/write-district.js';
import { beginLog } from '../e2e/all-day-district.js';
import { fastTemporary } from '../e2e/programs.js';
import { at, fix, MINUTE } from '../engine/support.js';
import { startTestRedis, temporaryFolder, type TestScope } from '../support/redis-server.js';
import { type EngineFault, faultPath } from './engine-faults.js';

t.setTimeout(180_000);

const DISTRICTS = ['one', 'two'] as const;
type District = (typeof DISTRICTS)[number];
const BINDS = { gapMs: 600_000, graceMs: 60_000, shortMs: 600_000, standMs: 1_500_000, binds: null };
const LIMITS = { silentMs: 3_000, heapMb: 128, firstPauseMs: 50 };
const FAULTY = new URL('./faulty-engines.js', import.meta.url);

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** What the server's log says of a thread that ended. */
interface Fault {
  readonly districts: readonly string[];
  readonly code: string;
}

/** Files of a district with one car, whose plan is in force. */
async function districtFolder(t: TestScope, handle: RedisHandle, id: District): Promise<string> {
  const folder = join(await temporaryFolder(t), id);
  await mkdir(folder);
  await writeDistrict(folder, id, {
    loggedAtMs: 0,
    inForceMs: 0,
    places: [{ id: 'post-0', kind: 'circle', at: [0, 0], radiusM: 100 }],
    units: [{ id: 'car-0', kind: 'car', tracker: `tracker-${id}`, intervalMs: 10_000, duty: null }],
    rules: BINDS,
  });
  await beginLog(handle, folder, 2 * MINUTE);
  return folder;
}

/** A server of two districts, whose engines have the faults that a test gives them. */
async function openServer(t: TestScope, threads: number, limits = LIMITS) {
  const { handle, folder, socketPath, log } = await startTestRedis(t, { where: fastTemporary() });
  const key = await createKeyPair(join(folder, 'keys'));
  const environment = {
    BEATWATCH_ENGINE_THREADS: String(threads),
    REDIS_URL: `unix://${socketPath}`,
    BEATWATCH_PORT: '0',
  };
  const districtFolders = await Promise.all(DISTRICTS.map((id) => districtFolder(t, handle, id)));
  const server = await startServer({
    config: { ...readConfig(environment), dataFolder: folder, districtFolders },
    clock: createWallClock(),
    logger: log,
    engines: { program: FAULTY, limits },
  });
  t.teardown(() => server.close());
  const tokens = new Map<string, string>();
  for (const id of DISTRICTS) {
    const subject = `tracker-${id}`;
    tokens.set(
      subject,
      await signToken({ key, role: 'tracker', subject, districts: [id], ttlS: 3_600, nowMs: Date.now() }),
    );
  }
  const trackers = new TrackerPool({
    url: `${server.url.replace('http', 'ws')}/v1/ingest`,
    tokenOf: (tracker) => tokens.get(tracker) ?? '',
  });
  t.teardown(() => trackers.close());
  const readiness = async (): Promise<readonly Check[]> => {
    // A server answers one address so often and no more.
    await sleep(100);
    const { checks } = (await (await fetch(`${server.url}/readyz`)).json()) as { readonly checks: readonly Check[] };
    return checks;
  };
  /** In order. */
  const faults = () =>
    log.lines.flatMap(({ fields }) => ('districts' in fields && 'code' in fields ? [fields as Fault] : []));
  return {
    faults,
    /** Of threads that ran this district. */
    faultsOf: (id: District) => faults().filter(({ districts }) => districts.includes(id)).length,
    /** What `/readyz` says of the engine of a district. */
    engine: async (id: District): Promise<Check> => {
      const check = (await readiness()).find(({ name }) => name === `engine ${id}`);
      if (check === undefined) throw new Error(`got no check of the engine of ${id}`);
      return check;
    },
    isReady: async () => (await readiness()).every(({ ok }) => ok),
    /** From now on the engine of the district has the fault at each entry with fixes; null: none any more. */
    give: async (id: District, fault: EngineFault | null) => {
      if (fault === null) await rm(faultPath(folder, id));
      else await writeFile(faultPath(folder, id), fault);
    },
    /** The car of the district calls for help. Resolves with the ack. */
    call: (id: District) => trackers.client(`tracker-${id}`).send([fix(Date.now(), at(0), { sos: true })]),
    /** How often calls of the district were raised. */
    raised: async (id: District): Promise<number> => {
      const page = await server.districts.get(id)?.hot.readAlerts({ after: 0, count: 1_000 });
      const versions = page?.kind === 'page' ? page.versions : [];
      return versions.filter(({ rule, change }) => rule === 'sos' && change === 'raised').length;
    },
  };
}

for (const [fault, code, words] of [
  ['hang', 'engine-hung', /^failing; the thread of the engine hangs: it has given no sign of life for \d+ ms/],
  ['grow', 'engine-out-of-memory', /^failing; the thread of the engine ran out of memory \(its heap may have 128 MB\)/],
  ['die', 'engine-died', /^failing; the thread of the engine has died \(a fault of a test\)/],
] as const) {
  t.test(
    `a thread of engines that has a fault (${fault}) is started again: it is said, acks and other districts go on, nothing is lost or doubled`,
    async (t) => {
      // A thread that collects garbage for its life says nothing either, on a busy machine for long.
      const server = await openServer(t, 1, fault === 'grow' ? { ...LIMITS, silentMs: 60_000 } : LIMITS);
      await until(server.isReady);
      await server.give('one', fault);
      await server.call('one');
      await until(() => server.faults().length > 0);
      t.match(server.faults()[0], { districts: DISTRICTS, code });
      await until(async () => words.test((await server.engine('one')).detail));
      await server.call('one');
      t.pass('acks go on');

      await server.call('two');
      await until(async () => (await server.raised('two')) === 1);
      await until(async () => (await server.engine('two')).ok);
      await until(() => server.faults().length > 1);
      t.equal(server.faultsOf('two'), 1, 'the other has no part in the next one');

      await server.give('one', null);
      await until(async () => (await server.raised('one')) === 1);
      await until(server.isReady);
      t.equal(await server.raised('one'), 1);
    },
  );
}

t.test('districts in threads of their own: what ends one thread does not touch the other', async (t) => {
  const server = await openServer(t, 2);
  await until(server.isReady);
  await server.give('one', 'die');
  await server.call('one');
  await server.call('two');
  await until(() => server.faults().length > 1);
  await until(async () => (await server.raised('two')) === 1);
  t.ok((await server.engine('two')).ok);
  t.equal(server.faultsOf('two'), 0);
});

t.test('a thread counts as silent by looks in vain, not by time: a process that stood still looks once', async (t) => {
  const signs = new LifeSigns();
  let silences = 0;
  const watch = watchSigns(signs, 300, () => (silences += 1));
  t.teardown(() => watch.end());
  for (const untilMs = performance.now() + 900; performance.now() < untilMs; );
  const goesOnMs = performance.now();
  await until(() => performance.now() > goesOnMs + 50);
  t.equal(silences, 0);
  signs.give();
  await until(() => watch.lastSignMs > goesOnMs);
  await until(() => silences > 0);
  t.equal(silences, 1, 'and said once');
});
