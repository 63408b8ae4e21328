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

/** The children that run, each with how it is ended early and whom to tell of its end. */
const running = new Map();
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
/** npm passes a Ctrl+C on to a program that the terminal has told already: within this time it is one signal. */
const SAME_SIGNAL_MS = 1_000;
/** Children that do not end are left to the watcher. */
const END_WITHIN_MS = 10_000;
let stoppedAtMs = null;

/** Ends the children, waits for them, and ends; a later second signal does not wait. */
async function stop(signal) {
  const end = () => process.exit(128 + SIGNALS[signal]);
  if (stoppedAtMs !== null) return performance.now() - stoppedAtMs > SAME_SIGNAL_MS ? end() : undefined;
  stoppedAtMs = performance.now();
  setTimeout(end, END_WITHIN_MS).unref();
  await Promise.all(
    [...running.values()].map((entry) => {
      const ended = new Promise((resolve) => {
        entry.ended = resolve;
      });
      entry.kill();
      return ended;
    }),
  );
  end();
}

let isReleased = false;

function onSignal(signal) {
  if (!isReleased) return stop(signal);
  if (process.listenerCount(signal) > 1) return;
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);

/**
 * From here on signals do what the command that follows wants, or else end the process. We go on listening: a signal that has come, but
 * of which nobody was told yet, would be lost with the last listener.
 */
export function releaseSignals() {
  isReleased = true;
}

const PARENT_LOOK_MS = 500;

/** npm passes each signal on, but a killed npm passes on nothing: what it started ends with it. */
export function endWithNpm() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, PARENT_LOOK_MS).unref();
}

/**
 * Ends the children when this process is killed and can end nothing any more: its input ends with us. Each line of it is
 * `add SIGNAL TARGET` or `drop SIGNAL TARGET`.
 */
const WATCH = `
left=
while read -r change entry; do
  case $change in
    add) left="$left$entry;" ;;
    drop) left="\${left%%"$entry;"*}\${left#*"$entry;"}" ;;
  esac
done
IFS=';'
for entry in $left; do kill -s "\${entry% *}" -- "\${entry#* }"; done
`;
let watcher = null;

function watch(line) {
  if (watcher === null) {
    watcher = spawn('/bin/sh', ['-c', WATCH], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    watcher.on('error', () => {}); // without /bin/sh there is no watcher, and npm cannot run a script either
    watcher.stdin.on('error', () => {});
    watcher.stdin.unref();
    watcher.unref();
  }
  watcher.stdin.write(`${line}\n`);
}

/**
 * Runs a command without stdin and collects what it prints.
 * `onLine` gets each line of stdout as it comes; `inheritStderr` passes stderr through; `onStart` gets what ends it. It runs in a
 * process group of its own, which is killed when this process is stopped; with `inOrder` the command alone gets a SIGTERM.
 * @returns {Promise<{ code: number, output: string }>} code 127 when the command cannot be started; never settles when
 * this process is being stopped
 */
export function run(command, args, options = {}) {
  const { env = process.env, cwd = root, onLine, onStart, inheritStderr = false, inOrder = false } = options;
  return new Promise((resolve) => {
    const stdio = ['ignore', 'pipe', inheritStderr ? 'inherit' : 'pipe'];
    const child = spawn(command, args, { cwd, env, stdio, detached: true });
    const [signal, target] = inOrder ? ['TERM', child.pid] : ['KILL', -child.pid];
    if (child.pid !== undefined) watch(`add ${signal} ${target}`);
    const chunks = [];
    let rest = '';
    const finish = (code, extra = '') => {
      running.get(child)?.ended();
      if (running.delete(child) && child.pid !== undefined) watch(`drop ${signal} ${target}`);
      if (stoppedAtMs !== null) return;
      if (onLine && rest !== '') onLine(rest);
      resolve({ code, output: chunks.join('') + extra });
    };
    const kill = () => endProcess(target, `SIG${signal}`);
    running.set(child, { kill, ended: () => {} });
    onStart?.(kill);
    child.stdout.setEncoding('utf8').on('data', (text) => {
      if (stoppedAtMs !== null) return;
      if (!onLine) return chunks.push(text);
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) onLine(line);
    });
    child.stderr?.setEncoding('utf8').on('data', (text) => chunks.push(text));
    child.on('error', (error) => finish(127, `${error.message}\n`));
    child.on('close', (code, by) => finish(code ?? 1, by === null ? '' : `killed by ${by}\n`));
  });
}

/** A process, or a process group by its negative number; one that has ended is fine. */
function endProcess(target, signal) {
  try {
    process.kill(target, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
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
