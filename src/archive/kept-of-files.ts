import { type Kept, SharedRoom } from './shared-room.js';

/**
 * What readers of all archives of a process may keep, for each thread that reads: about 5 million fixes, or four months of the ways of 100 units that
 * report each ten seconds.
 */
const ROOM = new SharedRoom(128 * 2 ** 20);

interface KeptValue<Value> extends Kept {
  readonly file: string;
  readonly value: Value;
}

/** What was read from files and may be asked for again, as long as there is room and the archive names the file. */
export class KeptOfFiles<Value extends { readonly bytes: number }> {
  readonly #room: SharedRoom;
  /** By file and name. */
  readonly #kept = new Map<string, KeptValue<Value>>();
  /** Null: every file counts as named. */
  #files: ReadonlySet<string> | null = null;

  constructor(room: SharedRoom = ROOM) {
    this.#room = room;
  }

  get(file: string, name: string): Value | undefined {
    const kept = this.#kept.get(keyOf(file, name));
    if (kept === undefined) return undefined;
    this.#room.use(kept);
    return kept.value;
  }

  /** Keeps nothing of a file that was deleted while it was read. */
  set(file: string, name: string, value: Value): void {
    if (this.#files?.has(file) === false) return;
    const key = keyOf(file, name);
    this.#delete(key);
    const kept = { file, value, bytes: value.bytes, forget: () => this.#kept.delete(key) };
    this.#kept.set(key, kept);
    this.#room.take(kept);
  }

  /** Forgets what is of other files: they were compacted away, or deleted. */
  keepOnly(files: ReadonlySet<string>): void {
    this.#files = files;
    for (const [key, { file }] of this.#kept) if (!files.has(file)) this.#delete(key);
  }

  #delete(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    this.#kept.delete(key);
    this.#room.release(kept);
  }
}

function keyOf(file: string, name: string): string {
  return `${file}/${name}`;
}
