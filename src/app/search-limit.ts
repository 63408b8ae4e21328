import { BeatwatchError } from '../model/errors.js';
import { RunningLimit } from '../model/running-limit.js';

/** Searches of one kind at once, of a district and in this process. */
const MAX_SEARCHES = 2;

/** `what`: such as `searches of fixes`. Code of a refusal: `too-many-searches`. */
export function searchLimit(what: string): RunningLimit {
  return new RunningLimit(MAX_SEARCHES, (running) => {
    const message = `this process already runs ${running} ${what}, as many as it may (${MAX_SEARCHES}); try again in a few seconds`;
    return new BeatwatchError('too-many-searches', message, { limit: MAX_SEARCHES });
  });
}
