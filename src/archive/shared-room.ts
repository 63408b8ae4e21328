/** Something kept in memory that can be had again. */
export interface Kept {
  readonly bytes: number;
  /** Gives it up: there is no more room. */
  readonly forget: () => void;
}

/** Bytes of memory that several keepers share. When more is kept, what was not used for the longest is forgotten first, whoever keeps it. */
export class SharedRoom {
  readonly #maxBytes: number;
  /** The one used last at the end. */
  readonly #kept = new Set<Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** What is kept now. */
  get bytes(): number {
    return this.#bytes;
  }

  take(one: Kept): void {
    this.#kept.add(one);
    this.#bytes += one.bytes;
    for (const oldest of this.#kept) {
      if (this.#bytes <= this.#maxBytes) return;
      this.release(oldest);
      oldest.forget();
    }
  }

  use(one: Kept): void {
    if (this.#kept.delete(one)) this.#kept.add(one);
  }

  release(one: Kept): void {
    if (this.#kept.delete(one)) this.#bytes -= one.bytes;
  }
}
