import { Door } from '../../src/access/door.js';
import { createKeyPair, loadPublicKeys, PUBLIC_KEYS_FILE } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import { createVerifier } from '../../src/access/verifier.js';
import { AccessCommit } from '../../src/api/access-commit.js';
import type { ApiServer } from '../../src/api/api-server.js';
import { createApi } from '../../src/api/create-api.js';
import type { ApiDeps, ApiDistrict, ArchiveHead, RecordHistory } from '../../src/api/deps.js';
import { onUpgrade } from '../../src/api/http-server.js';
import { LISTEN_BACKLOG } from '../../src/api/limits.js';
import { LiveServer, type LiveServerOptions } from '../../src/api/live/live-server.js';
import { AccessSearches } from '../../src/app/access-searches.js';
import { districtDays } from '../../src/app/district-days.js';
import { historyOf } from '../../src/app/district-history.js';
import { districtPlans } from '../../src/app/district-plans.js';
import { FixSearches } from '../../src/app/fix-searches.js';
import { NoticeStore } from '../../src/notify/notice-store.js';
import { RecordCheck } from '../../src/app/record-check.js';
import { RecordReads } from '../../src/app/record-reads.js';
import { SkippedEntries } from '../../src/app/skipped-entries.js';
import { whatIfInThread } from '../../src/app/what-if-threads.js';
import { versionPages } from '../../src/archive/version-pages.js';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { HotStore } from '../../src/hot/hot-store.js';
import { subscribeLive } from '../../src/hot/live-channel.js';
import { PlanDrafts } from '../../src/hot/plan-drafts.js';
import { LossAcceptances } from '../../src/hot/loss-acceptances.js';
import { Revocations } from '../../src/hot/revocations.js';
import { TicketStore } from '../../src/hot/token-stores.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { logKey, rawEntryOf } from '../../src/log/raw-entry.js';
import { BeatwatchError } from '../../src/model/errors.js';
import type { AccessRead, LogEntry } from '../../src/model/log-entry.js';
import type { Loss } from '../../src/model/losses.js';
import type { MapTiles } from '../../src/model/map-tiles.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { Clock } from '../../src/model/ports.js';
import { NO_ROADS, type RoadCollection } from '../../src/model/roads.js';
import type { Role } from '../../src/model/roles.js';
import type { Staleness } from '../../src/model/staleness.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { type RedisConnection, whenReady } from '../../src/redis/connection.js';
import type { RedisHandle } from '../../src/redis/handle.js';
import { WORKED_REPORTS } from '../reports/worked-reports.js';
import { type KeptLog, startTestRedis, type TestScope, temporaryFolder } from '../support/redis-server.js';
import { PlayedEngine } from './played-engine.js';
import { T0_MS, testPlan } from './records.js';

export interface RigDistrict {
  readonly id: string;
  readonly engine: PlayedEngine;
  readonly hot: HotStore;
  readonly log: DistrictLog;
  plan: CompiledPlan | null;
  roads: RoadCollection;
  /** Set: the next appends through the API fail with it. */
  appendFailure: Error | null;
  /** Set: reads of hot state through the API fail with it. */
  readFailure: Error | null;
  /** What queries of the record read; a test may put another in its place. */
  history: RecordHistory | null;
  /** What the process finds out about the state, as the test says. */
  stale: Staleness | null;
  /** Ends of the log that are gone. */
  tail: readonly Loss[];
  /** Every entry of these kinds in the log, in order. */
  entries<Kind extends 'access' | 'action' | 'task' | 'statement'>(
    kind: Kind,
  ): Promise<Extract<LogEntry, { kind: Kind }>[]>;
  /** Every access record in the log, in order. */
  reads(): Promise<AccessRead[]>;
}

export interface Rig {
  readonly url: string;
  readonly api: ApiServer;
  readonly live: LiveServer;
  readonly deps: ApiDeps;
  readonly redis: RedisHandle;
  readonly query: RedisConnection;
  readonly log: KeptLog;
  /** What `/readyz` is made of. */
  readonly readiness: { ok: boolean };
  readonly districts: ReadonlyMap<string, RigDistrict>;
  district(id?: string): RigDistrict;
  token(o: TokenWish): Promise<string>;
}

