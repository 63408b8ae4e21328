import { constants } from 'node:os';
import { BeatwatchError } from '../model/errors.js';

/** npm passes a Ctrl+C on to a program that the terminal has told already: within this time it is one signal that came twice. */
export const SAME_SIGNAL_MS = 1_000;
/** A command that leaves nothing behind anyway ends this long after its signal, in order or not. */
export const END_WITHIN_MS = 10_000;

type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/**
 * Aborts at the first of the signals. A signal that comes later than `SAME_SIGNAL_MS` after it ends the process at once, with
 * the exit code 128 + its number.
 */
export function onStop(signals: readonly StopSignal[]): AbortController {
  const controller = new AbortController();
  let firstAtMs: number | null = null;
  const stop = (signal: StopSignal): void => {
    if (firstAtMs !== null && performance.now() - firstAtMs > SAME_SIGNAL_MS) exitFor(signal);
    firstAtMs ??= performance.now();
    controller.abort(new Error(`stopped by ${signal}`));
  };
  for (const signal of signals) process.on(signal, stop);
  return controller;
}

/**
 * The signal of a command with an end of its own: aborts at SIGTERM, SIGINT and SIGHUP, and when nobody reads what the command
 * prints any more (`… | head`). `END_WITHIN_MS` later the process ends, whatever hangs.
 */
export function stopSignal(): AbortSignal {
  const controller = onStop(['SIGTERM', 'SIGINT', 'SIGHUP']);
  const { signal } = controller;
  for (const stream of [process.stdout, process.stderr]) stream.on('error', (error) => controller.abort(error));
  const endLater = (): unknown => setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
  signal.addEventListener('abort', endLater, { once: true });
  return signal;
}

/** What a command says that had an end of its own to come to. */
export function stoppedEarly(expected: string): BeatwatchError {
  return new BeatwatchError('stopped', `got a signal to stop, expected to ${expected}: its output is not complete`);
}

function exitFor(signal: StopSignal): never {
  process.exit(128 + constants.signals[signal]);
}
