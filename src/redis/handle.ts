import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { BeatwatchError, messageOf } from '../model/errors.js';
import type { Clock, Logger } from '../model/ports.js';
import { addressText, parseRedisUrl, type RedisAddress } from './address.js';
import { checkRedis, FREE_DISK_FLOOR_BYTES, type RedisCheck } from './check.js';
import {
  type ConnectionPurpose,
  isDatabaseMissing,
  openConnection,
  type RedisConnection,
  whenReady,
} from './connection.js';
import { isReply } from './outcome.js';
import { openPrivateFolder, type PrivateFolder, runningPid, tidyPrivateFolder } from './private-folder.js';
import { ensureRunning, type PrivateServerOptions, terminate, waitForExit } from './private-server.js';

export interface RedisOpenOptions {
  /** `redis://…`, `rediss://…`, `unix:///…` or a socket's path; null starts (or adopts) a private Redis. */
  readonly url: string | null;
  readonly dataFolder: string;
  readonly logger: Logger;
  /** The Redis program of private mode; else `redis-server` or `valkey-server` on PATH. */
  readonly serverBinary?: string | undefined;
  /** Private mode; 1 GB unless given. */
  readonly maxmemoryBytes?: number | undefined;
  /** What the clock of Redis is compared with. */
  readonly clock?: Clock | undefined;
  /** R2's floor. */
  readonly freeDiskFloorBytes?: number | undefined;
  /** F1: how many replicas must have an entry before it is acknowledged; 0 unless given. */
  readonly replicas?: number | undefined;
  /** An external Redis must answer within this at start; later it may be away for as long as it likes. */
  readonly firstAnswerMs?: number | undefined;
  /** Aborts the start; what was started for it is stopped. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_MAXMEMORY_BYTES = 1_073_741_824;
const FIRST_ANSWER_MS = 10_000;
/** Starting a Redis that dies again and again slows down from the first pause to the longest. */
const FIRST_RESTART_PAUSE_MS = 20;
const LONGEST_RESTART_PAUSE_MS = 5_000;
/** One that stayed up for this long is believed to be well. */
const STABLE_MS = 10_000;
/** A private Redis is asked to stop this often, for so long. */
const STOP_AGAIN_MS = 500;
const STOP_MS = 30_000;

/**
 * Connects to the Redis of the url, or starts (or adopts) a private one in the data folder and keeps it running.
 * Codes: `redis-missing`, `redis-too-old`, `redis-start-failed`, `redis-unreachable`, `redis-url-invalid`.
 */
export async function openRedis(o: RedisOpenOptions): Promise<RedisHandle> {
  if (o.url !== null) return await openExternal(o, parseRedisUrl(o.url));
  const folder = await openPrivateFolder(o.dataFolder);
  const server: PrivateServerOptions = {
    folder,
    serverBinary: o.serverBinary,
    maxmemoryBytes: o.maxmemoryBytes ?? DEFAULT_MAXMEMORY_BYTES,
    logger: o.logger,
  };
  const { pid, adopted } = await ensureRunning(server, o.signal ?? new AbortController().signal);
  if (adopted) o.logger.info({ pid }, 'adopted the private Redis that ran already');
  return new RedisHandle(o, { kind: 'socket', path: folder.socketPath, db: 0 }, server);
}

async function openExternal(o: RedisOpenOptions, address: RedisAddress): Promise<RedisHandle> {
  const handle = new RedisHandle(o, address, null);
  const connection = handle.connect('query');
  const withinMs = o.firstAnswerMs ?? FIRST_ANSWER_MS;
  try {
    await whenReady(connection, AbortSignal.any([AbortSignal.timeout(withinMs), ...(o.signal ? [o.signal] : [])]));
    // Ready comes before Redis has refused the database.
    await connection.select(address.db);
  } catch (error) {
    await handle.close();
    if (isDatabaseMissing(handle.lastError ?? '') || isDatabaseMissing(messageOf(error))) {
      const got = `REDIS_URL: got database ${address.db}, expected one that this Redis has (its setting databases says how many)`;
      throw new BeatwatchError('redis-url-invalid', got, {}, { cause: error });
    }
    const message = `REDIS_URL: got no answer from ${addressText(address)} within ${withinMs} ms (last error: ${handle.lastError ?? 'none'}), expected a Redis there`;
    throw new BeatwatchError('redis-unreachable', message, {}, { cause: error });
  }
  connection.disconnect();
  return handle;
}

/** A Redis, its connections, and (private mode) the care for its process. */
export class RedisHandle implements AsyncDisposable {
  readonly mode: 'private' | 'external';
  /** Null in external mode. */
  readonly socketPath: string | null;
  /** Result of the last `check()`; it is also run after each reconnect. */
  lastCheck: RedisCheck | null = null;
  #checkedAtMs = performance.now();
  #checking: Promise<RedisCheck> | null = null;
  /** What the connections last complained about. */
  lastError: string | null = null;
  /** Names the connections of this handle alone. A pid would not: containers that share a folder may have the same one. */
  readonly #id = randomUUID();
  readonly #options: RedisOpenOptions;
  readonly #address: RedisAddress;
  readonly #server: PrivateServerOptions | null;
  readonly #logger: Logger;
  readonly #connections = new Set<RedisConnection>();
  readonly #control: RedisConnection;
  readonly #closing = new AbortController();
  /** Said so; and not again before it is back. */
  #lost = false;
  #recovery: Promise<void> | null = null;
  #restartPauseMs = FIRST_RESTART_PAUSE_MS;
  #recoveredAtMs = performance.now();
  #closed: Promise<void> | null = null;

