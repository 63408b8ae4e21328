import { BeatwatchError } from '../model/errors.js';
import { RunningLimit } from '../model/running-limit.js';
import type { WhatIf } from '../model/what-if.js';
import { madeOf, onceInThread, type ThreadOutcome } from './once-in-thread.js';
import type { WhatIfWork } from './what-if-worker.js';

/** Questions that one process answers at once. */
export const MAX_WHAT_IFS = 1;
/** One that takes longer, or more memory, is given up. */
const MAX_WHAT_IF_MS = 90_000;
const MAX_WHAT_IF_MB = 1_024;

const RUNNING = new RunningLimit(MAX_WHAT_IFS, (running) => {
  const message = `this process already folds ${running} such question, as many as it may (${MAX_WHAT_IFS}); try again in a few seconds`;
  return new BeatwatchError('too-many-what-ifs', message, { limit: MAX_WHAT_IFS });
});

/** What a plan would have told. Codes: those of `whatIf`; `too-many-what-ifs`; `what-if-too-large` when it takes too long or too much memory. */
export async function whatIfInThread(work: WhatIfWork): Promise<WhatIf> {
  const giveBack = RUNNING.take();
  try {
    return madeOf(
      await onceInThread<ThreadOutcome<WhatIf>>({
        program: new URL('./what-if-worker.js', import.meta.url),
        work,
        maxMs: MAX_WHAT_IF_MS,
        maxMb: MAX_WHAT_IF_MB,
        tooLarge,
      }),
    );
  } finally {
    giveBack();
  }
}

function tooLarge(took: string): BeatwatchError {
  const message = `the question takes ${took}; ask about fewer hours, or ask the archive with beatwatch whatif, which has no such limit`;
  return new BeatwatchError('what-if-too-large', message, {});
}
