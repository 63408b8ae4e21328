import { join } from 'node:path';
import { AccessCommit } from '../api/access-commit.js';
import type { ApiDistrict } from '../api/deps.js';
import type { ArchiveFolder } from '../archive/archive-folder.js';
import { readHead } from '../archive/heads.js';
import { type VersionPages, versionPages } from '../archive/version-pages.js';
import { DistrictError } from '../district/faults.js';
import { FOLD_VERSION } from '../engine/state.js';
import { ConnectionClaims } from '../hot/connection-claims.js';
import { EngineFiles } from '../hot/engine-files.js';
import { HotStore } from '../hot/hot-store.js';
import { subscribeLive } from '../hot/live-channel.js';
import { LossAcceptances } from '../hot/loss-acceptances.js';
import { QuotaUses } from '../hot/quota-uses.js';
import type { Revocations } from '../hot/revocations.js';
import type { Acceptance, IngestDistrict, TrackerInfo } from '../ingest/ports.js';
import { DistrictLog } from '../log/district-log.js';
import { lastId, logEnd } from '../log/raw-entry.js';
import { BeatwatchError, messageOf } from '../model/errors.js';
import { LOG_START, type LogId } from '../model/log-id.js';
import type { PlanEntry } from '../model/log-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Clock, Logger, Metrics, VirtualClock } from '../model/ports.js';
import type { Staleness } from '../model/staleness.js';
import type { RedisConnection } from '../redis/connection.js';
import { NoticeStore } from '../notify/notice-store.js';
import { MEMORY_STOP_RATIO } from '../redis/check.js';
import type { RedisHandle } from '../redis/handle.js';
import type { RunnerStatus } from '../runner/district-runner.js';
import { districtQueries } from './district-queries.js';
import { districtDays } from './district-days.js';
import type { DistrictEngine } from './district-engine.js';
import { DistrictFiles } from './district-files.js';
import { DistrictShare } from './district-share.js';
import { engineName } from './engine-name.js';
import { Freshness } from './freshness.js';
import { hasFolded } from './has-folded.js';
import { knownTrackers } from './known-trackers.js';
import { LogAhead } from './log-ahead.js';
import { LogWitness } from './log-witness.js';
import { RecordCheck, runQuietly } from './record-check.js';
import { countOpenAlerts } from './open-alerts.js';
import { keepPlan, lacksPlan } from './plan-keeper.js';
import type { ReadDistrict, ReadRoads } from './read-district.js';
import { SkippedEntries } from './skipped-entries.js';

export interface DistrictHostOptions {
  readonly read: ReadDistrict;
  readonly redis: RedisHandle;
  /** How many replicas of Redis must have an entry before it counts as appended. */
  readonly replicas: number;
  readonly dataFolder: string;
  readonly clock: Clock | VirtualClock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Null: this process does not fold the log. */
  readonly engine: DistrictEngine | null;
  /** The district's archive, where this process has it. */
  readonly archive: ArchiveFolder | null;
  /** How many districts this process serves from that Redis. */
  readonly districts: number;
  readonly revocations: Revocations;
  readonly acceptance: () => Acceptance;
  readonly durable: () => boolean;
  /** T2: what is wrong with this process's clock, or null. */
  readonly clockFault: () => Staleness | null;
  /** Aborts `open`, which then leaves nothing running. */
  readonly signal?: AbortSignal | undefined;
}

/** How often the plan is read again where no engine runs here. */
const REFRESH_MS = 2_000;
const TICK_MS = 1_000;
const OPEN_ALERTS_MS = 10_000;
const RECORD_CHECK_MS = 3_600_000;
/** How often it is looked whether the log is ahead of the clock. */
const AHEAD_CHECK_MS = 1_000;
/** How often the engine sees whether the log lacks a plan: the calendar of the last one runs out, or it could not tell before. */
const PLAN_CHECK_MS = 60_000;
const FILES_SAY_MS = 3_000;
/** The virtual clock's route waits this long for the engine. */
const CLOCK_ANSWER_MS = 25_000;
/** The engine has this long to fold the entries that are there before the plan is looked at; else that is tried again later. */
const CATCH_UP_MS = 60_000;
/** What CATCH_UP_MS is before the process listens, and while others wait for their turn to log a plan. */
const START_CATCH_UP_MS = 2_000;

