import type { ChildProcess } from 'node:child_process';
import { Helper } from '../processes.js';
import type { FleetOrder, Sent } from './fleet-order.js';

const BARE_SERVER = new URL('./bare-server.js', import.meta.url);
const FLEET = new URL('./fleet.js', import.meta.url);

/** Starts the server that only decodes and acknowledges; its URL. */
export function startBareServer(children: ChildProcess[]): Promise<string> {
  return new Helper(BARE_SERVER, children).ask<string>({});
}

/** A fleet of trackers in a process of its own. */
export class Fleet {
  readonly #helper: Helper;

  constructor(children: ChildProcess[]) {
    this.#helper = new Helper(FLEET, children);
  }

  async make(backlog: Omit<Extract<FleetOrder, { kind: 'make' }>, 'kind'>): Promise<void> {
    await this.#order({ kind: 'make', ...backlog });
  }

  /** Over sockets of their own, which end afterwards: opening them is in no figure. */
  async send(
    { url, tokens }: { readonly url: string; readonly tokens: readonly string[] },
    what: Extract<FleetOrder, { kind: 'pour' | 'loop' }>,
  ): Promise<Sent> {
    await this.#order({ kind: 'connect', url, tokens });
    const sent = await this.#helper.ask<Sent>(what);
    await this.#order({ kind: 'hang-up' });
    if (sent.refused > 0) throw new Error(`fleet: got ${sent.refused} reports refused, expected none`);
    return sent;
  }

  async #order(what: FleetOrder): Promise<void> {
    await this.#helper.ask(what);
  }
}
