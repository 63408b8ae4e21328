import { BeatwatchError } from '../model/errors.js';
import type { Fix } from '../model/fix.js';
import { MAX_FIXES_PER_REPORT } from '../model/limits.js';
import type { DueReport, DueWork, ReportSource } from './report-source.js';
import type { TraceItem } from './traces/trace-row.js';

/** In file order the file says who came when; in event-time order each fix arrives the instant it was taken. */
export type ReplayOrder = 'file' | 'event-time';

/** Rows that are held at once for sorting. */
const MAX_SORTED_ROWS = 5_000_000;
/** Fixes that one call of `due` answers at most; the rest is due at once after it. */
const MAX_DUE_FIXES = 20_000;
/** Faults that are told in full; all are counted. */
const MAX_TOLD_FAULTS = 20;
const SECOND_MS = 1_000;

type TraceFault = Extract<TraceItem, { kind: 'fault' }>;

export interface ReplayCounts {
  /** Rows that the reader came to. */
  rows: number;
  fixes: number;
  /** Bad rows by reason, and the first ones in full. */
  readonly faults: Record<string, number>;
  readonly firstFaults: TraceFault[];
}

interface Arrival {
  readonly tracker: string;
  readonly fix: Fix;
  /** When the fix is to reach the server: log time, which never goes back. */
  readonly atMs: number;
}

/**
 * A recording as a source of reports. In file order it is read as it is needed: log time is the row's receive time, or
 * without one the latest event time so far. In event-time order it is read whole and sorted first (stable).
 */
export class ReplaySource implements ReportSource {
  readonly counts: ReplayCounts;
  readonly fromMs: number;
  readonly #arrivals: AsyncIterator<Arrival>;
  #next: Arrival | null;

  /** Reads up to the first fix; throws what the reader throws, and `trace-empty` when there is none. */
  static async open(items: AsyncIterable<TraceItem>, order: ReplayOrder): Promise<ReplaySource> {
    const counts: ReplayCounts = { rows: 0, fixes: 0, faults: {}, firstFaults: [] };
    const counted = countItems(items, counts);
    const arrivals = (order === 'file' ? inFileOrder(counted) : inEventOrder(counted))[Symbol.asyncIterator]();
    const first = await arrivals.next();
    if (first.done === true) {
      const why = counts.firstFaults[0];
      const message = `trace: got no fix in ${counts.rows} rows${why === undefined ? '' : ` (row ${why.row}: ${why.message})`}`;
      throw new BeatwatchError('trace-empty', message, { rows: counts.rows, faults: counts.faults });
    }
    return new ReplaySource(arrivals, first.value, counts);
  }

  private constructor(arrivals: AsyncIterator<Arrival>, first: Arrival, counts: ReplayCounts) {
    this.#arrivals = arrivals;
    this.#next = first;
    this.counts = counts;
    this.fromMs = (Math.ceil(first.atMs / SECOND_MS) - 1) * SECOND_MS;
  }

  get toMs(): null {
    return null;
  }

  nextAfter(): number | null {
    return this.#next?.atMs ?? null;
  }

  async due(_afterMs: number, untilMs: number): Promise<DueWork> {
    const reports: DueReport[] = [];
    const open = new Map<string, Fix[]>();
    for (let fixes = 0; this.#next !== null && this.#next.atMs <= untilMs; fixes++) {
      if (fixes === MAX_DUE_FIXES) return { reports, cutLinks: [], more: true };
      const { tracker, fix, atMs } = this.#next;
      let list = open.get(tracker);
      if (list === undefined || list.length === MAX_FIXES_PER_REPORT) {
        list = [];
        open.set(tracker, list);
        reports.push({ tracker, atMs, fixes: list });
      }
      list.push(fix);
      const following = await this.#arrivals.next();
      this.#next = following.done === true ? null : following.value;
    }
    return { reports, cutLinks: [], more: false };
  }
}

async function* countItems(items: AsyncIterable<TraceItem>, counts: ReplayCounts): AsyncGenerator<TraceItem> {
  for await (const item of items) {
    counts.rows += 1;
    if (item.kind === 'fix') counts.fixes += 1;
    else {
      counts.faults[item.code] = (counts.faults[item.code] ?? 0) + 1;
      if (counts.firstFaults.length < MAX_TOLD_FAULTS) counts.firstFaults.push(item);
    }
    yield item;
  }
}

async function* inFileOrder(items: AsyncIterable<TraceItem>): AsyncGenerator<Arrival> {
  let atMs = 0;
  for await (const item of items) {
    if (item.kind === 'fault') continue;
    atMs = Math.max(atMs, item.receivedMs ?? item.fix.eventTimeMs);
    yield { tracker: item.tracker, fix: item.fix, atMs };
  }
}

async function* inEventOrder(items: AsyncIterable<TraceItem>): AsyncGenerator<Arrival> {
  const arrivals: Arrival[] = [];
  for await (const item of items) {
    if (item.kind === 'fault') continue;
    if (arrivals.length === MAX_SORTED_ROWS) {
      const message = `trace: got more than ${MAX_SORTED_ROWS} fixes to sort by event time, expected at most that; use file order`;
      throw new BeatwatchError('trace-too-large', message);
    }
    arrivals.push({ tracker: item.tracker, fix: item.fix, atMs: item.fix.eventTimeMs });
  }
  yield* arrivals.sort((a, b) => a.atMs - b.atMs);
}
