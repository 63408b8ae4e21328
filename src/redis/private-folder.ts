import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, readlink, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Files of a private Redis, all in `<data folder>/redis`: `redis.sock`, `redis.pid`, `redis.log`, the append-only files,
 * and where the folder's path is too long for a socket, `socket-path`: the text file that says where the socket is.
 */
export interface PrivateFolder {
  readonly dir: string;
  readonly socketPath: string;
  readonly pidPath: string;
  readonly logPath: string;
}

/** sun_path holds 108 bytes on Linux and 104 on macOS, with a final zero. */
export const MAX_SOCKET_PATH_BYTES = 100;

/** Makes the folder (mode 700: it holds where the police are) and decides where the socket is, the same each time. */
export async function openPrivateFolder(dataFolder: string): Promise<PrivateFolder> {
  await mkdir(join(dataFolder, 'redis'), { recursive: true, mode: 0o700 });
  const dir = await realpath(join(dataFolder, 'redis'));
  // It may have been made by somebody who left it open; one of another user cannot be closed, nor can Redis write there.
  await chmod(dir, 0o700).catch(() => undefined);
  const files = { dir, pidPath: join(dir, 'redis.pid'), logPath: join(dir, 'redis.log') };
  const socketPath = join(dir, 'redis.sock');
  if (Buffer.byteLength(socketPath) <= MAX_SOCKET_PATH_BYTES) return { ...files, socketPath };
  return { ...files, socketPath: await shortSocketPath(join(dir, 'socket-path')) };
}

async function shortSocketPath(recordPath: string): Promise<string> {
  const recorded = await textOf(recordPath);
  if (recorded !== null && recorded !== '') {
    await mkdir(dirname(recorded), { recursive: true, mode: 0o700 });
    return recorded;
  }
  const base = Buffer.byteLength(tmpdir()) <= MAX_SOCKET_PATH_BYTES - 40 ? tmpdir() : '/tmp';
  const socketFolder = join(base, `beatwatch-${randomBytes(6).toString('hex')}`);
  // The record comes first: who clears up after a killed process finds by it what there is.
  await writeFile(recordPath, join(socketFolder, 'redis.sock'));
  await mkdir(socketFolder, { mode: 0o700 });
  return join(socketFolder, 'redis.sock');
}

/** Takes away what only a running Redis needs, after a clean stop. */
export async function tidyPrivateFolder(folder: PrivateFolder): Promise<void> {
  if (dirname(folder.socketPath) === folder.dir) return;
  await rm(dirname(folder.socketPath), { recursive: true, force: true });
  await rm(join(folder.dir, 'socket-path'), { force: true });
}

/** The process that runs on this folder by its pid file, or null. A pid that another program has by now does not count. */
export async function runningPid(folder: PrivateFolder): Promise<number | null> {
  const pid = Number((await textOf(folder.pidPath))?.trim());
  return Number.isSafeInteger(pid) && pid > 0 && (await worksIn(pid, folder.dir)) ? pid : null;
}

/** Redis changes into its folder at start, which tells our process from a stranger that got the same pid. */
async function worksIn(pid: number, dir: string): Promise<boolean> {
  if (!isAlive(pid)) return false;
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === dir;
  } catch {
    // A zombie, another user's process, or a system without /proc: only the last may be ours.
    return (await stat('/proc/self').catch(() => null)) === null;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** The last lines of Redis's log from byte `fromByte` on. */
export async function logTail(folder: PrivateFolder, fromByte: number): Promise<string> {
  const log = await readFile(folder.logPath).catch(() => Buffer.alloc(0));
  return log.subarray(fromByte).toString('utf8').trimEnd().split('\n').slice(-12).join('\n');
}

export async function logSize(folder: PrivateFolder): Promise<number> {
  return (await stat(folder.logPath).catch(() => null))?.size ?? 0;
}

/**
 * Runs `work` while no other process starts a Redis on this folder: two on one append-only file would destroy it.
 * A lock that a killed process left is taken over.
 */
export async function withStartLock<Result>(
  folder: PrivateFolder,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const lockPath = join(folder.dir, 'starting.lock');
  while (!(await tryLock(lockPath))) await sleep(30, undefined, { signal });
  try {
    return await work();
  } finally {
    await rm(lockPath, { force: true });
  }
}

async function tryLock(lockPath: string): Promise<boolean> {
  try {
    await writeLock(lockPath);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = await textOf(lockPath);
  const fresh = Date.now() - ((await stat(lockPath).catch(() => null))?.mtimeMs ?? 0) < 1_000;
  const abandoned = holder === '' ? !fresh : holder !== null && !isAlive(Number(holder));
  if (!abandoned) return false;
  // Moving it aside succeeds for one process only; should it have been renewed meanwhile, it is put back.
  const aside = `${lockPath}.${process.pid}`;
  await rename(lockPath, aside).catch(() => undefined);
  if ((await textOf(aside)) !== holder) await rename(aside, lockPath).catch(() => undefined);
  else await rm(aside, { force: true });
  return false;
}

/** Throws with EEXIST when there is one. On a full disk it leaves none behind. */
async function writeLock(lockPath: string): Promise<void> {
  const file = await open(lockPath, 'wx');
  try {
    await file.writeFile(String(process.pid));
  } catch (error) {
    await rm(lockPath, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

async function textOf(path: string): Promise<string | null> {
  return await readFile(path, 'utf8').catch(() => null);
}
