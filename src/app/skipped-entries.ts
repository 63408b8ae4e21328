import type { HotStore } from '../hot/hot-store.js';
import { logKey, rawEntryOf } from '../log/raw-entry.js';
import { formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import type { SkippedClearing, SkippedRecord } from '../model/skipped.js';
import type { RedisConnection } from '../redis/connection.js';

/** Entries that one list tells, the newest. */
const MAX_SKIPPED_LISTED = 100;
/** Bytes of a payload that are shown. */
const MAX_SHOWN_BYTES = 1_024;

/** Entries of a district's log that could not be folded (P1): what they are, and which of them somebody has looked at. */
export class SkippedEntries {
  readonly #district: string;
  readonly #hot: HotStore;
  readonly #query: RedisConnection;
  #cleared = 0;

  constructor(o: { readonly district: string; readonly hot: HotStore; readonly query: RedisConnection }) {
    this.#district = o.district;
    this.#hot = o.hot;
    this.#query = o.query;
  }

  /** How many had been cleared when it was last looked. */
  get cleared(): number {
    return this.#cleared;
  }

  async refresh(): Promise<void> {
    const all = [...(await this.#hot.readSkipped()).values()];
    this.#cleared = all.filter(({ cleared }) => cleared !== undefined).length;
  }

  /** The newest first. */
  async list(): Promise<readonly SkippedRecord[]> {
    const all = await this.#hot.readSkipped();
    const newest = [...all.keys()].map(parseLogId).sort((a, b) => b.ms - a.ms || b.seq - a.seq);
    const shown = newest.slice(0, MAX_SKIPPED_LISTED).map(async (id): Promise<SkippedRecord> => {
      const why = all.get(formatLogId(id));
      return {
        logId: formatLogId(id),
        error: why?.error ?? '',
        cleared: why?.cleared ?? null,
        ...(await this.#payloadOf(id)),
      };
    });
    return await Promise.all(shown);
  }

  /** Engines go on folding past it; it no longer keeps the district from being ready. False: no such entry was skipped. */
  async clear(id: LogId, clearing: SkippedClearing): Promise<boolean> {
    const found = await this.#hot.clearSkipped(id, clearing);
    await this.refresh();
    return found;
  }

  async #payloadOf(id: LogId): Promise<Pick<SkippedRecord, 'kind' | 'bytes' | 'payload'>> {
    const at = formatLogId(id);
    const [reply] = await this.#query.xrangeBuffer(logKey(this.#district), at, at);
    if (reply === undefined) return { kind: null, bytes: null, payload: null };
    const { kind, payload } = rawEntryOf(reply);
    const shown = Buffer.from(payload.subarray(0, MAX_SHOWN_BYTES));
    return { kind, bytes: payload.byteLength, payload: shown.toString('base64') };
  }
}
