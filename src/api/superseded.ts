import type { StreamPage } from '../hot/replies.js';
import { SCAN_CHUNK } from './limits.js';

/** What `alerts` and `visits` have in common: numbered versions that name their predecessor. */
export interface Versioned {
  readonly transition: number;
  readonly previous: number | null;
  /** `refused`: of an action that changed nothing, so that it replaces nothing. */
  readonly change?: string;
}
export type ReadVersions<Version extends Versioned> = (o: {
  readonly after: number;
  readonly count: number;
}) => Promise<StreamPage<Version>>;

const BITS = 32;

/**
 * Which versions of a stream a later one has replaced, one bit each. It follows the stream when asked, so that telling the
 * latest versions apart costs each process one pass over the stream, not one a request. A refused action counts as replaced: the
 * version before it stays the latest.
 */
export class Superseded {
  readonly #read: ReadVersions<Versioned>;
  #bits = new Uint32Array(64);
  #upTo = 0;
  /** The version that stays the latest after a refused action, by the transition of the last refusal. */
  readonly #standing = new Map<number, number>();
  #inOrder: Promise<number> = Promise.resolve(0);

  constructor(read: ReadVersions<Versioned>) {
    this.#read = read;
  }

  /** Follows to the stream's end; answers the last transition that it has taken in. */
  catchUp(): Promise<number> {
    const turn = this.#inOrder.catch(() => 0).then(() => this.#follow());
    this.#inOrder = turn;
    return turn;
  }

  has(transition: number): boolean {
    const word = this.#bits[Math.floor(transition / BITS)] ?? 0;
    return ((word >>> (transition % BITS)) & 1) === 1;
  }

  async #follow(): Promise<number> {
    for (;;) {
      const page = await this.#read({ after: this.#upTo, count: SCAN_CHUNK });
      if (page.kind === 'resync') {
        this.#restart(page);
        if (page.first === 0) return 0;
        continue;
      }
      for (const version of page.versions) this.#take(version);
      if (this.#upTo >= page.last) return this.#upTo;
    }
  }

  #take({ transition, previous, change }: Versioned): void {
    this.#upTo = transition;
    const standing = previous === null ? null : (this.#standing.get(previous) ?? previous);
    if (previous !== null) this.#standing.delete(previous);
    if (change === 'refused') {
      this.#set(transition);
      if (standing !== null) this.#standing.set(transition, standing);
    } else if (standing !== null) this.#set(standing);
  }

  /** The stream was trimmed past our place, or it is another one than before. */
  #restart({ first, last }: { readonly first: number; readonly last: number }): void {
    if (last < this.#upTo) {
      this.#bits = new Uint32Array(64);
      this.#standing.clear();
    }
    this.#upTo = Math.max(0, first - 1);
  }

  #set(transition: number): void {
    const at = Math.floor(transition / BITS);
    if (at >= this.#bits.length) {
      const grown = new Uint32Array(Math.max(at + 1, this.#bits.length * 2));
      grown.set(this.#bits);
      this.#bits = grown;
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (transition % BITS));
  }
}
