import { spawn } from 'node:child_process';
import { Redis } from 'ioredis';
import t from 'tap';
import { DistrictLog } from '../../src/log/district-log.js';
import { logKey } from '../../src/log/raw-entry.js';
import { openRedis, type RedisHandle } from '../../src/redis/handle.js';
import { locateRedis } from '../../src/redis/locate.js';
import { freePort, until } from '../e2e/served-district.js';
import { keptLog, temporaryFolder, type TestScope } from '../support/redis-server.js';

const district = 'north';
const metrics = { count: () => undefined, gauge: () => undefined, observe: () => undefined };
const genesis = { kind: 'genesis', district, clock: 'virtual', foldVersion: 1 } as const;
const clock = { kind: 'virtual', nowMs: () => 1_000_000 } as const;

interface Server {
  readonly port: number;
  readonly client: Redis;
}

/** A Redis on TCP, as replicas need it. */
async function startServer(t: TestScope, ...settings: string[]): Promise<Server> {
  const { path } = await locateRedis(process.env.REDIS_SERVER);
  const port = await freePort();
  const dir = await temporaryFolder(t);
  const base = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    dir,
    '--save',
    '',
    '--repl-diskless-sync-delay',
    '0',
  ];
  const server = spawn(path, [...base, '--appendonly', 'yes', '--appendfsync', 'always', ...settings], {
    stdio: 'ignore',
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  const client = new Redis({ port, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  t.teardown(async () => {
    client.disconnect();
    server.kill('SIGKILL');
    await ended;
  });
  await client.ping();
  return { port, client };
}

/** A log on it whose entries a replica must have. */
async function openOn(t: TestScope, { port }: Server): Promise<{ handle: RedisHandle; log: DistrictLog }> {
  const url = `redis://127.0.0.1:${port}`;
  const handle = await openRedis({ url, dataFolder: await temporaryFolder(t), logger: keptLog(), replicas: 1 });
  t.teardown(() => handle.close());
  const append = handle.connect('append');
  return { handle, log: new DistrictLog({ district, append, replicas: 1, clock, logger: keptLog(), metrics }) };
}

async function entriesOf({ client }: Server): Promise<number> {
  return await client.xlen(logKey(district));
}

t.test('F1: an entry counts as appended when the replica has it, and not before', async (t) => {
  const primary = await startServer(t, '--min-replicas-to-write', '1');
  const replica = await startServer(t, '--replicaof', '127.0.0.1', String(primary.port));
  const { handle, log } = await openOn(t, primary);
  await until(async () => (await handle.check()).accepting, 'a replica that follows');
  const begun = () =>
    log.ensureGenesis(genesis).then(
      () => true,
      () => false,
    );
  await until(begun, 'a log');
  for (let count = 2; count <= 20; count += 1) {
    await log.append({ kind: 'heartbeat', trackers: ['bd-1'] });
    t.equal(await entriesOf(replica), count, 'it is there before the append resolves');
  }

  await replica.client.call('REPLICAOF', 'NO', 'ONE');
  await until(async () => !(await handle.check()).accepting, 'a primary without replicas');
  t.match(handle.lastCheck, { ready: false, problems: [{ code: 'redis-replicas-missing' }] });
  await t.rejects(log.append({ kind: 'heartbeat', trackers: ['bd-1'] }), {
    code: /^log-(no-replicas|not-replicated)$/,
  });
  t.equal(await entriesOf(replica), 20);

  await replica.client.call('REPLICAOF', '127.0.0.1', String(primary.port));
  await until(async () => (await handle.check()).accepting, 'a replica that follows again');
  await log.append({ kind: 'heartbeat', trackers: ['bd-1'] });
  t.equal(await entriesOf(replica), await entriesOf(primary), 'the replica has all of it');
});

t.test('F1: without enough replicas in time the append says so, though the entry is in the log', async (t) => {
  const primary = await startServer(t);
  const { log } = await openOn(t, primary);
  await t.rejects(log.ensureGenesis(genesis), {
    code: 'log-not-replicated',
    message: /only 0 of 1 replicas had it within 1000 ms/,
  });
  t.equal(await entriesOf(primary), 1, 'offered again, it counts once');
});
