import { districtKey } from '../redis/district-key.js';
import type { Acceptance } from '../ingest/ports.js';
import { messageOf } from '../model/errors.js';
import type { Logger, Metrics } from '../model/ports.js';
import { MEMORY_STOP_RATIO } from '../redis/check.js';
import type { RedisConnection } from '../redis/connection.js';

/** The share that one district of several may use of what the store takes before all are refused: one that is full leaves the others room. */
export const DISTRICT_SHARE = 0.5;
const LOOK_MS = 5_000;
const RETRY_AFTER_MS = 60_000;

export interface DistrictShareOptions {
  readonly district: string;
  /** How many districts share the store, as far as this process knows. */
  readonly districts: number;
  readonly query: RedisConnection;
  /** 0 or null: no bound is known. */
  readonly maxmemoryBytes: () => number | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Whether a district's log is within its share of the store. A district alone has all of it. */
export class DistrictShare {
  readonly #o: DistrictShareOptions;
  #usedBytes = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: DistrictShareOptions) {
    this.#o = options;
  }

  /** Begins to look; resolves after the first look. */
  async start(): Promise<void> {
    await this.look();
    this.#timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  /** Never rejects. */
  async look(): Promise<void> {
    const { district, query, logger, metrics } = this.#o;
    try {
      this.#usedBytes = Number((await query.memory('USAGE', districtKey(district, 'log'))) ?? 0);
      metrics.gauge('beatwatch_log_memory_bytes', this.#usedBytes, { district });
    } catch (error) {
      logger.debug({ detail: messageOf(error) }, 'the size of the log is not known');
    }
  }

  acceptance(): Acceptance {
    const { district, districts, maxmemoryBytes } = this.#o;
    const shareBytes = Math.floor((maxmemoryBytes() ?? 0) * MEMORY_STOP_RATIO * DISTRICT_SHARE);
    if (districts < 2 || shareBytes === 0 || this.#usedBytes < shareBytes) return { ok: true };
    const detail = `share of district ${district}: its log has ${this.#usedBytes} bytes of the store, expected less than ${shareBytes}; the other districts go on`;
    return { ok: false, code: 'district-quota', detail, retryAfterMs: RETRY_AFTER_MS };
  }
}
