import type { ChildProcess } from 'node:child_process';
import { MAX_LIVE_SOCKETS_PER_TOKEN } from '../../../src/api/limits.js';
import { Helper } from '../processes.js';
import type { Site } from '../site.js';
import type { SubscriberOrder, Watched } from './subscriber-order.js';

const SUBSCRIBERS = new URL('./subscribers.js', import.meta.url);

/** Supervisors' sockets in a process of their own. */
export class Subscribers {
  readonly #helper: Helper;

  constructor(children: ChildProcess[]) {
    this.#helper = new Helper(SUBSCRIBERS, children);
  }

  /** Resolves when each has had a message; the first `slow` of them read for a moment each second. */
  async open(url: string, tokens: readonly string[], slow = 0): Promise<void> {
    await this.#order({ kind: 'open', url, tokens, slow });
  }

  async watch(forMs: number): Promise<Watched> {
    return await this.#helper.ask<Watched>({ kind: 'watch', forMs } satisfies SubscriberOrder);
  }

  async close(): Promise<void> {
    await this.#order({ kind: 'close' });
  }

  async #order(order: SubscriberOrder): Promise<void> {
    await this.#helper.ask(order);
  }
}

export function liveUrl({ url, district }: Site): string {
  return `${url.replace(/^http/, 'ws')}/v1/districts/${district}/live`;
}

/** A token a socket, of as few people as may have so many. */
export async function supervisorTokens(site: Site, sockets: number): Promise<string[]> {
  const people = Math.ceil(sockets / MAX_LIVE_SOCKETS_PER_TOKEN);
  const tokens = await Promise.all(Array.from({ length: people }, (_, i) => site.token('supervisor', `shift-${i}`)));
  return Array.from({ length: sockets }, (_, i) => tokens[i % people] as string);
}
