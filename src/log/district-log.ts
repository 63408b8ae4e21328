import { encodeExactly } from '../codec/exact-entry.js';
import { decodeLogEntry, encodeLogEntry } from '../codec/log-codec.js';
import { BeatwatchError } from '../model/errors.js';
import { MAX_ENTRY_BYTES, OUTAGE_HOLE_MS, SETTLE_MS } from '../model/limits.js';
import type { GenesisEntry, LogEntry, LogEntryKind } from '../model/log-entry.js';
import { type LogId, parseLogId } from '../model/log-id.js';
import type { Clock, Logger, Metrics } from '../model/ports.js';
import type { RedisConnection } from '../redis/connection.js';
import { districtKey } from '../redis/district-key.js';
import { untilKnown } from '../redis/outcome.js';
import { runReplicatedScript, runScript, type Script, type ScriptArgument } from '../redis/script.js';
import { type AppendLane, AppendQueue, laneOf, MAX_WAITING_APPENDS } from './append-queue.js';
import { logFailure, logFailureOf } from './log-failure.js';
import { type LogEnd, logKey } from './raw-entry.js';
import { appendActScript, appendReportScript, appendTogetherScript, genesisScript, tickScript } from './scripts.js';

export interface DistrictLogOptions {
  readonly district: string;
  /** Purpose `append`; logs of several districts may share it. */
  readonly append: RedisConnection;
  /** F1: an entry counts as appended once so many replicas have it. 0 unless given: once this Redis has it. */
  readonly replicas?: number | undefined;
  readonly clock: Clock;
  /**
   * T2: what is wrong with the clock, or null. While it is wrong nothing that depends on the time is appended (`log-clock`), and what
   * people do is appended at the log's own time, that of its last entry. Never wrong unless given.
   */
  readonly clockFault?: (() => string | null) | undefined;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** T1: a tick only when the last entry is at least this old. */
export const TICK_AFTER_MS = SETTLE_MS;

/**
 * T2: an append on the wall clock is refused when it is further ahead than this of both Redis's own time and the log's last entry: as far
 * as that is no outage. A virtual clock is nobody's time but the log's.
 */
export const MAX_APPEND_AHEAD_MS = OUTAGE_HOLE_MS;

/** F1: how long replicas may take. Redis holds the connection for as long. */
export const REPLICATED_WITHIN_MS = 1_000;

/** R1: what stops at maxmemory, so that there is room for people, plans and time. */
const STOPS_WHEN_FULL: ReadonlySet<LogEntryKind> = new Set(['fixes', 'heartbeat']);

/** What people do: it goes on with a wrong clock too, for when it happened is not what matters most. */
const GOES_ON_WITHOUT_CLOCK: ReadonlySet<LogEntryKind> = new Set(['action', 'task', 'statement', 'roster', 'access']);
/** A time before every log's: an entry goes under that of the last one. */
const LOG_TIME_ONLY = '1';

/**
 * The writing end of one district's log. One append is in flight at a time (O2), the others wait in
 * lanes: within one in order, each with its own share, so that none who sends much stands in the way of the others. An append whose
 * reply was lost is made again until its outcome is known, so an entry may stand in the log twice (every kind is
 * idempotent in the fold) but is never lost once its promise has resolved. Refusals reject with a code of log-failure.ts.
 */
export class DistrictLog {
  readonly district: string;
  readonly #connection: RedisConnection;
  readonly #replicas: number;
  readonly #clock: Clock;
  readonly #clockFault: () => string | null;
  readonly #maxAheadMs: number;
  readonly #logger: Logger;
  readonly #metrics: Metrics;
  readonly #key: string;
  readonly #queue = new AppendQueue();
  #tick: Promise<LogId | null> | null = null;

  constructor(o: DistrictLogOptions) {
    this.district = o.district;
    this.#connection = o.append;
    this.#replicas = o.replicas ?? 0;
    this.#clock = o.clock;
    this.#clockFault = o.clockFault ?? (() => null);
    this.#maxAheadMs = o.clock.kind === 'wall' ? MAX_APPEND_AHEAD_MS : -1;
    this.#logger = o.logger;
    this.#metrics = o.metrics;
    this.#key = logKey(o.district);
  }

  /**
   * Resolves with the entry's id once it is durable. Waits for as long as Redis is away; the signal ends the wait with its
   * reason, and then nobody knows whether the entry is in the log.
   */
  append(entry: LogEntry, signal?: AbortSignal): Promise<LogId> {
    return this.appendEncoded(entry.kind, encodeExactly(entry), signal);
  }

