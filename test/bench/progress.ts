/** Lines that are not written over come so far apart. */
const LINE_MS = 60_000;

/** How far a bench is, on stderr: one line that is written over on a terminal, a line a minute elsewhere. */
export class Progress {
  readonly #name: string;
  #toldMs = performance.now();

  constructor(name: string) {
    this.#name = name;
  }

  /** `share`: 0 to 1. */
  at(share: number): void {
    const { isTTY } = process.stderr;
    if (performance.now() - this.#toldMs < (isTTY ? 200 : LINE_MS)) return;
    this.#toldMs = performance.now();
    const text = `${this.#name}: ${(100 * share).toFixed(1)} %`;
    process.stderr.write(isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  }
}
