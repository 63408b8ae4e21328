import { RecentlyUsed } from './recently-used.js';

/** What was read from files and may be asked for again, as long as there is room and the archive names the file. */
export class KeptOfFiles<Value extends { readonly bytes: number }> {
  readonly #kept: RecentlyUsed<Value>;
  /** Null: every file counts as named. */
  #files: ReadonlySet<string> | null = null;

  constructor(maxBytes: number) {
    this.#kept = new RecentlyUsed(maxBytes);
  }

  get(file: string, name: string): Value | undefined {
    return this.#kept.get(keyOf(file, name));
  }

  /** Keeps nothing of a file that was deleted while it was read. */
  set(file: string, name: string, value: Value): void {
    if (this.#files?.has(file) !== false) this.#kept.set(keyOf(file, name), value);
  }

  /** Forgets what is of other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#files = files;
    for (const key of this.#kept.names()) if (!files.has(key.slice(0, key.indexOf('/')))) this.#kept.delete(key);
  }
}

function keyOf(file: string, name: string): string {
  return `${file}/${name}`;
}
