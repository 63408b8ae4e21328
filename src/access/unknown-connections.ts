import type { Socket } from 'node:net';
import { MAX_UNKNOWN_CONNECTIONS, MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS } from './limits.js';

/** Stands for the address of any trusted proxy, behind which there are many. Only the common cap holds for it. */
export const PROXY = 'proxy';

/**
 * Connections on which no good token was shown yet. Who comes in is never turned away for them: the oldest gives way, so that
 * somebody who holds many open keeps out nobody who shows a token at once.
 */
export class UnknownConnections {
  readonly #byAddress = new Map<string, Set<Socket>>();
  readonly #addresses = new WeakMap<Socket, string>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(socket: Socket, address: string): void {
    const own = this.#byAddress.get(address) ?? new Set();
    this.#byAddress.set(address, own.add(socket));
    this.#addresses.set(socket, address);
    this.#size += 1;
    socket.once('close', () => this.remove(socket));
    if (address !== PROXY && own.size > MAX_UNKNOWN_CONNECTIONS_PER_ADDRESS) this.#cutOldest(own);
    else if (this.#size > MAX_UNKNOWN_CONNECTIONS) this.#cutOfGreediest();
  }

  /** A good token was shown, or the connection is gone. */
  remove(socket: Socket): void {
    const address = this.#addresses.get(socket);
    if (address === undefined) return;
    this.#addresses.delete(socket);
    this.#size -= 1;
    const own = this.#byAddress.get(address);
    own?.delete(socket);
    if (own?.size === 0) this.#byAddress.delete(address);
  }

  #cutOfGreediest(): void {
    const [greediest] = [...this.#byAddress.values()].sort((a, b) => b.size - a.size);
    if (greediest !== undefined) this.#cutOldest(greediest);
  }

  #cutOldest(sockets: ReadonlySet<Socket>): void {
    const [oldest] = sockets;
    if (oldest === undefined) return;
    this.remove(oldest);
    oldest.destroy();
  }
}
