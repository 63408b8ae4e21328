import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { encodeServerMessage, PROTOCOL_VERSION } from '../../../src/codec/tracker-messages.js';
import { wire } from '../../../src/codec/wire.js';
import { MAX_FIXES_PER_REPORT, MAX_FRAME_BYTES, MAX_UNACKNOWLEDGED_BYTES } from '../../../src/model/limits.js';

/**
 * A program: the least that a server of trackers can do with `ws` and protobufjs. It decodes each report and acknowledges it; it checks, keeps
 * and judges nothing. Its first message says its URL.
 */
const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
const welcome = encodeServerMessage({
  kind: 'welcome',
  protocolVersion: PROTOCOL_VERSION,
  serverTimeMs: Date.now(),
  reportIntervalMs: 1_000,
  maxFixesPerReport: MAX_FIXES_PER_REPORT,
  maxFrameBytes: MAX_FRAME_BYTES,
  maxUnacknowledgedBytes: MAX_UNACKNOWLEDGED_BYTES,
  heartbeatIntervalMs: 60_000,
});

server.on('connection', (socket) => {
  socket.on('error', () => undefined);
  socket.send(welcome);
  socket.on('message', (data: Buffer) => {
    const { report } = wire.TrackerFrame.decode(data);
    const reportId = new Uint8Array(report?.reportId ?? []);
    socket.send(encodeServerMessage({ kind: 'ack', reportId, durable: false, rejected: [] }));
  });
});
process.on('disconnect', () => process.exit(0));
process.once('message', () => process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
