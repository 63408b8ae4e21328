import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { UPGRADE_REFUSALS, type UpgradeRefusalCode } from '../protocol/tracker-socket.js';

/** Headers that a status asks for (RFC 9110, RFC 6455 section 4.4). */
const HEADERS: Readonly<Record<number, string>> = {
  401: 'WWW-Authenticate: Bearer\r\n',
  405: 'Allow: GET\r\n',
  426: 'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n',
};

/** Answers a request to upgrade with an HTTP error of JSON `{code, message}`, and ends the connection. */
export function answerRefusal(
  socket: Duplex,
  { code, message }: { readonly code: UpgradeRefusalCode; readonly message: string },
  retryAfterS: number | null,
): void {
  const { status } = UPGRADE_REFUSALS[code];
  const body = JSON.stringify({ code, message });
  // A peer that does not read its answer must not hold the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n` +
      (HEADERS[status] ?? '') +
      (retryAfterS === null ? '' : `Retry-After: ${retryAfterS}\r\n`) +
      (status === 426 ? '' : 'Connection: close\r\n') +
      'Content-Type: application/json; charset=utf-8\r\n' +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