  /** Appends an entry whose payload `encodeLogEntry` has made already. The bytes must not change until the promise is fulfilled or rejected. */
  async appendEncoded(kind: LogEntryKind, payload: Uint8Array, signal?: AbortSignal): Promise<LogId> {
    return (await this.#append(kind, payload, signal)).id;
  }

  /**
   * Like `append`, of entries of one kind that are durable together or not at all, one right after the other. Answers the last, with its log time,
   * which need not be its id's.
   */
  async appendTogether(entries: readonly LogEntry[], signal?: AbortSignal): Promise<LogEnd> {
    const [first] = entries;
    if (first === undefined) throw new Error('bug: nothing to append');
    if (entries.length === 1) return await this.#append(first.kind, encodeExactly(first), signal);
    const encoded = entries.map((entry) => ({ kind: entry.kind, payload: encodeExactly(entry) }));
    const args = encoded.flatMap(({ kind, payload }) => [kind, bufferOf(payload)]);
    const reply = await this.#inTurn(laneOf(first.kind), signal, () =>
      this.#run(
        appendTogetherScript,
        [this.#key],
        () => [this.#timeFor(first.kind), this.#maxAheadMs, ...args],
        signal,
      ),
    );
    if (reply === null) throw this.#missing();
    this.#refuseAhead(reply);
    for (const { kind, payload } of encoded) this.#count(kind, payload);
    return endOf(reply);
  }

  async #append(kind: LogEntryKind, payload: Uint8Array, signal: AbortSignal | undefined): Promise<LogEnd> {
    if (payload.byteLength > MAX_ENTRY_BYTES) {
      const got = `${payload.byteLength} bytes of ${kind} (at most ${MAX_ENTRY_BYTES})`;
      throw logFailure('log-entry-too-large', this.district, got);
    }
    const bytes = bufferOf(payload);
    const append = STOPS_WHEN_FULL.has(kind) ? appendReportScript : appendActScript;
    const reply = await this.#inTurn(laneOf(kind), signal, () =>
      this.#run(append, [this.#key], () => [this.#timeFor(kind), kind, bytes, this.#maxAheadMs], signal),
    );
    if (reply === null) throw this.#missing();
    this.#refuseAhead(reply);
    this.#count(kind, payload);
    return endOf(reply);
  }