/** One district in this process: its log, its hot state, its engine, and what sockets and routes ask of it. */
export class DistrictHost {
  readonly id: string;
  readonly #o: DistrictHostOptions;
  readonly #log: DistrictLog;
  readonly #hot: HotStore;
  /** Hot state for what this process itself looks at, which waits for nothing that people ask for. */
  readonly #watch: HotStore;
  readonly #claims: ConnectionClaims;
  readonly #quotas: QuotaUses;
  readonly #share: DistrictShare;
  readonly #queries: ReturnType<typeof districtQueries>;
  readonly #skipped: SkippedEntries;
  readonly #freshness: Freshness;
  readonly #record: RecordCheck;
  readonly #witness: LogWitness;
  readonly #engine: DistrictEngine | null;
  readonly #ahead: LogAhead;
  /** The last entry that the engine of this process has committed. */
  #foldedTo: LogId | null = null;
  readonly #query: RedisConnection;
  readonly #files: DistrictFiles;
  readonly #timers: NodeJS.Timeout[] = [];
  #plan: CompiledPlan | null = null;
  #trackers: ReadonlyMap<string, TrackerInfo> | null = null;

  private constructor(o: DistrictHostOptions) {
    const { redis, replicas, clock, logger, metrics } = o;
    const query = redis.connect('query');
    this.id = o.read.id;
    this.#o = o;
    this.#query = query;
    const append = redis.connect('append');
    const clockFault = () => o.clockFault()?.detail ?? null;
    this.#log = new DistrictLog({ district: this.id, append, replicas, clock, clockFault, logger, metrics });
    this.#ahead = new LogAhead({ district: this.id, logger, metrics });
    const commit = redis.connect('commit');
    this.#hot = new HotStore({ district: this.id, commit, query });
    const watch = redis.connect('query');
    this.#watch = new HotStore({ district: this.id, commit, query: watch });
    this.#claims = new ConnectionClaims({ district: this.id, query });
    this.#skipped = new SkippedEntries({ district: this.id, hot: this.#hot, query });
    this.#quotas = new QuotaUses({ district: this.id, query });
    this.#share = new DistrictShare({
      district: this.id,
      districts: o.districts,
      query,
      maxmemoryBytes: () => redis.lastCheck?.facts?.maxmemoryBytes ?? null,
      logger,
      metrics,
    });
    this.#queries = districtQueries({ ...o, district: this.id, hot: this.#hot, query });
    this.#freshness = new Freshness({
      district: this.id,
      readLag: () => this.#watch.readLag(),
      plan: () => this.#plan,
      isStarting: () => this.#engine?.status.state === 'starting',
      timeFault: () => o.clockFault() ?? this.#ahead.staleness(),
      clock,
      logger,
      metrics,
    });
    this.#witness = new LogWitness({ district: this.id, folder: join(o.dataFolder, 'witness'), logger });
    this.#record = new RecordCheck({
      district: this.id,
      reads: this.#hot,
      tail: () => this.#witness.lost,
      acceptances: new LossAcceptances({ district: this.id, query }),
      logger,
      metrics,
    });
    this.#files = new DistrictFiles({
      read: o.read,
      engines: o.engine === null ? null : new EngineFiles({ district: this.id, engine: engineName(), query }),
      plan: () => this.#engine?.plans.at(-1) ?? this.#plan,
      metrics,
    });
    this.#engine = o.engine;
  }

  /** Begins the log if there is none, starts the engine, and sees to the plan. */
  static async open(o: DistrictHostOptions): Promise<DistrictHost> {
    const host = new DistrictHost(o);
    try {
      await host.#start();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  async #start(): Promise<void> {
    const { clock, read } = this.#o;
    await this.#witness.load();
    this.#tellRoads(read.roads);
    // Without a log that may have a plan, refused files begin none.
    if (read.refused !== null && (await lastId(this.#query, this.id)) === null) throw read.refused;
    await this.#continueVirtualTime();
    await this.#log.ensureGenesis({ kind: 'genesis', district: this.id, clock: clock.kind, foldVersion: FOLD_VERSION });
    await this.#lookAtLog();
    this.#engine?.start({
      onPlan: (plan) => this.#usePlan(plan),
      onCommit: (upTo) => {
        this.#foldedTo = upTo;
        this.#hot.hearCommit(upTo);
      },
    });
    if (read.refused !== null) await this.#goOnWithout(read.refused);
    if (clock.kind === 'wall') {
      await this.#lookAhead();
      this.#every(AHEAD_CHECK_MS, () => this.#lookAhead());
    }
    await this.#files.say();
    this.#every(FILES_SAY_MS, () => this.#sayFiles());
    // A long log is folded while the process listens and says how far it is.
    if (!(await this.#keepPlan(START_CATCH_UP_MS))) this.#now(() => this.#keepPlan());
    this.#every(PLAN_CHECK_MS, () => this.#keepPlan());
    if (clock.kind === 'wall') this.#every(TICK_MS, () => this.#tick());
    await this.#share.start();
    await this.#refresh();
    this.#o.signal?.throwIfAborted();
    this.#every(REFRESH_MS, () => this.#refresh());
    await this.#freshness.look();
    await runQuietly(this.#record, this.#o.logger);
    this.#every(TICK_MS, () => this.#lookAtLog());
    this.#every(OPEN_ALERTS_MS, () => countOpenAlerts(this.id, this.#hot, this.#o.metrics));
    this.#every(RECORD_CHECK_MS, () => this.#record.run());
    this.#every(TICK_MS, () => this.#freshness.look());
  }

  /** The plan of the log stays in force without the files. Rejects with what is wrong with them when it has none. */
  async #goOnWithout(refused: DistrictError): Promise<void> {
    const known = async () => (await this.#hot.readPlan()) ?? this.#engine?.plans.at(-1) ?? null;
    let plan = await known();
    if (plan === null && this.#engine !== null && (await this.#hasCaughtUp(this.#engine, CATCH_UP_MS)))
      plan = await known();
    if (plan === null) throw refused;
    this.#o.logger.error(
      { plan: plan.version, error: refused.message },
      'the district files are refused, and the plan of the log stays in force',
    );
  }

  /** Keeps outside Redis how far the log reaches, and finds out when it reaches less far than it did. */
  async #lookAtLog(): Promise<void> {
    const { log } = await this.#watch.readRecordFacts();
    await this.#witness.see(log);
  }

  /** A virtual clock goes on where the log stands: the process that drove it may have been killed. */
  async #continueVirtualTime(): Promise<void> {
    const { clock } = this.#o;
    if (!('setMs' in clock)) return;
    const last = await this.#lastId();
    if (last !== null && last.ms > clock.nowMs()) clock.setMs(last.ms);
  }

  /** The last entry of the log, asked on a connection that waits for nothing else. */
  async #lastId(): Promise<LogId | null> {
    const connection = this.#o.redis.connect('query');
    const last = await lastId(connection, this.id);
    connection.disconnect();
    return last;
  }

  /** T2. With a wrong clock nobody can say what the log is ahead of. */
  async #lookAhead(): Promise<void> {
    if (this.#o.clockFault() !== null) return;
    const before = this.#ahead.now;
    this.#ahead.look(await logEnd(this.#query, this.id), this.#o.clock.nowMs());
    // A resumed log has no plan in force until the next one.
    if (before !== null && this.#ahead.now === null) await this.#keepPlan();
  }

  /** No time of a clock that is wrong; that it is wrong is said elsewhere. */
  async #tick(): Promise<void> {
    if (this.#o.clockFault() === null) await this.#log.tick();
  }

  /** Whether the engine has folded what the log says already; waits for that, but not for ever. */
  async #hasCaughtUp(engine: DistrictEngine, withinMs: number): Promise<boolean> {
    const last = (await this.#lastId()) ?? LOG_START;
    if (await hasFolded(engine, last, { withinMs, signal: this.#o.signal })) return true;
    // At a start that is usual: it is waited for again while the process listens.
    const level = withinMs > START_CATCH_UP_MS ? 'warn' : 'info';
    this.#o.logger[level]({ status: engine.status }, 'the engine has not caught up yet');
    return false;
  }

  /** False: it could not be seen to, for the engine has not caught up. */
  async #keepPlan(withinMs: number = CATCH_UP_MS): Promise<boolean> {
    const { clock, logger } = this.#o;
    const { source, isWanted } = this.#files;
    const engine = this.#engine;
    // A log that is ahead of the clock takes no plan in time, and a clock that is wrong dates none.
    if (engine === null || this.#ahead.now !== null || this.#o.clockFault() !== null) return true;
    if (!(await this.#hasCaughtUp(engine, withinMs))) return false;
    const plans = () => engine.plans;
    const latest = () => plans().at(-1);
    this.#files.warnOfOther(latest(), logger);
    const resumed = latest() === undefined ? await this.#hot.readPlan() : null;
    if (!lacksPlan(latest(), { source, isWanted, resumed }, clock.nowMs())) return true;
    let inTime = true;
    // Whose turn it was before may have logged one.
    const logged = async () => {
      inTime = await this.#hasCaughtUp(engine, START_CATCH_UP_MS);
      return latest() ?? null;
    };
    await this.#files.inTurn(logged, async () => {
      if (!inTime) return;
      const lastVersion = () => engine.planVersion;
      const append = (entries: readonly PlanEntry[]) => this.#log.appendTogether(entries);
      const plan = await keepPlan({ source, isWanted, resumed, clock, logger, plans, lastVersion, append });
      if (plan !== null) this.#usePlan(this.#plan ?? plan);
    });
    return inTime;
  }

  /** A plan that had to wait for other engines is logged when it need not wait any more. */
  async #sayFiles(): Promise<void> {
    await this.#files.say();
    if (this.#files.isDue) await this.#keepPlan();
  }

  /** District files that were read again: what differs is logged as the next plan; wrong ones change nothing. */
  async useFiles(read: ReadDistrict): Promise<void> {
    this.#files.useRoads(read.roads);
    this.#tellRoads(read.roads);
    if (read.source === null) return this.#files.refuse(read.refused);
    this.#files.use(read.source);
    await this.#files.say();
    await this.#keepPlan();
  }

  #tellRoads(roads: ReadRoads): void {
    if (roads instanceof DistrictError)
      this.#o.logger.error(
        { error: roads.message },
        'the roads are refused: the map is drawn without them, or on those before; correct them, then send SIGHUP',
      );
  }

  async #refresh(): Promise<void> {
    await this.#skipped.refresh();
    await this.#record.refresh();
    // An engine tells its plans itself, once it has loaded.
    if (this.#engine !== null && this.#plan !== null) return;
    const plan = await this.#hot.readPlan();
    if (plan !== null && plan.version !== this.#plan?.version) this.#usePlan(plan);
  }

  #usePlan(plan: CompiledPlan): void {
    const known = this.#engine?.plans ?? (this.#plan === null ? [] : [this.#plan]);
    this.#plan = plan;
    this.#trackers = knownTrackers([...known, plan]);
  }

  #every(periodMs: number, task: () => Promise<unknown>): void {
    this.#timers.push(setInterval(() => this.#now(task), periodMs).unref());
  }

  #now(task: () => Promise<unknown>): void {
    task().catch((error: unknown) => this.#o.logger.warn({ error: messageOf(error) }, 'a periodic task failed'));
  }

  /** Entries that were skipped count until somebody has looked at them. */
  get status(): RunnerStatus | null {
    const status = this.#engine?.status ?? null;
    if (status === null) return null;
    return { ...status, skipped: Math.max(0, status.skipped - this.#skipped.cleared) };
  }

  get hot(): HotStore {
    return this.#hot;
  }

  /** Versions of visits and alerts of any age. */
  get versions(): VersionPages {
    return versionPages(this.#o.archive, this.#hot);
  }

  /** The newest plan that this process knows, in force or not yet. */
  get plan(): CompiledPlan | null {
    return this.#plan;
  }

  /** Whether anything is gone from its record. */
  get record(): RecordCheck {
    return this.#record;
  }

  /** The district files of this process, and whether they are in force. */
  get files(): DistrictFiles {
    return this.#files;
  }

  /** Whether the state that this process shows can be believed. */
  get freshness(): Freshness {
    return this.#freshness;
  }

  /** Moves the virtual clock: logs a tick, and leaves the engine to follow in its own time. */
  async moveClock(nowMs: number): Promise<LogId> {
    const { clock } = this.#o;
    if (!('setMs' in clock))
      throw new BeatwatchError('clock-wall', 'only a virtual clock can be moved, and this one is a wall clock');
    clock.setMs(nowMs);
    return (await this.#log.tick({ force: true })) ?? { ms: nowMs, seq: 0 };
  }

  /** Moves the virtual clock and waits until the engine has settled everything before it. */
  async setClock(nowMs: number): Promise<LogId> {
    const passed = await this.moveClock(nowMs);
    if (!(await this.#hot.waitForCursor(passed, CLOCK_ANSWER_MS))) {
      throw new BeatwatchError(
        'engine-behind',
        `no engine has passed ${nowMs} within ${CLOCK_ANSWER_MS} ms; send the same instant again`,
      );
    }
    return passed;
  }

  /** Logs the district's plan again where its calendar has run out: a driver has moved the virtual clock far. */
  async renewPlan(): Promise<void> {
    await this.#keepPlan();
  }

  forApi(): Omit<ApiDistrict, 'reports'> {
    const { clock, revocations, archive } = this.#o;
    return {
      id: this.id,
      clock,
      plan: () => this.#plan,
      roads: () => this.#files.roads,
      staleness: () => this.#freshness.staleness(),
      hot: this.#hot,
      watch: this.#watch,
      versions: this.versions,
      archiveHead: async (day) => (archive === null ? null : await readHead(archive.folder, day)),
      plans: this.#queries.plans,
      searchFixes: (search) => this.#queries.searches.read(search),
      searchAccesses: (search) => this.#queries.accesses.read(search),
      history: this.#queries.reads,
      days: districtDays(this.id, this.#query, this.#o.archive),
      skipped: this.#skipped,
      notices: new NoticeStore({ district: this.id, query: this.#query }),
      record: this.#record,
      log: this.#log,
      accesses: new AccessCommit((payload) => this.#log.appendEncoded('access', payload)),
      subscribeLive: (listener) =>
        this.#listen((connection) => subscribeLive(connection, () => this.#hot.liveChannel(), listener)),
      revocations: revocations.of(this.id),
      setClock: clock.kind === 'virtual' ? (nowMs) => this.setClock(nowMs) : undefined,
    };
  }

  forIngest(): IngestDistrict {
    const { redis, logger } = this.#o;
    return {
      append: (entry) => this.#log.append(entry),
      trackers: () => this.#trackers,
      claim: async (tracker, connectionId) => (await this.#claims.claimConnection(tracker, connectionId)).claim,
      onTakeover: (listener) =>
        this.#listen((connection) =>
          this.#claims.subscribeTakeovers(
            connection,
            ({ tracker, claim }) => listener(tracker, claim),
            (message) => logger.warn({ error: message }, 'takeovers not read'),
          ),
        ),
      foldedTo: () => this.#foldedTo,
      roomBytes: () => {
        const maxmemoryBytes = redis.lastCheck?.facts?.maxmemoryBytes ?? 0;
        return maxmemoryBytes === 0 ? null : maxmemoryBytes * MEMORY_STOP_RATIO;
      },
      quotas: this.#quotas,
      accepting: () => {
        const acceptance = this.#o.acceptance();
        return acceptance.ok ? this.#share.acceptance() : acceptance;
      },
      durable: this.#o.durable,
    };
  }

  /** Listens on a connection of its own; what comes back ends both. */
  #listen(subscribe: (connection: RedisConnection) => () => void): () => void {
    const connection = this.#o.redis.connect('subscribe');
    const end = subscribe(connection);
    return () => {
      end();
      connection.disconnect();
    };
  }

  /** Folds and commits what was read, leaves a snapshot, stops its timers. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#share.stop();
    await this.#engine?.stop();
    await this.#files
      .leave()
      .catch((error: unknown) =>
        this.#o.logger.warn({ error: messageOf(error) }, 'other engines are not told that this one ends'),
      );
    await this.#lookAtLog().catch((error: unknown) =>
      this.#o.logger.warn({ error: messageOf(error) }, 'the end of the log cannot be kept'),
    );
  }
}
