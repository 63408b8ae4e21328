import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { BeatwatchError } from '../../src/model/errors.js';
import { whenReady } from '../../src/redis/connection.js';
import { isAlive, openPrivateFolder, runningPid } from '../../src/redis/private-folder.js';
import { openRedis, type RedisHandle } from '../../src/redis/handle.js';
import { keptLog, startTestRedis, temporaryFolder, type TestScope } from '../support/redis-server.js';
import { startReplyCuttingProxy } from '../support/reply-cutting-proxy.js';

async function open(dataFolder: string, logger = keptLog()): Promise<RedisHandle> {
  return await openRedis({ url: null, dataFolder, logger });
}

/** Another process of ours that has opened the folder, until it is killed. */
async function holdInAnotherProcess(t: TestScope, folder: string) {
  const program = `
    const { openRedis } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/redis/handle.js'))});
    const { keptLog } = await import(${JSON.stringify(join(import.meta.dirname, '../support/redis-server.js'))});
    const handle = await openRedis({ url: null, dataFolder: process.argv[1], logger: keptLog() });
    await handle.connect('query').ping();
    console.log(JSON.stringify({ pid: await handle.pid() }));
  `;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => holder.kill('SIGKILL'));
  const [line] = (await once(holder.stdout, 'data')) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { pid: number };
  return {
    pid,
    kill: async () => {
      holder.kill('SIGKILL');
      await once(holder, 'exit');
    },
  };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1_000; tries += 1) {
    if (await condition()) return;
    await sleep(20);
  }
  throw new Error(`waited in vain: ${what}`);
}

t.test('a private Redis keeps what it acknowledged, is nobody else’s, and stops cleanly', async (t) => {
  const folder = join(await temporaryFolder(t), 'a folder with spaces');
  const handle = await open(folder);
  t.teardown(() => handle.close());
  const pid = await handle.pid();
  const query = handle.connect('query');
  const setting = async (name: string) => ((await query.config('GET', name)) as string[])[1];
  t.equal(await setting('port'), '0', 'no TCP port');
  t.equal(await setting('appendonly'), 'yes');
  t.equal(await setting('appendfsync'), 'always');
  t.equal(await setting('maxmemory-policy'), 'noeviction');
  t.equal(await setting('maxmemory'), '1073741824');
  t.equal(await setting('save'), '');
  t.equal((await stat(handle.socketPath ?? '')).mode & 0o777, 0o700, 'socket for the owner only');
  t.equal((await stat(join(folder, 'redis'))).mode & 0o777, 0o700, 'folder for the owner only');
  t.match(await query.client('LIST'), /name=beatwatch:[-0-9a-f]{36}:query/, 'connections carry names');
  await query.set('kept', 'yes');
  await handle.close();
  t.notOk(isAlive(pid ?? 0), 'the process is gone');
  t.throws(() => handle.connect('query'), { code: 'redis-closed' });

  const again = await open(folder);
  t.teardown(() => again.close());
  t.not(await again.pid(), pid);
  t.equal(await again.connect('query').get('kept'), 'yes');
});

t.test('a folder too deep for a socket gets a short path, the same for everybody', async (t) => {
  const deep = join(await temporaryFolder(t), 'd'.repeat(120));
  await mkdir(deep);
  const first = await open(deep);
  const second = await open(deep);
  t.teardown(() => Promise.all([first.close(), second.close()]));
  t.ok(Buffer.byteLength(first.socketPath ?? '') <= 100);
  t.equal(second.socketPath, first.socketPath);
  t.equal(await second.pid(), await first.pid(), 'adopted');
  t.equal(await readFile(join(deep, 'redis', 'socket-path'), 'utf8'), first.socketPath);
  await Promise.all([first.close(), second.close()]);
  await t.rejects(stat(first.socketPath ?? ''), { code: 'ENOENT' }, 'nothing is left behind');
});

