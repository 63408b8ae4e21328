/** Counts against a cap that is there anew a minute after the first was taken. */
export class PerMinute {
  readonly #cap: number;
  #taken = 0;
  #beganMs = 0;

  constructor(cap: number) {
    this.#cap = cap;
  }

  /** False once more than the cap came in this minute. */
  take(nowMs: number): boolean {
    if (nowMs - this.#beganMs >= 60_000 || this.#taken === 0) {
      this.#beganMs = nowMs;
      this.#taken = 0;
    }
    this.#taken += 1;
    return this.#taken <= this.#cap;
  }
}
