import { TrackerClient, type TrackerClientOptions } from './tracker-client.js';
import { sumCounters, type TrackerCounters } from './tracker-counters.js';

export interface TrackerPoolOptions extends Omit<TrackerClientOptions, 'token' | 'tracker'> {
  /** The tracker's credential. */
  readonly tokenOf: (tracker: string) => string;
}

/** The sockets of a fleet, one a tracker, each opened when its tracker first has something to send. */
export class TrackerPool {
  readonly #options: TrackerPoolOptions;
  readonly #clients = new Map<string, TrackerClient>();

  constructor(options: TrackerPoolOptions) {
    this.#options = options;
  }

  client(tracker: string): TrackerClient {
    const open = this.#clients.get(tracker);
    if (open !== undefined) return open;
    const { tokenOf, ...options } = this.#options;
    const client = new TrackerClient({ ...options, tracker, token: tokenOf(tracker) });
    this.#clients.set(tracker, client);
    return client;
  }

  /** Cuts the link of a tracker that has one. */
  dropLink(tracker: string): void {
    this.#clients.get(tracker)?.dropLink();
  }

  counters(): TrackerCounters {
    return sumCounters([...this.#clients.values()].map((client) => client.counters));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
