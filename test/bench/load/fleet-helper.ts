import type { ChildProcess } from 'node:child_process';
import { Helper } from '../processes.js';
import type { FleetOrder, Sent } from './fleet-order.js';

const BARE_SERVER = new URL('./bare-server.js', import.meta.url);
const FLEET = new URL('./fleet.js', import.meta.url);

/** Starts the server that only decodes and acknowledges; its URL. */
export function startBareServer(children: ChildProcess[]): Promise<string> {
  return new Helper(BARE_SERVER, children).ask<string>({});
}

interface Target {
  readonly url: string;
  readonly tokens: readonly string[];
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

  /** Opens a socket a token. */
  async connect({ url, tokens }: Target): Promise<void> {
    await this.#order({ kind: 'connect', url, tokens });
  }

  /** Throws when a report was refused, or its socket ended. */
  async send(what: Extract<FleetOrder, { kind: 'pour' | 'loop' | 'return' }>): Promise<Sent> {
    const sent = await this.#helper.ask<Sent>(what);
    if (sent.refused > 0) throw new Error(`fleet: got ${sent.refused} reports refused, expected none`);
    return sent;
  }

  /** Sends over sockets that are open before and end afterwards. */
  async sendTo(target: Target, what: Extract<FleetOrder, { kind: 'pour' | 'loop' }>): Promise<Sent> {
    await this.connect(target);
    const sent = await this.send(what);
    await this.hangUp();
    return sent;
  }

  /** From now on each tracker reports one fix so often, acknowledged or not, until it hangs up. */
  async pace(everyMs: number): Promise<void> {
    await this.#order({ kind: 'pace', everyMs });
  }

  async hangUp(): Promise<void> {
    await this.#order({ kind: 'hang-up' });
  }

  async #order(what: FleetOrder): Promise<void> {
    await this.#helper.ask(what);
  }
}
