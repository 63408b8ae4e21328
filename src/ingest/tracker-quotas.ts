import { messageOf } from '../model/errors.js';
import type { Clock, Logger } from '../model/ports.js';
import { QUOTA_BYTES_PER_S, QUOTA_KEPT_ABOVE_BYTES, TRACKER_QUOTA_BYTES, TRACKER_QUOTA_OF_ROOM } from './limits.js';

/** What a tracker has used of its quota, and when that was, log time. It shrinks by QUOTA_BYTES_PER_S. */
export interface QuotaUse {
  readonly usedBytes: number;
  readonly atMs: number;
}

/** Where quotas outlive a process, and are known to others. */
export interface QuotaStore {
  read(tracker: string): Promise<QuotaUse | null>;
  /** Null: forget it. */
  write(uses: ReadonlyMap<string, QuotaUse | null>): Promise<void>;
}

export interface TrackerQuotasOptions {
  readonly store: QuotaStore;
  /** What the store takes before everybody is refused, bytes; null: nobody knows. */
  readonly roomBytes: () => number | null;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * How much the trackers of one district may make the log grow: each so much at once, a day of backlog and more, and then so much a
 * second of log time. One that sends without end is refused alone, long before the store is full for all.
 */
export class TrackerQuotas {
  readonly #o: TrackerQuotasOptions;
  readonly #uses = new Map<string, QuotaUse>();
  readonly #changed = new Set<string>();
  readonly #over = new Set<string>();
  #saving: Promise<void> = Promise.resolve();

  constructor(options: TrackerQuotasOptions) {
    this.#o = options;
  }

  /** How many trackers are refused for it now. */
  get over(): number {
    return this.#over.size;
  }

  /** What a tracker may use at once, bytes. */
  get limitBytes(): number {
    const room = this.#o.roomBytes();
    return Math.min(
      TRACKER_QUOTA_BYTES,
      room === null ? TRACKER_QUOTA_BYTES : Math.floor(room * TRACKER_QUOTA_OF_ROOM),
    );
  }

  /** Takes over what other processes, or this one before its restart, have counted. A store that is away counts nothing. */
  async load(tracker: string): Promise<void> {
    const stored = await this.#o.store.read(tracker).catch(() => null);
    if (stored === null) return;
    const [kept, own] = [this.#decayed(stored), this.#useOf(tracker)];
    if (kept.usedBytes > own.usedBytes) this.#uses.set(tracker, kept);
  }

  /** Counts the bytes and answers null; or counts nothing and answers for how long the tracker must wait, ms. */
  take(tracker: string, bytes: number): number | null {
    const use = this.#useOf(tracker);
    const tooMany = use.usedBytes + bytes - this.limitBytes;
    // A report that is larger than the whole quota must pass once in a while.
    if (tooMany > 0 && use.usedBytes > 0) {
      if (!this.#over.has(tracker))
        this.#o.logger.warn(
          { tracker, usedBytes: use.usedBytes },
          'a tracker has used up its quota: its reports are refused',
        );
      this.#over.add(tracker);
      return Math.max(1, Math.ceil((Math.min(tooMany, use.usedBytes) * 1_000) / QUOTA_BYTES_PER_S));
    }
    this.#over.delete(tracker);
    this.#uses.set(tracker, { usedBytes: use.usedBytes + bytes, atMs: use.atMs });
    this.#changed.add(tracker);
    return null;
  }

  /** Takes back what was counted for a report that did not come into the log. */
  giveBack(tracker: string, bytes: number): void {
    const use = this.#useOf(tracker);
    this.#uses.set(tracker, { ...use, usedBytes: Math.max(0, use.usedBytes - bytes) });
  }

  /** Stores what changed and is worth it, and forgets who has used nothing for long. Never rejects. */
  save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#saveNow());
    return this.#saving;
  }

  async #saveNow(): Promise<void> {
    const uses = new Map<string, QuotaUse | null>();
    for (const tracker of this.#changed) {
      const use = this.#useOf(tracker);
      if (use.usedBytes > QUOTA_KEPT_ABOVE_BYTES) uses.set(tracker, use);
    }
    for (const tracker of this.#uses.keys()) {
      if (this.#useOf(tracker).usedBytes > 0) continue;
      this.#uses.delete(tracker);
      this.#over.delete(tracker);
      uses.set(tracker, null);
    }
    this.#changed.clear();
    if (uses.size === 0) return;
    try {
      await this.#o.store.write(uses);
    } catch (error) {
      for (const tracker of uses.keys()) if (this.#uses.has(tracker)) this.#changed.add(tracker);
      this.#o.logger.debug({ detail: messageOf(error), trackers: uses.size }, 'quotas could not be stored');
    }
  }

  #useOf(tracker: string): QuotaUse {
    return this.#decayed(this.#uses.get(tracker) ?? { usedBytes: 0, atMs: this.#o.clock.nowMs() });
  }

  #decayed({ usedBytes, atMs }: QuotaUse): QuotaUse {
    const nowMs = this.#o.clock.nowMs();
    const passedMs = Math.max(0, nowMs - atMs);
    return { usedBytes: Math.max(0, usedBytes - (passedMs * QUOTA_BYTES_PER_S) / 1_000), atMs: nowMs };
  }
}
