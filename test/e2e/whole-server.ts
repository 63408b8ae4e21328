import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createKeyPair } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import type { DistrictHost } from '../../src/app/district-host.js';
import { firstPlan } from '../../src/app/first-plan.js';
import { startServer } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import type { Fix } from '../../src/model/fix.js';
import { OUTAGE_HOLE_MS } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { Role } from '../../src/model/roles.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import type { AlertAnswer } from '../../src/protocol/alert-states.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import {
  keptLog,
  startTestRedis,
  stopWithUs,
  type TestRedisOptions,
  type TestScope,
  temporaryFolder,
} from '../support/redis-server.js';
import { MEIXIAN } from './programs.js';

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A whole server of the Meixian fixture on a virtual clock, with its own Redis and keys; the plan is in force. */
export interface WholeServer {
  readonly host: DistrictHost;
  readonly plan: CompiledPlan;
  /** Its data folder. */
  readonly folder: string;
  /** Of its Redis. */
  readonly admin: RedisConnection;
  readonly trackers: TrackerPool;
  /** `ws://…/v1/ingest`. */
  readonly ingestUrl: string;
  nowMs(): number;
  /** Moves the clock by this much; resolves when the engine has settled what was due. */
  pass(ms: number): Promise<void>;
  token(role: Role, subject: string): Promise<string>;
  /** GET or, with a body, POST below the district, by a supervisor. */
  ask(path: string, body?: object, subject?: string): Promise<Answer>;
  /** The check `redis` of `/readyz`. */
  redisReadiness(): Promise<{ readonly status: number; readonly ok: boolean; readonly detail: string }>;
  alerts(query?: string): Promise<readonly AlertAnswer[]>;
}

export async function startWholeServer(
  t: TestScope,
  o: {
    readonly startMs: number;
    /** Meixian unless given; and what the environment says besides. */
    readonly districtFolder?: string;
    readonly variables?: Readonly<Record<string, string>>;
    readonly redis?: TestRedisOptions;
    /** The server keeps a Redis of its own, in a data folder made there. */
    readonly privateIn?: string;
    /** The socket by which the server reaches its Redis; straight unless given. */
    readonly through?: (socketPath: string) => Promise<string>;
  },
): Promise<WholeServer> {
  const external = o.privateIn === undefined ? await startTestRedis(t, o.redis) : null;
  const folder = external?.folder ?? (await temporaryFolder(t, o.privateIn));
  if (external === null) stopWithUs(folder);
  const socketPath = external?.socketPath ?? join(folder, 'redis', 'redis.sock');
  const way = o.through === undefined ? socketPath : await o.through(socketPath);
  const key = await createKeyPair(join(folder, 'keys'));
  const clock = createVirtualClock(o.startMs);
  const server = await startServer({
    config: {
      ...readConfig(o.variables ?? {}),
      port: 0,
      dataFolder: folder,
      districtFolders: [o.districtFolder ?? MEIXIAN],
      redisUrl: external === null ? null : `unix://${way}`,
    },
    clock,
    logger: keptLog(),
  });
  t.teardown(() => server.close());
  const [host] = server.districts.values();
  if (host === undefined) throw new Error('got a server without a district');
  const plan = await firstPlan(host);
  await host.setClock(plan.inForceFromMs);

  const token = (role: Role, subject: string) =>
    signToken({ key, role, subject, districts: [host.id], ttlS: 12 * 3_600, nowMs: Date.now() });
  const tokens = new Map(
    await Promise.all(plan.units.map(async ({ tracker }) => [tracker, await token('tracker', tracker)] as const)),
  );
  const ingestUrl = `${server.url.replace(/^http/, 'ws')}/v1/ingest`;
  const trackers = new TrackerPool({ url: ingestUrl, tokenOf: (tracker) => tokens.get(tracker) ?? '' });
  t.teardown(() => trackers.close());

  const ask = async (path: string, body?: object, subject = 'li') => {
    const response = await fetch(`${server.url}/v1/districts/${host.id}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${await token('supervisor', subject)}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Answer['body'] };
  };
  const admin = new Redis(socketPath);
  admin.on('error', () => undefined);
  t.teardown(() => admin.disconnect());
  return {
    host,
    plan,
    folder,
    admin,
    trackers,
    ingestUrl,
    nowMs: () => clock.nowMs(),
    pass: async (ms) => {
      const untilMs = clock.nowMs() + ms;
      // A longer hole in the log would be an outage.
      while (clock.nowMs() + OUTAGE_HOLE_MS < untilMs) await host.moveClock(clock.nowMs() + OUTAGE_HOLE_MS);
      await host.setClock(untilMs);
    },
    token,
    ask,
    redisReadiness: async () => {
      const response = await fetch(`${server.url}/readyz`);
      const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
      const check = checks.find(({ name }) => name === 'redis');
      return { status: response.status, ok: check?.ok ?? false, detail: check?.detail ?? '' };
    },
    alerts: async (query = '') => {
      const { status, body } = await ask(`/alerts?limit=1000&${query}`);
      if (status !== 200) throw new Error(`alerts: got ${status} ${JSON.stringify(body)}`);
      return body.items as readonly AlertAnswer[];
    },
  };
}

/** A good fix in the middle of the district. */
export function fixAt(eventTimeMs: number): Fix {
  return {
    eventTimeMs,
    position: { lngE7: 1_161_172_345, latE7: 242_701_234 },
    altitudeDm: null,
    speedCmps: 0,
    courseCdeg: null,
    located: true,
    satellites: 12,
    beidouSatellites: null,
    hdopCenti: 100,
    accuracyDm: null,
    power: null,
    batteryPercent: null,
    ignition: null,
    lightbar: null,
    sos: null,
    backfill: null,
  };
}
