/** The bytes are not those that the writer would make. */
export class NotCanonical extends Error {}

/**
 * Reads protobuf as this project writes it: each number in the fewest bytes that hold it. Throws `NotCanonical` at anything else, so
 * whatever was read with it is written again with the same bytes.
 */
export class StrictReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #end: number;
  #text: Buffer | null = null;

  /** Reads `bytes` from `from` to `end`. */
  constructor(bytes: Uint8Array, from = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  uint32(): number {
    const first = this.#byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.#byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return byte === 0 ? refuse() : value;
    }
    const last = this.#byte();
    return last === 0 || last > 0x0f ? refuse() : (value | (last << 28)) >>> 0;
  }

  sint32(): number {
    const value = this.uint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** Below 2^52 either way. */
  sint53(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      scale *= 128;
      if (byte >= 0x80) continue;
      if (byte === 0 && i > 0) return refuse();
      const signed = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      return Math.abs(signed) < 2 ** 52 ? signed : refuse();
    }
    return refuse();
  }

  /** A field of bytes: a view. */
  bytes(): Uint8Array {
    const from = this.#take();
    return this.#bytes.subarray(from, this.#at);
  }

  /** A field of bytes as text: each byte is a character. No copy is made of the bytes, as `Buffer.from` of a view would. */
  latin1(): string {
    this.#text ??= Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.length);
    const from = this.#take();
    return this.#text.toString('latin1', from, this.#at);
  }

  /** Takes the tag of a field of bytes, when that is what comes next. */
  takesField(number: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== ((number << 3) | 2)) return false;
    this.#at += 1;
    return true;
  }

  /** A packed field of numbers that is only there when it has one. */
  packedUint32(number: number): number[] {
    if (!this.takesField(number)) return [];
    const packed = new StrictReader(this.bytes());
    if (packed.isAtEnd) return refuse();
    const values: number[] = [];
    while (!packed.isAtEnd) values.push(packed.uint32());
    return values;
  }

  /** Steps over a length and so many bytes; answers where these begin. */
  #take(): number {
    const length = this.uint32();
    const from = this.#at;
    if (length > this.#end - from) return refuse();
    this.#at = from + length;
    return from;
  }

  #byte(): number {
    if (this.#at >= this.#end) return refuse();
    return this.#bytes[this.#at++] as number;
  }
}

/** Never answers. */
export function refuse(): never {
  throw new NotCanonical('got bytes that would be written otherwise');
}
