import type { LogHistory } from '../log/log-history.js';
import { readSettledDays, readSettlement } from '../log/settlements.js';
import type { DayMark, DaySettlement, SettledDay } from '../model/day-record.js';
import type { RedisConnection } from '../redis/connection.js';

/** The list is read again after this, ms. */
const KEPT_MS = 2_000;

/** The settled days of a district, for who reads them. */
export class DistrictDays {
  readonly #district: string;
  readonly #connection: RedisConnection;
  readonly #history: LogHistory;
  #known: Promise<readonly SettledDay[]> | null = null;
  #knownAtMs = 0;

  constructor(o: {
    readonly district: string;
    /** Purpose `query`. */
    readonly connection: RedisConnection;
    readonly openHistory: (connection: RedisConnection) => LogHistory;
  }) {
    this.#district = o.district;
    this.#connection = o.connection;
    this.#history = o.openHistory(o.connection);
  }

  /** Oldest first; at most KEPT_MS old. */
  async list(): Promise<readonly SettledDay[]> {
    if (this.#known === null || performance.now() - this.#knownAtMs > KEPT_MS) {
      this.#knownAtMs = performance.now();
      this.#known = readSettledDays({ district: this.#district, connection: this.#connection });
      this.#known.catch(() => {
        this.#known = null;
      });
    }
    return await this.#known;
  }

  read(day: string, mark: DayMark): Promise<DaySettlement> {
    return readSettlement(this.#history, day, mark);
  }
}
