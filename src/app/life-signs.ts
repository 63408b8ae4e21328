/** A count of signs, and the number of what the thread works for. */
const CELLS = 2;

/** Signs of life that a thread leaves in memory that it shares with its keeper: while it computes it can send no message. */
export class LifeSigns {
  readonly #cells: Int32Array;

  /** `memory`: of the other side, new unless given. */
  constructor(readonly memory = new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT)) {
    this.#cells = new Int32Array(memory);
  }

  /** The thread is alive. */
  give(): void {
    Atomics.add(this.#cells, 0, 1);
  }

  /** The thread is alive, and begins to work for this one. */
  giveFor(number: number): void {
    Atomics.store(this.#cells, 1, number);
    this.give();
  }

  /** Another number after each sign. */
  get count(): number {
    return Atomics.load(this.#cells, 0);
  }

  /** What the thread has worked for last; 0 before the first. */
  get workedFor(): number {
    return Atomics.load(this.#cells, 1);
  }
}

export interface SignWatch {
  /** When the last look found a new sign, or when the watch began; ms of `performance.now()`. */
  readonly lastSignMs: number;
  end(): void;
}

/** Looks in vain after which a thread counts as silent. They are counted: a process that stood still itself looks once when it goes on. */
const LOOKS = 30;

/** Calls `onSilence` when there was no new sign for so long, once. */
export function watchSigns(signs: LifeSigns, silentMs: number, onSilence: (waitedMs: number) => void): SignWatch {
  let { count } = signs;
  let looksInVain = 0;
  let lastSignMs = performance.now();
  const look = (): void => {
    looksInVain = signs.count === count ? looksInVain + 1 : 0;
    if (looksInVain === 0) lastSignMs = performance.now();
    if (looksInVain === LOOKS) onSilence(silentMs);
    ({ count } = signs);
  };
  const timer = setInterval(look, silentMs / LOOKS).unref();
  return {
    get lastSignMs() {
      return lastSignMs;
    },
    end: () => clearInterval(timer),
  };
}
