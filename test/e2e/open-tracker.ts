import { WebSocket } from 'ws';
import { wireFixOf } from '../../src/codec/fix-parser.js';
import { decodeServerMessage, encodeReport, type ServerMessage } from '../../src/codec/tracker-messages.js';
import { until } from '../api/until.js';
import { fixAt, type WholeServer } from './whole-server.js';

/** A tracker that tells what the server answers to each report. */
export async function openTracker(server: WholeServer, tracker: string) {
  const socket = new WebSocket(server.ingestUrl, 'beatwatch.tracker.v1', {
    headers: { authorization: `Bearer ${await server.token('tracker', tracker)}` },
  });
  const answers: ServerMessage[] = [];
  socket.on('message', (data: Buffer) => answers.push(decodeServerMessage(data)));
  await until(() => answers.length === 1);
  const report = encodeReport(new Uint8Array([1]), [wireFixOf(fixAt(server.nowMs()))]);
  return {
    close: () => socket.close(),
    send: async (): Promise<ServerMessage | undefined> => {
      const before = answers.length;
      socket.send(report);
      await until(() => answers.length > before);
      return answers.at(-1);
    },
  };
}
