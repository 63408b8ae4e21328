import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ArchiveHost } from '../../src/app/archive-host.js';
import { FOLD_VERSION } from '../../src/engine/state.js';
import { ArchivedMark } from '../../src/hot/archived-mark.js';
import { HotStore } from '../../src/hot/hot-store.js';
import { hotKeys } from '../../src/hot/keys.js';
import { DistrictLog } from '../../src/log/district-log.js';
import { LogReader } from '../../src/log/log-reader.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { createMetrics } from '../../src/ops/metrics.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { openRedis } from '../../src/redis/handle.js';
import { DistrictRunner } from '../../src/runner/district-runner.js';
import { openSnapshotFolder } from '../../src/runner/snapshot-folder.js';
import { keptLog } from '../support/redis-server.js';
import { HOUR, MINUTE, T0 } from '../engine/support.js';
import { drawPlan, extentOf } from './drawn-district.js';
import { numbersOf } from './options.js';
import { Patrol } from './patrol.js';
import { Progress } from './progress.js';

const SEED = 20_261_129;
const STEP_MS = 10_000;
const DAY_MS = 24 * HOUR;
/** The log may be so far ahead of the engine, and of the archive, in virtual time: on a wall clock neither lags by more. */
const MOST_AHEAD_OF_ENGINE_MS = 5 * MINUTE;
const MOST_AHEAD_OF_ARCHIVE_MS = 20 * MINUTE;
/** How often somebody acknowledges what is open. */
const ACKNOWLEDGE_MS = 30 * MINUTE;
const POLL_MS = 5;
const FOR_EVER = { fixes: null, visits: null, alerts: null, entries: null };

/** What `bench days` takes behind its name; `minutes`: it ends after so many of the wall clock, wherever it is. */
export const DAYS_OPTIONS = { units: 100, days: 3, checkpoints: 34, minutes: 99_999 } as const;

/**
 * Days of a district on a virtual clock, as fast as log, engine and archive go, and what Redis holds at the end of each. Units drive without
 * a break and report each ten seconds; whatever alert is open is acknowledged every half hour.
 */
