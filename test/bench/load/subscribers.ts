import { once } from 'node:events';
import { WebSocket } from 'ws';
import { unreachable } from '../../../src/model/errors.js';
import { LIVE_SUBPROTOCOL } from '../../../src/protocol/live-socket.js';
import type { SubscriberOrder, Watched } from './subscriber-order.js';

const CONNECTING = 50;
const SLOW_EVERY_MS = 1_000;
const SLOW_READS_MS = 5;
/** Only positions have it, and parsing each message would be most of the load. */
const FIRST_TIME = '"eventTimeMs":';

/** A program: subscribers of live sockets, some of them slow. */
const sockets: WebSocket[] = [];
const slow: WebSocket[] = [];
let watched: { startMs: number; messages: number; bytes: number; delayMs: number[]; recorded: [number, string][] };
let closed = 0;

forget();
setInterval(() => {
  for (const socket of slow) socket.resume();
  setTimeout(() => {
    for (const socket of slow) socket.pause();
  }, SLOW_READS_MS);
}, SLOW_EVERY_MS).unref();
process.on('disconnect', () => process.exit(0));
process.on('message', (order: SubscriberOrder) => {
  void carryOut(order).then((answer) => process.send?.(answer));
});

async function carryOut(order: SubscriberOrder): Promise<Watched | 'done'> {
  switch (order.kind) {
    case 'open':
      await open(order);
      return 'done';
    case 'watch': {
      forget();
      await new Promise((resolve) => setTimeout(resolve, order.forMs));
      const { messages, bytes, delayMs, recorded } = watched;
      return { messages, bytes, delayMs, recorded, closed };
    }
    case 'close':
      slow.length = 0;
      for (const socket of sockets.splice(0)) socket.removeAllListeners('close').terminate();
      return 'done';
    default:
      return unreachable(order);
  }
}

function forget(): void {
  watched = { startMs: performance.now(), messages: 0, bytes: 0, delayMs: [], recorded: [] };
}

async function open(o: Extract<SubscriberOrder, { kind: 'open' }>): Promise<void> {
  for (let from = 0; from < o.tokens.length; from += CONNECTING) {
    await Promise.all(
      o.tokens.slice(from, from + CONNECTING).map(async (token, i) => {
        const isSlow = from + i < o.slow;
        const socket = new WebSocket(o.url, LIVE_SUBPROTOCOL, {
          headers: { authorization: `Bearer ${token}` },
          perMessageDeflate: false,
          skipUTF8Validation: true,
        });
        sockets.push(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => (closed += 1));
        await once(socket, 'message');
        const records = from + i === o.slow;
        if (isSlow) slow.push(socket);
        else socket.on('message', (data: Buffer) => hear(data, records));
      }),
    );
  }
}

function hear(data: Buffer, records: boolean): void {
  watched.messages += 1;
  watched.bytes += data.length;
  const at = data.indexOf(FIRST_TIME);
  if (at >= 0)
    watched.delayMs.push(
      Date.now() - Number(data.toString('latin1', at + FIRST_TIME.length, at + FIRST_TIME.length + 13)),
    );
  if (records) watched.recorded.push([performance.now() - watched.startMs, data.toString('utf8')]);
}
