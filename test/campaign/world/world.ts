import { encodeLogEntry } from '../../../src/codec/log-codec.js';
import type { LogEntry } from '../../../src/model/log-entry.js';
import { compareLogIds, type LogId } from '../../../src/model/log-id.js';
import type { RawEntry } from '../../../src/log/raw-entry.js';
import { createRandom } from '../../../src/simulator/random.js';
import { MINUTE, T0 } from '../../engine/support.js';
import type { ModelBreak } from '../breaks/model-breaks.js';
import { compiled } from '../district.js';
import type { CallKind, Fault, Scenario } from '../scenario.js';
import { type ArchiveRun, followLog } from './archive.js';
import type { Sea } from './link.js';
import { ModelFiles, type WrittenSnapshot } from './model-store.js';
import { playOperator } from './operator.js';
import { playResume } from './resume.js';
import { type Contents, RedisModel } from './redis-model.js';
import { Scheduler } from './scheduler.js';
import { ServerProcess } from './server-process.js';
import { type Seen, subscribe } from './subscriber.js';
import { playTrackers } from './trackers.js';

/** Before T0: the log begins, and the first plan is logged. */
export const BEGIN_MS = -120_000;
/** After the end of the scenario everything that is left is given this long. */
export const REST_MS = 120_000;

/** A report that a tracker was told is durable. */
export interface Acknowledged {
  /** Where the server said that it is. */
  readonly logId: LogId;
  /** Names of its fixes that were not refused. */
  readonly fixes: readonly string[];
}

/** What came of a scenario, for the checks. */
export interface WorldRun {
  readonly scenario: Scenario;
  /** Every entry that was ever in the log of the history that stands. */
  readonly history: readonly RawEntry[];
  readonly redis: RedisModel;
  readonly acknowledged: readonly Acknowledged[];
  readonly seen: readonly Seen[];
  readonly archive: ArchiveRun;
  readonly snapshots: readonly WrittenSnapshot[];
  /** Reloads of engines, by reason. */
  readonly reloads: ReadonlyMap<string, number>;
  /** What went wrong while it ran. */
  readonly troubles: readonly { readonly invariant: string; readonly detail: string }[];
  readonly hasFailedOver: boolean;
  /** Calls at which a process was killed. */
  readonly deaths: ReadonlySet<CallKind>;
  /** Status of each process at the end. */
  readonly engines: readonly string[];
}

/** What the parts of a world share. */
export interface World {
  readonly scenario: Scenario;
  readonly sea: Sea;
  readonly scheduler: Scheduler;
  readonly redis: RedisModel;
  /** A server that would take something now, if there is one. */
  readonly anyServer: () => ServerProcess | null;
  /** Appends through whichever server there is, again and again until one says that it is done, or until it would be too late. */
  readonly append: (entry: LogEntry, untilMs?: number) => Promise<void>;
  readonly trouble: (invariant: string, detail: string) => void;
}

/** A failover that waits for its moment. */
interface ArmedFailover {
  readonly on: CallKind | null;
  readonly beforeAppend: () => void;
  readonly now: () => void;
}

/** Calls that are minutes apart: a kill waits for them, longer than for a snapshot. */
const RARE_CALLS: readonly CallKind[] = ['file', 'pointer', 'plan'];
const LONGEST_ARMED_MS = 13 * MINUTE;

let current: Scheduler = new Scheduler(0);

/** The scheduler of the world that runs now; `sleepBy` wants it. */
export function currentScheduler(): Scheduler {
  return current;
}

