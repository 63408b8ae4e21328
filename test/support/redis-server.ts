import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import type { Clock, Logger } from '../../src/model/ports.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { openRedis, type RedisHandle } from '../../src/redis/handle.js';

/** The part of a tap test that support code needs. */
export interface TestScope {
  teardown(end: () => unknown): void;
}

/** A logger that keeps its lines, for tests that read them. */
export interface KeptLog extends Logger {
  readonly lines: { readonly level: string; readonly fields: object; readonly message: string }[];
}

export function keptLog(): KeptLog {
  const lines: KeptLog['lines'] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  const log: KeptLog = {
    lines,
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: () => log,
  };
  return log;
}

export interface TestRedis {
  readonly handle: RedisHandle;
  /** The data folder. */
  readonly folder: string;
  readonly socketPath: string;
  readonly log: KeptLog;
}

export interface TestRedisOptions {
  readonly maxmemoryBytes?: number;
  readonly clock?: Clock;
  readonly freeDiskFloorBytes?: number;
  /** Folder in which its folder is made; the usual one unless given. */
  readonly where?: string;
}

/** A private Redis in a temporary folder of its own, started through `src/redis`; stopped and removed with the test. */
export async function startTestRedis(t: TestScope, { where, ...o }: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = await temporaryFolder(t, where);
  const log = keptLog();
  const handle = await openRedis({ url: null, dataFolder: folder, logger: log, freeDiskFloorBytes: 0, ...o });
  t.teardown(() => handle.close());
  stopWithUs(folder);
  if (handle.socketPath === null) throw new Error('got no socket path, expected a private Redis');
  return { handle, folder, socketPath: handle.socketPath, log };
}

/** Removed with the test, after what the test registered later was torn down. */
export async function temporaryFolder(t: TestScope, where: string = tmpdir()): Promise<string> {
  const folder = await mkdtemp(join(where, 'beatwatch-test-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A private Redis outlives a server that is killed; it must not outlive a test that is. */
export function stopWithUs(folder: string): void {
  watcher ??= startWatcher();
  watcher.write(`${folder}\n`);
}

let watcher: Writable | undefined;

/** A shell that reads folders until this process has ended, however it did: its Redis ends then, and what lies there goes. */
function startWatcher(): Writable {
  const watch =
    'while read -r folder; do set -- "$@" "$folder"; done; ' +
    'for folder; do [ -e "$folder" ] || continue; kill "$(cat "$folder/redis/redis.pid")"; sleep 1; rm -rf "$folder"; done';
  const child = spawn('/bin/sh', ['-c', watch], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  (child.stdin as Socket).unref();
  return child.stdin;
}

/**
 * Fills Redis with keys `fill…` until its maxmemory refuses one, and then halves maxmemory. Redis frees and takes memory for the
 * buffers of its connections at any time; the keys alone are more than maxmemory now, so that it stays full until somebody
 * deletes them or raises maxmemory.
 */
export async function fillUp(connection: RedisConnection): Promise<void> {
  const [, maxmemory] = await connection.config('GET', 'maxmemory');
  const value = 'x'.repeat(100_000);
  for (let keys = 0; await isTaken(connection.set(`fill${keys}`, value)); keys += 1);
  await connection.config('SET', 'maxmemory', String(Math.floor(Number(maxmemory) / 2)));
}

function isTaken(write: Promise<unknown>): Promise<boolean> {
  return write.then(
    () => true,
    () => false,
  );
}
