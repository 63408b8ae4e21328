import { BeatwatchError } from '../model/errors.js';

/** Resolves at the first SIGTERM or SIGINT; a second one ends the process at once. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** Aborts at the first SIGTERM or SIGINT, and when nobody reads stdout any more (`… | head`): a private Redis must not stay. */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  void untilStopped().then(() => controller.abort(new Error('stopped by a signal')));
  process.stdout.on('error', (error) => controller.abort(error));
  return controller.signal;
}

/** What a command says that had an end of its own to come to. */
export function stoppedEarly(expected: string): BeatwatchError {
  return new BeatwatchError('stopped', `got a signal to stop, expected to ${expected}: its output is not complete`);
}
