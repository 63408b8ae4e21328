import type { ArchiveFolder } from '../archive/archive-folder.js';
import { joinedHistory } from '../archive/joined-history.js';
import { type LogHistory, redisHistory } from '../log/log-history.js';
import type { RedisConnection } from '../redis/connection.js';

/** A district's log over a connection of purpose `query`, and its archive, where this process has one. */
export function historyOf(
  district: string,
  archive: ArchiveFolder | null,
): (connection: RedisConnection) => LogHistory {
  return (connection) => {
    const tail = redisHistory({ district, connection });
    return archive === null ? tail : joinedHistory(archive, tail);
  };
}
