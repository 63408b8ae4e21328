import { WebSocket } from 'ws';
import { decodeServerMessage } from '../../../src/codec/tracker-messages.js';
import { TRACKER_SUBPROTOCOL } from '../../../src/simulator/tracker-link.js';

/** One tracker's socket, as cheap as it can be: the answers come in the order of the reports. */
export class FleetSocket {
  readonly #socket: WebSocket;
  readonly #waiting: ((isAck: boolean) => void)[] = [];

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => {
      const { kind } = decodeServerMessage(data);
      // A later welcome says that a plan changed the report interval.
      if (kind !== 'welcome') this.#waiting.shift()?.(kind === 'ack');
    });
    socket.on('close', () => {
      for (const answer of this.#waiting.splice(0)) answer(false);
    });
  }

  /** Resolves when the server has said welcome. */
  static open(url: string, token: string): Promise<FleetSocket> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/ingest`, TRACKER_SUBPROTOCOL, {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    return new Promise((resolve, reject) => {
      socket.on('error', reject);
      socket.once('message', () => resolve(new FleetSocket(socket)));
    });
  }

  /** False: the report was refused, or the socket ended. */
  send(frame: Uint8Array): Promise<boolean> {
    if (this.#socket.readyState !== WebSocket.OPEN) return Promise.resolve(false);
    this.#socket.send(frame);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#socket.terminate();
  }
}
