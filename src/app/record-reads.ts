import type { ArchiveFolder } from '../archive/archive-folder.js';
import { joinedFixes } from '../archive/joined-fixes.js';
import { joinedVersions, type VersionStreams } from '../archive/joined-versions.js';
import { redisFixes } from '../log/fix-tail.js';
import type { LogHistory } from '../log/log-history.js';
import type { VersionHistory } from '../log/version-history.js';
import type { CompiledPlan } from '../model/plan.js';
import type { PlanRecord } from '../model/plan-record.js';
import type { Clock } from '../model/ports.js';
import { standingPlans } from '../model/standing-plans.js';
import type { RedisConnection } from '../redis/connection.js';
import type { RedisHandle } from '../redis/handle.js';
import { type PresenceAnswer, type PresenceQuery, readPresence } from '../traces/presence-query.js';
import type { RecordSource } from '../traces/query.js';
import { readTraces, type TraceAnswer, type TraceQuery } from '../traces/trace-query.js';
import { type PastPlans, plansSince } from './past-plans.js';
import { readPlanOf, readPlans } from './read-plans.js';

export interface RecordReadsOptions {
  readonly district: string;
  readonly redis: RedisHandle;
  /** The district's archive, where this process has it. */
  readonly archive: ArchiveFolder | null;
  readonly openHistory: (connection: RedisConnection) => LogHistory;
  readonly hot: VersionStreams;
  /** The plan in force; null before the first. */
  readonly plan: () => Promise<CompiledPlan | null>;
  /** Plans of the log by version, those that wait too. */
  readonly planRecords: () => Promise<readonly PlanRecord[]>;
  readonly snapshotFolder: string;
  readonly clock: Clock;
  /** Fixes that one query may read at about; MAX_QUERY_ROWS unless given. */
  readonly maxRows?: number;
}

/** What auditors ask of a district's record: of any age, over archive, log and hot state as one. */
export class RecordReads {
  readonly #o: RecordReadsOptions;
  readonly versions: VersionHistory;

  constructor(options: RecordReadsOptions) {
    this.#o = options;
    this.versions = joinedVersions(options.archive, options.hot);
  }

  traces(query: TraceQuery): Promise<TraceAnswer> {
    return this.#connected((source) => readTraces(source, query));
  }

  presence(query: PresenceQuery): Promise<PresenceAnswer> {
    return this.#connected((source) => readPresence(source, query));
  }

  /** The last line of the archive's manifest; null: there is no archive here. */
  async head(): Promise<{ readonly line: number; readonly sha256: string; readonly upTo: string } | null> {
    await this.#o.archive?.refresh();
    const last = this.#o.archive?.lines.at(-1);
    return last === undefined ? null : { line: last.line.line, sha256: last.sha256, upTo: last.line.log.upTo };
  }

  /**
   * The plan in force at an instant, of one to come as far as plans are logged; before the first, the first. Null: there is none, or
   * nobody knows it any more.
   */
  async planAt(atMs: number): Promise<CompiledPlan | null> {
    const nowMs = this.#o.clock.nowMs();
    const then =
      atMs <= nowMs
        ? undefined
        : standingPlans(await this.#o.planRecords()).findLast(({ inForceFromMs }) => inForceFromMs <= atMs);
    if (then !== undefined && then.inForceFromMs > nowMs)
      return await this.#connected((_, history) => readPlanOf(history, then));
    const past = await this.#connected((source) => source.plansSince(atMs));
    if (past.fromMs > atMs) return null;
    return past.plans.findLast(({ inForceFromMs }) => inForceFromMs <= atMs) ?? past.plans[0] ?? null;
  }

  /** What a query needs of Redis it has read when it answers: its rows come from memory and from the archive. */
  async #connected<Result>(read: (source: RecordSource, history: LogHistory) => Promise<Result>): Promise<Result> {
    const { district, redis, archive, clock, maxRows } = this.#o;
    const connection = redis.connect('query');
    try {
      const source: RecordSource = {
        fixes: joinedFixes({ district, archive, log: redisFixes({ district, connection }) }),
        plansSince: (fromMs) => this.#plansSince(connection, fromMs),
        nowMs: () => clock.nowMs(),
        ...(maxRows === undefined ? {} : { maxRows }),
      };
      return await read(source, this.#o.openHistory(connection));
    } finally {
      connection.disconnect();
    }
  }

  async #plansSince(connection: RedisConnection, fromMs: number): Promise<PastPlans> {
    const { plan, snapshotFolder, openHistory } = this.#o;
    const history = openHistory(connection);
    return await plansSince(fromMs, {
      current: await plan(),
      snapshotFolder,
      readPlans: (since, until) => readPlans(history, since, until),
    });
  }
}
