/**
 * One read for all who ask for the same at once. What it answers is never older than the question: whoever asks while a read runs
 * waits for the next one, which begins when that has ended.
 */
export class SharedRead<Value> {
  readonly #read: () => Promise<Value>;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Value> | null = null;

  constructor(read: () => Promise<Value>) {
    this.#read = read;
  }

  /** Rejects as the read does, for all who share it. */
  ask(): Promise<Value> {
    this.#next ??= this.#afterRunning();
    return this.#next;
  }

  async #afterRunning(): Promise<Value> {
    await this.#running.catch(() => undefined);
    this.#next = null;
    const read = this.#read();
    this.#running = read;
    return await read;
  }
}
