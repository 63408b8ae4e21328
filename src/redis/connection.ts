import { Redis, type RedisOptions as AnyRedisOptions } from 'ioredis';
import { BeatwatchError } from '../model/errors.js';
import type { RedisAddress } from './address.js';

/** The connection that other folders hold; made by `RedisHandle.connect` only. */
export type RedisConnection = Redis;

/**
 * What a connection is for decides what happens to a command whose reply is lost:
 * - `append`, `commit`: the command fails at once and its outcome is unknown; the caller decides what to repeat (O2, C2).
 *   Nothing is sent again behind its back, nothing waits in a queue while there is no connection.
 * - `read`: blocking reads of one reader, sent again for as long as it takes; nothing else may share it.
 * - `query`: short reads and writes that may be repeated; they fail after a few tries, so that a caller gets an answer.
 * - `subscribe`: channels, subscribed again after each reconnect.
 * - `control`: the handle's own.
 */
export type ConnectionPurpose = 'append' | 'commit' | 'read' | 'query' | 'subscribe';

/** Replies keep their RESP2 shapes. */
type RedisOptions = Omit<AnyRedisOptions, 'replyMapping'>;

/**
 * A connection on which replies are due and nothing comes for this long is given up, and its replies are lost; a disk that
 * stalls an fsync stays well below it. (Not ioredis's commandTimeout: its timers outlive a connection that dies.)
 */
const REPLY_TIMEOUT_MS = 15_000;
/** Longer than a reader ever blocks (MAX_BLOCK_MS in log-reader.ts). */
const READ_TIMEOUT_MS = 45_000;
/** A closed connection's socket is destroyed after this; its timer keeps the process alive for as long. */
const DISCONNECT_MS = 100;
/** Reconnecting starts at once and slows down to this. */
const LONGEST_RECONNECT_MS = 500;

const noResend: RedisOptions = {
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  socketTimeout: REPLY_TIMEOUT_MS,
  // After a failover the old primary answers READONLY: look for the new one.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};
const patient: RedisOptions = { maxRetriesPerRequest: null, socketTimeout: READ_TIMEOUT_MS };
const prompt: RedisOptions = { maxRetriesPerRequest: 4, socketTimeout: REPLY_TIMEOUT_MS };

const optionsOf: Readonly<Record<ConnectionPurpose | 'control', RedisOptions>> = {
  append: noResend,
  commit: noResend,
  read: patient,
  query: prompt,
  subscribe: patient,
  // A Redis that is loading is to be asked how it is.
  control: { ...prompt, enableReadyCheck: false },
};

/** Opens a connection; it connects on its own and keeps reconnecting until `disconnect()`. Errors go to `onError`. */
export function openConnection(
  address: RedisAddress,
  purpose: ConnectionPurpose | 'control',
  connectionName: string,
  onError: (error: Error) => void,
): RedisConnection {
  const options: RedisOptions = {
    ...optionsOf[purpose],
    connectionName,
    retryStrategy: (times) => Math.min(times * 20, LONGEST_RECONNECT_MS),
  };
  const connection = connectionTo(address, options);
  connection.on('error', (error: Error) => {
    onError(error);
    // ioredis would go on in database 0, which is somebody else's: better none, for good.
    if (isDatabaseMissing(error.message)) connection.disconnect();
  });
  return connection;
}

/** What Redis says of a database that it does not have. */
export function isDatabaseMissing(message: string): boolean {
  return message.includes('DB index is out of range');
}

export function connectionTo(address: RedisAddress, o: RedisOptions): RedisConnection {
  const options = { ...o, disconnectTimeout: DISCONNECT_MS, db: address.db };
  if (address.kind === 'socket') return new ClosableRedis({ ...options, path: address.path });
  const { host, port, username, password, tls } = address;
  return new ClosableRedis({
    ...options,
    host,
    port,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
    ...(tls ? { tls: { servername: host } } : {}),
  });
}

/**
 * ioredis 6.0.0 stays in `reconnecting` for ever when it is disconnected between two tries: no `end`, and commands hang.
 * From `connecting` it ends properly.
 */
class ClosableRedis extends Redis {
  override disconnect(reconnect = false): void {
    if (!reconnect && this.status === 'reconnecting') this.connect().catch(() => undefined);
    super.disconnect(reconnect);
  }
}

/** Resolves when the connection can take commands; rejects when it was closed for good or the signal fires. */
export function whenReady(connection: RedisConnection, signal?: AbortSignal): Promise<void> {
  if (connection.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void) => {
      connection.off('ready', onReady);
      connection.off('end', onEnd);
      signal?.removeEventListener('abort', onAbort);
      finish();
    };
    const onReady = () => settle(resolve);
    const onEnd = () => settle(() => reject(closedError()));
    const onAbort = () => settle(() => reject(signal?.reason));
    connection.once('ready', onReady);
    connection.once('end', onEnd);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    else if (connection.status === 'end') onEnd();
  });
}

export function closedError(): BeatwatchError {
  return new BeatwatchError('redis-closed', 'the Redis connection is closed, because the server is shutting down');
}