export async function benchDays(args: readonly string[]): Promise<void> {
  const { units, days, checkpoints, minutes } = numbersOf(args, DAYS_OPTIONS);
  const size = { units, zones: 16, checkpoints, routes: 10 };
  console.log(`days: ${units} units every ${STEP_MS / 1_000} s, ${checkpoints} checkpoints, for ${days} virtual days`);
  const folder = await mkdtemp(join(tmpdir(), 'beatwatch-days-'));
  try {
    const plan = longPlan(drawPlan(size, SEED), days);
    await new Days({ plan, days, minutes, extentM: extentOf(size), folder }).run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The rules bind, and units are on duty, until the last day is over. */
function longPlan(plan: CompiledPlan, days: number): CompiledPlan {
  const expandedToMs = T0 + (days + 2) * DAY_MS;
  return { ...plan, expandedToMs, schedules: { ...plan.schedules, always: [T0 - DAY_MS, expandedToMs] } };
}

interface DaysOptions {
  readonly plan: CompiledPlan;
  readonly days: number;
  /** Of the wall clock, at most. */
  readonly minutes: number;
  readonly extentM: number;
  readonly folder: string;
}

/** One district with its log, engine and archive. */
class Days {
  readonly #plan: CompiledPlan;
  readonly #days: number;
  readonly #minutes: number;
  readonly #patrol: Patrol;
  readonly #folder: string;
  readonly #clock = createVirtualClock(T0 - 2 * MINUTE);

  constructor({ plan, days, minutes, extentM, folder }: DaysOptions) {
    this.#plan = plan;
    this.#days = days;
    this.#minutes = minutes;
    this.#folder = folder;
    this.#patrol = new Patrol(plan, { seed: SEED, extentM, stepMs: STEP_MS });
  }

  async run(): Promise<void> {
    const { district } = this.#plan;
    const logger = keptLog();
    const metrics = createMetrics({ strict: false });
    const redis = await openRedis({ url: null, dataFolder: this.#folder, logger, freeDiskFloorBytes: 0 });
    const query = redis.connect('query');
    // Memory is what is looked at, and not how fast the disk is.
    await query.config('SET', 'appendfsync', 'no');
    const log = new DistrictLog({ district, append: redis.connect('append'), clock: this.#clock, logger, metrics });
    const hot = new HotStore({ district, commit: redis.connect('commit'), query });
    const archived = new ArchivedMark({ district, query });
    await log.ensureGenesis({
      kind: 'genesis',
      district,
      clock: 'virtual',
      foldVersion: FOLD_VERSION,
    });
    await log.append({ kind: 'plan', plan: this.#plan });
    const reading = redis.connect('read');
    const snapshots = await openSnapshotFolder(join(this.#folder, 'snapshots'), logger);
    const runner = new DistrictRunner({
      district,
      store: hot,
      openReader: (after, afterDigest) => new LogReader({ district, connection: reading, after, afterDigest }),
      snapshots,
      logger,
      metrics,
      archivedUpTo: () => archived.read(),
    });
    runner.start();
    const archiveFolder = join(this.#folder, 'archive');
    const privateJwk = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
    const key = { kid: 'days', privateJwk };
    const districts = [{ district, folder: archiveFolder, snapshots: join(this.#folder, 'snapshots') }];
    const archive = new ArchiveHost(
      { address: redis.address, districts, key, foldVersion: FOLD_VERSION, retention: FOR_EVER, settleAtMinute: 720 },
      new Map(),
      logger,
    );
    try {
      await this.#drive({ log, hot, archived, runner, query, archiveFolder });
    } finally {
      await runner.stop();
      await archive.close();
      await redis.close();
    }
    const failed = logger.lines.filter(({ level }) => level === 'error');
    if (failed.length > 0) console.log(`  errors: ${failed.map(({ message }) => message).join('; ')}`);
  }

  async #drive(o: Parts): Promise<void> {
    let isStopped = false;
    const stop = (): void => {
      isStopped = true;
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    const progress = new Progress('days');
    const startMs = performance.now();
    const toMs = T0 + this.#days * DAY_MS;
    for (let ms = T0 - 2 * MINUTE; ms <= toMs; ms += STEP_MS) {
      this.#clock.setMs(ms);
      if (ms <= T0) await o.log.tick({ force: true });
      else await o.log.append({ kind: 'fixes', batches: this.#patrol.reportsAt(ms) });
      if (ms % MINUTE === 0) await keepUp(o, ms);
      if (ms % ACKNOWLEDGE_MS === 0) await acknowledgeAll(o, ms);
      progress.at((ms - T0) / (toMs - T0));
      const seconds = (performance.now() - startMs) / 1_000;
      const isOver = isStopped || (seconds > 60 * this.#minutes && ms % MINUTE === 0);
      if (ms <= T0 || (!isOver && (ms - T0) % DAY_MS !== 0)) continue;
      progress.end();
      await this.#report(o, (ms - T0) / DAY_MS, seconds);
      if (!isOver) continue;
      console.log(isStopped ? '  ended by a signal' : `  ended after ${this.#minutes} minutes, as --minutes says`);
      return;
    }
  }

  async #report({ query, archiveFolder }: Parts, day: number, seconds: number): Promise<void> {
    const keys = hotKeys(this.#plan.district);
    const info = await query.info('memory');
    const used = Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0);
    const [log, visits, alerts] = await Promise.all(
      [keys.log, keys.visits, keys.alerts].map((name) => query.xlen(name)),
    );
    const [open, closed] = await Promise.all([keys.openAlerts, keys.closedAlerts].map((name) => query.hlen(name)));
    const fixes = (day * DAY_MS * this.#plan.units.length) / STEP_MS;
    console.log(
      `  day ${day.toFixed(Number.isInteger(day) ? 0 : 2).padStart(2)}: Redis ${(used / 1e6).toFixed(1)} MB; ${log} entries, ${visits} versions of visits, ${alerts} of alerts, ` +
        `${open} open and ${closed} closed alerts; archive ${((await bytesBelow(archiveFolder)) / 1e6).toFixed(1)} MB; ` +
        `${(fixes / 1e6).toFixed(1)} M fixes in ${seconds.toFixed(0)} s`,
    );
  }
}

interface Parts {
  readonly log: DistrictLog;
  readonly hot: HotStore;
  readonly archived: ArchivedMark;
  readonly runner: DistrictRunner;
  readonly query: RedisConnection;
  readonly archiveFolder: string;
}

/** Waits until engine and archive are as near to the log as on a wall clock. */
async function keepUp({ runner, archived }: Parts, ms: number): Promise<void> {
  while (runner.foldedTo.ms < ms - MOST_AHEAD_OF_ENGINE_MS) {
    const { state, detail } = runner.status;
    if (state === 'failing') throw new Error(`the engine fails: ${detail}`);
    await sleep(POLL_MS);
  }
  while (((await archived.read())?.ms ?? T0) < ms - MOST_AHEAD_OF_ARCHIVE_MS) await sleep(POLL_MS);
}

async function acknowledgeAll({ hot, log }: Parts, ms: number): Promise<void> {
  for (const { alertId, version, acknowledged } of await hot.readOpenAlerts()) {
    if (acknowledged) continue;
    const actionId = `${ms}-${alertId}`;
    const act = { actionId, actor: 'li', action: 'acknowledge', alertId, alertVersion: version } as const;
    await log.append({ kind: 'action', ...act, comment: null, untilMs: null });
  }
}

async function bytesBelow(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch((): string[] => []);
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(folder, name)).catch(() => null))?.size ?? 0),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