t.test(
  'a Redis that a killed predecessor left is adopted, with everything in it, and stopped by the successor',
  async (t) => {
    const folder = await temporaryFolder(t);
    const predecessor = await holdInAnotherProcess(t, folder);
    const beside = await open(folder);
    t.equal(await beside.pid(), predecessor.pid, 'two processes share it');
    await beside.connect('query').set('kept', 'yes');
    await beside.close();
    t.ok(isAlive(predecessor.pid), 'the first to go leaves it to the other');

    await predecessor.kill();
    t.ok(isAlive(predecessor.pid), 'it outlives its server');
    const log = keptLog();
    const successor = await open(folder, log);
    t.teardown(() => successor.close());
    t.equal(await successor.pid(), predecessor.pid);
    t.match(log.lines, [{ message: /adopted/ }]);
    t.equal(await successor.connect('query').get('kept'), 'yes');
    await successor.close();
    await t.rejects(stat(successor.socketPath ?? ''), { code: 'ENOENT' }, 'stopped');
  },
);

t.test('a killed private Redis comes back by itself, says so, and has lost nothing acknowledged', async (t) => {
  const { handle, log } = await startTestRedis(t);
  const query = handle.connect('query');
  const append = handle.connect('append');
  let acknowledged = 0;
  for (let round = 0; round < 3; round += 1) {
    for (let i = 0; i < 20; i += 1) acknowledged = await query.rpush('list', `${round}:${i}`);
    const pid = (await handle.pid()) ?? 0;
    process.kill(pid, 'SIGKILL');
    await until('restart', async () => ![null, pid].includes(await handle.pid()));
    t.equal(await query.llen('list'), acknowledged, 'all there');
  }
  await until('append connection', () => append.status === 'ready');
  await until('word of it', () => log.lines.filter((line) => /started again/.test(line.message)).length === 3);
  t.equal((await handle.check()).ready, true);
});

t.test('two that start at once start one Redis; a lock left by a dead process is taken over', async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'redis'));
  await writeFile(join(folder, 'redis', 'starting.lock'), '4194305');
  const log = keptLog();
  const handles = await Promise.all([open(folder, log), open(folder, log), open(folder, log)]);
  t.teardown(async () => await Promise.all(handles.map((handle) => handle.close())));
  const pids = new Set(await Promise.all(handles.map((handle) => handle.pid())));
  t.equal(pids.size, 1);
  t.equal(log.lines.filter((line) => line.message === 'private Redis started').length, 1);
  t.notOk((await readdir(join(folder, 'redis'))).some((name) => name.startsWith('starting.lock')));
});

t.test(
  'a Redis that lost its socket is stopped and replaced, never joined by a second on the same files',
  async (t) => {
    const folder = await temporaryFolder(t);
    const predecessor = await holdInAnotherProcess(t, folder);
    await predecessor.kill();
    // A pid file that names a stranger is no reason to touch it.
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    t.teardown(() => stranger.kill('SIGKILL'));
    process.kill(predecessor.pid, 'SIGKILL');
    const privateFolder = await openPrivateFolder(folder);
    await until('death', async () => (await runningPid(privateFolder)) === null);
    await writeFile(join(folder, 'redis', 'redis.pid'), String(stranger.pid));
    const handle = await open(folder);
    t.teardown(() => handle.close());
    t.ok(isAlive(stranger.pid ?? 0));
    t.not(await handle.pid(), stranger.pid);
  },
);

t.test('errors say what to do', async (t) => {
  const folder = await temporaryFolder(t);
  const withBinary = (serverBinary: string) =>
    openRedis({ url: null, dataFolder: folder, logger: keptLog(), serverBinary });
  await t.rejects(withBinary(join(folder, 'nothing')), {
    code: 'redis-missing',
    message: /apt-get install redis-server/,
  });

  const fake = join(folder, 'fake');
  await writeFile(fake, '#!/bin/sh\necho "Redis server v=6.2.7 sha=0"\n');
  await chmod(fake, 0o755);
  await t.rejects(withBinary(fake), { code: 'redis-too-old', message: /got Redis 6\.2\.7.*expected 7\.0/ });
  await writeFile(fake, '#!/bin/sh\n[ "$1" = --version ] || exit 3\necho "Redis server v=7.2.7 sha=0"\n');
  await t.rejects(withBinary(fake), { code: 'redis-start-failed', message: /exit code 3/ });

  const handle = await open(folder);
  for (let i = 0; i < 20; i += 1) await handle.connect('query').set(`key${i}`, 'x'.repeat(1_000));
  await handle.close();
  const aofFolder = join(folder, 'redis', 'appendonlydir');
  const incr = (await readdir(aofFolder)).find((name) => name.includes('.incr.')) ?? '';
  const bytes = await readFile(join(aofFolder, incr));
  bytes.fill('#', 2_000, 2_100);
  await writeFile(join(aofFolder, incr), bytes);
  const error: unknown = await open(folder).catch((thrown: unknown) => thrown);
  t.ok(error instanceof BeatwatchError);
  t.match(
    error,
    { code: 'redis-start-failed', message: /Bad file format reading the append only file/i },
    'last log lines',
  );
});

