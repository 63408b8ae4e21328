// Processes and progress for the scripts of this folder. Plain JavaScript: it runs before anything is installed.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');

/** Progress and advice go to stderr: stdout belongs to the command that follows. */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** What the user can act on: printed without a stack. */
export class SetUpError extends Error {}

/** The children that run, each with the signal that ends it and whom to tell of its end. */
const running = new Map();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
let stopping = false;

/** Ends the children, waits for them, and ends; a second signal does not wait. */
async function stop(signal) {
  releaseSignals();
  stopping = true;
  const ends = [...running].map(([child, entry]) => {
    const end = new Promise((resolve) => {
      entry.ended = resolve;
    });
    child.kill(entry.endSignal);
    return end;
  });
  await Promise.all(ends);
  process.exit(128 + SIGNALS[signal]);
}

for (const signal of Object.keys(SIGNALS)) process.on(signal, stop);

/** From here on signals do what the command that follows wants. */
export function releaseSignals() {
  for (const signal of Object.keys(SIGNALS)) process.off(signal, stop);
}

/**
 * Runs a command without stdin and collects what it prints.
 * `onLine` gets each line of stdout as it comes; `inheritStderr` passes stderr through; `endSignal` ends it early.
 * @returns {Promise<{ code: number, output: string }>} code 127 when the command cannot be started; never settles when
 * this process is being stopped
 */
export function run(command, args, options = {}) {
  const { env = process.env, cwd = root, onLine, inheritStderr = false, endSignal = 'SIGTERM' } = options;
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', inheritStderr ? 'inherit' : 'pipe'] });
    const chunks = [];
    let rest = '';
    const finish = (code, extra = '') => {
      running.get(child)?.ended();
      running.delete(child);
      if (stopping) return;
      if (onLine && rest !== '') onLine(rest);
      resolve({ code, output: chunks.join('') + extra });
    };
    running.set(child, { endSignal, ended: () => {} });
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (stopping) return;
      if (!onLine) return chunks.push(text);
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) onLine(line);
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => chunks.push(text));
    child.on('error', (error) => finish(127, `${error.message}\n`));
    child.on('close', (code, signal) => finish(code ?? 1, signal === null ? '' : `killed by ${signal}\n`));
  });
}

/** Announces long work, repeats itself every ten seconds, and tells how long it took. */
export async function step(label, work) {
  const startMs = performance.now();
  const seconds = () => `${((performance.now() - startMs) / 1000).toFixed(1)} s`;
  say(`set-up: ${label} ...`);
  const timer = setInterval(() => say(`set-up: ${label} ... ${seconds()}`), 10_000);
  try {
    const result = await work();
    say(`set-up: ${label} done in ${seconds()}`);
    return result;
  } finally {
    clearInterval(timer);
  }
}
