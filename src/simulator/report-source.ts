import type { Fix } from '../model/fix.js';

/** One report that falls due. */
export interface DueReport {
  readonly tracker: string;
  /** When the tracker sends it, on the source's clock. */
  readonly atMs: number;
  /** 1 to MAX_FIXES_PER_REPORT. */
  readonly fixes: readonly Fix[];
}

/** What happens in one step: links are cut first, then the reports go out. */
export interface DueWork {
  readonly reports: readonly DueReport[];
  /** Trackers whose link breaks, each once. */
  readonly cutLinks: readonly string[];
  /** There is more in the same stretch than was wise to answer at once: ask again with the same bounds. */
  readonly more: boolean;
}

/** Where the reports come from: a simulated fleet or a recording. */
export interface ReportSource {
  /** Nothing is due at or before this. */
  readonly fromMs: number;
  /** Null: not known before the last report was read. */
  readonly toMs: number | null;
  /**
   * What is due in (afterMs, untilMs]. Calls follow each other: each `afterMs` is the `untilMs` of the one before, and the
   * first is `fromMs`.
   */
  due(afterMs: number, untilMs: number): DueWork | Promise<DueWork>;
  /** The instant of the first report that is due after `afterMs`, or null when there is none. */
  nextAfter(afterMs: number): number | null | Promise<number | null>;
}
