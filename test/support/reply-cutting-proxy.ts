import { createServer, createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestScope, temporaryFolder } from './redis-server.js';

/** What becomes of a request: it goes through, it is carried out but its reply is lost, or it is lost itself. */
export type Fate = 'pass' | 'cut-reply' | 'cut-request';

export interface ReplyCuttingProxy {
  readonly socketPath: string;
  /** Asked for each chunk that a client sends; the connection is cut where the answer is not `pass`. */
  decide: (chunk: string) => Fate;
  /** Connections cut so far. */
  cuts: number;
}

/** Stands before a Redis socket and cuts connections at the moment that matters: after Redis has carried a request out. */
export async function startReplyCuttingProxy(t: TestScope, targetSocketPath: string): Promise<ReplyCuttingProxy> {
  const sockets = new Set<Socket>();
  const socketPath = join(await temporaryFolder(t), 'proxy.sock');
  const proxy: ReplyCuttingProxy = { socketPath, decide: () => 'pass', cuts: 0 };
  const server = createServer((client) => {
    const redis = createConnection(targetSocketPath);
    let cutsReply = false;
    const cut = () => {
      proxy.cuts += 1;
      client.destroy();
      redis.destroy();
    };
    client.on('data', (chunk) => {
      const fate = cutsReply ? 'pass' : proxy.decide(chunk.toString('latin1'));
      if (fate === 'cut-request') cut();
      else redis.write(chunk);
      cutsReply ||= fate === 'cut-reply';
    });
    redis.on('data', (chunk) => {
      if (cutsReply) cut();
      else client.write(chunk);
    });
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  t.teardown(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return proxy;
}

/** Cuts the next request that contains the text. */
export function cutNext(proxy: ReplyCuttingProxy, fate: Fate, text = 'evalsha'): void {
  proxy.decide = (chunk) => {
    if (!chunk.toLowerCase().includes(text)) return 'pass';
    proxy.decide = () => 'pass';
    return fate;
  };
}
