import { Worker } from 'node:worker_threads';
import { BeatwatchError } from '../model/errors.js';
import { RunningLimit } from '../model/running-limit.js';
import type { PlanCheckOutcome, PlanCheckWork } from './plan-check.js';

/** Drafts that one process checks at once. */
export const MAX_PLAN_CHECKS = 1;
/** A check that takes longer, or more memory, is given up. */
const MAX_CHECK_MS = 30_000;
const MAX_CHECK_MB = 1_024;

const RUNNING = new RunningLimit(MAX_PLAN_CHECKS, (running) => {
  const message = `this process already checks ${running} draft, as many as it may (${MAX_PLAN_CHECKS}); try again in a few seconds`;
  return new BeatwatchError('too-many-drafts', message, { limit: MAX_PLAN_CHECKS });
});

/**
 * Checks a draft in a thread of its own, so that acks and reads never wait for it: a large district takes seconds. Codes:
 * `too-many-drafts`; `draft-too-large` when it takes too long or too much memory.
 */
export async function checkInThread(work: PlanCheckWork): Promise<PlanCheckOutcome> {
  const giveBack = RUNNING.take();
  const worker = new Worker(new URL('./plan-check-worker.js', import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: MAX_CHECK_MB },
  });
  try {
    return await new Promise<PlanCheckOutcome>((resolve, reject) => {
      const late = setTimeout(() => reject(tooLarge(`more than ${MAX_CHECK_MS} ms`)), MAX_CHECK_MS);
      worker.once('message', resolve);
      worker.once('error', (error: Error & { code?: string }) =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(`more than ${MAX_CHECK_MB} MB`) : error),
      );
      worker.once('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`the thread of a check ended with ${code} and said nothing`));
      });
    });
  } finally {
    await worker.terminate();
    giveBack();
  }
}

function tooLarge(took: string): BeatwatchError {
  return new BeatwatchError('draft-too-large', `the check of the draft takes ${took}; send a smaller one`, {});
}
