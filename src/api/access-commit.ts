import { encodeExactly } from '../codec/exact-entry.js';
import { BeatwatchError } from '../model/errors.js';
import { MAX_ENTRY_BYTES } from '../model/limits.js';
import type { AccessRead } from '../model/log-entry.js';
import { MAX_WAITING_ACCESS_BYTES } from './limits.js';

interface Waiting {
  readonly read: AccessRead;
  /** What it adds to an entry at the most. */
  readonly bytes: number;
  readonly settle: (failure: Error | null) => void;
}

/** What a read takes beside its texts at the most: tags, lengths and numbers, and the hash of the answer. */
const READ_OVERHEAD_BYTES = 128;

/**
 * Gathers the access records of one district into few log entries, as reports are gathered: one append at a time, and while it runs
 * the next entry fills. So hundreds of supervisors that come or go at once cost a handful of appends.
 *
 * A log that is away: records wait, each for as long as it may, up to MAX_WAITING_ACCESS_BYTES; the next is refused.
 */
export class AccessCommit {
  readonly #append: (payload: Uint8Array) => Promise<unknown>;
  readonly #queue = new Set<Waiting>();
  /** Bytes of what is queued or in flight. */
  #bytes = 0;
  #flushing = false;

  /** @param append takes the payload of an access entry; called again only after it settled */
  constructor(append: (payload: Uint8Array) => Promise<unknown>) {
    this.#append = append;
  }

  /**
   * Resolves once the read stands in the log. Codes: `access-late` when it does not within this time (it may come to stand there
   * all the same if its append had begun), `access-busy` when too much waits, those of the log, and of a read that cannot be written
   * those of `encodeExactly`.
   */
  record(read: AccessRead, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const bytes = accessBytesBound(read);
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
      const payload = payloadOf(taken);
      if (payload === null) return await this.#appendApart(taken);
      await this.#append(payload);
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
    }
    for (const { settle } of taken) settle(failure);
  }

  /** A read that cannot be written fails nobody else's. */
  async #appendApart(taken: readonly Waiting[]): Promise<void> {
    for (const waiting of taken) await this.#appendTogether([waiting]);
  }
}

/** What the reads take together; null: one of several cannot be written. One that cannot be throws. */
function payloadOf(waiting: readonly Waiting[]): Uint8Array | null {
  try {
    return encodeExactly({ kind: 'access', reads: waiting.map(({ read }) => read) });
  } catch (error) {
    if (waiting.length > 1) return null;
    throw error;
  }
}

/** At least as many bytes as the read adds to an entry. */
export function accessBytesBound({ actor, role, purpose, what, parameters, answer }: AccessRead): number {
  const texts = [actor, role, purpose ?? '', what, parameters, answer?.stage ?? '', answer?.readId ?? ''];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), READ_OVERHEAD_BYTES);
}

function late(withinMs: number): BeatwatchError {
  return new BeatwatchError('access-late', `got no answer of the log within ${withinMs} ms`);
}

function busy(bytes: number): BeatwatchError {
  const message = `${bytes} bytes of reads wait to be recorded (at most ${MAX_WAITING_ACCESS_BYTES}); try again in a second`;
  return new BeatwatchError('access-busy', message);
}
