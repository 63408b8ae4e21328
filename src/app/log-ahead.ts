import type { LogEnd } from '../log/raw-entry.js';
import { OUTAGE_HOLE_MS } from '../model/limits.js';
import type { Logger, Metrics } from '../model/ports.js';
import type { Staleness } from '../model/staleness.js';

/** A log that is ahead of the clock by no more than this comes right by itself before anybody could act. */
const TOLERATED_MS = OUTAGE_HOLE_MS;
/** How often the server's log says it again. */
const SAY_AGAIN_MS = 600_000;

/** A log whose last entry is ahead of the clock: its time stands still until the clock has come up to it, and nothing is judged. */
export interface AheadOfClock {
  readonly aheadMs: number;
  /** Log time of the last entry: judging resumes there. */
  readonly resumesAtMs: number;
  /** When this process noticed. */
  readonly sinceMs: number;
}

/** Watches whether a district's log is ahead of the clock (T2), and says so. */
export class LogAhead {
  readonly #o: { readonly district: string; readonly logger: Logger; readonly metrics: Metrics };
  #now: AheadOfClock | null = null;
  #saidAtMs = 0;

  constructor(options: { readonly district: string; readonly logger: Logger; readonly metrics: Metrics }) {
    this.#o = options;
  }

  /** Null: it is not, as far as is known. */
  get now(): AheadOfClock | null {
    return this.#now;
  }

  /** `end`: null while there is no log. `nowMs`: a clock that is known to be right. */
  look(end: LogEnd | null, nowMs: number): void {
    const { district, logger, metrics } = this.#o;
    const aheadMs = Math.max(0, (end?.atMs ?? 0) - nowMs);
    metrics.gauge('beatwatch_log_ahead_ms', aheadMs, { district });
    const before = this.#now;
    const sinceMs = before?.sinceMs ?? nowMs;
    this.#now = aheadMs > TOLERATED_MS ? { aheadMs, resumesAtMs: end?.atMs ?? 0, sinceMs } : null;
    if (this.#now === null) {
      if (before !== null) logger.info({}, 'the log is no longer ahead of the clock: judging resumes');
      return;
    }
    if (before !== null && Math.abs(nowMs - this.#saidAtMs) < SAY_AGAIN_MS) return;
    this.#saidAtMs = nowMs;
    logger.error({ ...this.#now }, sentenceOf(district, this.#now));
  }

  staleness(): Staleness | null {
    if (this.#now === null) return null;
    return { reason: 'log-ahead', sinceMs: this.#now.sinceMs, detail: sentenceOf(this.#o.district, this.#now) };
  }
}

function sentenceOf(district: string, { aheadMs, resumesAtMs }: AheadOfClock): string {
  const until = new Date(resumesAtMs).toISOString();
  return `the log is ahead of the clock by ${lengthOf(aheadMs)}: nothing is judged until ${until}; to resume at once, run \`beatwatch log resume --district ${district} --reason …\``;
}

/** `7 h 59 min 3 s` */
function lengthOf(ms: number): string {
  const s = Math.round(ms / 1_000);
  const parts = [
    [Math.floor(s / 3_600), 'h'],
    [Math.floor(s / 60) % 60, 'min'],
    [s % 60, 's'],
  ] as const;
  return parts.flatMap(([n, unit], i) => (n > 0 || (i === 2 && s === 0) ? [`${n} ${unit}`] : [])).join(' ');
}
