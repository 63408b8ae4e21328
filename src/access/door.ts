import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import {
  clientAddress,
  isTrusted,
  networkOf,
  parseTrustedProxies,
  plainAddress,
  type TrustedProxies,
} from './client-address.js';
import { KeyedGates } from './keyed-gates.js';
import { CONNECTION_RATE, CUT_COST, DOCUMENT_RATE, HEALTH_RATE, REFUSAL_RATE, TOKEN_REFUSAL_RATE } from './limits.js';
import { PROXY, UnknownConnections } from './unknown-connections.js';

/** What somebody unknown asks for, each with a rate of its own by address. */
export type OpenAsk = 'health' | 'documentation';

/**
 * What an address may do before anybody knows who it is, for requests and both kinds of sockets of one process. Every wait is in
 * ms, and 0 means: come in.
 */
export class Door {
  readonly #trusted: TrustedProxies;
  readonly #unknown = new UnknownConnections();
  readonly #connections: KeyedGates;
  readonly #open: Readonly<Record<OpenAsk, KeyedGates>>;
  readonly #refusals: KeyedGates;
  readonly #tokenRefusals: KeyedGates;

  constructor({
    trustedProxies = parseTrustedProxies([]),
    monotonicMs = () => performance.now(),
  }: { readonly trustedProxies?: TrustedProxies; readonly monotonicMs?: () => number } = {}) {
    const gates = (rate: ConstructorParameters<typeof KeyedGates>[0]) => new KeyedGates(rate, monotonicMs);
    this.#trusted = trustedProxies;
    this.#connections = gates(CONNECTION_RATE);
    this.#open = { health: gates(HEALTH_RATE), documentation: gates(DOCUMENT_RATE) };
    this.#refusals = gates(REFUSAL_RATE);
    this.#tokenRefusals = gates(TOKEN_REFUSAL_RATE);
  }

  get unknownConnections(): number {
    return this.#unknown.size;
  }

  /** A connection was accepted. False: its address opens too many, and it was cut. */
  connect(socket: Socket): boolean {
    const address = this.#peerOf(socket);
    if (address !== PROXY && this.#connections.take(address) > 0) {
      socket.destroy();
      return false;
    }
    this.#unknown.add(socket, address);
    return true;
  }

  /** A connection was cut for what it cost: its address may open fewer for a while. */
  punish(socket: Socket): void {
    const address = this.#peerOf(socket);
    if (address !== PROXY) this.#connections.charge(address, CUT_COST);
  }

  /** A good token was shown on a connection. */
  know(socket: Socket): void {
    this.#unknown.remove(socket);
  }

  /** Takes one of what the address may ask for without a token. */
  ask(kind: OpenAsk, request: IncomingMessage): number {
    return this.#open[kind].take(clientAddress(request, this.#trusted));
  }

  /** Asked before any work for somebody unknown: whether its address was refused too often. */
  strangerWaitMs(request: IncomingMessage): number {
    return this.#refusals.look(clientAddress(request, this.#trusted));
  }

  /** Somebody unknown was refused; above 0 the answer is to be that the address asks too often. */
  refuseStranger(request: IncomingMessage): number {
    return this.#refusals.take(clientAddress(request, this.#trusted));
  }

  /** An upgrade with a good token was refused; above 0 the answer is to be that the token asks too often. */
  refuseToken(tokenId: string): number {
    return this.#tokenRefusals.take(tokenId);
  }

  #peerOf({ remoteAddress }: Socket): string {
    const address = plainAddress(remoteAddress ?? '');
    return isTrusted(address, this.#trusted) ? PROXY : networkOf(address);
  }
}