  /** Made by `openRedis`. */
  constructor(options: RedisOpenOptions, address: RedisAddress, server: PrivateServerOptions | null) {
    this.mode = server === null ? 'external' : 'private';
    this.socketPath = server?.folder.socketPath ?? null;
    this.#options = options;
    this.#address = address;
    this.#server = server;
    this.#logger = options.logger;
    this.#control = openConnection(address, 'control', this.#clientName('control'), (error) => this.#note(error));
    this.#control.on('close', () => this.#onLost());
    this.#control.on('ready', () => void this.#checkAfterConnect());
  }

  /** Where it is: for a thread that opens connections of its own. */
  get address(): RedisAddress {
    return this.#address;
  }

  /** A new connection of its own; it connects by itself. Closed by `close()` at the latest. */
  connect(purpose: ConnectionPurpose): RedisConnection {
    if (this.#closing.signal.aborted)
      throw new BeatwatchError('redis-closed', 'got connect(), expected an open handle');
    const connection = openConnection(this.#address, purpose, this.#clientName(purpose), (error) => this.#note(error));
    this.#connections.add(connection);
    connection.once('end', () => this.#connections.delete(connection));
    return connection;
  }

  /** Settings, room, clock; never rejects: an unreachable Redis is a problem among others. */
  check(): Promise<RedisCheck> {
    // A Redis that hangs is asked once, however often somebody wants to know.
    this.#checking ??= this.#check().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  /** How old `lastCheck` is, ms: it says nothing about a Redis that has hung since. */
  get checkAgeMs(): number {
    return performance.now() - this.#checkedAtMs;
  }

  async #check(): Promise<RedisCheck> {
    const startedAtMs = performance.now();
    this.lastCheck = await checkRedis(this.#control, {
      folder: this.#server?.folder.dir ?? null,
      freeDiskFloorBytes: this.#options.freeDiskFloorBytes ?? FREE_DISK_FLOOR_BYTES,
      replicas: this.#options.replicas ?? 0,
      clock: this.#options.clock ?? null,
    });
    this.#checkedAtMs = startedAtMs;
    return this.lastCheck;
  }

  /** Process id of the private Redis, or null. */
  async pid(): Promise<number | null> {
    return this.#server === null ? null : await runningPid(this.#server.folder);
  }

  /**
   * Closes every connection. A private Redis is stopped cleanly, adopted or not, unless another handle (of another process
   * of ours) works on it too: then that one stops it.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    await this.#recovery;
    for (const connection of [...this.#connections]) connection.disconnect();
    try {
      if (this.#server !== null) await this.#stopServer(this.#server.folder);
    } finally {
      this.#control.disconnect();
    }
  }

  async #stopServer(folder: PrivateFolder): Promise<void> {
    const pid = await runningPid(folder);
    if (pid === null) return;
    const others = await this.#otherHandles().catch(() => []);
    if (others.length > 0) {
      this.#logger.info({ pid, others }, 'the private Redis goes on: others work on it');
      return;
    }
    for (let waitedMs = 0; waitedMs < STOP_MS; waitedMs += STOP_AGAIN_MS) {
      await this.#askToStop(pid);
      if (!(await waitForExit(folder, pid, STOP_AGAIN_MS))) continue;
      await tidyPrivateFolder(folder);
      this.#logger.info({ pid }, 'private Redis stopped');
      return;
    }
    const got = `got Redis ${pid} still running ${STOP_MS / 1_000} s after SHUTDOWN, expected its end: see ${folder.logPath}`;
    throw new BeatwatchError('redis-stop-failed', got, { pid });
  }

  /** A refusal (while it writes its first append-only file, say) is no end: ask again. */
  async #askToStop(pid: number): Promise<void> {
    if (this.#control.status !== 'ready') {
      terminate(pid);
      return;
    }
    await this.#control.call('SHUTDOWN').catch((error: unknown) => {
      if (isReply(error)) this.#logger.warn({ pid, error: messageOf(error) }, 'the private Redis does not stop yet');
    });
  }

