import type { LiveMessage } from '../../protocol/live-socket.js';
import { filterText, type LiveFilter, NO_FILTER } from './live-filter.js';
import { recordsIn } from './live-snapshot.js';
import { StateBacklog, type StateUpdate } from './state-backlog.js';

/** A state message as it goes out. */
export interface SaidState {
  readonly type: LiveMessage['type'];
  /** UTF-8. */
  readonly text: Buffer;
  readonly records: number;
  /** Changes that were left out. */
  readonly skipped: number;
}

/** Updates that a socket keeps apart; with one more it keeps only what all come to. */
export const MAX_APART = 64;

/** What was said already, by the last of some updates, then by what they are and what is wanted of them. */
const said = new WeakMap<StateUpdate, Map<string, readonly SaidState[]>>();
const numbers = new WeakMap<StateUpdate, number>();
let lastNumber = 0;

/** Sockets for which the same updates wait, and that want the same of them, share what is said, to the bytes. */
function saidUpdates(updates: readonly StateUpdate[], filter: LiveFilter): readonly SaidState[] {
  const last = updates.at(-1);
  if (last === undefined) return [];
  const known = said.get(last) ?? new Map<string, readonly SaidState[]>();
  said.set(last, known);
  const key = `${updates.map(numberOf).join()} ${filterText(filter)}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const together = new StateBacklog();
  for (const update of updates) together.add(update, filter);
  const made = together.take().map(saidMessage);
  known.set(key, made);
  return made;
}

function numberOf(update: StateUpdate): number {
  const known = numbers.get(update);
  if (known !== undefined) return known;
  lastNumber += 1;
  numbers.set(update, lastNumber);
  return lastNumber;
}

function saidMessage(message: LiveMessage): SaidState {
  const skipped = 'skipped' in message ? (message.skipped ?? 0) : 0;
  return { type: message.type, text: Buffer.from(JSON.stringify(message)), records: recordsIn(message), skipped };
}

/**
 * State changes that wait for a socket: a few updates, of which others may say the same, or what many come to. One filter holds for
 * all that wait together.
 */
export class WaitingState {
  readonly #backlog = new StateBacklog();
  #apart: StateUpdate[] = [];
  #filter: LiveFilter = NO_FILTER;

  add(update: StateUpdate, filter: LiveFilter): void {
    this.#filter = filter;
    if (this.#backlog.isEmpty && this.#apart.length < MAX_APART) this.#apart.push(update);
    else {
      this.#mergeApart();
      this.#backlog.add(update, filter);
    }
  }

  clear(): void {
    this.#apart = [];
    this.#backlog.clear();
  }

  get isEmpty(): boolean {
    return this.#apart.length === 0 && this.#backlog.isEmpty;
  }

  /** What to send now; nothing waits afterwards. */
  take(): readonly SaidState[] {
    const apart = this.#apart;
    this.#apart = [];
    return apart.length > 0 ? saidUpdates(apart, this.#filter) : this.#backlog.take().map(saidMessage);
  }

  #mergeApart(): void {
    for (const update of this.#apart) this.#backlog.add(update, this.#filter);
    this.#apart = [];
  }
}
