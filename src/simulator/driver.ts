import { BeatwatchError } from '../model/errors.js';
import { SETTLE_MS } from '../model/limits.js';
import { backOffMs } from './back-off.js';
import { createRandom } from './random.js';
import type { DueWork, ReportSource } from './report-source.js';
import type { TrackerCounters } from './tracker-counters.js';
import type { TrackerPool } from './tracker-pool.js';
import { machineTime, type WallTime } from './wall-time.js';

export interface DriverProgress {
  /** The source's clock. */
  readonly nowMs: number;
  readonly fromMs: number;
  readonly toMs: number | null;
  readonly counters: TrackerCounters;
}

export interface DriverSummary {
  readonly fromMs: number;
  readonly toMs: number;
  readonly counters: TrackerCounters;
  /** How often the clock was moved, and how often that had to be tried again. */
  readonly clockSteps: number;
  readonly clockRetries: number;
}

interface DriverOptions {
  readonly source: ReportSource;
  readonly trackers: TrackerPool;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DriverProgress) => void;
  readonly time?: WallTime;
}

export interface LockstepOptions extends DriverOptions {
  /**
   * Sets the server's virtual clock and resolves when the server has done so. Called again with the same instant until it
   * succeeds, unless it throws a BeatwatchError, which ends the run; `createHttpClock` is made for this.
   */
  readonly setClock: (nowMs: number, signal?: AbortSignal) => Promise<void>;
  /** Virtual time a step, at most OUTAGE_HOLE_MS. */
  readonly stepMs?: number;
  /** Virtual time a step while nothing is due; a longer one than OUTAGE_HOLE_MS would look like an outage of the server. */
  readonly idleStepMs?: number;
  /** Sets the clock forward to an instant at once, over time that nothing is in; called for more than CROSS_HOLE_MS of it. */
  readonly crossHole?: (toMs: number) => Promise<void>;
  /** Virtual seconds a real second, at most; absent: as fast as the server acknowledges. */
  readonly speed?: number;
}

export const DEFAULT_STEP_MS = 5_000;
export const DEFAULT_IDLE_STEP_MS = 10_000;
/** Longer than a fleet rests in a night: a recording that says nothing for so long was not made. */
export const CROSS_HOLE_MS = 12 * 3_600_000;

/**
 * Drives a server on a virtual clock, step by step: set the clock to t, send every report due in the step that ends at t
 * over all sockets at once, await all acks, next. Ends with one more move of the clock, which settles the last reports.
 * Killing the server at any instant only delays it.
 */
export async function runLockstep(options: LockstepOptions): Promise<DriverSummary> {
  const { source, trackers, signal } = options;
  const time = options.time ?? machineTime;
  const stepMs = options.stepMs ?? DEFAULT_STEP_MS;
  const idleStepMs = Math.max(stepMs, options.idleStepMs ?? stepMs);
  let pace = { startedAtMs: time.nowMs(), fromMs: source.fromMs };
  const clock = retryingClock(options.setClock, time, signal);
  let nowMs = source.fromMs;

  await clock.set(nowMs);
  for (;;) {
    signal?.throwIfAborted();
    const nextMs = await source.nextAfter(nowMs);
    if (nextMs === null) break;
    if (options.crossHole !== undefined && nextMs - nowMs > CROSS_HOLE_MS) {
      nowMs = (Math.ceil(nextMs / SETTLE_MS) - 1) * SETTLE_MS;
      await options.crossHole(nowMs);
      pace = { startedAtMs: time.nowMs(), fromMs: nowMs };
    }
    const toMs = nowMs + (nextMs > nowMs + idleStepMs ? idleStepMs : stepMs);
    if (options.speed !== undefined) {
      const dueAtMs = pace.startedAtMs + (toMs - pace.fromMs) / options.speed;
      if (dueAtMs > time.nowMs()) await time.sleep(dueAtMs - time.nowMs(), signal);
    }
    await clock.set(toMs);
    await sendDue(source, trackers, nowMs, toMs);
    nowMs = toMs;
    options.onProgress?.({ nowMs, fromMs: source.fromMs, toMs: source.toMs, counters: trackers.counters() });
  }
  for (const endMs = source.toMs ?? nowMs; nowMs < endMs; ) {
    nowMs = Math.min(endMs, nowMs + stepMs);
    await clock.set(nowMs);
  }
  await clock.set(nowMs + SETTLE_MS);
  return {
    fromMs: source.fromMs,
    toMs: nowMs,
    counters: trackers.counters(),
    clockSteps: clock.steps(),
    clockRetries: clock.retries(),
  };
}

