import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadPublicKeys } from './access/keys.js';
import { Door } from './access/door.js';
import { createVerifier } from './access/verifier.js';
import type { ApiServer } from './api/api-server.js';
import { createApi } from './api/create-api.js';
import type { ApiDeps, ApiDistrict, DistrictReports } from './api/deps.js';
import { LISTEN_BACKLOG } from './api/limits.js';
import { onUpgrade } from './api/http-server.js';
import { LiveServer } from './api/live/live-server.js';
import { openArchive } from './app/open-archive.js';
import { NotifyHost } from './app/notify-host.js';
import { openReports } from './app/open-reports.js';
import { DistrictHost } from './app/district-host.js';
import { EngineThreads, type EngineThreadsOptions } from './app/engine-threads.js';
import { listenFailed, probePort } from './app/listening.js';
import { type ReadDistrict, readDistrict } from './app/read-district.js';
import { publicKeysPath, type Reloadable, reload } from './app/reload.js';
import { describeFreshness, describeRecord, describeRunner, watchRedis } from './app/watch.js';
import type { Config } from './config.js';
import { Revocations } from './hot/revocations.js';
import { TicketStore } from './hot/token-stores.js';
import { TRACKER_PATH } from './protocol/tracker-socket.js';
import { Ingest } from './ingest/ingest.js';
import { BeatwatchError, messageOf } from './model/errors.js';
import type { Clock, Logger, VirtualClock } from './model/ports.js';
import type { Identity } from './model/roles.js';
import { createMetrics } from './ops/metrics.js';
import { Readiness } from './ops/readiness.js';
import { readChannels } from './notify/channels-file.js';
import { openRedis } from './redis/handle.js';

export interface ServerOptions {
  readonly config: Config;
  readonly clock: Clock | VirtualClock;
  readonly logger: Logger;
  /** How threads of engines run, where a test wants them otherwise. */
  readonly engines?: Pick<EngineThreadsOptions, 'program' | 'limits'>;
  /** How long the archive may write when the server closes; asked then. Absent: ARCHIVE_STOP_MS. */
  readonly archiveStopMs?: () => number;
  /** Aborts the start: what it had begun is closed, then `startServer` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface RunningServer {
  readonly url: string;
  readonly districts: ReadonlyMap<string, DistrictHost>;
  /** Reads keys and district files again, and takes over what of the configuration can change while it runs. Never rejects. */
  reload(config: Config): Promise<void>;
  /** Acknowledges what was taken, commits what was folded, leaves snapshots, stops a private Redis. */
  close(): Promise<void>;
}

/** Two folders of one district would log their plans against each other. */
function refuseTwice(districts: readonly ReadDistrict[], folders: readonly string[]): void {
  const folderOf = new Map<string, string>();
  for (const [index, { id }] of districts.entries()) {
    const [first, folder] = [folderOf.get(id), folders[index] ?? ''];
    if (first !== undefined) {
      const message = `BEATWATCH_DISTRICTS: got the district ${id} in ${first} and in ${folder}, expected each district once`;
      throw new BeatwatchError('config-invalid', message, { district: id });
    }
    folderOf.set(id, folder);
  }
}
/** Revoked tokens are read this often: with what sockets take to look, one is out of use in every process within two seconds. */
const REVOCATIONS_REFRESH_MS = 500;

/** What a start that failed had begun is given so long to end in order. */
const FAILED_CLOSE_MS = 10_000;

