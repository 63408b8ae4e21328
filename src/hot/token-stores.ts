import type { RedisConnection } from '../redis/connection.js';
import { runScript } from '../redis/script.js';
import { ticketKey } from './keys.js';
import { putTicketScript } from './scripts.js';

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
