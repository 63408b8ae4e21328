import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';

interface Event {
  readonly ms: number;
  readonly order: number;
  run: (() => void) | null;
}

/**
 * The only clock and the only order of events of a simulated world: the same events, asked for in the same order, happen in
 * the same order on every machine. After each one everything that waits on it goes as far as it can.
 */
export class Scheduler {
  #nowMs: number;
  #order = 0;
  readonly #heap: Event[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Calls back at that instant, or now when it is past. Returns how to prevent it. */
  at(ms: number, run: () => void): () => void {
    const event: Event = { ms: Math.max(ms, this.#nowMs), order: this.#order, run };
    this.#order += 1;
    push(this.#heap, event);
    return () => {
      event.run = null;
    };
  }

  after(delayMs: number, run: () => void): () => void {
    return this.at(this.#nowMs + delayMs, run);
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(delayMs, resolve);
    });
  }

  /** Lets events happen until `isOver`, or until there is none before `untilMs`. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    await settled();
    while (!isOver()) {
      const next = this.#heap[0];
      if (next === undefined || next.ms > untilMs) break;
      pop(this.#heap);
      if (next.run === null) continue;
      this.#nowMs = next.ms;
      next.run();
      await settled();
    }
  }
}

/** When everything that could go on has. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/**
 * From now on `setTimeout` of node:timers/promises waits in the scheduler's time, in this whole process: the pauses in the
 * product's loops cost nothing and come in an order that can be repeated.
 */
export function sleepBy(scheduler: () => Scheduler): void {
  timers.setTimeout = (async <T>(delayMs = 1, value?: T) => {
    await scheduler().sleep(delayMs);
    return value;
  }) as typeof timers.setTimeout;
  syncBuiltinESMExports();
}

function push(heap: Event[], event: Event): void {
  let i = heap.push(event) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!isBefore(event, heap[parent] as Event)) break;
    heap[i] = heap[parent] as Event;
    i = parent;
  }
  heap[i] = event;
}

function pop(heap: Event[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
    if (!isBefore(heap[child] as Event, last)) break;
    heap[i] = heap[child] as Event;
    i = child;
  }
  heap[i] = last;
}

function isBefore(a: Event, b: Event): boolean {
  return a.ms !== b.ms ? a.ms < b.ms : a.order < b.order;
}
