import { DEFAULT_IDLE_STEP_MS, type DriverSummary, type LockstepOptions, runLockstep } from './driver.js';
import { MAX_NAMED_ROWS, type ReplayCounts, ReplaySource, type TraceFault } from './replay-source.js';
import type { TrackerPool } from './tracker-pool.js';
import { claimedMs, type ReplayOrder } from './traces/arrivals.js';
import { readTrace, type TraceFile } from './traces/read-trace.js';
import { type Span, TimeSpread } from './traces/time-spread.js';
import type { TraceItem } from './traces/trace-row.js';

/** What is in a recording, found by reading it once without sending anything. */
export interface TraceSurvey {
  readonly rows: number;
  readonly fixes: number;
  /** Bad rows by reason, and the first ones in full. */
  readonly faults: Readonly<Record<string, number>>;
  readonly firstFaults: readonly TraceFault[];
  /** When the fixes were taken, but for the few whose date is far from all others; null without a fix. */
  readonly event: Span | null;
  /** When the fixes arrived, in file order, but for the few whose date is far from all others; null without a fix. */
  readonly arrival: Span | null;
  /** Trackers and their fixes, sorted by id. */
  readonly trackers: readonly { readonly tracker: string; readonly fixes: number }[];
}

/**
 * Reads a recording for its trackers, its time and its bad rows: what a replay needs to know before it begins. With
 * `stopAtFault` it reads no further once it could tell MAX_NAMED_ROWS bad rows. Throws the signal's reason.
 */
export async function surveyTrace(
  file: TraceFile,
  o: { readonly stopAtFault?: boolean; readonly signal?: AbortSignal } = {},
): Promise<TraceSurvey> {
  const faults: Record<string, number> = {};
  const firstFaults: TraceFault[] = [];
  const trackers = new Map<string, number>();
  const [events, arrivals] = [new TimeSpread(), new TimeSpread()];
  let [rows, fixes] = [0, 0];
  for await (const item of readTrace(file)) {
    if (rows % ROWS_A_LOOK === 0) o.signal?.throwIfAborted();
    rows += 1;
    if (item.kind === 'fault') {
      faults[item.code] = (faults[item.code] ?? 0) + 1;
      if (firstFaults.length < MAX_NAMED_ROWS) firstFaults.push(item);
      else if (o.stopAtFault === true) break;
      continue;
    }
    fixes += 1;
    events.add(item.fix.eventTimeMs);
    arrivals.add(claimedMs(item));
    trackers.set(item.tracker, (trackers.get(item.tracker) ?? 0) + 1);
  }
  const sorted = [...trackers].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    rows,
    fixes,
    faults,
    firstFaults,
    event: events.span(),
    arrival: arrivals.span(),
    trackers: sorted.map(([tracker, count]) => ({ tracker, fixes: count })),
  };
}

/** The survey looks at its signal once in so many rows. */
const ROWS_A_LOOK = 1_000;

export interface ReplayOptions {
  readonly trace: TraceFile | AsyncIterable<TraceItem>;
  readonly order: ReplayOrder;
  /** When the recording was by the order's time, as its survey says; absent: each date is taken as it stands. */
  readonly within?: Span | null;
  readonly trackers: TrackerPool;
  /** Brings the server over a hole of more than CROSS_HOLE_MS in one step; absent: it is crossed with ticks. */
  readonly crossHole?: LockstepOptions['crossHole'];
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
 * recording are crossed with ticks, so that they are silence of the trackers and no outage of the server; a time of more than
 * CROSS_HOLE_MS that no fix is in is one step, and an outage: nobody knows who was where.
 */
export async function replayTrace(options: ReplayOptions): Promise<ReplaySummary> {
  const { trace, order, trackers, setClock, onProgress } = options;
  const items = 'path' in trace ? readTrace(trace) : trace;
  const source = await ReplaySource.open(items, order, options.within ?? null);
  const driver = await runLockstep({
    source,
    trackers,
    setClock,
    idleStepMs: DEFAULT_IDLE_STEP_MS,
    ...(options.crossHole === undefined ? {} : { crossHole: options.crossHole }),
    ...(options.stepMs === undefined ? {} : { stepMs: options.stepMs }),
    ...(options.speed === undefined ? {} : { speed: options.speed }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    onProgress: ({ nowMs, counters }) => {
      onProgress?.({ rows: source.counts.rows, nowMs, acknowledged: counters.acknowledged });
    },
  });
  return { counts: source.counts, driver };
}
