import type { ArchiveFolder } from '../archive/archive-folder.js';
import type { LogHistory } from '../log/log-history.js';
import { readSettledDays, readSettlement } from '../log/settlements.js';
import type { DayMark, DaySettlement, SettledDay } from '../model/day-record.js';
import type { RedisConnection } from '../redis/connection.js';
import { historyOf } from './district-history.js';
import { againWhenMoved } from '../log/again-when-moved.js';

/** The list is read again after this, ms. */
const KEPT_MS = 2_000;

/** The settled days of a district, for who reads them. */
class DistrictDays {
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
    return againWhenMoved(() => readSettlement(this.#history, day, mark));
  }
}

/** Settled days of the log over a connection of purpose `query`, and of its archive, where this process has one. */
export function districtDays(
  district: string,
  connection: RedisConnection,
  archive: ArchiveFolder | null,
): DistrictDays {
  return new DistrictDays({ district, connection, openHistory: historyOf(district, archive) });
}
