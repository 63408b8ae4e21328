import { BeatwatchError } from '../model/errors.js';
import { RunningLimit } from '../model/running-limit.js';
import { onceInThread } from './once-in-thread.js';
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
  try {
    return await onceInThread<PlanCheckOutcome>({
      program: new URL('./plan-check-worker.js', import.meta.url),
      work,
      maxMs: MAX_CHECK_MS,
      maxMb: MAX_CHECK_MB,
      tooLarge,
    });
  } finally {
    giveBack();
  }
}

function tooLarge(took: string): BeatwatchError {
  return new BeatwatchError('draft-too-large', `the check of the draft takes ${took}; send a smaller one`, {});
}
