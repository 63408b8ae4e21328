import { RunningLimit } from '../model/running-limit.js';
import { MAX_QUERIES, MAX_QUERIES_PER_TOKEN, MAX_QUERY_MS, MAX_STREAM_MS } from './limits.js';
import { apiError } from './errors.js';

/** Counts the queries of the record that run in this process, and whose they are; and says how long one may take. */
export class QueryTurns {
  /** A query that answers with a page is given up after this long, and a file that is being sent after that. */
  readonly pageMs: number;
  readonly fileMs: number;
  readonly #byToken = new Map<string, RunningLimit>();
  readonly #all = new RunningLimit(MAX_QUERIES, (running) =>
    tooMany(`this process already runs ${running}`, MAX_QUERIES),
  );

  constructor(pageMs: number = MAX_QUERY_MS, fileMs: number = MAX_STREAM_MS) {
    this.pageMs = pageMs;
    this.fileMs = fileMs;
  }

  /** A turn, until it is given back; once. Code `too-many-searches`. */
  take(tokenId: string): () => void {
    const own = this.#byToken.get(tokenId) ?? new RunningLimit(MAX_QUERIES_PER_TOKEN, ofToken);
    const giveBackOwn = own.take();
    try {
      const giveBack = this.#all.take();
      this.#byToken.set(tokenId, own);
      return () => {
        giveBack();
        giveBackOwn();
        if (own.isIdle && this.#byToken.get(tokenId) === own) this.#byToken.delete(tokenId);
      };
    } catch (error) {
      giveBackOwn();
      throw error;
    }
  }
}

function ofToken(running: number) {
  return tooMany(`this token already runs ${running}`, MAX_QUERIES_PER_TOKEN);
}

function tooMany(got: string, limit: number) {
  return apiError(
    'too-many-searches',
    `${got} queries of the record, as many as it may (${limit}); try again in a few seconds`,
    { limit },
  );
}
