import { encodeExactly } from '../codec/exact-entry.js';
import { BeatwatchError } from '../model/errors.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import type { AccessEntry, AccessRead } from '../model/log-entry.js';
import { MAX_WAITING_ACCESS_BYTES } from './limits.js';

interface Waiting {
  readonly read: AccessRead;
  /** What it adds to an entry at the most. */
  readonly bytes: number;
  readonly settle: (failure: Error | null) => void;
}

/** Tag and length of a read inside an entry of several. */
const READ_OVERHEAD_BYTES = 8;

/**
 * Gathers the access records of one district into few log entries, as reports are gathered: one append at a time, and while it runs
 * the next entry fills. So hundreds of supervisors that come or go at once cost a handful of appends.
 *
 * A log that is away: records wait, each for as long as it may, up to MAX_WAITING_ACCESS_BYTES; the next is refused.
 */
export class AccessCommit {
  readonly #append: (entry: AccessEntry) => Promise<unknown>;
  readonly #queue = new Set<Waiting>();
  /** Bytes of what is queued or in flight. */
  #bytes = 0;
  #flushing = false;

  /** @param append called again only after it settled */
  constructor(append: (entry: AccessEntry) => Promise<unknown>) {
    this.#append = append;
  }

  /**
   * Resolves once the read stands in the log. Codes: `access-late` when it does not within this time (it may come to stand there
   * all the same if its append had begun), `access-busy` when too much waits, those of the log.
   */
  record(read: AccessRead, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      // Alone, so that a read that cannot be written fails nobody else's.
      const bytes = encodeExactly({ kind: 'access', reads: [read] }).length + READ_OVERHEAD_BYTES;
      if (this.#bytes + bytes > MAX_WAITING_ACCESS_BYTES) throw busy(this.#bytes);
      const patience = setTimeout(() => {
        // What is in flight cannot be called back.
        if (this.#queue.delete(waiting)) this.#bytes -= bytes;
        reject(late(withinMs));
      }, withinMs);
      const waiting: Waiting = {
        read,
        bytes,
        settle: (failure) => {
          this.#bytes -= bytes;
          clearTimeout(patience);
          if (failure === null) resolve();
          else reject(failure);
        },
      };
      this.#bytes += bytes;
      this.#queue.add(waiting);
      this.#start();
    });
  }

  #start(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    // What arrived together goes together.
    setImmediate(() => void this.#flush());
  }

  /** Never rejects. */
  async #flush(): Promise<void> {
    while (this.#queue.size > 0) await this.#appendTogether(this.#takeThatFits());
    this.#flushing = false;
  }

  #takeThatFits(): Waiting[] {
    const taken: Waiting[] = [];
    let room = MAX_ENTRY_BYTES;
    for (const waiting of this.#queue) {
      room -= waiting.bytes;
      if (room < 0 && taken.length > 0) break;
      taken.push(waiting);
      this.#queue.delete(waiting);
    }
    return taken;
  }

  async #appendTogether(taken: readonly Waiting[]): Promise<void> {
    let failure: Error | null = null;
    try {
      await this.#append({ kind: 'access', reads: taken.map(({ read }) => read) });
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    for (const { settle } of taken) settle(failure);
  }
}

function late(withinMs: number): BeatwatchError {
  return new BeatwatchError('access-late', `got no answer of the log within ${withinMs} ms`);
}

function busy(bytes: number): BeatwatchError {
  const message = `${bytes} bytes of reads wait to be recorded (at most ${MAX_WAITING_ACCESS_BYTES}); try again in a second`;
  return new BeatwatchError('access-busy', message);
}
