import { messageOf } from '../model/errors.js';
import type { RedisConnection } from '../redis/connection.js';

/**
 * Listens to a district's shard channel. `onSubscribed` runs each time the subscription stands (again): messages before
 * it are lost, so that is when to read what they were about. The connection has purpose `subscribe`. Returns the end of it.
 */
export function listen(
  connection: RedisConnection,
  channel: string,
  o: {
    readonly onMessage: (text: string) => void;
    readonly onSubscribed: () => void;
    readonly onError: (message: string) => void;
  },
): () => void {
  const onMessage = (from: string, text: string) => {
    if (from !== channel) return;
    try {
      o.onMessage(text);
    } catch (error) {
      // Anybody who may publish can publish nonsense: it must not end the process.
      o.onError(messageOf(error));
    }
  };
  const subscribe = () => {
    connection.ssubscribe(channel).then(o.onSubscribed, (error: unknown) => o.onError(messageOf(error)));
  };
  connection.on('smessage', onMessage);
  connection.on('ready', subscribe);
  if (connection.status === 'ready') subscribe();
  return () => {
    connection.off('smessage', onMessage);
    connection.off('ready', subscribe);
    if (connection.status === 'ready') connection.sunsubscribe(channel).catch(() => undefined);
  };
}
