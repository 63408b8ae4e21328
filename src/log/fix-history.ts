import type { Fix } from '../model/fix.js';
import { compareLogIds, type LogId } from '../model/log-id.js';
import type { AreaE7 } from '../model/plan.js';

/** A tracker over event times `[fromMs, toMs)`, ms: as long as one unit had it. */
export interface FixStretch {
  readonly tracker: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Log times `[fromMs, toMs)`, ms. */
export interface LogTimes {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Which fixes of the log are wanted. */
export interface FixQuery {
  /** The rows come in the order of these. No two of one tracker overlap. */
  readonly stretches: readonly FixStretch[];
  /** `position`: what is said beside time, position and accuracy is left out and reads as null. */
  readonly detail: 'whole' | 'position';
  /** Copies that were logged after this entry are left out; null: whatever the log has now. */
  readonly upTo: LogId | null;
  /** How many trackers report in the district: the estimate takes them for equally talkative. */
  readonly trackers: number;
  /** Stretches that are clear of an area may be left out; all are read unless given. */
  readonly clearOf?: ClearOf;
  /** Gives up: the reading then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What makes it sure without reading its fixes that a tracker was not in an area. */
export interface ClearOf {
  /** The area, with as much around it as the disc of a precise fix reaches (σ at most MAX_FENCE_SIGMA_M), and as that of any other. */
  readonly box: AreaE7;
  readonly wideBox: AreaE7;
  /** Event times `[fromMs, toMs]` that it is about. */
  readonly fromMs: number;
  readonly toMs: number;
  /** What is known of each stretch of the query; null: it is read anyway. */
  readonly stretches: readonly (ClearStretch | null)[];
}

export interface ClearStretch {
  /** Fixes follow each other if they are no further apart. */
  readonly quietMs: number;
  /** Where positions count; null: anywhere. */
  readonly area: AreaE7 | null;
}

/** One copy of a fix, and where it stands in the log. */
export interface LoggedFix {
  /** Index into the stretches of the query. */
  readonly stretch: number;
  readonly logId: LogId;
  /** Ordinal of its report in the entry, and its own in the report, from 0. */
  readonly place: number;
  readonly ordinal: number;
  readonly fix: Fix;
}

/** What a query will read at about, by what is known without reading it. */
export interface FixEstimate {
  readonly rows: number;
  readonly bytes: number;
}

/** A query as of one instant of the log: whatever is flushed, compacted or trimmed meanwhile, it reads the same rows. */
export interface FixReading {
  /** The last entry that it looks at. */
  readonly upTo: LogId;
  /** Log times before this are gone from the log, and nobody archived them; null: nothing is. */
  readonly goneBeforeMs: number | null;
  /** Log times of which fixes of the query were deleted from the archive, as they need not be kept any more; in order. */
  readonly deleted: readonly LogTimes[];
  /** Stretches of the query that are left out, as they are clear of the area (`clearOf`). */
  readonly clear: ReadonlySet<number>;
  /**
   * All rows once, by (stretch, event time, log id, place, ordinal), some thousand at a time. Rejects with `fixes-deleted` when fixes of the query
   * are deleted meanwhile: opened again, the reading says which.
   */
  batches(): AsyncGenerator<readonly LoggedFix[]>;
}

/**
 * The fixes that a district's log has, wherever they lie by now. Fixes whose event time is more than CLOCK_AHEAD_MS ahead of their log
 * id are left out: a clock that is ahead says nothing about when they were taken.
 */
export interface FixHistory {
  estimate(query: FixQuery): Promise<FixEstimate>;
  /** Codes: `log-trimmed` and `log-rewritten` when the log keeps changing beneath it; `query-too-large`. */
  open(query: FixQuery): Promise<FixReading>;
}

/** The order of the rows of a reading. */
export function compareLogged(a: LoggedFix, b: LoggedFix): number {
  return (
    a.stretch - b.stretch ||
    a.fix.eventTimeMs - b.fix.eventTimeMs ||
    compareLogIds(a.logId, b.logId) ||
    a.place - b.place ||
    a.ordinal - b.ordinal
  );
}

/** Finds the stretch that a fix of a tracker belongs to. */
export class StretchIndex {
  readonly #byTracker = new Map<string, { readonly index: number; readonly stretch: FixStretch }[]>();
  readonly trackers: readonly string[];
  /** The first event time of all. */
  readonly fromMs: number;

  constructor(stretches: readonly FixStretch[]) {
    for (const [index, stretch] of stretches.entries()) {
      const known = this.#byTracker.get(stretch.tracker);
      if (known === undefined) this.#byTracker.set(stretch.tracker, [{ index, stretch }]);
      else known.push({ index, stretch });
    }
    this.trackers = [...this.#byTracker.keys()];
    this.fromMs = stretches.reduce((least, { fromMs }) => Math.min(least, fromMs), Number.MAX_SAFE_INTEGER);
  }

  has(tracker: string): boolean {
    return this.#byTracker.has(tracker);
  }

  /** Null: the fix is in none. */
  find(tracker: string, eventTimeMs: number): number | null {
    const found = this.#byTracker
      .get(tracker)
      ?.find(({ stretch }) => eventTimeMs >= stretch.fromMs && eventTimeMs < stretch.toMs);
    return found?.index ?? null;
  }
}
