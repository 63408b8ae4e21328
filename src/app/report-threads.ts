import { Worker } from 'node:worker_threads';
import { BeatwatchError } from '../model/errors.js';
import { RunningLimit } from '../model/running-limit.js';
import type { ReportFile } from '../reports/request.js';
import type { ReportOutcome, ReportWork } from './report-worker.js';

/** Reports that one process makes at once. */
export const MAX_REPORTS = 2;
/** A report that takes longer, or more memory, is given up. */
const MAX_REPORT_MS = 60_000;
const MAX_REPORT_MB = 1_024;

const RUNNING = new RunningLimit(MAX_REPORTS, (running) => {
  const message = `this process already makes ${running} reports, as many as it may (${MAX_REPORTS}); try again in a few seconds`;
  return new BeatwatchError('too-many-reports', message, { limit: MAX_REPORTS });
});

/**
 * Makes a report in a thread of its own, so that sockets and appends never wait for it. Codes: those of the thread; `too-many-reports`;
 * `report-too-large` when it takes too long or too much memory.
 */
export async function makeInThread(work: ReportWork): Promise<ReportFile> {
  const giveBack = RUNNING.take();
  try {
    const outcome = await outcomeOf(work);
    if (outcome.is === 'made') return outcome.file;
    if (outcome.code === null) throw new Error(outcome.message);
    throw new BeatwatchError(outcome.code, outcome.message, { ...outcome.details });
  } finally {
    giveBack();
  }
}

async function outcomeOf(work: ReportWork): Promise<ReportOutcome> {
  const worker = new Worker(new URL('./report-worker.js', import.meta.url), {
    workerData: work,
    resourceLimits: { maxOldGenerationSizeMb: MAX_REPORT_MB },
  });
  try {
    return await new Promise<ReportOutcome>((resolve, reject) => {
      const late = setTimeout(() => reject(tooLarge(`more than ${MAX_REPORT_MS} ms`)), MAX_REPORT_MS);
      worker.once('message', resolve);
      worker.once('error', (error: Error & { code?: string }) =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge(`more than ${MAX_REPORT_MB} MB`) : error),
      );
      worker.once('exit', (code) => {
        clearTimeout(late);
        reject(new Error(`the thread of a report ended with ${code} and said nothing`));
      });
    });
  } finally {
    await worker.terminate();
  }
}

function tooLarge(took: string): BeatwatchError {
  return new BeatwatchError('report-too-large', `the report takes ${took}; ask for fewer days`, {});
}
