import { eastAsianWidth } from 'get-east-asian-width';

/** A control sequence, or one character. */
const PART = /\p{Control}\[[\d;?]*[A-Za-z]|[\s\S]/gu;

/** A terminal of so many columns that keeps all its rows: what was written is what somebody can read. */
export class Screen {
  readonly #columns: number;
  readonly #rows: string[][] = [[]];
  #column = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** Knows the control sequences that are used, and throws at others. */
  write(text: string): void {
    for (const [part] of text.matchAll(PART)) {
      if (part === '\n') this.#newRow();
      else if (part === '\r') this.#column = 0;
      else if (part === '\x1b[K') this.#row.length = Math.min(this.#row.length, this.#column);
      else if (part < ' ') throw new Error(`got ${JSON.stringify(part)}, expected a control character that is known`);
      else this.#put(part);
    }
  }

  /** Each row without the spaces at its end. */
  get rows(): string[] {
    return this.#rows.map((row) => row.join('').trimEnd());
  }

  get #row(): string[] {
    return this.#rows.at(-1) as string[];
  }

  #newRow(): void {
    this.#rows.push([]);
    this.#column = 0;
  }

  /** A wide character fills two cells, the second with nothing; one that has no room goes to the next row. */
  #put(character: string): void {
    const width = eastAsianWidth(character.codePointAt(0) ?? 0);
    if (this.#column + width > this.#columns) this.#newRow();
    for (let column = this.#row.length; column < this.#column; column += 1) this.#row[column] = ' ';
    this.#row[this.#column] = character;
    if (width === 2) this.#row[this.#column + 1] = '';
    this.#column += width;
  }
}
