import { setTimeout as sleep } from 'node:timers/promises';
import type { Program } from '../../e2e/programs.js';
import { kill } from '../../e2e/served-district.js';

const AGAIN_MS = 50;

/** A program that is started again whenever it dies, as by a service manager. */
export class KeptProgram {
  readonly #startOne: () => Promise<Program>;
  #program: Program | null = null;
  #ending = false;
  #keeping: Promise<void> = Promise.resolve();
  starts = 0;

  constructor(startOne: () => Promise<Program>) {
    this.#startOne = startOne;
  }

  async begin(): Promise<void> {
    await this.#start();
    this.#keeping = this.#keep();
  }

  kill(): void {
    const pid = this.#program?.process.pid;
    if (pid !== undefined) kill(pid);
  }

  async end(): Promise<void> {
    this.#ending = true;
    this.#program?.process.kill('SIGTERM');
    await this.#keeping;
  }

  async #start(): Promise<void> {
    this.starts += 1;
    this.#program = await this.#startOne();
    // Asked to end while it was starting: there was nobody to tell then.
    if (this.#ending) this.#program.process.kill('SIGTERM');
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#program?.exit;
      if (this.#ending) return;
      // A start may fail too: its Redis dies under it.
      await this.#start().catch(() => sleep(AGAIN_MS));
    }
  }
}
