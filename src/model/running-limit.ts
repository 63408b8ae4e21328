/** Counts what runs at once, and refuses what would be one too many. */
export class RunningLimit {
  readonly #most: number;
  readonly #refusal: (running: number) => Error;
  #running = 0;

  /** `refusal`: what is thrown when so many run, which are as many as may. */
  constructor(most: number, refusal: (running: number) => Error) {
    this.#most = most;
    this.#refusal = refusal;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Answers how to give the turn back; once counts. */
  take(): () => void {
    if (this.#running >= this.#most) throw this.#refusal(this.#running);
    this.#running += 1;
    let isBack = false;
    return () => {
      if (!isBack) this.#running -= 1;
      isBack = true;
    };
  }
}
