/** How far a run is, on stderr: one line that is written over on a terminal, else a line each ten seconds. */
export class Progress {
  readonly #total: number;
  readonly #head: string;
  readonly #startMs = performance.now();
  #done = 0;
  #violations = 0;
  #toldMs = 0;

  /** `broken`: the protection that is taken away, for the line. */
  constructor(total: number, broken: string | null) {
    this.#total = total;
    this.#head = broken === null ? '' : `without ${broken}: `;
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1_000;
  }

  step(violations: number): void {
    this.#done += 1;
    this.#violations += violations;
    const everyMs = process.stderr.isTTY ? 200 : 10_000;
    if (performance.now() - this.#toldMs < everyMs && this.#done < this.#total) return;
    this.#toldMs = performance.now();
    const leftS = Math.round((this.seconds / this.#done) * (this.#total - this.#done));
    const text = `${this.#head}${bar(this.#done / this.#total)} ${this.#done}/${this.#total} seeds, ${this.#violations} violations, ${leftS} s left`;
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${text}` : `${text}\n`);
  }

  /** Says something at once, on a line of its own. */
  note(text: string): void {
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[2K${this.#head}${text}\n` : `${this.#head}${text}\n`);
  }

  /** What is said now begins on a line of its own. */
  end(): void {
    if (process.stderr.isTTY && this.#done > 0) process.stderr.write('\n');
  }
}

function bar(share: number): string {
  const width = 30;
  const full = Math.round(share * width);
  return `[${'='.repeat(full)}${' '.repeat(width - full)}]`;
}
