import { Worker } from 'node:worker_threads';
import { BeatwatchError, messageOf } from '../model/errors.js';

export interface OnceInThreadOptions {
  /** The compiled module that it runs: it posts one message, its outcome. */
  readonly program: URL;
  /** The thread finds it in `workerData`. */
  readonly work: object;
  /** Work that takes longer, or more memory, is given up. */
  readonly maxMs: number;
  readonly maxMb: number;
  /** The error for that; `took` is `more than 1024 MB`. */
  readonly tooLarge: (took: string) => Error;
}

/** The outcome of work that is done once, in a thread of its own, so that sockets and appends never wait for it. */
export async function onceInThread<Outcome>(o: OnceInThreadOptions): Promise<Outcome> {
  const { program, work, maxMs, maxMb, tooLarge } = o;
  const worker = new Worker(program, { workerData: work, resourceLimits: { maxOldGenerationSizeMb: maxMb } });
  try {
    return await new Promise<Outcome>((resolve, reject) => {
      const late = setTimeout(() => reject(tooLarge(`more than ${maxMs} ms`)), maxMs);
      worker.once('message', resolve);
      worker.once('error', (error: Error & { code?: string }) =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(`more than ${maxMb} MB`) : error),
      );
      worker.once('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`a thread ended with ${code} and said nothing`));
      });
    });
  } finally {
    await worker.terminate();
  }
}

/** What a thread says that may fail. */
export type ThreadOutcome<Made> =
  | { readonly is: 'made'; readonly made: Made }
  | { readonly is: 'failed'; readonly code: string | null; readonly message: string; readonly details: object };

/** What was made; throws what the thread failed by, with its code. */
export function madeOf<Made>(outcome: ThreadOutcome<Made>): Made {
  if (outcome.is === 'made') return outcome.made;
  if (outcome.code === null) throw new Error(outcome.message);
  throw new BeatwatchError(outcome.code, outcome.message, { ...outcome.details });
}

/** In the thread: what `make` comes to. */
export async function outcomeOf<Made>(make: () => Promise<Made>): Promise<ThreadOutcome<Made>> {
  try {
    return { is: 'made', made: await make() };
  } catch (error) {
    const { code, details } = error instanceof BeatwatchError ? error : { code: null, details: {} };
    return { is: 'failed', code, message: messageOf(error), details };
  }
}