  #count(kind: LogEntryKind, payload: Uint8Array): void {
    this.#metrics.count('beatwatch_log_entries_total', 1, { district: this.district, kind });
    this.#metrics.count('beatwatch_log_bytes_total', payload.byteLength, { district: this.district, kind });
  }

  /**
   * Appends a tick if the last entry is at least TICK_AFTER_MS older than the clock, or whatever its age with `force` (the
   * driver of a virtual clock). Null: no tick was due, or a repeat found the first attempt's. Goes on at maxmemory. Code
   * `log-clock` while the clock is wrong.
   */
  tick(o: { readonly force?: boolean } = {}): Promise<LogId | null> {
    if (o.force === true) return this.#appendTick(-1);
    // Ticks must not pile up while Redis is away.
    this.#tick ??= this.#appendTick(TICK_AFTER_MS).finally(() => {
      this.#tick = null;
    });
    return this.#tick;
  }

  /**
   * Begins the log unless it exists. Codes: `log-clock`, `clock-kind-mismatch` (T2: clock kinds never mix in one log),
   * `log-foreign` (another district's), `log-trimmed` (nothing says how it began), `log-wiped` (it began once and is gone).
   */
  async ensureGenesis(genesis: GenesisEntry): Promise<{ readonly created: boolean; readonly genesis: GenesisEntry }> {
    const keys = [this.#key, districtKey(this.district, 'genesis')];
    const payload = bufferOf(encodeLogEntry(genesis));
    const reply = await this.#inTurn('time', undefined, () =>
      this.#run(genesisScript, keys, () => [this.#now(), payload, this.#maxAheadMs]),
    );
    const [created, found] = reply as readonly [number, Buffer | undefined];
    if (created === 3) this.#refuseAhead(['ahead', found, '']);
    if (created === 1) return { created: true, genesis };
    if (created === 2) throw this.#refusal('log-wiped', 'no log although it began once', 'the log: restore Redis');
    return { created: false, genesis: this.#checkGenesis(genesis, found) };
  }

  #checkGenesis(expected: GenesisEntry, found: Uint8Array | undefined): GenesisEntry {
    if (found === undefined) {
      throw this.#refusal('log-trimmed', 'a log without a genesis entry', 'one that begins with genesis');
    }
    const entry = decodeLogEntry('genesis', found);
    if (entry.kind !== 'genesis' || entry.district !== expected.district) {
      throw this.#refusal(
        'log-foreign',
        `the log of ${JSON.stringify(entry)}`,
        `that of district ${expected.district}`,
      );
    }
    if (entry.clock !== expected.clock) {
      const got = `a log on the ${entry.clock} clock`;
      throw this.#refusal(
        'clock-kind-mismatch',
        got,
        `the ${expected.clock} clock: clock kinds never mix; use a fresh data folder`,
      );
    }
    return entry;
  }

  async #appendTick(leastAgeMs: number): Promise<LogId | null> {
    const payload = bufferOf(encodeLogEntry({ kind: 'tick' }));
    const reply = await this.#inTurn('time', undefined, () =>
      this.#run(tickScript, [this.#key], () => [this.#timeFor('tick'), payload, leastAgeMs, this.#maxAheadMs]),
    );
    if (reply === null) return null;
    if (String(reply) === 'missing') throw this.#missing();
    this.#refuseAhead(reply);
    this.#metrics.count('beatwatch_log_entries_total', 1, { district: this.district, kind: 'tick' });
    return endOf(reply).id;
  }

  async #run(
    script: Script,
    keys: readonly string[],
    args: () => readonly ScriptArgument[],
    signal?: AbortSignal,
  ): Promise<unknown> {
    const onRepeat = (error: unknown) => {
      this.#metrics.count('beatwatch_log_repeats_total', 1, { district: this.district });
      this.#logger.warn(
        { error: String(error) },
        'the outcome of an append is unknown: the same entry is appended again',
      );
    };
    try {
      return await untilKnown(this.#connection, () => this.#attempt(script, keys, args()), { signal, onRepeat });
    } catch (error) {
      throw logFailureOf(error, this.district);
    }
  }

  async #attempt(script: Script, keys: readonly string[], args: readonly ScriptArgument[]): Promise<unknown> {
    const replicas = this.#replicas;
    if (replicas === 0) return await runScript(this.#connection, script, keys, args);
    const o = { replicas, withinMs: REPLICATED_WITHIN_MS };
    const [reply, reached] = await runReplicatedScript(this.#connection, script, keys, args, o);
    if (reached >= replicas) return reply;
    const got = `only ${reached} of ${replicas} replicas had it within ${REPLICATED_WITHIN_MS} ms; append it again`;
    throw logFailure('log-not-replicated', this.district, got);
  }

  /** Code `log-busy` when the lane is full. */
  async #inTurn<Result>(
    lane: AppendLane,
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const waiting = this.#queue.waiting(lane);
    if (waiting >= MAX_WAITING_APPENDS[lane]) {
      throw logFailure(
        'log-busy',
        this.district,
        `${waiting} appends of ${lane} are waiting already; try again in a second`,
      );
    }
    return await this.#queue.run(lane, signal, work);
  }

  #now(): string {
    return String(Math.floor(this.#clock.nowMs()));
  }

  /** Asked at each attempt: the clock may have become wrong while Redis was away. */
  #timeFor(kind: LogEntryKind): string {
    const fault = this.#clockFault();
    if (fault === null) return this.#now();
    if (GOES_ON_WITHOUT_CLOCK.has(kind)) return LOG_TIME_ONLY;
    throw logFailure('log-clock', this.district, fault);
  }

  #refuseAhead(reply: unknown): void {
    if (!Array.isArray(reply) || String(reply[0]) !== 'ahead') return;
    const [, redisMs, lastMs] = reply.map(String);
    const now = Number(this.#now());
    const last = lastMs === '' ? '' : ` and ${now - Number(lastMs)} ms ahead of the log's last entry`;
    const most = `at most ${this.#maxAheadMs} ms: correct the clocks of both machines`;
    throw logFailure(
      'log-clock',
      this.district,
      `this server's clock is ${now - Number(redisMs)} ms ahead of Redis's${last} (${most})`,
    );
  }

  #missing(): BeatwatchError {
    return logFailure('log-missing', this.district, 'there is no log under its key (it was cleared, or never begun)');
  }

  #refusal(code: string, got: string, expected: string): BeatwatchError {
    return new BeatwatchError(code, `log of ${this.district}: got ${got}, expected ${expected}`, {
      district: this.district,
    });
  }
}

/** `id`, or `[id, log time]`. */
function endOf(reply: unknown): LogEnd {
  const [idText, told] = Array.isArray(reply) ? (reply as unknown[]) : [reply];
  const id = parseLogId(String(idText));
  return { id, atMs: told === undefined ? id.ms : Number(told) };
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