/** Lets a scenario happen. The same scenario comes to the same run. */
export async function runWorld(scenario: Scenario, broken: ModelBreak | null): Promise<WorldRun> {
  const scheduler = new Scheduler(T0 + BEGIN_MS);
  current = scheduler;
  const { server } = scenario;
  const endMs = T0 + scenario.endMs;
  const random = createRandom(scenario.seed, 'world');
  const redis = new RedisModel(broken);
  let resting = false;
  const failovers = new Set<ArmedFailover>();
  const sea: Sea = {
    scheduler,
    redis,
    random,
    server,
    broken,
    isRough: () => !resting,
    onArrival: (kind) => {
      if (kind === 'append' || kind === 'tick') for (const { beforeAppend } of failovers) beforeAppend();
      for (const failover of failovers) if (failover.on === kind) failover.now();
    },
    waiting: new Set(),
  };
  const files = new ModelFiles();
  const reloads = new Map<string, number>();
  const troubles: { invariant: string; detail: string }[] = [];
  const trouble = (invariant: string, detail: string) => void troubles.push({ invariant, detail });
  const archive = server.archives ? followLog(sea, trouble) : null;
  const acknowledged: Acknowledged[] = [];
  const processes: (ServerProcess | null)[] = [];
  const deaths = new Set<CallKind>();
  let hasFailedOver = false;

  const start = (index: number) => {
    const boot = random.integer(0, 1_000_000);
    const one = new ServerProcess(`server-${index}-${boot}`, {
      sea,
      files,
      archivedUpTo: () => archive?.upTo ?? null,
      onReload: (code) => reloads.set(code, (reloads.get(code) ?? 0) + 1),
      onDeath: (at) => {
        if (at !== null) deaths.add(at);
        if (processes[index] === one) processes[index] = null;
      },
    });
    processes[index] = one;
    one.start().catch((error: unknown) => trouble('start', String(error)));
  };
  const anyServer = (): ServerProcess | null => {
    const up = processes.filter((one): one is ServerProcess => one?.isUp === true);
    return up.length === 0 ? null : random.pick(up);
  };
  const append = async (entry: LogEntry): Promise<void> => {
    for (;;) {
      const one = anyServer();
      if (one !== null) {
        // The server may die with it, or be at its limit: whoever asked asks again.
        const answer = await Promise.race([
          one.append(entry).catch(() => null),
          scheduler.sleep(5_000).then(() => null),
        ]);
        if (answer !== null) return;
      }
      await scheduler.sleep(2_000);
    }
  };
  const appendSeries = async (first: number): Promise<void> => {
    for (let index = first; index === first || (scenario.plans[index]?.nth ?? 0) > 0; index += 1)
      await append({ kind: 'plan', plan: compiled(scenario.plans, index) });
  };
  const world: World = { scenario, sea, scheduler, redis, anyServer, append, trouble };

  for (let index = 0; index < server.processes; index += 1) start(index);
  const resumes = scenario.faults.some((fault) => fault.kind === 'log-ahead' && fault.resumedBy > 0);
  for (const [index, spec] of scenario.plans.entries()) {
    // Whoever resumes the log brings it.
    if (resumes && index > 0) continue;
    // Logged with the plan before it, and after it.
    if ((spec.nth ?? 0) > 0) continue;
    const atMs = Math.max(spec.loggedAtMs, BEGIN_MS + 5_000);
    scheduler.at(T0 + atMs, () => void appendSeries(index));
  }
  playTrackers(world, acknowledged);
  playOperator(world);
  const seen = scenario.subscribers.map((spec, i) => subscribe(world, spec, i));
  for (const fault of scenario.faults) {
    scheduler.at(T0 + fault.atMs, () => {
      if (!resting) strike(fault);
    });
  }

  function strike(fault: Fault): void {
    switch (fault.kind) {
      case 'kill': {
        const index = fault.process % server.processes;
        const one = processes[index];
        if (one === null || one === undefined) return;
        if (fault.on === 'open') {
          one.process.kill();
          scheduler.after(fault.downMs, () => {
            restart(index);
            processes[index]?.process.killAt('open', fault.moment);
            scheduler.after(2 * fault.downMs, () => restart(index));
          });
          return;
        }
        if (fault.on === null) one.process.kill();
        else one.process.killAt(fault.on, fault.moment);
        const armedMs = fault.on !== null && RARE_CALLS.includes(fault.on) ? LONGEST_ARMED_MS : 0;
        whenDead(one, armedMs, () =>
          // Where the call that it dies at does not come, it is killed just before its restart.
          scheduler.after(fault.downMs, () => {
            one.process.kill();
            restart(index);
          }),
        );
        return;
      }
      case 'redis-kill':
        redis.up = false;
        redis.run += 1;
        wakeAll();
        scheduler.after(fault.downMs, () => {
          redis.up = true;
        });
        return;
      case 'failover': {
        let replica = redis.copy();
        let copiedMs = scheduler.nowMs;
        const armed: ArmedFailover = {
          on: fault.on,
          beforeAppend: () => {
            if (scheduler.nowMs - copiedMs < fault.behindMs) return;
            replica = redis.copy();
            copiedMs = scheduler.nowMs;
          },
          now: () => {
            if (failovers.delete(armed)) becomeReplica(replica, fault.downMs);
          },
        };
        failovers.add(armed);
        if (fault.on === null) scheduler.after(random.integer(0, fault.behindMs), armed.now);
        return;
      }
      case 'redis-full':
        redis.full = true;
        scheduler.after(fault.lastsMs, () => {
          redis.full = false;
        });
        return;
      case 'pause': {
        const process = processes[fault.process % server.processes]?.process;
        if (fault.on === null) process?.pause(fault.lastsMs);
        else process?.pauseAt(fault.on, fault.lastsMs);
        return;
      }
      case 'clock': {
        const process = processes[fault.process % server.processes]?.process;
        if (process === undefined) return;
        process.clockOffsetMs = fault.byMs;
        scheduler.after(fault.lastsMs, () => {
          process.clockOffsetMs = 0;
        });
        return;
      }
      case 'outage':
        for (let index = 0; index < server.processes; index += 1)
          strike({ kind: 'kill', atMs: fault.atMs, process: index, on: null, moment: 'before', downMs: fault.lastsMs });
        return;
      case 'log-ahead': {
        redis.append(scheduler.nowMs + fault.byMs, 'heartbeat', encodeLogEntry({ kind: 'heartbeat', trackers: [] }));
        wakeAll();
        scheduler.after(fault.resumedAfterMs, () => playResume(world, fault.resumedBy));
        return;
      }
      case 'poison':
        anyServer()
          ?.appendBytes('fixes', Buffer.from('ff00ff00', 'hex'))
          .catch(() => undefined);
        return;
      case 'snapshot-spoilt':
        files.spoilNewest(fault.missing);
    }
  }
  function restart(index: number): void {
    if (processes[index] === null) start(index);
  }
  /** Looks each second whether it has died, for so long at most. */
  function whenDead(one: ServerProcess, mostMs: number, then: () => void): void {
    if (!one.process.alive || mostMs <= 0) then();
    else scheduler.after(1_000, () => whenDead(one, mostMs - 1_000, then));
  }
  function becomeReplica(replica: Contents, downMs: number): void {
    hasFailedOver = true;
    redis.become(replica);
    redis.up = false;
    const last = redis.lastId;
    // F1: what was acknowledged on the disk that is lost is lost with it.
    const kept = acknowledged.filter(({ logId }) => compareLogIds(logId, last) <= 0);
    acknowledged.splice(0, acknowledged.length, ...kept);
    files.forgetAfter(last);
    wakeAll();
    scheduler.after(downMs, () => {
      redis.up = true;
    });
  }
  function wakeAll(): void {
    for (const wake of sea.waiting) wake();
  }

  await scheduler.run(endMs);
  resting = true;
  failovers.clear();
  redis.up = true;
  redis.full = false;
  // Whatever was in their memory: who begins now must come to the same.
  for (const one of processes) one?.process.kill();
  for (let index = 0; index < server.processes; index += 1) start(index);
  void lastTick();
  await scheduler.run(endMs + REST_MS, () => scheduler.nowMs > endMs + 5_000 && isAtRest(processes));
  return {
    scenario,
    history: redis.history,
    redis,
    acknowledged,
    seen: seen.map((one) => one()),
    archive: archive?.end() ?? { entries: [] },
    snapshots: files.written,
    reloads,
    troubles,
    hasFailedOver,
    deaths,
    engines: processes.map((one) => `${one?.status.state} ${one?.status.code ?? ''} ${one?.status.detail ?? ''}`),
  };

  /** The log ends with a tick, so that everything due by then is judged. */
  async function lastTick(): Promise<void> {
    const one = anyServer();
    if (one === null) await scheduler.sleep(1_000);
    else await Promise.race([one.tick().catch(() => null), scheduler.sleep(5_000)]);
    if (redis.history.at(-1)?.kind !== 'tick' || redis.lastMs < endMs) await lastTick();
  }

  /** One engine has committed everything. */
  function isAtRest(all: readonly (ServerProcess | null)[]): boolean {
    const { cursor, lastId } = redis;
    if (cursor === null || compareLogIds(cursor.logId, lastId) !== 0) return false;
    return all.every((one) => one?.status.state === 'active' || one?.status.state === 'standby');
  }
}
