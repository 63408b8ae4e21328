import { assert } from '../../model/errors.js';
import { formatTimerKey, parseTimerKey, type TimerKey } from '../../model/fold-keys.js';

/** Stale entries that are never worth a clean-up. */
const MOST_STALE = 64;

/**
 * Wake-ups by key: one due instant each. Firing order is (due, key as formatted), so it never depends on how the heap came about.
 * A timer only wakes: what it finds due is a pure function of the state, so a spurious one is harmless.
 */
export class Timers {
  readonly #due = new Map<string, number>();
  /** Binary heap of [due, key]; entries that no longer match `#due` are stale and skipped. */
  readonly #heap: { due: number; key: string }[] = [];

  set(key: TimerKey, dueMs: number | null): void {
    this.#set(formatTimerKey(key), dueMs);
  }

  clear(): void {
    this.#due.clear();
    this.#heap.length = 0;
  }

  /** Sets what `entries` told. */
  restore(entries: readonly (readonly [key: string, dueMs: number])[]): void {
    for (const [key, dueMs] of entries) this.#set(key, dueMs);
  }

  #set(key: string, dueMs: number | null): void {
    if (dueMs === null) {
      this.#due.delete(key);
      return;
    }
    if (this.#due.get(key) === dueMs) return;
    this.#due.set(key, dueMs);
    this.#push({ due: dueMs, key });
    if (this.#heap.length > 2 * this.#due.size + MOST_STALE) this.#rebuild();
  }

  /** Keeps the earlier of what is set and `dueMs`. */
  setEarlier(key: TimerKey, dueMs: number): void {
    const name = formatTimerKey(key);
    const now = this.#due.get(name);
    if (now === undefined || dueMs < now) this.#set(name, dueMs);
  }

  /** Takes the first timer due at or before `untilMs`, or null. */
  take(untilMs: number): { readonly dueMs: number; readonly key: TimerKey } | null {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      const stale = this.#due.get(top.key) !== top.due;
      if (!stale && top.due > untilMs) return null;
      this.#pop();
      if (stale) continue;
      this.#due.delete(top.key);
      const key = parseTimerKey(top.key);
      assert(key !== null, `a timer is called ${top.key}`);
      return { dueMs: top.due, key };
    }
    return null;
  }

  entries(): [key: string, dueMs: number][] {
    return [...this.#due].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  }

  /** Far wake-ups that are set again and again leave stale entries that would not reach the top for weeks. */
  #rebuild(): void {
    this.#heap.length = 0;
    for (const [key, due] of this.#due) this.#push({ due, key });
  }

  #push(entry: { due: number; key: string }): void {
    const heap = this.#heap;
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, at(heap, parent))) break;
      heap[i] = at(heap, parent);
      i = parent;
    }
    heap[i] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(at(heap, child + 1), at(heap, child))) child += 1;
      if (!before(at(heap, child), last)) break;
      heap[i] = at(heap, child);
      i = child;
    }
    heap[i] = last;
  }
}

type Entry = { due: number; key: string };

function before(a: Entry, b: Entry): boolean {
  return a.due !== b.due ? a.due < b.due : a.key < b.key;
}

function at(heap: readonly Entry[], index: number): Entry {
  return heap[index] as Entry;
}
