/** How far a bench is, on stderr: one line that is written over on a terminal, nothing elsewhere. */
export class Progress {
  readonly #name: string;
  #toldMs = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** `share`: 0 to 1. */
  at(share: number): void {
    if (!process.stderr.isTTY || performance.now() - this.#toldMs < 200) return;
    this.#toldMs = performance.now();
    process.stderr.write(`\r\u001b[2K${this.#name}: ${Math.floor(100 * share)} %`);
  }

  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
  }
}
