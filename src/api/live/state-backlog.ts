import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../../model/hot.js';
import type { LogId } from '../../model/log-id.js';
import type { LiveMessage, StateChange } from '../../protocol/live-socket.js';
import { type LiveFilter, placePasses, taskPasses, unitPasses } from './live-filter.js';

type Records<Value> = Readonly<Record<string, Value | null>>;

/** Absolute values by id, as of an entry of the log; null: gone. */
export interface StateUpdate {
  readonly logId: LogId;
  /** True: these are all there are. */
  readonly complete: boolean;
  readonly positions: Records<PositionRecord>;
  readonly units: Records<UnitRecord>;
  readonly coverage: Records<CoverageRecord>;
  readonly tasks: Records<TaskRecord>;
}

/**
 * State changes that wait for a socket. What a slow reader costs is bounded by the number of units, places and tasks: a later change
 * takes the place of an earlier one, and is counted.
 */
export class StateBacklog {
  readonly #positions = new Coalescer<PositionRecord>();
  readonly #units = new Coalescer<UnitRecord>();
  readonly #coverage = new Coalescer<CoverageRecord>();
  readonly #tasks = new Coalescer<TaskRecord>();

  add(update: StateUpdate, filter: LiveFilter): void {
    this.#positions.add(update.positions, update.complete, (unit) => unitPasses(filter, unit));
    this.#units.add(update.units, update.complete, (unit) => unitPasses(filter, unit));
    this.#coverage.add(update.coverage, update.complete, (place) => placePasses(filter, place));
    // One that is gone is said so whatever it was about: nobody knows any more.
    this.#tasks.add(update.tasks, update.complete, (_, task) => task === null || taskPasses(filter, task));
  }

  clear(): void {
    this.take();
  }

  get isEmpty(): boolean {
    return this.#positions.isEmpty && this.#units.isEmpty && this.#coverage.isEmpty && this.#tasks.isEmpty;
  }

  /** What to send now; nothing waits afterwards. */
  take(): LiveMessage[] {
    const messages: LiveMessage[] = [];
    const [positions, units] = [this.#positions.take(), this.#units.take()];
    const [coverage, tasks] = [this.#coverage.take(), this.#tasks.take()];
    if (positions !== null) messages.push({ type: 'positions', positions: positions.records, ...positions.change });
    if (units !== null) messages.push({ type: 'units', units: units.records, ...units.change });
    if (coverage !== null) messages.push({ type: 'coverage', coverage: coverage.records, ...coverage.change });
    if (tasks !== null) messages.push({ type: 'tasks', tasks: tasks.records, ...tasks.change });
    return messages;
  }
}

class Coalescer<Value> {
  #latest = new Map<string, Value | null>();
  #skipped = 0;
  #complete = false;

  get isEmpty(): boolean {
    return this.#latest.size === 0 && !this.#complete;
  }

  add(records: Records<Value>, complete: boolean, passes: (id: string, record: Value | null) => boolean): void {
    if (complete) {
      this.#skipped += this.#latest.size;
      this.#latest.clear();
      this.#complete = true;
    }
    for (const [id, record] of Object.entries(records)) {
      if (!passes(id, record)) continue;
      if (this.#latest.has(id)) this.#skipped += 1;
      this.#latest.set(id, record);
    }
  }

  take(): { readonly records: Value[]; readonly change: StateChange } | null {
    if (this.isEmpty) return null;
    const records = [...this.#latest.values()].filter((record) => record !== null);
    const removed = [...this.#latest].filter(([, record]) => record === null).map(([id]) => id);
    const change = {
      ...(removed.length === 0 ? {} : { removed }),
      ...(this.#skipped === 0 ? {} : { skipped: this.#skipped }),
      ...(this.#complete ? { complete: true as const } : {}),
    };
    this.#latest = new Map();
    this.#skipped = 0;
    this.#complete = false;
    return { records, change };
  }
}
