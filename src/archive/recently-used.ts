/** Values by name, of so many bytes at most: the one that was not asked for the longest goes first. */
export class RecentlyUsed<Value extends { readonly bytes: number }> {
  readonly #maxBytes: number;
  /** The one asked for last at the end. */
  readonly #values = new Map<string, Value>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get(name: string): Value | undefined {
    const value = this.#values.get(name);
    if (value === undefined) return undefined;
    this.#values.delete(name);
    this.#values.set(name, value);
    return value;
  }

  set(name: string, value: Value): void {
    this.delete(name);
    this.#values.set(name, value);
    this.#bytes += value.bytes;
    for (const oldest of this.#values.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(oldest);
    }
  }

  delete(name: string): void {
    this.#bytes -= this.#values.get(name)?.bytes ?? 0;
    this.#values.delete(name);
  }

  names(): readonly string[] {
    return [...this.#values.keys()];
  }
}
