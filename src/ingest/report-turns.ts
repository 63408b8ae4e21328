import { batchBytesBound } from '../codec/fixes-payload.js';
import type { TrackerBatch } from '../model/log-entry.js';
import { LIVE_REPORT_BYTES, LIVE_SHARE, TURN_BYTES } from './limits.js';

interface Report {
  readonly batch: TrackerBatch;
}

/** What goes into one entry. */
export interface Taken<R extends Report> {
  readonly reports: readonly R[];
  /** What of them is not live, bytes. */
  readonly backlogBytes: number;
}

/** What one tracker waits with, oldest first. */
interface Line<R extends Report> {
  readonly tracker: string;
  readonly reports: R[];
  /** What it may still take in its turn, bytes. */
  credit: number;
}

/**
 * The reports that wait for an append, and whose turn it is. A tracker that had nothing waiting and sends a small report goes first, so that a
 * live report never waits behind a backlog. All others take turns (deficit round robin): each time a tracker's turn comes it may send
 * TURN_BYTES more. Reports of one tracker keep their order. Bytes are those of `batchBytesBound`.
 */
export class ReportTurns<R extends Report> {
  readonly #lines = new Map<string, Line<R>>();
  /** Lines of a small report, in the order in which they came. */
  readonly #live = new Set<Line<R>>();
  /** All other lines, the next one first. */
  readonly #bulk = new Set<Line<R>>();
  #bytes = 0;

  /** What all waiting reports add to entries at the most. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Answers whether it is a live report. */
  add(report: R): boolean {
    const bytes = batchBytesBound(report.batch);
    this.#bytes += bytes;
    const { tracker } = report.batch;
    const line = this.#lines.get(tracker);
    if (line !== undefined) {
      line.reports.push(report);
      return false;
    }
    const made = { tracker, reports: [report], credit: 0 };
    this.#lines.set(tracker, made);
    const isLive = bytes <= LIVE_REPORT_BYTES;
    (isLive ? this.#live : this.#bulk).add(made);
    return isLive;
  }

  /** True while a live report waits. */
  get hasLive(): boolean {
    return this.#live.size > 0;
  }

  /**
   * Takes the reports of the next entry, which have `roomBytes` together; at least one report if one may go.
   *
   * @param backlogBytes how much of it reports that are not live may have; 0: none of them goes
   */
  take(roomBytes: number, backlogBytes = Number.POSITIVE_INFINITY): Taken<R> {
    const reports: R[] = [];
    const sharesRoom = backlogBytes > 0 && this.#bulk.size > 0;
    const liveBytes = this.#takeLive(sharesRoom ? roomBytes * LIVE_SHARE : roomBytes, reports);
    if (backlogBytes === 0) return { reports, backlogBytes: 0 };
    const takenBytes = this.#takeBulk(Math.min(roomBytes - liveBytes, backlogBytes), reports);
    this.#takeLive(roomBytes - liveBytes - takenBytes, reports);
    return { reports, backlogBytes: takenBytes };
  }

  /** One report of each line. Answers how many bytes it took. */
  #takeLive(roomBytes: number, taken: R[]): number {
    let usedBytes = 0;
    for (const line of this.#live) {
      const bytes = headBytes(line);
      if (usedBytes + bytes > roomBytes && taken.length > 0) break;
      usedBytes += bytes;
      taken.push(this.#shift(line));
      this.#live.delete(line);
      if (line.reports.length > 0) this.#bulk.add(line);
    }
    return usedBytes;
  }

  /** As many as fit, by turns. Answers how many bytes it took. */
  #takeBulk(roomBytes: number, taken: R[]): number {
    let usedBytes = 0;
    for (const line of this.#bulk) {
      if (line.credit < headBytes(line)) line.credit += TURN_BYTES;
      while (line.reports.length > 0 && headBytes(line) <= line.credit) {
        const bytes = headBytes(line);
        // Its turn goes on in the next entry.
        if (usedBytes + bytes > roomBytes && taken.length > 0) return usedBytes;
        line.credit -= bytes;
        usedBytes += bytes;
        taken.push(this.#shift(line));
      }
      this.#bulk.delete(line);
      // Behind all others: this loop comes to it again.
      if (line.reports.length > 0) this.#bulk.add(line);
    }
    return usedBytes;
  }

  #shift(line: Line<R>): R {
    const report = line.reports.shift() as R;
    this.#bytes -= batchBytesBound(report.batch);
    if (line.reports.length === 0) this.#lines.delete(line.tracker);
    return report;
  }
}

function headBytes({ reports }: Line<Report>): number {
  return batchBytesBound((reports[0] as Report).batch);
}
