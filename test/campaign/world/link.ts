import {
  appendActScript,
  appendReportScript,
  genesisScript,
  lastScript,
  readScript,
  resumeScript,
  tickScript,
} from '../../../src/log/scripts.js';
import { logTimeOf, type RawEntry } from '../../../src/log/raw-entry.js';
import { compareLogIds, formatLogId, type LogId, parseLogId } from '../../../src/model/log-id.js';
import type { RedisConnection } from '../../../src/redis/connection.js';
import type { Random } from '../../../src/simulator/random.js';
import type { ModelBreak } from '../breaks/model-breaks.js';
import type { CallKind, ServerTuning } from '../scenario.js';
import { never, type Process } from './process.js';
import type { RedisModel } from './redis-model.js';
import type { Scheduler } from './scheduler.js';

export interface Sea {
  readonly scheduler: Scheduler;
  readonly redis: RedisModel;
  readonly random: Random;
  readonly server: ServerTuning;
  readonly broken: ModelBreak | null;
  /** False at the end, when everything is given time to come to rest. */
  isRough(): boolean;
  /** A call of this kind has arrived at Redis. */
  onArrival(kind: CallKind): void;
  /** Readers that wait for the log to grow. */
  readonly waiting: Set<() => void>;
}

/** Readers wait this long at a time, so that idle ones cost few events. */
const BLOCK_MS = 20_000;
const RECONNECT_MS = 100;
const CLOSED = 'Connection is closed.';

/** One process's way to Redis: messages take their time, and some are lost. */
export class Link {
  readonly #sea: Sea;
  readonly #process: Process;

  constructor(sea: Sea, process: Process) {
    this.#sea = sea;
    this.#process = process;
  }