export interface WallOptions extends DriverOptions {
  /** Looked at so often, ms; a report goes out at most this long after it is due. */
  readonly resolutionMs?: number;
  /** Looks whose reports are not all acknowledged yet, at which sending waits. */
  readonly maxPendingLooks?: number;
}

/**
 * Drives a server on the wall clock: each report goes out when it is due by `time`, acks or not, as real trackers would. The
 * source's clock must be the wall clock too.
 */
export async function runWall(options: WallOptions): Promise<DriverSummary> {
  const { source, trackers, signal } = options;
  const time = options.time ?? machineTime;
  const resolutionMs = options.resolutionMs ?? 250;
  const maxPending = options.maxPendingLooks ?? 1_000;
  const pending = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  let nowMs = source.fromMs;
  while (failure === null && (await source.nextAfter(nowMs)) !== null) {
    await time.sleep(resolutionMs, signal);
    const untilMs = time.nowMs();
    if (untilMs <= nowMs) continue;
    for (let more = true; more; ) {
      const work = await source.due(nowMs, untilMs);
      more = work.more;
      const sending = sendAll(work, trackers).catch((error: unknown) => {
        failure = { error };
      });
      pending.add(sending);
      void sending.then(() => pending.delete(sending));
    }
    nowMs = untilMs;
    options.onProgress?.({ nowMs, fromMs: source.fromMs, toMs: source.toMs, counters: trackers.counters() });
    while (pending.size > maxPending) await Promise.race(pending);
  }
  await Promise.all(pending);
  if (failure !== null) throw (failure as { readonly error: unknown }).error;
  return { fromMs: source.fromMs, toMs: nowMs, counters: trackers.counters(), clockSteps: 0, clockRetries: 0 };
}

async function sendDue(source: ReportSource, trackers: TrackerPool, afterMs: number, untilMs: number): Promise<void> {
  for (let work = await source.due(afterMs, untilMs); ; work = await source.due(afterMs, untilMs)) {
    await sendAll(work, trackers);
    if (!work.more) return;
  }
}

async function sendAll(work: DueWork, trackers: TrackerPool): Promise<void> {
  for (const tracker of work.cutLinks) trackers.dropLink(tracker);
  await Promise.all(work.reports.map((report) => trackers.client(report.tracker).send(report.fixes)));
}

/** The clock, moved again after a random pause until the server has it. */
function retryingClock(
  setClock: LockstepOptions['setClock'],
  time: WallTime,
  signal: AbortSignal | undefined,
): { set(nowMs: number): Promise<void>; steps(): number; retries(): number } {
  const random = createRandom(0, 'clock-retry');
  let steps = 0;
  let retries = 0;
  return {
    steps: () => steps,
    retries: () => retries,
    set: async (nowMs) => {
      steps += 1;
      for (let attempt = 0; ; attempt++) {
        signal?.throwIfAborted();
        try {
          await setClock(nowMs, signal);
          return;
        } catch (error) {
          if (error instanceof BeatwatchError) throw error;
          retries += 1;
          await time.sleep(backOffMs(attempt, { firstMs: 50, longestMs: 1_000 }, random), signal);
        }
      }
    },
  };
}
