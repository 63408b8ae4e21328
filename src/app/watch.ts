import type { Acceptance } from '../ingest/ports.js';
import type { Clock, Logger, Metrics } from '../model/ports.js';
import type { Staleness } from '../model/staleness.js';
import type { WallClock } from '../ops/clock.js';
import type { CheckResult, Readiness } from '../ops/readiness.js';
import type { RedisProblemCode } from '../redis/check.js';
import type { RedisHandle } from '../redis/handle.js';
import type { RunnerStatus } from '../runner/district-runner.js';
import { ClockWatch } from './clock-watch.js';
import type { Freshness } from './freshness.js';
import { lossText, type RecordCheck } from './record-check.js';

/** How often Redis's room and settings are looked at: acks must stop before it is full (R1, R2). */
const WATCH_MS = 1_000;
/** What a look has found is good for this long: three looks, and time for a slow one. */
const CHECK_GOOD_FOR_MS = 5_000;
/** Problems of room; it takes its time. A private Redis that died is back at once. */
const FULL: ReadonlySet<RedisProblemCode> = new Set(['redis-memory-full', 'disk-nearly-full']);
const FULL_RETRY_AFTER_MS = 5_000;
const AWAY_RETRY_AFTER_MS = 1_000;
const CLOCK_RETRY_AFTER_MS = 5_000;

export interface RedisWatch {
  acceptance(): Acceptance;
  durable(): boolean;
  /** T2: what is wrong with this process's clock, or null. */
  clockFault(): Staleness | null;
  stop(): void;
}

/** Keeps an eye on Redis: `/readyz`, the gauges, and whether ingest may acknowledge. */
export async function watchRedis(o: {
  readonly redis: RedisHandle;
  readonly clock: Clock | WallClock;
  readonly readiness: Readiness;
  readonly metrics: Metrics;
  readonly logger: Logger;
}): Promise<RedisWatch> {
  const { redis, readiness, metrics } = o;
  const clockWatch = new ClockWatch(o);
  const look = async (): Promise<void> => {
    const { facts } = await redis.check();
    if (facts === null) return;
    clockWatch.look(facts.clockDifferenceMs);
    metrics.gauge('beatwatch_redis_used_memory_bytes', facts.usedMemoryBytes);
    metrics.gauge('beatwatch_redis_aof_bytes', facts.aofBytes);
    if (facts.freeDiskBytes !== null) metrics.gauge('beatwatch_redis_free_disk_bytes', facts.freeDiskBytes);
  };
  await look();
  const timer = setInterval(() => void look(), WATCH_MS).unref();
  readiness.register('redis', () => describeRedis(redis));
  readiness.register('clock', () => clockWatch.describe());
  return {
    acceptance: () => acceptanceOf(redis),
    durable: () => redis.lastCheck?.durable ?? false,
    clockFault: () => clockWatch.fault,
    stop: () => clearInterval(timer),
  };
}

function acceptanceOf(redis: RedisHandle): Acceptance {
  const check = redis.lastCheck;
  if (redis.checkAgeMs > CHECK_GOOD_FOR_MS) {
    return { ok: false, code: 'district-unavailable', detail: noAnswer(redis), retryAfterMs: AWAY_RETRY_AFTER_MS };
  }
  if (check === null || check.accepting) return { ok: true };
  const stop = check.problems.find(({ severity }) => severity === 'stop');
  const detail = stop?.message ?? 'Redis accepts no writes';
  if (stop !== undefined && FULL.has(stop.code)) {
    return { ok: false, code: 'storage-full', detail, retryAfterMs: FULL_RETRY_AFTER_MS };
  }
  if (stop?.code === 'clock') return { ok: false, code: 'clock', detail, retryAfterMs: CLOCK_RETRY_AFTER_MS };
  return { ok: false, code: 'district-unavailable', detail, retryAfterMs: AWAY_RETRY_AFTER_MS };
}

function noAnswer({ checkAgeMs }: RedisHandle): string {
  return `Redis has not answered for ${Math.round(checkAgeMs)} ms: check that it does not hang, and the network to it`;
}

function describeRedis(redis: RedisHandle): CheckResult {
  const check = redis.lastCheck;
  if (check === null) return { ok: false, detail: 'not checked yet' };
  if (redis.checkAgeMs > CHECK_GOOD_FOR_MS) return { ok: false, detail: `redis-hangs: ${noAnswer(redis)}` };
  const problems = check.problems.map(({ code, message }) => `${code}: ${message}`);
  return { ok: check.ready, detail: problems.join('; ') || `Redis ${check.facts?.version ?? ''}, durable` };
}

/** The district is well while what it shows is what its log says now, whichever process folds it. */
export function describeFreshness(freshness: Freshness): CheckResult {
  const stale = freshness.staleness();
  if (stale === null) return { ok: true, detail: 'folded up to the end of its log, a plan is in force' };
  const since = stale.sinceMs === null ? '' : ` since ${new Date(stale.sinceMs).toISOString()}`;
  return { ok: false, detail: `${stale.reason}${since}: ${stale.detail}` };
}

/** The record is well while nothing is gone from it that Beatwatch itself did not take away, or that nobody knows of. */
export function describeRecord({ losses, open }: RecordCheck): CheckResult {
  if (losses === null) return { ok: true, detail: 'not checked yet' };
  if (losses.length === 0) return { ok: true, detail: 'whole' };
  if (open.length === 0) return { ok: true, detail: `accepted: ${losses.map(lossText).join('; ')}` };
  const todo =
    'restore Redis from a backup and check who may write to it, or accept the loss: POST /v1/districts/…/record/accept';
  return { ok: false, detail: `${open.map(lossText).join('; ')}: ${todo}` };
}

/** The engine is well while it folds, or stands by for one that does. */
export function describeRunner(status: RunnerStatus | null): CheckResult {
  if (status === null) return { ok: true, detail: 'no engine in this process' };
  const notes = [
    status.detail,
    status.skipped === 0
      ? ''
      : `${status.skipped} entries could not be folded and were skipped: read GET /v1/districts/…/skipped and clear them`,
    status.snapshotFailure === null ? '' : `the snapshot could not be written: ${status.snapshotFailure}`,
    status.clockSuspect
      ? "clock: the clocks of most trackers are ahead of the server's: correct the server's clock"
      : '',
  ].filter((note) => note !== '');
  const isWhole = status.skipped === 0 && status.snapshotFailure === null && !status.clockSuspect;
  const ok = status.state !== 'failing' && isWhole;
  return { ok, detail: [status.state, ...notes].join('; ') };
}
