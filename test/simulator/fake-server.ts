import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import {
  decodeTrackerMessage,
  encodeServerMessage,
  type ReportMessage,
  type TrackerMessage,
} from '../../src/codec/tracker-messages.js';

export interface FakeServerOptions {
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** What to do with a report; absent: acknowledge it. */
  readonly onReport?: (report: ReportMessage, socket: WebSocket, connection: number) => void;
  /** HTTP status to answer upgrades with instead of 101. */
  readonly refuseWith?: number;
  /** False: sockets get no Welcome. */
  readonly welcome?: boolean;
}

/** The least server that speaks `beatwatch.tracker.v1`: enough to see what a client does. */
export interface FakeServer {
  readonly url: string;
  readonly port: number;
  readonly received: TrackerMessage[];
  readonly authorizations: (string | undefined)[];
  connections(): number;
  sockets(): WebSocket[];
  /** Cuts everything at once, as kill -9 does. */
  kill(): Promise<void>;
}

export async function startFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const http: Server = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const received: TrackerMessage[] = [];
  const authorizations: (string | undefined)[] = [];
  let connections = 0;
  http.on('upgrade', (request, socket, head) => {
    authorizations.push(request.headers.authorization);
    socket.on('error', () => undefined);
    if (options.refuseWith !== undefined) {
      socket.end(`HTTP/1.1 ${options.refuseWith} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (tracker) => {
      const connection = ++connections;
      tracker.on('error', () => undefined);
      tracker.on('message', (data: Buffer) => {
        const message = decodeTrackerMessage(data);
        received.push(message);
        if (message.kind !== 'report') return;
        if (options.onReport === undefined) acknowledge(tracker, message);
        else options.onReport(message, tracker, connection);
      });
      if (options.welcome !== false) tracker.send(welcomeFrame());
    });
  });
  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}/v1/ingest`,
    port,
    received,
    authorizations,
    connections: () => connections,
    sockets: () => [...sockets.clients],
    kill: async () => {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      await new Promise<void>((resolve) => http.close(() => resolve()));
    },
  };
}

export function acknowledge(
  socket: WebSocket,
  report: ReportMessage,
  rejected: { index: number; code: string }[] = [],
): void {
  socket.send(encodeServerMessage({ kind: 'ack', reportId: report.reportId, durable: true, rejected }));
}

function welcomeFrame(): Uint8Array {
  return encodeServerMessage({
    kind: 'welcome',
    protocolVersion: 1,
    serverTimeMs: 1_790_000_000_000,
    reportIntervalMs: 10_000,
    maxFixesPerReport: 1_000,
    maxFrameBytes: 65_536,
    maxUnacknowledgedBytes: 1_048_576,
    heartbeatIntervalMs: 60_000,
  });
}
