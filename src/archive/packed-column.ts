type Narrow = Uint8Array | Uint16Array | Uint32Array | Float64Array;
type Wide = Int32Array | Float64Array;

/** Whole numbers in memory, each in as few bytes as their range needs: none where all are the same, 1, 2 or 4 above the least of them, or 8. */
export class PackedColumn {
  readonly #base: number;
  /** Null: every number is the base. */
  readonly #above: Narrow | null;

  private constructor(base: number, above: Narrow | null) {
    this.#base = base;
    this.#above = above;
  }

  /** @param parts safe integers, one part behind the other, which are copied */
  static of(parts: readonly Wide[]): PackedColumn {
    let [least, most, length] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (const values of parts) {
      least = Math.min(least, leastOf(values));
      most = Math.max(most, mostOf(values));
      length += values.length;
    }
    const range = most - least;
    if (range === 0 || length === 0) return new PackedColumn(length === 0 ? 0 : least, null);
    const base = range < 2 ** 32 ? least : 0;
    const above = arrayFor(range, length);
    let at = 0;
    for (const values of parts) {
      fill(above, at, values, base);
      at += values.length;
    }
    return new PackedColumn(base, above);
  }

  /** The same number in all rows. */
  static same(value: number): PackedColumn {
    return new PackedColumn(value, null);
  }

  get bytes(): number {
    return this.#above?.byteLength ?? 0;
  }

  at(row: number): number {
    return this.#above === null ? this.#base : this.#base + (this.#above[row] as number);
  }
}

function leastOf(values: Wide): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) if ((values[i] as number) < least) least = values[i] as number;
  return least;
}

function mostOf(values: Wide): number {
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) if ((values[i] as number) > most) most = values[i] as number;
  return most;
}

function fill(above: Narrow, at: number, values: Wide, base: number): void {
  for (let i = 0; i < values.length; i += 1) above[at + i] = (values[i] as number) - base;
}

function arrayFor(range: number, length: number): Narrow {
  if (range < 2 ** 8) return new Uint8Array(length);
  if (range < 2 ** 16) return new Uint16Array(length);
  return range < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length);
}