  /**
   * Ids of other handles, of any process, that mean to go on. Each says that it is closing before it looks, so of several
   * that close at once at least the last stops the server.
   */
  async #otherHandles(): Promise<string[]> {
    await this.#control.client('SETNAME', this.#clientName('closing'));
    const list = String(await this.#control.client('LIST'));
    const names = [...list.matchAll(/ name=beatwatch:([^: ]+):(?!closing)/g)].map((match) => match[1] ?? '');
    return [...new Set(names)].filter((id) => id !== this.#id);
  }

  #clientName(purpose: ConnectionPurpose | 'control' | 'closing'): string {
    return `beatwatch:${this.#id}:${purpose}`;
  }

  #note(error: Error): void {
    this.lastError = error.message;
    this.#logger.debug({ error: error.message }, 'Redis connection');
  }

  #onLost(): void {
    if (this.#closing.signal.aborted || this.#recovery !== null) return;
    if (!this.#lost) this.#logger.warn({ mode: this.mode }, 'the connection to Redis is lost; trying again');
    this.#lost = true;
    if (this.#server === null) return;
    if (performance.now() - this.#recoveredAtMs > STABLE_MS) this.#restartPauseMs = FIRST_RESTART_PAUSE_MS;
    this.#recovery = this.#recover(this.#server).finally(() => {
      this.#recovery = null;
      this.#recoveredAtMs = performance.now();
    });
  }

  /** Brings a private Redis back, for as long as it takes. */
  async #recover(server: PrivateServerOptions): Promise<void> {
    const signal = this.#closing.signal;
    while (!signal.aborted) {
      await sleep(this.#restartPauseMs, undefined, { signal }).catch(() => undefined);
      this.#restartPauseMs = Math.min(this.#restartPauseMs * 2, LONGEST_RESTART_PAUSE_MS);
      if (signal.aborted) return;
      try {
        const { pid, adopted } = await ensureRunning(server, signal);
        if (!adopted) this.#logger.warn({ pid }, 'the private Redis had died and was started again');
        return;
      } catch (error) {
        if (signal.aborted) return;
        const fields = { error: messageOf(error), againInMs: this.#restartPauseMs };
        this.#logger.error(fields, 'the private Redis cannot be started again; trying again');
      }
    }
  }

  async #checkAfterConnect(): Promise<void> {
    this.#lost = false;
    const { problems } = await this.check();
    if (this.#closing.signal.aborted) return;
    for (const { code, severity, message } of problems) this.#logger.warn({ code, severity }, message);
  }
}
