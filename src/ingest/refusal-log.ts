import type { Logger } from '../model/ports.js';
import { fullGate, pass, type Rate } from '../model/rate-gate.js';

/** A tracker is named again, for the same code, after this long. */
const AGAIN_AFTER_MS = 60_000;
/** Lines of all trackers together. */
const LINES: Rate = { burst: 20, perSecond: 0.5 };
/** Trackers and codes that are remembered; beyond that all are forgotten, and LINES alone bounds what is written. */
const MAX_REMEMBERED = 1_000;

/** Names refused trackers in the server's log, so that somebody can be sent to them, and no more often than can be read. */
export class RefusalLog {
  readonly #logger: Logger;
  readonly #monotonicMs: () => number;
  readonly #loggedAtMs = new Map<string, number>();
  readonly #gate;
  #untold = 0;

  constructor(o: { readonly logger: Logger; readonly monotonicMs: () => number }) {
    this.#logger = o.logger;
    this.#monotonicMs = o.monotonicMs;
    this.#gate = fullGate(LINES, o.monotonicMs());
  }

  /** `who`: the tracker, or the address of a peer that has not said who it is. */
  note(who: string, code: string, detail: string): void {
    const nowMs = this.#monotonicMs();
    const key = `${who} ${code}`;
    if (nowMs - (this.#loggedAtMs.get(key) ?? Number.NEGATIVE_INFINITY) < AGAIN_AFTER_MS) return;
    if (!pass(this.#gate, LINES, nowMs)) {
      this.#untold += 1;
      return;
    }
    if (this.#loggedAtMs.size >= MAX_REMEMBERED) this.#loggedAtMs.clear();
    this.#loggedAtMs.set(key, nowMs);
    const untold = this.#untold === 0 ? {} : { refusalsNotTold: this.#untold };
    this.#untold = 0;
    this.#logger.warn({ from: who, code, detail, ...untold }, 'a tracker is refused');
  }
}
