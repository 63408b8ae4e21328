import { DEFAULT_IDLE_STEP_MS, type DriverSummary, type LockstepOptions, runLockstep } from './driver.js';
import { type ReplayCounts, type ReplayOrder, ReplaySource } from './replay-source.js';
import type { TrackerPool } from './tracker-pool.js';
import { readTrace, type TraceFile } from './traces/read-trace.js';
import type { TraceItem } from './traces/trace-row.js';

/** What is in a recording, found by reading it once without sending anything. */
export interface TraceSurvey {
  readonly rows: number;
  readonly fixes: number;
  readonly faults: Readonly<Record<string, number>>;
  /** The first and the last event time; null without a fix. */
  readonly event: { readonly fromMs: number; readonly toMs: number } | null;
  /** Where the log's time begins and ends in file order. */
  readonly arrival: { readonly firstMs: number; readonly lastMs: number } | null;
  /** Trackers and their fixes, sorted by id. */
  readonly trackers: readonly { readonly tracker: string; readonly fixes: number }[];
}

/** Reads a recording for its trackers, its time and its bad rows: what a replay needs to know before it begins. */
export async function surveyTrace(file: TraceFile): Promise<TraceSurvey> {
  const faults: Record<string, number> = {};
  const trackers = new Map<string, number>();
  const event = { fromMs: Number.POSITIVE_INFINITY, toMs: Number.NEGATIVE_INFINITY };
  const arrival = { firstMs: Number.NaN, lastMs: Number.NEGATIVE_INFINITY };
  let [rows, fixes] = [0, 0];
  for await (const item of readTrace(file)) {
    rows += 1;
    if (item.kind === 'fault') {
      faults[item.code] = (faults[item.code] ?? 0) + 1;
      continue;
    }
    const { eventTimeMs } = item.fix;
    const arrivedMs = item.receivedMs ?? eventTimeMs;
    if (fixes === 0) arrival.firstMs = arrivedMs;
    fixes += 1;
    arrival.lastMs = Math.max(arrival.lastMs, arrivedMs);
    event.fromMs = Math.min(event.fromMs, eventTimeMs);
    event.toMs = Math.max(event.toMs, eventTimeMs);
    trackers.set(item.tracker, (trackers.get(item.tracker) ?? 0) + 1);
  }
  const sorted = [...trackers].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    rows,
    fixes,
    faults,
    event: fixes === 0 ? null : event,
    arrival: fixes === 0 ? null : arrival,
    trackers: sorted.map(([tracker, count]) => ({ tracker, fixes: count })),
  };
}

export interface ReplayOptions {
  readonly trace: TraceFile | AsyncIterable<TraceItem>;
  readonly order: ReplayOrder;
  readonly trackers: TrackerPool;
  readonly setClock: LockstepOptions['setClock'];
  readonly stepMs?: number;
  readonly speed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  readonly rows: number;
  readonly nowMs: number;
  readonly acknowledged: number;
}

export interface ReplaySummary {
  readonly counts: ReplayCounts;
  readonly driver: DriverSummary;
}

/**
 * Sends a recording through the trackers' sockets on the server's virtual clock, as fast as it is acknowledged. Holes in the
 * recording are crossed with ticks, so that they are silence of the trackers and no outage of the server.
 */
export async function replayTrace(options: ReplayOptions): Promise<ReplaySummary> {
  const { trace, order, trackers, setClock, onProgress } = options;
  const items = 'path' in trace ? readTrace(trace) : trace;
  const source = await ReplaySource.open(items, order);
  const driver = await runLockstep({
    source,
    trackers,
    setClock,
    idleStepMs: DEFAULT_IDLE_STEP_MS,
    ...(options.stepMs === undefined ? {} : { stepMs: options.stepMs }),
    ...(options.speed === undefined ? {} : { speed: options.speed }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: ({ nowMs, counters }) => {
      onProgress?.({ rows: source.counts.rows, nowMs, acknowledged: counters.acknowledged });
    },
  });
  return { counts: source.counts, driver };
}
