import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

/** What the broadcaster is told after its first order, which asks for its URL: messages, and when to send each. */
export interface Broadcast {
  readonly messages: readonly (readonly [atMs: number, text: string])[];
}

/**
 * A program: the least that a server can do to send the same text to many sockets with `ws`. The first time in a text becomes the time of its
 * sending, so that its delay can be read.
 */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const sockets = new Set<WebSocket>();

server.on('connection', (socket) => {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('close', () => sockets.delete(socket));
  socket.send('{"type":"snapshot"}');
});
process.on('disconnect', () => process.exit(0));
process.once('message', () => {
  process.send?.(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  process.on('message', ({ messages }: Broadcast) => {
    for (const [atMs, text] of messages) setTimeout(() => send(text), atMs);
    process.send?.('done');
  });
});

function send(text: string): void {
  const bytes = Buffer.from(text.replace(/"eventTimeMs":\d+/, () => `"eventTimeMs":${Date.now()}`));
  for (const socket of sockets) socket.send(bytes, { binary: false });
}