/** The whole server in one process, or the roles of the configuration. It listens when this resolves. */
export async function startServer(o: ServerOptions): Promise<RunningServer> {
  const { config, clock, logger, signal } = o;
  const read = await Promise.all(config.districtFolders.map((folder) => readDistrict(folder, clock.nowMs())));
  if (read.length === 0) {
    throw new BeatwatchError('config-invalid', 'BEATWATCH_DISTRICTS: got no folder, expected at least one district');
  }
  refuseTwice(read, config.districtFolders);
  const { channelsFile } = config;
  const live: Reloadable = {
    keys: await loadPublicKeys(publicKeysPath(config)),
    allowedOrigins: config.allowedOrigins,
    channels:
      config.roles.includes('notify') && channelsFile !== null
        ? await readChannels(channelsFile, config.secretOf)
        : null,
  };
  await probePort(config);
  const metrics = createMetrics({ strict: false, processMetrics: true });
  const readiness = new Readiness();
  const redis = await openRedis({
    url: config.redisUrl,
    dataFolder: config.dataFolder,
    logger,
    clock,
    serverBinary: config.redisServer ?? undefined,
    maxmemoryBytes: config.redisMaxmemoryBytes ?? undefined,
    replicas: config.redisReplicas,
    signal,
  });
  const closers: (() => Promise<void> | undefined | void)[] = [() => redis.close()];
  try {
    const watch = await watchRedis({ redis, clock, readiness, metrics, logger });
    closers.unshift(() => watch.stop());
    const revocations = new Revocations({ query: redis.connect('query'), nowMs: () => Date.now() });
    closers.unshift(followRevocations(revocations, logger));
    const archive = config.roles.includes('archive')
      ? await openArchive({ config, redis, read, logger, stopWithinMs: o.archiveStopMs })
      : null;
    // What was gathered is written while Redis is still there.
    if (archive !== null) closers.unshift(() => archive.close());
    const engines = new EngineThreads({
      redis,
      dataFolder: config.dataFolder,
      districts: config.roles.includes('engine') ? read.map(({ id }) => id) : [],
      threads: config.engineThreads,
      logger,
      metrics,
      ...o.engines,
    });
    const districts = new Map<string, DistrictHost>();
    const reports = new Map<string, DistrictReports>();
    for (const district of read) {
      const host = await DistrictHost.open({
        read: district,
        redis,
        replicas: config.redisReplicas,
        dataFolder: config.dataFolder,
        clock,
        logger: logger.child({ district: district.id }),
        metrics,
        archive: archive?.folderOf(district.id) ?? null,
        engine: engines.engineOf(district.id),
        districts: read.length,
        acceptance: () => watch.acceptance(),
        revocations,
        durable: () => watch.durable(),
        clockFault: () => watch.clockFault(),
        signal,
      });
      closers.unshift(() => host.close());
      districts.set(host.id, host);
      const opened = openReports(host.id, { config, redis, archive, logger });
      closers.unshift(() => opened.close());
      reports.set(host.id, opened.reports);
      readiness.register(`district ${host.id}`, () => describeFreshness(host.freshness));
      readiness.register(`record ${host.id}`, () => describeRecord(host.record));
      readiness.register(`files ${host.id}`, () => host.files.describe());
      readiness.register(`engine ${host.id}`, () => describeRunner(host.status));
      const { channels } = live;
      if (channels !== null) {
        const notify = NotifyHost.start(host, {
          channels: () => live.channels ?? channels,
          redis,
          archive: archive?.folderOf(host.id) ?? null,
          logger,
          metrics,
        });
        closers.unshift(() => notify.close());
        readiness.register(`notify ${host.id}`, () => notify.describe());
      }
      if (archive !== null) readiness.register(`archive ${host.id}`, () => archive.describe(host.id));
    }
    const machineClock: Clock = { kind: 'wall', nowMs: () => Date.now() };
    const verifier = createVerifier(
      () => live.keys,
      () => Date.now(),
    );
    // Who verifies a token knows then whether it was revoked under any of its districts.
    const verify = async (token: string): Promise<Identity> => {
      const identity = await verifier.verify(token);
      await revocations.learn(identity.districts);
      return identity;
    };
    const isRevoked = (identity: Identity): boolean => revocations.isRevoked(identity);
    const door = new Door({ trustedProxies: config.trustedProxies });
    const ingest = config.roles.includes('ingest')
      ? new Ingest({
          districts: new Map([...districts].map(([id, host]) => [id, host.forIngest()])),
          ...verifier,
          verify,
          door,
          isRevoked,
          clock,
          tokenClock: machineClock,
          logger,
          metrics,
        })
      : null;
    const deps: ApiDeps = {
      // Without the role there are only the routes about the process itself: no district is known here.
      districts: config.roles.includes('api') ? apiDistricts(districts, reports) : new Map(),
      ...verifier,
      verify,
      door,
      isRevoked,
      learnRevocations: ({ districts: covered }) => revocations.learn(covered),
      tickets: new TicketStore({ query: redis.connect('query') }),
      readiness: () => readiness.report(),
      metrics,
      metricsText: metrics,
      logger,
      clock: machineClock,
      get allowedOrigins() {
        return live.allowedOrigins;
      },
      consoleFolder: consoleFolder(),
      mapTiles: config.mapTiles,
    };
    const api = await createApi(deps);
    const liveServer = new LiveServer(deps);
    onUpgrade(api.server, (request, socket, head) => {
      if (ingest !== null && (request.url ?? '').split('?')[0] === TRACKER_PATH)
        ingest.handleUpgrade(request, socket, head);
      else liveServer.handleUpgrade(request, socket, head);
    });
    closers.unshift(
      () => ingest?.close(),
      () => liveServer.close(),
      () => api.close(),
    );
    signal?.throwIfAborted();
    const url = await listen(api, config);
    signal?.throwIfAborted();
    logger.info({ url, districts: [...districts.keys()], roles: config.roles }, 'Beatwatch listens');
    return {
      url,
      districts,
      reload: (fresh) => reload({ live, districts, logger, config: fresh }),
      close: () => closeAll(closers),
    };
  } catch (error) {
    // Whatever had begun ends with the start, and what does not end in time keeps nobody from the error.
    const late = sleep(FAILED_CLOSE_MS, undefined, { ref: false });
    await Promise.race([late, closeAll(closers).catch(() => undefined)]);
    throw error;
  }
}

/** Beside the compiled server, of the source tree and of the bundle alike. */
function consoleFolder(): string | null {
  const folder = dirname(fileURLToPath(import.meta.resolve('#console/index.html')));
  return existsSync(join(folder, 'index.html')) ? folder : null;
}

/** Reads revocations of other processes again all the time; returns the end of it. */
function followRevocations(revocations: Revocations, logger: Logger): () => void {
  const refresh = (): void =>
    void revocations
      .refresh()
      .catch((error: unknown) => logger.warn({ error: messageOf(error) }, 'revoked tokens could not be read'));
  const timer = setInterval(refresh, REVOCATIONS_REFRESH_MS).unref();
  return () => clearInterval(timer);
}

async function listen(api: ApiServer, { host, port }: Config): Promise<string> {
  try {
    return await api.listen({ host, port, backlog: LISTEN_BACKLOG });
  } catch (error) {
    throw listenFailed({ host, port }, error);
  }
}

/** Closes in order; each is tried whatever became of the others. */
async function closeAll(closers: readonly (() => Promise<void> | undefined | void)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function apiDistricts(
  hosts: ReadonlyMap<string, DistrictHost>,
  reports: ReadonlyMap<string, DistrictReports>,
): ReadonlyMap<string, ApiDistrict> {
  const districts = new Map<string, ApiDistrict>();
  for (const [id, host] of hosts) {
    const own = reports.get(id);
    if (own !== undefined) districts.set(id, { ...host.forApi(), reports: own });
  }
  return districts;
}
