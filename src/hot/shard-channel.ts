import { messageOf } from '../model/errors.js';
import type { RedisConnection } from '../redis/connection.js';

/**
 * Listens to a district's shard channel, whose name is asked for at each subscription. `onSubscribed` runs each time the subscription stands (again): messages before
 * it are lost, so that is when to read what they were about. The connection has purpose `subscribe`. Returns the end of it.
 */
export function listen(
  connection: RedisConnection,
  channel: () => Promise<string>,
  o: {
    readonly onMessage: (text: string) => void;
    readonly onSubscribed: () => void;
    readonly onError: (message: string) => void;
  },
): () => void {
  let name: string | null = null;
  let ended = false;
  const onMessage = (from: string, text: string) => {
    if (from !== name) return;
    try {
      o.onMessage(text);
    } catch (error) {
      // Anybody who may publish can publish nonsense: it must not end the process.
      o.onError(messageOf(error));
    }
  };
  const subscribeNow = async () => {
    const wanted = await channel();
    if (ended) return;
    name = wanted;
    await connection.ssubscribe(wanted);
    o.onSubscribed();
  };
  const subscribe = () => void subscribeNow().catch((error: unknown) => o.onError(messageOf(error)));
  connection.on('smessage', onMessage);
  connection.on('ready', subscribe);
  if (connection.status === 'ready') subscribe();
  return () => {
    ended = true;
    connection.off('smessage', onMessage);
    connection.off('ready', subscribe);
    if (connection.status === 'ready' && name !== null) connection.sunsubscribe(name).catch(() => undefined);
  };
}
