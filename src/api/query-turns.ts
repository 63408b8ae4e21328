import { MAX_QUERIES, MAX_QUERIES_PER_TOKEN, MAX_QUERY_MS, MAX_STREAM_MS } from './limits.js';
import { apiError } from './errors.js';

/** Counts the queries of the record that run in this process, and whose they are; and says how long one may take. */
export class QueryTurns {
  /** A query that answers with a page is given up after this long, and a file that is being sent after that. */
  readonly pageMs: number;
  readonly fileMs: number;
  readonly #byToken = new Map<string, number>();
  #running = 0;

  constructor(pageMs: number = MAX_QUERY_MS, fileMs: number = MAX_STREAM_MS) {
    this.pageMs = pageMs;
    this.fileMs = fileMs;
  }

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