export interface TokenWish {
  readonly role: Role;
  readonly districts?: readonly string[];
  readonly subject?: string;
  readonly ttlS?: number;
  readonly nowMs?: number;
  readonly tokenId?: string;
}

export interface RigOptions {
  readonly live?: LiveServerOptions;
  readonly requestsPerMinute?: number;
  readonly allowedOrigins?: readonly string[];
  readonly consoleFolder?: string;
  readonly mapTiles?: MapTiles;
  readonly door?: Door;
  readonly requestMs?: number;
  readonly queryMs?: number;
}

function fail(error: Error): never {
  throw error;
}

/** What the archive is said to have come to. */
const TEST_HEAD: ArchiveHead = {
  format: 1,
  district: 'meixian',
  line: 7,
  sha256: 'ab'.repeat(32),
  upTo: '1772409600000-0',
  madeAtMs: T0_MS,
  kid: 'archive-1',
  signature: 'signed',
};

/** Districts `meixian` (virtual clock) and `jiaying` (wall clock) on a real Redis, served over real sockets. */
export async function startRig(t: TestScope, o: RigOptions = {}): Promise<Rig> {
  const { handle: redis, log } = await startTestRedis(t);
  const keyFolder = await temporaryFolder(t);
  const [key, publicKeys] = [await createKeyPair(keyFolder), await loadPublicKeys(`${keyFolder}/${PUBLIC_KEYS_FILE}`)];
  const metrics = createMetrics({ strict: true });
  const query = redis.connect('query');
  const revocations = new Revocations({ query, nowMs: () => Date.now() });
  const readiness = { ok: true };
  const opened = await Promise.all([
    openDistrict('meixian', createVirtualClock(T0_MS)),
    openDistrict('jiaying', { kind: 'wall', nowMs: () => Date.now() }),
  ]);

  async function openDistrict(id: string, clock: Clock): Promise<{ rig: RigDistrict; api: ApiDistrict }> {
    const [append, commit] = [redis.connect('append'), redis.connect('commit')];
    const districtLog = new DistrictLog({ district: id, append, clock, logger: log, metrics });
    const hot = new HotStore({ district: id, commit, query: redis.connect('query') });
    await Promise.all([append, commit].map((connection) => whenReady(connection)));
    await districtLog.ensureGenesis({ kind: 'genesis', district: id, clock: clock.kind, foldVersion: 1 });
    const engine = new PlayedEngine(districtLog, hot, redis.connect('query'));
    t.teardown(() => engine.stop());
    const rig: RigDistrict = {
      id,
      engine,
      hot,
      log: districtLog,
      plan: testPlan(id),
      roads: NO_ROADS,
      appendFailure: null,
      readFailure: null,
      history: null,
      stale: null,
      tail: [],
      entries: async (kind) => {
        const replies = await query.xrangeBuffer(logKey(id), '-', '+');
        return replies
          .map(rawEntryOf)
          .filter((entry) => entry.kind === kind)
          .map((entry) => decodeLogEntry(kind, entry.payload) as never);
      },
      reads: async () => (await rig.entries('access')).flatMap(({ reads }) => reads),
    };
    // A stand-in only while a test asks for failures: everything else is the real store.
    const failing = new Proxy(hot, {
      get: (target, name) => {
        const failure = rig.readFailure;
        if (failure !== null) return async () => fail(failure);
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const openHistory = historyOf(id, null);
    const accessSearches = new AccessSearches({ redis, openHistory });
    const searches = new FixSearches({
      district: id,
      redis,
      openHistory,
      hot: failing,
      snapshotFolder: keyFolder,
    });
    const history = new RecordReads({
      district: id,
      redis,
      archive: null,
      openHistory: historyOf(id, null),
      hot: failing,
      plan: async () => rig.plan,
      planRecords: () => failing.readPlanRecords(),
      snapshotFolder: keyFolder,
      clock,
    });
    rig.history = history;
    const tryAppend = (entry: LogEntry, signal?: AbortSignal) =>
      rig.appendFailure === null ? districtLog.append(entry, signal) : Promise.reject(rig.appendFailure);
    const tryAppendAccess = (payload: Uint8Array) =>
      rig.appendFailure === null ? districtLog.appendEncoded('access', payload) : Promise.reject(rig.appendFailure);
    const api: ApiDistrict = {
      id,
      clock,
      plan: () => rig.plan,
      roads: () => rig.roads,
      staleness: () => rig.stale,
      hot: failing,
      watch: failing,
      versions: versionPages(null, failing),
      archiveHead: async (day) => (day === null ? TEST_HEAD : null),
      searchFixes: (search) => searches.read(search),
      plans: districtPlans({
        district: id,
        hot: failing,
        drafts: new PlanDrafts({ district: id, query }),
        history: historyOf(id, null)(query),
        clock,
        whatIf: (plan, hours) =>
          whatIfInThread({ address: redis.address, archiveFolder: null, question: { district: id, ...hours }, plan }),
      }),
      get history() {
        return rig.history ?? history;
      },
      searchAccesses: (search) => accessSearches.read(search),
      days: districtDays(id, query, null),
      reports: WORKED_REPORTS,
      skipped: new SkippedEntries({ district: id, hot, query }),
      notices: new NoticeStore({ district: id, query }),
      record: new RecordCheck({
        district: id,
        reads: hot,
        tail: () => rig.tail,
        acceptances: new LossAcceptances({ district: id, query }),
        logger: log,
        metrics,
      }),
      log: {
        append: tryAppend,
        appendTogether: (entries, signal) =>
          rig.appendFailure === null ? districtLog.appendTogether(entries, signal) : Promise.reject(rig.appendFailure),
      },
      accesses: new AccessCommit(tryAppendAccess),
      subscribeLive: (listener) => {
        const connection = redis.connect('subscribe');
        const end = subscribeLive(connection, () => hot.liveChannel(), listener);
        return () => {
          end();
          connection.disconnect();
        };
      },
      revocations: revocations.of(id),
      setClock:
        clock.kind === 'virtual'
          ? async (nowMs) => {
              (clock as ReturnType<typeof createVirtualClock>).setMs(nowMs);
              const logId = await districtLog.tick({ force: true });
              if (logId === null) throw new BeatwatchError('log-missing', 'no tick');
              await hot.waitForCursor(logId, 10_000);
              return logId;
            }
          : undefined,
    };
    return { rig, api };
  }

  const verifier = createVerifier(
    () => publicKeys,
    () => Date.now(),
  );
  const verify = async (token: string) => {
    const identity = await verifier.verify(token);
    await revocations.learn(identity.districts);
    return identity;
  };
  const deps: ApiDeps = {
    districts: new Map(opened.map(({ api }) => [api.id, api])),
    ...verifier,
    door: o.door ?? new Door(),
    verify,
    isRevoked: (identity) => revocations.isRevoked(identity),
    learnRevocations: ({ districts: covered }) => revocations.learn(covered),
    tickets: new TicketStore({ query }),
    readiness: async () => [{ name: 'redis', ok: readiness.ok, detail: 'as the test says' }],
    metrics,
    metricsText: metrics,
    logger: log,
    clock: { kind: 'wall', nowMs: () => Date.now() },
    allowedOrigins: o.allowedOrigins ?? ['https://console.example'],
    consoleFolder: o.consoleFolder ?? null,
    mapTiles: o.mapTiles ?? null,
    requestsPerMinute: o.requestsPerMinute ?? 1_000_000,
    requestMs: o.requestMs,
    queryMs: o.queryMs,
  };
  const api = await createApi(deps);
  const live = new LiveServer(deps, o.live);
  onUpgrade(api.server, (request, socket, head) => live.handleUpgrade(request, socket, head));
  const url = await api.listen({ host: '127.0.0.1', port: 0, backlog: LISTEN_BACKLOG });
  t.teardown(async () => {
    await live.close();
    await api.close();
  });
  const districts = new Map(opened.map(({ rig }) => [rig.id, rig]));
  return {
    url,
    readiness,
    api,
    live,
    deps,
    redis,
    query,
    log,
    districts,
    district: (id = 'meixian') => {
      const found = districts.get(id);
      if (found === undefined) throw new Error(`no district ${id}`);
      return found;
    },
    token: ({ role, districts = ['meixian'], subject, ttlS = 3_600, nowMs = Date.now(), tokenId }) =>
      signToken({
        key,
        role,
        districts,
        subject: subject ?? (role === 'tracker' ? 't-car-1' : `${role}-li`),
        ttlS,
        nowMs,
        ...(tokenId === undefined ? {} : { tokenId }),
      }),
  };
}