  /**
   * Has Redis carry something out. Rejects with a plain error when its outcome is unknown: the request or the reply was lost,
   * or Redis was away. Never settles when the process dies.
   */
  call<T>(kind: CallKind, effect: () => T): Promise<T> {
    const { scheduler, redis, random, server } = this.#sea;
    const process = this.#process;
    if (!process.alive || process.diesAt(kind, 'before')) return never();
    process.noteCall(kind);
    return new Promise((resolve, reject) => {
      const answer = (settle: () => void, delayMs = this.#delayMs()) => process.after(delayMs, settle);
      const lose = () => answer(() => reject(new Error(CLOSED)));
      const arrive = () => {
        this.#sea.onArrival(kind);
        // A request that is on its way arrives whether its sender stands still or not, now or when the network is back.
        if (!redis.up || (this.#sea.isRough() && random.chance(server.lostRequests))) return lose();
        const { run } = redis;
        let settle: () => void;
        try {
          const value = effect();
          settle = () => resolve(value);
        } catch (error) {
          const failure = error instanceof Error ? error : new Error(String(error));
          settle = () => reject(failure);
        }
        if (process.diesAt(kind, 'after')) return undefined;
        if (this.#sea.isRough() && random.chance(server.lostReplies)) return lose();
        return answer(() => (redis.up && redis.run === run ? settle() : reject(new Error(CLOSED))));
      };
      const held = process.isPaused && random.chance(0.5) ? process.awakeMs - scheduler.nowMs : 0;
      scheduler.after(held + this.#delayMs(), arrive);
    });
  }

  /** The same for something of the process's own machine, which loses no answers: its disk. */
  local<T>(kind: CallKind, effect: () => T): Promise<T> {
    const process = this.#process;
    if (!process.alive || process.diesAt(kind, 'before')) return never();
    return new Promise((resolve, reject) => {
      process.after(this.#delayMs(), () => {
        try {
          const value = effect();
          if (!process.diesAt(kind, 'after')) resolve(value);
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
  }

  /** A connection as src/log uses one, for the scripts that it runs. */
  connection(): RedisConnection {
    const connection = {
      status: 'ready',
      once: () => connection,
      off: () => connection,
      callBuffer: (_command: string, args: readonly unknown[]) => this.#script(args),
      getBuffer: () => this.#patiently(() => bufferOf(this.#sea.redis.history[0]?.payload ?? new Uint8Array())),
      time: () => this.#patiently(() => timeReply(this.#sea.scheduler.nowMs)),
      xrevrangeBuffer: () => this.#patiently(() => this.#sea.redis.history.toReversed().map(replyOf)),
      xreadBuffer: (...args: readonly unknown[]) => this.#wait(parseLogId(String(args.at(-1)))),
    };
    return connection as unknown as RedisConnection;
  }

  #script([sha1, keyCount, ...rest]: readonly unknown[]): Promise<unknown> {
    const args = rest.slice(Number(keyCount));
    switch (sha1) {
      case appendReportScript.sha1:
      case appendActScript.sha1:
        return this.#append(Number(args[0]), String(args[1]), args[2] as Buffer, Number(args[3]));
      case tickScript.sha1:
        return this.call('tick', () =>
          this.#tick(Number(args[0]), args[1] as Buffer, Number(args[2]), Number(args[3])),
        );
      case genesisScript.sha1:
        return this.call('open', () => this.#genesis(Number(args[0]), args[1] as Buffer));
      case readScript.sha1:
        return this.#patiently(() => this.#read(parseLogId(String(args[0])), String(args[1]), Number(args[2])));
      case lastScript.sha1:
        return this.#patiently(() => lastReply(this.#sea.redis.history.at(-1)));
      case resumeScript.sha1:
        return this.call('append', () => this.#resume(Number(args[0]), Number(args[1]), args[2] as Buffer));
      default:
        throw new Error(`bug: the model has no script ${String(sha1)}`);
    }
  }

  async #append(nowMs: number, kind: string, payload: Buffer, maxAheadMs: number): Promise<unknown> {
    const { redis, broken } = this.#sea;
    try {
      return await this.call('append', () => {
        if (redis.full) throw replyError("OOM command not allowed when used memory > 'maxmemory'.");
        return this.#farAhead(nowMs, maxAheadMs) ?? this.#grow(nowMs, kind, payload);
      });
    } catch (error) {
      const isUnknown = error instanceof Error && error.name !== 'ReplyError';
      if (isUnknown && broken === 'append-again') return formatLogId(redis.lastId);
      throw error;
    }
  }

  #tick(nowMs: number, payload: Buffer, leastAgeMs: number, maxAheadMs: number): unknown {
    const { lastMs } = this.#sea.redis;
    if (this.#sea.redis.history.length === 0) return 'missing';
    if (leastAgeMs >= 0 && nowMs - lastMs < leastAgeMs) return null;
    return this.#farAhead(nowMs, maxAheadMs) ?? this.#grow(nowMs, 'tick', payload);
  }

  #genesis(nowMs: number, payload: Buffer): unknown {
    const [first] = this.#sea.redis.history;
    if (first !== undefined) return [0, first.payload];
    return [1, this.#grow(nowMs, 'genesis', payload)];
  }

  /** T2: what the scripts answer whose clock is too far ahead of Redis's time and of the log. The seconds of the world are Redis's. */
  #farAhead(nowMs: number, maxAheadMs: number): unknown {
    const { redis, scheduler, broken } = this.#sea;
    if (maxAheadMs < 0 || broken === 'far-ahead') return null;
    if (nowMs <= scheduler.nowMs + maxAheadMs || nowMs <= redis.lastMs + maxAheadMs) return null;
    redis.refusedAhead += 1;
    return ['ahead', String(scheduler.nowMs), String(redis.lastMs)];
  }

  #grow(nowMs: number, kind: string, payload: Buffer): unknown {
    const { redis, scheduler } = this.#sea;
    const beforeMs = redis.lastMs;
    const entry = redis.append(nowMs, kind, payload);
    // A log that is ahead already is none the more so by what follows.
    if (logTimeOf(entry) > beforeMs)
      redis.mostAheadMs = Math.max(redis.mostAheadMs, logTimeOf(entry) - scheduler.nowMs);
    return this.#grown(entry);
  }

  #resume(skippedToMs: number, atMs: number, payload: Buffer): unknown {
    const entry = this.#sea.redis.resume(skippedToMs, atMs, payload);
    return 'movedTo' in entry ? ['moved', String(entry.movedTo ?? '')] : this.#grown(entry);
  }

  /** What readers that wait are woken by, and the scripts answer. */
  #grown({ id, kind, atMs }: RawEntry): unknown {
    for (const wake of this.#sea.waiting) wake();
    return atMs === undefined || kind === 'resume' ? formatLogId(id) : [formatLogId(id), String(atMs)];
  }

  #read(after: LogId, digest: string, count: number): unknown {
    const answer = this.#sea.redis.read(after, digest, count);
    switch (answer.state) {
      case 'ok':
        return ['ok', answer.digest, answer.entries.map(replyOf)];
      case 'rewritten':
        return ['rewritten', answer.digest];
      case 'gone':
        return ['gone', idOrNothing(answer.first), idOrNothing(answer.last)];
    }
  }

  /** XREAD BLOCK: until there is an entry after this one, or not for a long time. */
  #wait(after: LogId): Promise<unknown> {
    const { scheduler, redis, waiting } = this.#sea;
    const isThere = () => !redis.up || compareLogIds(redis.lastId, after) > 0;
    if (isThere()) return this.#patiently(() => null);
    return new Promise((resolve, reject) => {
      const end = () => {
        waiting.delete(wake);
        cancel();
        this.#patiently(() => null).then(resolve, reject);
      };
      const wake = () => {
        if (isThere()) end();
      };
      const cancel = scheduler.after(BLOCK_MS, end);
      waiting.add(wake);
    });
  }

  /** The connection that readers have sends again for as long as it takes. */
  async #patiently<T>(effect: () => T): Promise<T> {
    for (;;) {
      try {
        return await this.call('read', effect);
      } catch (error) {
        if (!(error instanceof Error) || error.message !== CLOSED) throw error;
        await this.#sea.scheduler.sleep(RECONNECT_MS);
      }
    }
  }

  /** Most messages are quick; some take as long as the scenario says. */
  #delayMs(): number {
    const { random, server } = this.#sea;
    const share = random.next();
    return 1 + Math.floor(share < 0.9 ? 3 * share : server.slowestReplyMs * random.next());
  }
}

function replyError(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}

function replyOf({ id, kind, payload, atMs }: RawEntry): unknown {
  const told = atMs === undefined ? [] : [Buffer.from('t'), Buffer.from(String(atMs))];
  return [formatLogId(id), [Buffer.from('k'), Buffer.from(kind), Buffer.from('p'), bufferOf(payload), ...told]];
}

function lastReply(last: RawEntry | undefined): unknown {
  return last === undefined ? [] : [formatLogId(last.id), String(logTimeOf(last))];
}

/** Seconds, and microseconds besides. */
function timeReply(nowMs: number): readonly [number, number] {
  return [Math.floor(nowMs / 1_000), (nowMs % 1_000) * 1_000];
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function idOrNothing(id: LogId | null): string {
  return id === null ? '' : formatLogId(id);
}
