/** Nesting past this is nobody's district. */
const MAX_DEPTH = 64;
/** Names that occur twice and are told each with its place; a place costs a walk over the text. */
const MAX_DUPLICATES = 20;

export interface TextFault {
  readonly line: number;
  /** 1 for the first character of the line, in UTF-16 units. */
  readonly column: number;
  readonly reason: string;
}

/**
 * Reads strict JSON (RFC 8259), and says what `JSON.parse` does not: line and column of the first syntax error, and of
 * names that occur twice in one object, the earlier of which `JSON.parse` would drop in silence.
 */
export function parseJson(text: string): { value: unknown; faults: readonly TextFault[] } {
  const duplicates: [at: number, name: string][] = [];
  let count = 0;
  const bad = new Scanner(text, (at, name) => {
    count += 1;
    if (duplicates.length < MAX_DUPLICATES) duplicates.push([at, name]);
  }).firstFault();
  if (bad !== null) return { value: undefined, faults: [locate(text, bad.at, bad.reason)] };
  const faults = duplicates.map(([at, name]) =>
    locate(
      text,
      at,
      `got the name ${JSON.stringify(name.slice(0, 60))} a second time in one object, expected each name once`,
    ),
  );
  const [last] = duplicates.slice(-1);
  if (count > duplicates.length && last !== undefined) {
    faults.push(locate(text, last[0], `got ${count - duplicates.length} more names a second time after this one`));
  }
  return { value: JSON.parse(text), faults };
}

function locate(text: string, at: number, reason: string): TextFault {
  const before = text.slice(0, at);
  const lineStart = before.lastIndexOf('\n') + 1;
  return { line: before.split('\n').length, column: at - lineStart + 1, reason };
}

interface Bad {
  readonly at: number;
  readonly reason: string;
}
/** The names of an open object, or null for an open list. */
type Frame = Set<string> | null;

const SPACE = /[ \t\n\r]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Below it are control characters, which a JSON string may not hold as they are. */
const SPACE_CODE = 0x20;

/** Walks the text once, without recursion; what it accepts, `JSON.parse` accepts. */
class Scanner {
  readonly #text: string;
  readonly #onDuplicate: (at: number, name: string) => void;
  readonly #open: Frame[] = [];
  #at = 0;

  constructor(text: string, onDuplicate: (at: number, name: string) => void) {
    this.#text = text;
    this.#onDuplicate = onDuplicate;
  }

  firstFault(): Bad | null {
    let bad = this.#value();
    while (bad === null && this.#open.length > 0) bad = this.#afterValue();
    if (bad !== null) return bad;
    this.#skip(SPACE);
    return this.#at < this.#text.length ? this.#bad('the end of the file') : null;
  }

  /** A scalar whole, or the opening of a list or object up to its first value. */
  #value(): Bad | null {
    for (;;) {
      this.#skip(SPACE);
      const opening = this.#text[this.#at];
      if (opening !== '{' && opening !== '[') {
        if (opening === '"') return this.#string() ? null : this.#bad('the rest of a string');
        return this.#skip(NUMBER) || this.#skip(WORD) ? null : this.#bad('a value');
      }
      if (this.#open.length >= MAX_DEPTH) return this.#bad(`at most ${MAX_DEPTH} levels of lists and objects`);
      this.#at += 1;
      this.#skip(SPACE);
      const closing = opening === '{' ? '}' : ']';
      if (this.#text[this.#at] === closing) {
        this.#at += 1;
        return null;
      }
      this.#open.push(opening === '{' ? new Set() : null);
      if (opening === '{') {
        const bad = this.#name();
        if (bad !== null) return bad;
      }
    }
  }

  /** A comma and the next value, or the end of the innermost list or object. */
  #afterValue(): Bad | null {
    const names = this.#open.at(-1) ?? null;
    const closing = names === null ? ']' : '}';
    this.#skip(SPACE);
    const next = this.#text[this.#at];
    if (next === closing) {
      this.#at += 1;
      this.#open.pop();
      return null;
    }
    if (next !== ',') return this.#bad(`"," or "${closing}"`);
    this.#at += 1;
    return (names === null ? null : this.#name()) ?? this.#value();
  }

  #name(): Bad | null {
    this.#skip(SPACE);
    const start = this.#at;
    if (!this.#string()) return this.#bad('a name in double quotes');
    const name: unknown = JSON.parse(this.#text.slice(start, this.#at));
    const names = this.#open.at(-1);
    if (names && typeof name === 'string') {
      if (names.has(name)) this.#onDuplicate(start, name);
      names.add(name);
    }
    this.#skip(SPACE);
    if (this.#text[this.#at] !== ':') return this.#bad('":"');
    this.#at += 1;
    return null;
  }

  /** Passes a string; false: it stands at the culprit. No regular expression: its own stack overflows on a string of megabytes. */
  #string(): boolean {
    if (this.#text[this.#at] !== '"') return false;
    this.#at += 1;
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === QUOTE) break;
      if (code === BACKSLASH) {
        if (!this.#skip(ESCAPE)) return false;
      } else if (code >= SPACE_CODE) this.#at += 1;
      else return false;
    }
    this.#at += 1;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #bad(expected: string): Bad {
    const got =
      this.#at < this.#text.length ? JSON.stringify(this.#text.slice(this.#at, this.#at + 12)) : 'the end of the file';
    return { at: this.#at, reason: `got ${got}, expected ${expected}` };
  }
}
