type Narrow = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Whole numbers in memory, each in as few bytes as their range needs: 1, 2 or 4 above the least of them, or 8. */
export class PackedColumn {
  readonly #base: number;
  readonly #above: Narrow;

  private constructor(base: number, above: Narrow) {
    this.#base = base;
    this.#above = above;
  }

  /** @param values safe integers, which are copied */
  static of(values: Int32Array | Float64Array): PackedColumn {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < values.length; i += 1) {
      const value = values[i] as number;
      if (value < least) least = value;
      if (value > most) most = value;
    }
    const range = most - least;
    if (range >= 2 ** 32) return new PackedColumn(0, Float64Array.from(values));
    const above = arrayFor(range, values.length);
    for (let i = 0; i < values.length; i += 1) above[i] = (values[i] as number) - least;
    return new PackedColumn(least, above);
  }

  get bytes(): number {
    return this.#above.byteLength;
  }

  at(row: number): number {
    return this.#base + (this.#above[row] as number);
  }
}

function arrayFor(range: number, length: number): Narrow {
  if (range < 2 ** 8) return new Uint8Array(length);
  return range < 2 ** 16 ? new Uint16Array(length) : new Uint32Array(length);
}
