import type { RedisConnection } from '../redis/connection.js';
import { runScript } from '../redis/script.js';
import { hotKeys, ticketKey } from './keys.js';
import { putTicketScript, revokeScript } from './scripts.js';

/** One-use tickets of the live socket, over processes. */
export class TicketStore {
  readonly #query: RedisConnection;

  constructor(o: { readonly query: RedisConnection }) {
    this.#query = o.query;
  }

  /** False when that ticket exists already. */
  async put(ticket: string, value: string, lifeMs: number): Promise<boolean> {
    return (await runScript(this.#query, putTicketScript, [ticketKey(ticket)], [value, lifeMs])) === 1;
  }

  /** Redeems: the value once, then null; null too when it has expired or never was. */
  async take(ticket: string): Promise<string | null> {
    return await this.#query.getdel(ticketKey(ticket));
  }
}

/** A district's revoked tokens. A token is forgotten once it has expired anyway. */
export class Revocations {
  readonly #query: RedisConnection;
  readonly #key: string;

  constructor(o: { readonly district: string; readonly query: RedisConnection }) {
    this.#query = o.query;
    this.#key = hotKeys(o.district).revoked;
  }

  async revoke(tokenId: string, expiresAtMs: number, nowMs: number): Promise<void> {
    await runScript(this.#query, revokeScript, [this.#key], [tokenId, expiresAtMs, nowMs]);
  }

  async isRevoked(tokenId: string): Promise<boolean> {
    return (await this.#query.zscore(this.#key, tokenId)) !== null;
  }

  async readRevoked(): Promise<readonly string[]> {
    return await this.#query.zrange(this.#key, '0', '-1');
  }
}
