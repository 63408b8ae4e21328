import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack } from './attacks.js';
import { DISTRICT } from './district.js';

const CRLF = '\r\n';
const LOOPS = 16;
const DRIPS = 1_000;
/** Attackers come from another address, as they would from another machine; only Linux has all of 127.0.0.0/8. */
const LOCAL_ADDRESS = process.platform === 'linux' ? '127.0.0.66' : '127.0.0.1';

/** Attacks that need no WebSocket, most of them no token either. */
export const HTTP_ATTACKS = {
  'unread-documents': (o: Attack) => many(4, () => unreadPipeline(o, get('/v1/openapi.json'))),
  'unread-plans': (o: Attack) =>
    many(4, () => unreadPipeline(o, get(`/v1/districts/${DISTRICT}/plan?purpose=x`, o.auditor))),
  documents: (o: Attack) => many(LOOPS, () => askInLoop(o, get('/v1/openapi.json'))),
  readiness: (o: Attack) => many(LOOPS, () => askInLoop(o, get('/readyz'))),
  'bad-tokens': (o: Attack) =>
    many(LOOPS, () => askInLoop(o, get('/v1/districts', `${o.auditor.slice(0, -8)}AAAAAAAA`))),
  forbidden: (o: Attack) => many(LOOPS, () => askInLoop(o, get('/v1/districts/elsewhere', o.auditor))),
  'refused-upgrades': (o: Attack) => many(LOOPS, () => askInLoop(o, `${UPGRADE}${CRLF}`)),
  'slow-upgrades': (o: Attack) => many(DRIPS, () => drip(o, UPGRADE, `x: y${CRLF}`)),
  'slow-bodies': (o: Attack) => many(DRIPS, () => drip(o, POST, 'x')),
} as const satisfies Readonly<Record<string, (o: Attack) => Promise<void>>>;

const UPGRADE = [
  'GET /v1/ingest HTTP/1.1',
  'host: x',
  'connection: Upgrade',
  'upgrade: websocket',
  'sec-websocket-version: 13',
  'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
  '',
].join(CRLF);
const POST = [
  `POST /v1/districts/${DISTRICT}/tasks HTTP/1.1`,
  'host: x',
  'content-type: application/json',
  'content-length: 10000',
  '',
  '',
].join(CRLF);

function get(path: string, token?: string): string {
  const bearer = token === undefined ? [] : [`authorization: Bearer ${token}`];
  return [`GET ${path} HTTP/1.1`, 'host: x', ...bearer, '', ''].join(CRLF);
}

async function many(count: number, attack: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, attack));
}

function open({ url }: Attack): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port), localAddress: LOCAL_ADDRESS }).on('error', () => undefined);
}

/** Sends as fast as it goes and reads nothing. */
async function unreadPipeline(o: Attack, request: string): Promise<void> {
  for (;;) {
    const socket = open(o).pause();
    const send = (): void => {
      if (!socket.destroyed) socket.write(request.repeat(500), () => setImmediate(send));
    };
    send();
    while (!socket.destroyed) await sleep(10);
  }
}

/** Asks again as soon as something of an answer is there, over a new connection when it was closed. */
async function askInLoop(o: Attack, request: string): Promise<void> {
  for (;;) {
    const socket = open(o);
    socket.write(request);
    socket.on('data', () => socket.destroyed || socket.write(request));
    while (!socket.destroyed) await sleep(1);
  }
}

/** Begins a request and never ends it. */
async function drip(o: Attack, begin: string, drop: string): Promise<void> {
  for (;;) {
    const socket = open(o);
    socket.write(begin);
    while (!socket.destroyed) {
      await sleep(1_000);
      socket.write(drop);
    }
  }
}
