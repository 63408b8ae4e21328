import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Config } from '../config.js';
import { BeatwatchError, messageOf } from '../model/errors.js';

type Address = Pick<Config, 'host' | 'port'>;

/**
 * Listens once and lets go again, before the server starts Redis or logs anything: a port that is taken may belong to a server
 * that works on the same data folder. Rejects with the code `listen-failed`.
 */
export async function probePort({ host, port }: Address): Promise<void> {
  const probe = createServer();
  try {
    await once(probe.listen({ host, port }), 'listening');
  } catch (error) {
    throw listenFailed({ host, port }, error);
  }
  probe.close();
  await once(probe, 'close');
}

/** Why the server cannot listen there, with the code `listen-failed`. */
export function listenFailed({ host, port }: Address, cause: unknown): BeatwatchError {
  const message = `BEATWATCH_HOST, BEATWATCH_PORT: got ${host}:${port}, which cannot be listened on (${messageOf(cause)}), expected a free port of this machine`;
  return new BeatwatchError('listen-failed', message, { host, port }, { cause });
}
