import { BeatwatchError } from '../model/errors.js';
import type { Fix } from '../model/fix.js';
import { MAX_FIXES_PER_REPORT } from '../model/limits.js';
import type { DueReport, DueWork, ReportSource } from './report-source.js';
import { type Arrival, arrivalsOf, type ReplayOrder } from './traces/arrivals.js';
import type { Span } from './traces/time-spread.js';
import type { TraceItem } from './traces/trace-row.js';

/** Fixes that one call of `due` answers at most; the rest is due at once after it. */
const MAX_DUE_FIXES = 20_000;
/** Faults and odd dates that are told in full; all are counted. */
export const MAX_NAMED_ROWS = 20;
const SECOND_MS = 1_000;

export type TraceFault = Extract<TraceItem, { kind: 'fault' }>;

export interface ReplayCounts {
  /** Rows that the reader came to. */
  rows: number;
  fixes: number;
  /** Bad rows by reason, and the first ones in full. */
  readonly faults: Record<string, number>;
  readonly firstFaults: TraceFault[];
  /** Rows whose date is far from that of the rows beside them, and the first ones in full. */
  odd: number;
  readonly firstOdd: Arrival[];
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

  /**
   * Reads up to the first fix; throws what the reader throws, and `trace-empty` when there is none. `within`: when the
   * recording was, as its survey says; absent: each date is taken as it stands.
   */
  static async open(
    items: AsyncIterable<TraceItem>,
    order: ReplayOrder,
    within: Span | null = null,
  ): Promise<ReplaySource> {
    const counts: ReplayCounts = { rows: 0, fixes: 0, faults: {}, firstFaults: [], odd: 0, firstOdd: [] };
    const arrivals = countOdd(arrivalsOf(countItems(items, counts), order, within), counts);
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
      if (counts.firstFaults.length < MAX_NAMED_ROWS) counts.firstFaults.push(item);
    }
    yield item;
  }
}

async function* countOdd(arrivals: AsyncIterable<Arrival>, counts: ReplayCounts): AsyncGenerator<Arrival> {
  for await (const arrival of arrivals) {
    if (arrival.odd) {
      counts.odd += 1;
      if (counts.firstOdd.length < MAX_NAMED_ROWS) counts.firstOdd.push(arrival);
    }
    yield arrival;
  }
}
