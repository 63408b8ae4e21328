import { IncomingMessage } from 'node:http';

const upgrades = new WeakSet<IncomingMessage>();

/**
 * A request that asks for an upgrade if it says so, or if its connection was cut: behind a request to upgrade Node parses no more.
 * Else a connection that is cut for its requests would go on costing: a chunk of what was read holds up to 2,000 of them, of each
 * Node makes an object, and an error when the connection has gone, 100 ms in one piece.
 */
export class CuttableRequest extends IncomingMessage {
  get upgrade(): boolean {
    return this.socket.destroyed || upgrades.has(this);
  }

  set upgrade(asks: boolean | null) {
    if (asks === true) upgrades.add(this);
    else upgrades.delete(this);
  }
}
