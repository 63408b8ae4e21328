import type { Door } from '../access/door.js';
import type { LogEntry } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { Clock, Logger, Metrics } from '../model/ports.js';
import type { Identity } from '../model/roles.js';
import type { Timers } from './timers.js';
import type { QuotaStore } from './tracker-quotas.js';

export interface TrackerInfo {
  readonly unit: string;
  /** The shortest of the plans that may judge the tracker now or next, ms. */
  readonly expectedIntervalMs: number;
}

/** Whether a district may take reports now (R1, R2, T2). */
export type Acceptance =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly code: 'district-quota' | 'storage-full' | 'clock' | 'district-unavailable';
      /** Says to people what was got and what was expected. */
      readonly detail: string;
      readonly retryAfterMs: number;
    };

/** One district as ingest needs it; the composition makes it of the district's log and hot store. */
export interface IngestDistrict {
  /**
   * Appends, and resolves when the entry is in the log: durable if `durable()`. It repeats by itself while the outcome is
   * unknown; a rejection means that the entry is not in the log and will not be. Called again only after it settled.
   */
  append(entry: LogEntry): Promise<LogId>;
  /** Trackers of the plan that is in force or will be next, by id. Null: not known yet, so no tracker can be judged. */
  trackers(): ReadonlyMap<string, TrackerInfo> | null;
  /**
   * Stores this connection as the tracker's newest, tells every ingest process, and resolves with how many connections the
   * tracker has had: the higher one is the newer.
   */
  claim(tracker: string, connectionId: string): Promise<number>;
  /** Calls back with every claim, made here or elsewhere, at least once; may be late. Returns how to stop it. */
  onTakeover(listener: (tracker: string, claim: number) => void): () => void;
  /** The last entry that an engine is known to have folded and committed; null where none is known. */
  foldedTo(): LogId | null;
  /** What the store takes before everybody is refused, bytes; null: nobody knows. */
  roomBytes(): number | null;
  /** Where what trackers have used of their quotas outlives this process. */
  readonly quotas: QuotaStore;
  /** Asked before each report. */
  accepting(): Acceptance;
  /** What `Ack.durable` says: an appended entry is on disk. */
  durable(): boolean;
}

export interface IngestDeps {
  /** The districts whose trackers may connect, by district id. */
  readonly districts: ReadonlyMap<string, IngestDistrict>;
  /** Verifies a bearer token at the token clock's time; rejects with a BeatwatchError whose code starts with `token-`. */
  verify(token: string): Promise<Identity>;
  /** Whether a token was found good before and has not ended; never by default. */
  readonly isKnown?: (token: string) => boolean;
  /** What addresses may do before it is known who asks; its own by default, else that of the whole process. */
  readonly door?: Door;
  /** True for whom a revoked token spoke; asked at the upgrade and every SWEEP_MS. */
  isRevoked(identity: Identity): boolean;
  readonly clock: Clock;
  /** Whose time tokens end by: the machine's, where the log's is virtual. `clock` by default. */
  readonly tokenClock?: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Real time for pauses and rates; the machine's by default. */
  readonly timers?: Timers;
  /** IDLE_SOCKET_MS by default. */
  readonly idleSocketMs?: number;
  /** TRACKER_PING_MS by default. */
  readonly pingMs?: number;
  /** MAX_TRACKER_SOCKETS by default. */
  readonly maxSockets?: number;
}
