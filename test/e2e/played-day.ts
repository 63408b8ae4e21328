import { Redis } from 'ioredis';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { decodeLogEntry } from '../../src/codec/log-codec.js';
import { compilePlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { canonicalJson } from '../../src/model/canonical-json.js';
import type { LogEntryKind } from '../../src/model/log-entry.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { runLockstep } from '../../src/simulator/driver.js';
import { createFleet } from '../../src/simulator/fleet.js';
import { createHttpClock } from '../../src/simulator/http-clock.js';
import type { ReportSource } from '../../src/simulator/report-source.js';
import { SupervisorClient, type ToldAlert } from '../../src/simulator/supervisor-client.js';
import type { TrackerCounters } from '../../src/simulator/tracker-counters.js';
import type { TrackerClient } from '../../src/simulator/tracker-client.js';
import { TrackerPool, type TrackerPoolOptions } from '../../src/simulator/tracker-pool.js';
import type { TestScope } from '../support/redis-server.js';
import type { Kill, Victim } from './crash-plan.js';
import type { Program } from './programs.js';
import { fastTemporary, MEIXIAN } from './programs.js';
import { kill, killRedis, openSite, serve, type Site, until } from './served-district.js';

const DISTRICT = 'meixian';
const DAY_MS = 86_400_000;
/** The plan takes force a minute after the server's first look at its clock. */
const LEAD_MS = 65_000;
const AGAIN_MS = 50;

export interface PlayedDay {
  /** Entries of the two output streams, `<id> <json>`. */
  readonly alerts: readonly string[];
  readonly visits: readonly string[];
  /** What the supervisor was told, in order, and how often it could not go on where it stood. */
  readonly told: readonly ToldAlert[];
  readonly resyncs: number;
  readonly counters: TrackerCounters;
  /** Fixes handed over, and those in the log, each as its tracker and its canonical JSON. */
  readonly sent: ReadonlySet<string>;
  readonly logged: ReadonlySet<string>;
  readonly starts: number;
  readonly clockSteps: number;
  readonly killed: Readonly<Record<Victim, number>>;
}

export interface DayOptions {
  readonly seed: number;
  readonly fromMs: number;
  readonly spanMs: number;
  readonly kills: readonly Kill[];
}

/** Drives a served district through a stretch of a day over real sockets, kills whom it is told to, and reads what came of it. */
export async function playDay(t: TestScope, o: DayOptions): Promise<PlayedDay> {
  const clock = { BEATWATCH_CLOCK: `virtual@${new Date(o.fromMs - LEAD_MS).toISOString()}` };
  const site = await openSite(t, clock, fastTemporary());
  const server = new KeptServer(t, site);
  t.teardown(() => server.end());
  await server.begin();
  const plan = await planAround(o.fromMs);
  const fleet = createFleet(plan, { ...o, neglect: 2, shortStays: 1, longStands: 1 });
  const tokens = new Map(
    await Promise.all(fleet.trackers.map(async (id) => [id, await site.token('tracker', id)] as const)),
  );
  const told: ToldAlert[] = [];
  let resyncs = 0;
  const supervisor = new SupervisorClient({
    url: `${site.socketUrl}/v1/districts/${DISTRICT}/live`,
    token: await site.token('supervisor', 'anna'),
    onAlert: (alert) => told.push(alert),
    onResync: () => (resyncs += 1),
  });
  t.teardown(() => supervisor.close());
  const killer = new Killer(o.kills, (victim) => server.kill(victim));
  const pool = {
    url: `${site.socketUrl}/v1/ingest`,
    tokenOf: (tracker: string) => tokens.get(tracker) ?? '',
    seed: o.seed,
    backOff: { firstMs: 20, longestMs: 200 },
  };
  await using trackers = new WatchedPool(pool, () => killer.acknowledged());
  const moveClock = createHttpClock({
    serverUrl: site.url,
    district: DISTRICT,
    token: await site.token('admin', 'driver'),
  });
  for (let nowMs = o.fromMs - LEAD_MS; nowMs < o.fromMs; nowMs += 10_000) await moveClock(nowMs);
  const sent = new Set<string>();
  const { clockSteps } = await runLockstep({
    source: recording(fleet.source, sent),
    trackers,
    setClock: (nowMs) => killer.around(nowMs, () => moveClock(nowMs)),
  });
  await killer.settled();
  const redis = new Redis(join(site.folder, 'redis', 'redis.sock'));
  try {
    const alerts = await streamOf(redis, 'alerts');
    await until(() => supervisor.lastTransition >= alerts.length, 'every transition told');
    return {
      alerts,
      visits: await streamOf(redis, 'visits'),
      told,
      resyncs,
      counters: trackers.counters(),
      sent,
      logged: await loggedFixes(redis),
      starts: server.starts,
      clockSteps,
      killed: killer.killed,
    };
  } finally {
    redis.disconnect();
    await supervisor.close();
    await server.end();
  }
}

async function planAround(fromMs: number): Promise<CompiledPlan> {
  const source = await loadDistrict(MEIXIAN);
  return compilePlan(source, { version: 1, inForceFromMs: fromMs, expandFromMs: fromMs - 2 * DAY_MS, expandDays: 35 });
}

/** A server that is started again whenever it dies, as by a service manager. */
class KeptServer {
  readonly #t: TestScope;
  readonly #site: Site;
  #program: Program | null = null;
  #ending = false;
  #keeping: Promise<void> = Promise.resolve();
  starts = 0;

  constructor(t: TestScope, site: Site) {
    this.#t = t;
    this.#site = site;
  }

  async begin(): Promise<void> {
    await this.#start();
    this.#keeping = this.#keep();
  }

  kill(victim: Victim): void {
    const pid = this.#program?.process.pid;
    if (victim === 'redis') killRedis(this.#site.folder);
    else if (pid !== undefined) kill(pid);
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#program?.process.kill('SIGTERM');
    await this.#keeping;
  }

  async #start(): Promise<void> {
    this.starts += 1;
    this.#program = await serve(this.#t, this.#site);
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#program?.exit;
      if (this.#ending) return;
      // A start may fail too: its Redis dies under it.
      await this.#start().catch(() => sleep(AGAIN_MS));
    }
  }
}

/** A pool that tells of each answer that it gets. */
class WatchedPool extends TrackerPool {
  readonly #onAnswer: () => void;
  readonly #watched = new Set<TrackerClient>();

  constructor(options: TrackerPoolOptions, onAnswer: () => void) {
    super(options);
    this.#onAnswer = onAnswer;
  }

  override client(tracker: string): TrackerClient {
    const client = super.client(tracker);
    if (this.#watched.has(client)) return client;
    this.#watched.add(client);
    const send = client.send.bind(client);
    client.send = async (fixes) => {
      const answer = await send(fixes);
      this.#onAnswer();
      return answer;
    };
    return client;
  }
}

/** Carries out the kills that fall into a step, while it goes on. */
class Killer {
  readonly killed: Record<Victim, number> = { server: 0, redis: 0 };
  readonly #kill: (victim: Victim) => void;
  readonly #left: Set<Kill>;
  readonly #running: Promise<void>[] = [];
  #step = 0;
  #atMs = Number.NEGATIVE_INFINITY;

  constructor(kills: readonly Kill[], killVictim: (victim: Victim) => void) {
    this.#left = new Set(kills);
    this.#kill = killVictim;
  }

  /** A repeat of a move, after a kill, is no step of its own. */
  async around(nowMs: number, move: () => Promise<void>): Promise<void> {
    if (nowMs > this.#atMs) this.#step += 1;
    this.#atMs = nowMs;
    this.#carryOut('clock');
    await move();
    this.#carryOut('reports');
  }

  acknowledged(): void {
    this.#carryOut('ack');
  }

  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #carryOut(since: Kill['since']): void {
    for (const one of this.#left) {
      if (one.step !== this.#step || one.since !== since) continue;
      this.#left.delete(one);
      if (one.afterMs === 0) this.#killAll(one.victims);
      else this.#running.push(sleep(one.afterMs).then(() => this.#killAll(one.victims)));
    }
  }

  #killAll(victims: readonly Victim[]): void {
    for (const victim of victims) {
      this.#kill(victim);
      this.killed[victim] += 1;
    }
  }
}

function recording(source: ReportSource, sent: Set<string>): ReportSource {
  return {
    fromMs: source.fromMs,
    toMs: source.toMs,
    nextAfter: (afterMs) => source.nextAfter(afterMs),
    due: async (afterMs, untilMs) => {
      const work = await source.due(afterMs, untilMs);
      for (const { tracker, fixes } of work.reports)
        for (const fix of fixes) sent.add(`${tracker} ${canonicalJson(fix)}`);
      return work;
    },
  };
}

async function streamOf(redis: Redis, name: string): Promise<string[]> {
  const entries = await redis.xrange(`bw:{${DISTRICT}}:${name}`, '-', '+');
  return entries.map(([id, fields]) => `${id} ${fields[1]}`);
}

async function loggedFixes(redis: Redis): Promise<Set<string>> {
  const logged = new Set<string>();
  for (const [, fields] of await redis.xrangeBuffer(`bw:{${DISTRICT}}:log`, '-', '+')) {
    const [, kind, , payload] = fields;
    if (kind === undefined || payload === undefined) throw new Error('got a log entry without kind or payload');
    const entry = decodeLogEntry(String(kind) as LogEntryKind, payload);
    if (entry.kind !== 'fixes') continue;
    for (const { tracker, fixes } of entry.batches)
      for (const fix of fixes) logged.add(`${tracker} ${canonicalJson(fix)}`);
  }
  return logged;
}
