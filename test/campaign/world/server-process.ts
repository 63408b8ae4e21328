import { FOLD_VERSION } from '../../../src/engine/state.js';
import { GroupCommit, type Outcome } from '../../../src/ingest/group-commit.js';
import type { IngestDistrict } from '../../../src/ingest/ports.js';
import { DistrictLog } from '../../../src/log/district-log.js';
import { LogReader } from '../../../src/log/log-reader.js';
import type { LogEntry, TrackerBatch } from '../../../src/model/log-entry.js';
import type { LogId } from '../../../src/model/log-id.js';
import type { Clock, Logger, Metrics } from '../../../src/model/ports.js';
import { DistrictRunner, type RunnerStatus } from '../../../src/runner/district-runner.js';
import { DISTRICT } from '../district.js';
import type { CallKind } from '../scenario.js';
import { Link, type Sea } from './link.js';
import { type ModelFiles, ModelStore } from './model-store.js';
import { Process } from './process.js';

export interface ServerDeps {
  readonly sea: Sea;
  readonly files: ModelFiles;
  readonly archivedUpTo: () => LogId | null;
  /** The engine began again, and why. */
  readonly onReload: (code: string) => void;
  readonly onDeath: (at: CallKind | null) => void;
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

/**
 * One server from its start to its death: the product's own log, group commit, reader and runner, over the model of Redis.
 * Sockets are left out: reports are handed over here, and settled with what became of them.
 */
export class ServerProcess {
  readonly process: Process;
  readonly #sea: Sea;
  readonly #log: DistrictLog;
  readonly #group: GroupCommit;
  readonly #runner: DistrictRunner;

  constructor(name: string, deps: ServerDeps) {
    const { sea, files } = deps;
    const { scheduler } = sea;
    this.#sea = sea;
    this.process = new Process(name, scheduler, deps.onDeath);
    const link = new Link(sea, this.process);
    const clock: Clock = {
      kind: sea.server.clock ?? 'virtual',
      nowMs: () => scheduler.nowMs + this.process.clockOffsetMs,
    };
    const metrics: Metrics = {
      count: (name, _value, labels) => {
        if (name === 'beatwatch_engine_reloads_total') deps.onReload(labels?.reason ?? '');
      },
      gauge() {},
      observe() {},
    };
    const connection = link.connection();
    this.#log = new DistrictLog({ district: DISTRICT, append: connection, clock, logger: silent, metrics });
    this.#group = new GroupCommit({
      districtId: DISTRICT,
      district: { append: (entry: LogEntry) => this.#log.append(entry), foldedTo: (): null => null } as IngestDistrict,
      timers: {
        monotonicMs: () => scheduler.nowMs,
        after: (delayMs, callback) => scheduler.after(delayMs, () => this.process.after(0, callback)),
        soon: (callback) => scheduler.after(0, () => this.process.after(0, callback)),
      },
      logger: silent,
      metrics,
      onCalm: () => {},
      onFull: () => {},
    });
    this.#runner = new DistrictRunner({
      district: DISTRICT,
      store: new ModelStore(sea, link, name, deps.archivedUpTo),
      openReader: (after, afterDigest) => new LogReader({ district: DISTRICT, connection, after, afterDigest }),
      snapshots: files.seenBy(link),
      logger: silent,
      metrics,
      elapsedMs: () => scheduler.nowMs,
      snapshotEveryMs: sea.server.snapshotEveryMs,
    });
  }

  get isUp(): boolean {
    return this.process.alive && !this.process.isPaused;
  }

  get status(): RunnerStatus {
    return this.#runner.status;
  }

  async start(): Promise<void> {
    const clock = this.#sea.server.clock ?? 'virtual';
    await this.#log.ensureGenesis({ kind: 'genesis', district: DISTRICT, clock, foldVersion: FOLD_VERSION });
    this.#runner.start();
    this.#tickOn();
  }

  /** Settled once, unless the process dies first. */
  take(batch: TrackerBatch, settle: (outcome: Outcome) => void): void {
    this.#group.take({ batch, frameBytes: 100, settle });
  }

  append(entry: LogEntry): Promise<LogId> {
    return this.#log.append(entry);
  }

  appendBytes(kind: 'fixes', payload: Uint8Array): Promise<LogId> {
    return this.#log.appendEncoded(kind, payload);
  }

  tick(): Promise<LogId | null> {
    return this.#log.tick({ force: true });
  }

  #tickOn(): void {
    const sea = this.#sea;
    this.process.after(sea.server.tickMs, () => {
      if (!sea.isRough()) return;
      this.#log.tick().catch(() => undefined);
      this.#tickOn();
    });
  }
}
