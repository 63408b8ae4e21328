import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../model/errors.js';
import type { Logger } from '../model/ports.js';
import { LifeSigns, watchSigns } from './life-signs.js';

/** Why a thread ended that was not told to. */
export interface ThreadFault {
  readonly kind: 'died' | 'hung' | 'out-of-memory';
  /** A sentence, with when the thread is started again. */
  readonly detail: string;
  /** The number of what it worked for last (`LifeSigns`). */
  readonly workedFor: number;
}

/** When a thread is ended, and how soon it is started again. */
export interface ThreadLimits {
  /** The most that the thread's heap may take; null: what Node gives it. */
  readonly heapMb: number | null;
  /** A thread without a sign of life for so long counts as hung; null: it gives none. */
  readonly silentMs: number | null;
  /** The pause before a thread is started again; twice as long with each fault in a row. */
  readonly firstPauseMs: number;
}

export interface KeptThreadOptions<News> {
  /** `the thread of the archive` */
  readonly name: string;
  /** The compiled module that it runs. */
  readonly program: URL;
  /** The thread finds it in `workerData`, with `KeptWork` added. */
  readonly work: object;
  readonly limits: ThreadLimits;
  readonly logger: Logger;
  /** The thread runs, for the first time or again, and has been told nothing yet. */
  readonly onStart?: () => void;
  readonly onNews: (news: News) => void;
  readonly onFault: (fault: ThreadFault) => void;
}

/** What its keeper adds to a thread's `workerData`. */
export interface KeptWork {
  /** Memory of its `LifeSigns`. */
  readonly signs: SharedArrayBuffer;
}

const LONGEST_PAUSE_MS = 30_000;
/** A thread that has lived for so long is well: the faults before it are forgotten. */
const WELL_AFTER_MS = 60_000;
/** Each fault in a row doubles how long the next thread may be silent, up to so many times. */
const MOST_DOUBLINGS = 4;

/** A thread that is started again when it dies, hangs or runs out of memory, until it is closed. */
export class KeptThread<Order, News> {
  readonly #o: KeptThreadOptions<News>;
  #worker: Worker | null = null;
  #restart: NodeJS.Timeout | undefined;
  #isClosing = false;
  /** How often the thread has failed in a row, without living well between. */
  #faults = 0;

  constructor(options: KeptThreadOptions<News>) {
    this.#o = options;
  }

  start(): void {
    const { program, work, limits, onNews, onStart } = this.#o;
    const signs = new LifeSigns();
    const kept: KeptWork = { signs: signs.memory };
    const worker = new Worker(program, {
      workerData: { ...work, ...kept },
      resourceLimits: limits.heapMb === null ? {} : { maxOldGenerationSizeMb: limits.heapMb },
    });
    this.#worker = worker;
    worker.on('message', onNews);
    this.#keep(worker, signs);
    onStart?.();
  }

  /** Starts it as one that has just had its first fault: after a pause. Answers the pause, ms. */
  startAfterFault(): number {
    this.#faults += 1;
    const pauseMs = Math.min(this.#o.limits.firstPauseMs * 2 ** (this.#faults - 1), LONGEST_PAUSE_MS);
    this.#restart = setTimeout(() => this.start(), pauseMs).unref();
    return pauseMs;
  }

  /** A thread that does not run hears nothing: `onStart` is there to say it again. */
  send(order: Order): void {
    this.#worker?.postMessage(order);
  }

  /** Tells the thread to end, and waits for that; after `withinMs` it is ended. */
  async close(order: Order, withinMs: number): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
    worker.postMessage(order);
    const late = sleep(withinMs, 'late', { ref: false });
    if ((await Promise.race([ended, late])) !== 'late') return;
    const { name, logger } = this.#o;
    logger.warn(
      { afterMs: withinMs },
      `${name} does not stop in time and is ended: what it has not written stays in the log`,
    );
    await worker.terminate();
  }

  /** Ends a thread that hangs, and has another follow each that has ended. */
  #keep(worker: Worker, signs: LifeSigns): void {
    const { silentMs, heapMb } = this.#o.limits;
    const startedAtMs = performance.now();
    let cause: Cause = { kind: 'died', what: 'has ended' };
    worker.on('error', (error) => (cause = causeOf(error, heapMb)));
    const watch =
      silentMs === null
        ? null
        : watchSigns(signs, this.#patienceMs(silentMs), (waitedMs) => {
            cause = { kind: 'hung', what: `hangs: it has given no sign of life for ${waitedMs} ms` };
            void worker.terminate();
          });
    worker.once('exit', () => {
      watch?.end();
      this.#worker = null;
      if (this.#isClosing) return;
      if ((watch?.lastSignMs ?? performance.now()) - startedAtMs > WELL_AFTER_MS) this.#faults = 0;
      this.#failed(cause, signs.workedFor);
    });
  }

  /** How long a thread may be silent: what takes long must come to its end once. */
  #patienceMs(silentMs: number): number {
    return silentMs * 2 ** Math.min(this.#faults, MOST_DOUBLINGS);
  }

  #failed({ kind, what }: Cause, workedFor: number): void {
    const { name, onFault } = this.#o;
    const pauseMs = this.startAfterFault();
    const times = this.#faults === 1 ? '' : ` (${this.#faults} times in a row)`;
    onFault({ kind, workedFor, detail: `${name} ${what}${times}; it is started again in ${pauseMs} ms` });
  }
}

interface Cause {
  readonly kind: ThreadFault['kind'];
  readonly what: string;
}

function causeOf(error: Error & { readonly code?: string }, heapMb: number | null): Cause {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return { kind: 'died', what: `has died (${messageOf(error)})` };
  return {
    kind: 'out-of-memory',
    what: `ran out of memory${heapMb === null ? '' : ` (its heap may have ${heapMb} MB)`}`,
  };
}
