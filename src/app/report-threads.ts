import { BeatwatchError } from '../model/errors.js';
import { RunningLimit } from '../model/running-limit.js';
import type { ReportFile } from '../reports/request.js';
import { madeOf, onceInThread, type ThreadOutcome } from './once-in-thread.js';
import type { ReportWork } from './report-worker.js';

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
    return madeOf(
      await onceInThread<ThreadOutcome<ReportFile>>({
        program: new URL('./report-worker.js', import.meta.url),
        work,
        maxMs: MAX_REPORT_MS,
        maxMb: MAX_REPORT_MB,
        tooLarge,
      }),
    );
  } finally {
    giveBack();
  }
}

function tooLarge(took: string): BeatwatchError {
  return new BeatwatchError('report-too-large', `the report takes ${took}; ask for fewer days`, {});
}
