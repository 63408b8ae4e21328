import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../model/hot.js';
import type { RedisConnection } from '../redis/connection.js';
import { parseHot } from './cursor-json.js';
import { listen } from './shard-channel.js';

/** What one commit changed; null: the record was deleted. */
export interface LiveUpdate {
  readonly logId: string;
  /** Last numbers of `alerts` and `visits`: read on from there. */
  readonly lastAlert: number;
  readonly lastVisit: number;
  /** All four are absent when the commit was too big for a message: read them again. */
  readonly positions?: Readonly<Record<string, PositionRecord | null>>;
  readonly units?: Readonly<Record<string, UnitRecord | null>>;
  readonly coverage?: Readonly<Record<string, CoverageRecord | null>>;
  readonly tasks?: Readonly<Record<string, TaskRecord | null>>;
}

/**
 * Lossy by design: `onGap` runs whenever the subscription begins anew, and then the state is to be read again. Alerts are to
 * be read from their stream; this only says that there are some. Returns the end of the subscription.
 */
export function subscribeLive(
  connection: RedisConnection,
  channel: () => Promise<string>,
  o: {
    readonly onUpdate: (update: LiveUpdate) => void;
    readonly onGap: () => void;
    readonly onError: (message: string) => void;
  },
): () => void {
  return listen(connection, channel, {
    onMessage: (text) => o.onUpdate(parseHot<LiveUpdate>('live', text)),
    onSubscribed: o.onGap,
    onError: o.onError,
  });
}
