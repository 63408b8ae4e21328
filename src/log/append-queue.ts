import type { LogEntryKind } from '../model/log-entry.js';

/** Who shares a district's one append in flight; each has its own queue, and none waits behind more than one of each other. */
export type AppendLane = 'reports' | 'people' | 'reads' | 'time';

/**
 * Appends that may wait in each lane beside the one in flight; the next is refused. Reports and reads are gathered into few appends
 * before they come here; actions, tasks and statements come one by one.
 */
export const MAX_WAITING_APPENDS: Readonly<Record<AppendLane, number>> = {
  reports: 64,
  people: 256,
  reads: 64,
  time: 64,
};

/** Kinds that are not named are the server's own, and share a lane with ticks. */
const LANES: Readonly<Partial<Record<LogEntryKind, AppendLane>>> = {
  fixes: 'reports',
  heartbeat: 'reports',
  action: 'people',
  task: 'people',
  statement: 'people',
  access: 'reads',
};

export function laneOf(kind: LogEntryKind): AppendLane {
  return LANES[kind] ?? 'time';
}

interface Turn {
  readonly run: () => Promise<void>;
}

/** One piece of work at a time: within a lane in order, between lanes in turn. */
export class AppendQueue {
  readonly #lanes: Readonly<Record<AppendLane, Set<Turn>>> = {
    reports: new Set(),
    people: new Set(),
    reads: new Set(),
    time: new Set(),
  };
  /** The lane that was served last is the last in here. */
  readonly #order: AppendLane[] = ['time', 'reports', 'people', 'reads'];
  #running = false;

  /** How many wait in a lane. */
  waiting(lane: AppendLane): number {
    return this.#lanes[lane].size;
  }

  /**
   * Runs the work in its turn, whether other work fails or not. The signal ends the wait for the turn with its reason; from then on it
   * is up to the work. Callers keep to MAX_WAITING_APPENDS.
   */
  run<Result>(lane: AppendLane, signal: AbortSignal | undefined, work: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const queue = this.#lanes[lane];
      const giveUp = (): void => {
        queue.delete(turn);
        reject(signal?.reason);
      };
      const turn: Turn = {
        run: () => {
          signal?.removeEventListener('abort', giveUp);
          return work().then(resolve, reject);
        },
      };
      if (signal?.aborted === true) return reject(signal.reason);
      signal?.addEventListener('abort', giveUp, { once: true });
      queue.add(turn);
      void this.#serve();
    });
  }

  async #serve(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (let turn = this.#next(); turn !== null; turn = this.#next()) await turn.run();
    this.#running = false;
  }

  #next(): Turn | null {
    const lane = this.#order.find((name) => this.#lanes[name].size > 0);
    if (lane === undefined) return null;
    this.#order.push(...this.#order.splice(this.#order.indexOf(lane), 1));
    const [turn] = this.#lanes[lane];
    if (turn === undefined) return null;
    this.#lanes[lane].delete(turn);
    return turn;
  }
}
