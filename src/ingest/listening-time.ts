/**
 * Time in which this process listened to its sockets: real time, without the stretches in which it stood still (suspended,
 * starved, stopped by a debugger). Whoever is judged by it has had the time to be heard: what came meanwhile is read first.
 */
export class ListeningTime {
  readonly #mostStepMs: number;
  #atMs: number;
  #passedMs = 0;

  /** @param mostStepMs of the time between two steps, more than this was not listening */
  constructor(nowMs: number, mostStepMs: number) {
    this.#atMs = nowMs;
    this.#mostStepMs = mostStepMs;
  }

  /** How much of it has passed by the last step, ms. */
  get passedMs(): number {
    return this.#passedMs;
  }

  /** Counts the time since the last step, at most `mostStepMs`. To be called at regular times. */
  step(nowMs: number): void {
    this.#passedMs += Math.min(nowMs - this.#atMs, this.#mostStepMs);
    this.#atMs = nowMs;
  }
}
