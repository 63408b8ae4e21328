import { assert } from '../../model/errors.js';
import { formatTimerKey, parseTimerKey, type TimerKey } from '../../model/fold-keys.js';

/** A wake-up. */
interface Timer {
  readonly key: TimerKey;
  /** The key as formatted. */
  readonly name: string;
  dueMs: number;
  /** Where it stands in the heap; -1: it is not set. */
  index: number;
}

/**
 * Wake-ups by key: one due instant each. Firing order is (due, key as formatted), so it never depends on how the heap came about.
 * A timer only wakes: what it finds due is a pure function of the state, so a spurious one is harmless.
 */
export class Timers {
  /** Binary heap of those that are set. */
  readonly #heap: Timer[] = [];
  readonly #ofUnits = new Map<string, Timer>();
  readonly #ofPlaces = new Map<string, Timer>();
  /** Those of other kinds, by name, while they are set. */
  readonly #others = new Map<string, Timer>();

  set(key: TimerKey, dueMs: number | null): void {
    if (dueMs === null) this.#unset(key);
    else this.#setTo(this.#timerOf(key), dueMs);
  }

  /** Keeps the earlier of what is set and `dueMs`. */
  setEarlier(key: TimerKey, dueMs: number): void {
    const timer = this.#timerOf(key);
    if (timer.index < 0 || dueMs < timer.dueMs) this.#setTo(timer, dueMs);
  }

  clear(): void {
    this.#heap.length = 0;
    for (const timers of [this.#ofUnits, this.#ofPlaces, this.#others]) timers.clear();
  }

  /** Sets what `entries` told. */
  restore(entries: readonly (readonly [name: string, dueMs: number])[]): void {
    for (const [name, dueMs] of entries) {
      const key = parseTimerKey(name);
      assert(key !== null, `a timer is called ${name}`);
      this.set(key, dueMs);
    }
  }

  /** Takes the first timer due at or before `untilMs`, or null. */
  take(untilMs: number): { readonly dueMs: number; readonly key: TimerKey } | null {
    const first = this.#heap[0];
    if (first === undefined || first.dueMs > untilMs) return null;
    const { key, dueMs } = first;
    this.#remove(first);
    return { key, dueMs };
  }

  /** By due instant, then by name. */
  entries(): [name: string, dueMs: number][] {
    return [...this.#heap].sort((a, b) => (before(a, b) ? -1 : 1)).map(({ name, dueMs }) => [name, dueMs]);
  }

  #timerOf(key: TimerKey): Timer {
    switch (key.kind) {
      case 'unit':
        return known(this.#ofUnits, key.unit, key);
      case 'place':
        return known(this.#ofPlaces, key.place, key);
      default:
        return known(this.#others, formatTimerKey(key), key);
    }
  }

  #unset(key: TimerKey): void {
    const timer = this.#timerOf(key);
    if (timer.index >= 0) this.#remove(timer);
    if (key.kind === 'unit') this.#ofUnits.delete(key.unit);
    else if (key.kind === 'place') this.#ofPlaces.delete(key.place);
    else this.#others.delete(timer.name);
  }

  #setTo(timer: Timer, dueMs: number): void {
    if (timer.index < 0) {
      timer.dueMs = dueMs;
      timer.index = this.#heap.length;
      this.#heap.push(timer);
      this.#rise(timer);
    } else if (dueMs < timer.dueMs) {
      timer.dueMs = dueMs;
      this.#rise(timer);
    } else {
      timer.dueMs = dueMs;
      this.#sink(timer);
    }
  }

  /** Takes it out of the heap. Of those that come and go with what they are about, nothing is kept. */
  #remove(timer: Timer): void {
    const last = this.#heap.pop() as Timer;
    if (last !== timer) {
      this.#put(last, timer.index);
      this.#rise(last);
      this.#sink(last);
    }
    timer.index = -1;
    if (timer.key.kind !== 'unit' && timer.key.kind !== 'place') this.#others.delete(timer.name);
  }

  #rise(timer: Timer): void {
    while (timer.index > 0) {
      const parent = this.#heap[(timer.index - 1) >> 1] as Timer;
      if (!before(timer, parent)) return;
      this.#swap(timer, parent);
    }
  }

  #sink(timer: Timer): void {
    for (;;) {
      const left = this.#heap[2 * timer.index + 1];
      const right = this.#heap[2 * timer.index + 2];
      if (left === undefined) return;
      const least = right !== undefined && before(right, left) ? right : left;
      if (!before(least, timer)) return;
      this.#swap(least, timer);
    }
  }

  #swap(a: Timer, b: Timer): void {
    const index = a.index;
    this.#put(a, b.index);
    this.#put(b, index);
  }

  #put(timer: Timer, index: number): void {
    timer.index = index;
    this.#heap[index] = timer;
  }
}

function known(timers: Map<string, Timer>, id: string, key: TimerKey): Timer {
  const timer = timers.get(id);
  if (timer !== undefined) return timer;
  const made: Timer = { key, name: formatTimerKey(key), dueMs: 0, index: -1 };
  timers.set(id, made);
  return made;
}

function before(a: Timer, b: Timer): boolean {
  return a.dueMs !== b.dueMs ? a.dueMs < b.dueMs : a.name < b.name;
}
