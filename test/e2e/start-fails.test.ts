import { once } from 'node:events';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import t from 'tap';
import { startTestRedis, temporaryFolder } from '../support/redis-server.js';
import { allDayDistrict, beginLog } from './all-day-district.js';
import { type Ended, start } from './programs.js';
import { openSite } from './served-district.js';

t.setTimeout(120_000);

const MINUTE_MS = 60_000;
const ENDS_WITHIN_MS = 60_000;

t.test('a start that fails after the engine began ends with 1 and says why', async (t) => {
  const { handle, socketPath } = await startTestRedis(t);
  const district = await allDayDistrict(t);
  await beginLog(handle, district, 20 * MINUTE_MS);
  const units = join(district, 'units.json');
  await writeFile(units, (await readFile(units, 'utf8')).replace('"crewCount":2', '"crewCount":3'));
  const admin = new Redis(socketPath);
  t.teardown(() => admin.disconnect());
  await admin.call('ACL', 'SETUSER', 'default', '-xadd');
  const ended = await failing(t, { BEATWATCH_DISTRICTS: district, REDIS_URL: `unix://${socketPath}` });
  t.equal(ended.code, 1);
  t.match(ended.stderr, /beatwatch: the log of all-day did not take the entry: Redis said: .*can't run this command/);
});

t.test('one district in two folders, and roles that are none, are refused before anything is logged', async (t) => {
  const { handle, socketPath } = await startTestRedis(t);
  const district = await allDayDistrict(t);
  const copy = join(await temporaryFolder(t), 'copy');
  await cp(district, copy, { recursive: true });
  const twice = await failing(t, { BEATWATCH_DISTRICTS: `${district},${copy}`, REDIS_URL: `unix://${socketPath}` });
  t.equal(twice.code, 1);
  t.match(
    twice.stderr,
    /BEATWATCH_DISTRICTS: got the district all-day in .* and in .*copy, expected each district once/,
  );
  for (const BEATWATCH_ROLES of [',', 'engine,all', 'engine,engine', '[object Object]']) {
    const roles = await failing(t, {
      BEATWATCH_ROLES,
      BEATWATCH_DISTRICTS: district,
      REDIS_URL: `unix://${socketPath}`,
    });
    t.equal(roles.code, 1);
    t.match(
      roles.stderr,
      /BEATWATCH_ROLES: got ".*", expected some of ingest, engine, api, archive, notify, each once/,
    );
  }
  t.same(await handle.connect('query').keys('bw:*'), [], 'nothing was logged');
});

t.test('a port that is taken is refused before anything is logged', async (t) => {
  const { handle, socketPath } = await startTestRedis(t);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.teardown(() => void taken.close());
  const { port } = taken.address() as AddressInfo;
  const ended = await failing(t, {
    BEATWATCH_PORT: String(port),
    BEATWATCH_DISTRICTS: await allDayDistrict(t),
    REDIS_URL: `unix://${socketPath}`,
  });
  t.equal(ended.code, 1);
  t.match(
    ended.stderr,
    new RegExp(`BEATWATCH_PORT: got .*:${port}, which cannot be listened on .*expected a free port`),
  );
  t.same(await handle.connect('query').keys('bw:*'), [], 'nothing was logged');
});

/** Ends, or is ended: then its code is null. */
async function failing(t: Parameters<typeof start>[0], variables: Readonly<Record<string, string>>): Promise<Ended> {
  const site = await openSite(t as never, variables);
  const program = start(t, ['serve'], site.variables);
  const hanging = setTimeout(() => program.process.kill('SIGKILL'), ENDS_WITHIN_MS);
  const code = await program.exit;
  clearTimeout(hanging);
  return { code, stdout: program.stdout(), stderr: program.stderr() };
}
