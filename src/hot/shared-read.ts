import { setTimeout as sleep } from 'node:timers/promises';

/** Reads that rest take a fifth of the time at most, however many ask one after another. */
const RESTS = 4;
const MAX_REST_MS = 100;

/**
 * One read for all who ask for the same at once. What it answers is never older than the question: whoever asks while a read runs
 * waits for the next one, which begins when that has ended and, if reads rest, some time later.
 */
export class SharedRead<Value> {
  readonly #read: () => Promise<Value>;
  readonly #rests: boolean;
  #running: Promise<void> = Promise.resolve();
  #next: Promise<Value> | null = null;
  /** When the next read may begin, by the monotonic clock. */
  #fromMs = 0;

  /** @param o.rests whoever comes first after a read waits RESTS times as long as that took, and those who come meanwhile share what it reads */
  constructor(read: () => Promise<Value>, o: { readonly rests?: boolean } = {}) {
    this.#read = read;
    this.#rests = o.rests ?? false;
  }

  /** Rejects as the read does, for all who share it. */
  ask(): Promise<Value> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<Value> {
    await this.#running;
    const restMs = this.#fromMs - performance.now();
    if (restMs > 0) await sleep(restMs);
    this.#next = null;
    const beganMs = performance.now();
    const read = this.#read();
    const rest = (): void => {
      const endedMs = performance.now();
      if (this.#rests) this.#fromMs = endedMs + Math.min(MAX_REST_MS, RESTS * (endedMs - beganMs));
    };
    this.#running = read.then(rest, rest);
    return await read;
  }
}