t.test('an external Redis is used by its url, judged by its settings, and left alone', async (t) => {
  const own = await startTestRedis(t, { maxmemoryBytes: 100_000_000 });
  const handle = await openRedis({ url: own.socketPath, dataFolder: own.folder, logger: keptLog() });
  t.equal(handle.mode, 'external');
  const admin = own.handle.connect('query');
  const codes = async () => (await handle.check()).problems.map(({ code, severity }) => `${code} ${severity}`);
  t.strictSame(await codes(), []);
  t.match(await handle.check(), { ready: true, durable: true, accepting: true, facts: { freeDiskBytes: null } });
  await admin.config('SET', 'appendfsync', 'everysec');
  t.strictSame(await codes(), ['redis-not-durable unready']);
  await admin.config('SET', 'appendonly', 'no');
  t.strictSame(await codes(), ['redis-not-durable unready']);
  t.match(
    await handle.check(),
    { ready: false, durable: false, accepting: true },
    'acks go on, and say durable: false',
  );
  await admin.config('SET', 'appendonly', 'yes', 'appendfsync', 'always');
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  t.strictSame(await codes(), ['redis-evicts unready']);
  await admin.config('SET', 'maxmemory-policy', 'noeviction', 'maxmemory', '0');
  t.strictSame(await codes(), ['redis-no-maxmemory warn']);
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
  await admin.config('SET', 'maxmemory', String(Math.round(used / 0.75)));
  t.strictSame(await codes(), ['redis-memory-high warn']);
  await admin.config('SET', 'maxmemory', String(Math.round(used / 0.85)));
  t.strictSame(await codes(), ['redis-memory-full stop']);
  t.equal((await handle.check()).accepting, false, 'R1');
  await handle.close();
  t.equal(await admin.ping(), 'PONG', 'close() only disconnects');
  await own.handle.close();
  const refused = openRedis({ url: own.socketPath, dataFolder: own.folder, logger: keptLog(), firstAnswerMs: 200 });
  await t.rejects(refused, { code: 'redis-unreachable', message: /ENOENT/ });
});

t.test('a connection that is closed between two tries to reconnect ends, and says so', async (t) => {
  const { socketPath, folder } = await startTestRedis(t);
  const proxy = await startReplyCuttingProxy(t, socketPath);
  const external = await openRedis({ url: `unix://${proxy.socketPath}`, dataFolder: folder, logger: keptLog() });
  t.teardown(() => external.close());
  const connection = external.connect('append');
  await whenReady(connection);
  proxy.decide = () => 'cut-request';
  await connection.ping().catch(() => undefined);
  await until('a pause between two tries', () => connection.status === 'reconnecting');
  const waiting = t.rejects(whenReady(connection), { code: 'redis-closed' });
  await external.close();
  await waiting;
  t.equal(connection.status, 'end');
});

t.test('check: R2 by the free space of the volume, T2 by the clock, and no answer is an answer (R2, T2)', async (t) => {
  let aheadMs = 0;
  const clock = { kind: 'wall', nowMs: () => Date.now() + aheadMs } as const;
  const { handle } = await startTestRedis(t, { clock, freeDiskFloorBytes: 1_000 });
  t.strictSame((await handle.check()).problems, []);
  aheadMs = 3_600_000;
  t.match(await handle.check(), { problems: [{ code: 'clock', severity: 'stop' }], ready: false, accepting: false });
  const scarce = await startTestRedis(t, { freeDiskFloorBytes: Number.MAX_SAFE_INTEGER });
  t.match(await scarce.handle.check(), {
    problems: [{ code: 'disk-nearly-full', severity: 'stop' }],
    accepting: false,
  });
  await scarce.handle.close();
  t.match(await scarce.handle.check(), { facts: null, problems: [{ code: 'redis-unreachable' }], accepting: false });
});
