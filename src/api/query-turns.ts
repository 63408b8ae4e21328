import { MAX_QUERIES, MAX_QUERIES_PER_TOKEN } from './limits.js';
import { apiError } from './errors.js';

/** Counts the queries of the record that run in this process, and whose they are. */
export class QueryTurns {
  readonly #byToken = new Map<string, number>();
  #running = 0;

  /** A turn, until it is given back; once. Code `too-many-searches`. */
  take(tokenId: string): () => void {
    const own = this.#byToken.get(tokenId) ?? 0;
    if (own >= MAX_QUERIES_PER_TOKEN) throw tooMany(`this token already runs ${own}`, MAX_QUERIES_PER_TOKEN);
    if (this.#running >= MAX_QUERIES) throw tooMany(`this process already runs ${this.#running}`, MAX_QUERIES);
    this.#running += 1;
    this.#byToken.set(tokenId, own + 1);
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.#running -= 1;
      const left = (this.#byToken.get(tokenId) ?? 1) - 1;
      if (left === 0) this.#byToken.delete(tokenId);
      else this.#byToken.set(tokenId, left);
    };
  }
}

function tooMany(got: string, limit: number) {
  return apiError(
    'too-many-searches',
    `${got} queries of the record, as many as it may (${limit}); try again in a few seconds`,
    { limit },
  );
}
