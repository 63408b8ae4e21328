import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { connectionTo } from './connection.js';
import { locateRedis } from './locate.js';
import { isAlive, logSize, logTail, type PrivateFolder, runningPid, withStartLock } from './private-folder.js';

export interface PrivateServerOptions {
  readonly folder: PrivateFolder;
  readonly serverBinary: string | undefined;
  readonly maxmemoryBytes: number;
  readonly logger: Logger;
}

export interface RunningServer {
  readonly pid: number;
  /** It ran already: a killed predecessor left it, or another process of ours shares it. */
  readonly adopted: boolean;
}

/** A Redis that neither answers nor ends is given this long before it is stopped, and then again before we give up. */
const UNREACHABLE_MS = 10_000;
const POLL_MS = 15;
const SAY_LOADING_EVERY_MS = 5_000;

/**
 * Makes sure that exactly one Redis runs on the folder and has loaded its data: adopts the one that is there, or starts one.
 * It outlives this process on purpose: a killed server's successor finds it with everything in it. When the signal aborts
 * it rejects, and one that it had started has ended.
 * Codes: `redis-missing`, `redis-too-old`, `redis-start-failed` (with the last lines of its log).
 */
export function ensureRunning(o: PrivateServerOptions, signal: AbortSignal): Promise<RunningServer> {
  return withStartLock(o.folder, signal, async () => {
    const leftPid = await runningPid(o.folder);
    if (leftPid !== null && (await isReachable(o, leftPid, signal))) {
      await waitUntilLoaded(o, leftPid, 0, signal);
      return { pid: leftPid, adopted: true };
    }
    const answering = await probe(o.folder.socketPath);
    if (answering.state !== 'absent') {
      throw startFailed(
        o.folder,
        `a Redis in ${answering.dir} (pid ${answering.pid}) answers on the socket of this folder`,
        '',
      );
    }
    return { pid: await start(o, signal), adopted: false };
  });
}

/** Waits until the process has ended; false when it still runs after `withinMs`. */
export async function waitForExit(folder: PrivateFolder, pid: number, withinMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < withinMs; waitedMs += POLL_MS) {
    if (!isAlive(pid) || (await runningPid(folder)) !== pid) return true;
    await sleep(POLL_MS);
  }
  return false;
}

/** Asks a process to end; one that has ended already is fine. */
export function terminate(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Does the process on our folder answer on our socket? One that ends meanwhile, or cannot be reached, is gone afterwards. */
async function isReachable(o: PrivateServerOptions, pid: number, signal: AbortSignal): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < UNREACHABLE_MS; waitedMs += POLL_MS) {
    const answer = await probe(o.folder.socketPath);
    if (answer.state !== 'absent' && answer.pid === pid && answer.dir === o.folder.dir) return true;
    if ((await runningPid(o.folder)) !== pid) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
  o.logger.warn({ pid }, 'a Redis process uses the data folder, but does not answer on its socket: it is stopped');
  terminate(pid);
  if (await waitForExit(o.folder, pid, UNREACHABLE_MS)) return false;
  throw startFailed(o.folder, `process ${pid} uses the folder, does not answer and does not stop`, '');
}

async function start(o: PrivateServerOptions, signal: AbortSignal): Promise<number> {
  const { folder, logger } = o;
  const program = await locateRedis(o.serverBinary);
  signal.throwIfAborted();
  await rm(folder.pidPath, { force: true });
  await rm(folder.socketPath, { force: true });
  const logFrom = await logSize(folder);
  // Detached: a Ctrl-C in the terminal must reach the server only, which then stops Redis in order.
  const child = spawn(program.path, serverArguments(o), { cwd: folder.dir, detached: true, stdio: 'ignore' });
  let ended: string | null = null;
  child.once('error', (error) => {
    ended = messageOf(error);
  });
  child.once('exit', (code, signal) => {
    ended = `it ended with ${signal ?? `exit code ${code}`}`;
  });
  child.unref();
  try {
    await waitUntilLoaded(o, child.pid ?? 0, logFrom, signal, () => ended);
  } catch (error) {
    if (signal.aborted && ended === null) await endStarted(child);
    throw error;
  }
  await chmod(folder.logPath, 0o600).catch(() => undefined);
  logger.info({ pid: child.pid, version: program.version, socket: folder.socketPath }, 'private Redis started');
  return child.pid ?? 0;
}

/** A Redis that nobody has used yet: it is asked to end, and then made to. */
async function endStarted(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), UNREACHABLE_MS);
  await exit;
  clearTimeout(late);
}

function serverArguments({ folder, maxmemoryBytes }: PrivateServerOptions): string[] {
  const settings: Readonly<Record<string, string>> = {
    port: '0',
    unixsocket: folder.socketPath,
    unixsocketperm: '700',
    dir: folder.dir,
    pidfile: folder.pidPath,
    logfile: folder.logPath,
    daemonize: 'no',
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    maxmemory: String(maxmemoryBytes),
    'maxmemory-policy': 'noeviction',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** Loading an append-only file may take long and is waited for; only the end of the process is a failure. */
async function waitUntilLoaded(
  o: PrivateServerOptions,
  pid: number,
  logFrom: number,
  signal: AbortSignal,
  ended: () => string | null = () => (isAlive(pid) ? null : 'it ended'),
): Promise<void> {
  let unsaidMs = 0;
  for (;;) {
    const answer = await probe(o.folder.socketPath);
    if (answer.state === 'ready') return;
    signal.throwIfAborted();
    const end = ended();
    if (end !== null) throw startFailed(o.folder, end, await logTail(o.folder, logFrom));
    await sleep(POLL_MS);
    unsaidMs += POLL_MS;
    if (unsaidMs < SAY_LOADING_EVERY_MS) continue;
    unsaidMs = 0;
    o.logger.info({ pid, state: answer.state }, 'waiting for the private Redis to load its data');
  }
}

type Probe =
  | { readonly state: 'absent' }
  | { readonly state: 'loading' | 'ready'; readonly pid: number; readonly dir: string };

/** Asks whoever listens on the socket who it is. */
async function probe(socketPath: string): Promise<Probe> {
  const connection = connectionTo(
    { kind: 'socket', path: socketPath, db: 0 },
    {
      lazyConnect: true,
      enableReadyCheck: false,
      retryStrategy: () => null,
      connectTimeout: 1_000,
      socketTimeout: 2_000,
    },
  );
  connection.on('error', () => undefined);
  try {
    await connection.connect();
    const info = await connection.info();
    const dir = await connection.config('GET', 'dir');
    return {
      state: /^loading:1/m.test(info) ? 'loading' : 'ready',
      pid: Number(/^process_id:(\d+)/m.exec(info)?.[1]),
      dir: Array.isArray(dir) ? String(dir[1]) : '',
    };
  } catch {
    return { state: 'absent' };
  } finally {
    connection.disconnect();
  }
}

function startFailed(folder: PrivateFolder, reason: string, lastLogLines: string): BeatwatchError {
  const log = lastLogLines === '' ? '' : `; the last lines of ${folder.logPath}:\n${lastLogLines}`;
  return new BeatwatchError('redis-start-failed', `got no private Redis in ${folder.dir}: ${reason}${log}`, {
    dir: folder.dir,
    reason,
    lastLogLines,
  });
}
