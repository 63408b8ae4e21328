import { existsSync, readFileSync } from 'node:fs';

const TICK_MS = 1;
/** Where Linux says how long the thread that reads it was on a core. */
const SCHEDSTAT = '/proc/thread-self/schedstat';

/**
 * Measures the longest turn of this thread's event loop by the time on a core, so that other work on the machine is not in it. A turn may be
 * TICK_MS shorter than it says. NaN where the system is not Linux.
 */
export class Turns {
  #timer: NodeJS.Timeout | null = null;
  #lastMs = 0;
  longestMs = existsSync(SCHEDSTAT) ? 0 : Number.NaN;

  start(): void {
    this.#lastMs = onCoreMs();
    this.#timer = setInterval(() => this.#look(), TICK_MS);
  }

  /** What comes until the next start is not measured. */
  stop(): void {
    if (this.#timer === null) return;
    this.#look();
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    const nowMs = onCoreMs();
    this.longestMs = Math.max(this.longestMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
  }
}

function onCoreMs(): number {
  return existsSync(SCHEDSTAT) ? Number(readFileSync(SCHEDSTAT, 'utf8').split(' ')[0]) / 1e6 : Number.NaN;
}
