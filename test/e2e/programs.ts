import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { BROKEN } from '../campaign/breaks/variables.js';
import { COMMAND_LINE } from '../support/command-line.js';
import type { TestScope } from '../support/redis-server.js';

export const MEIXIAN = fileURLToPath(new URL('../../../fixtures/meixian', import.meta.url));

/** What a Redis takes for a nearly full disk, and more. */
const LEAST_ROOM_BYTES = 4 * 2 ** 30;

/**
 * A folder in memory, where there is one with room, else the usual one: what a run says does not depend on how long the disk
 * takes for an fsync, how long it takes does.
 */
export function fastTemporary(): string {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    accessSync('/dev/shm', constants.W_OK);
    return bavail * bsize >= LEAST_ROOM_BYTES ? '/dev/shm' : tmpdir();
  } catch {
    return tmpdir();
  }
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end; it is killed with the test. */
export async function beatwatch(
  t: TestScope,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = start(t, args, variables);
  return { code: await child.exit, stdout: child.stdout(), stderr: child.stderr() };
}

export interface Program {
  readonly process: ChildProcess;
  /** Resolves with the exit code, null after a signal. */
  readonly exit: Promise<number | null>;
  readonly hasExited: () => boolean;
  stdout(): string;
  stderr(): string;
}

/** Starts a command; nothing of this process's own settings reaches it. */
export function start(
  t: TestScope,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(process.execPath, [COMMAND_LINE, ...args], {
    env: { ...inherited(), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (chunks.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (chunks.stderr += text));
  let exited = false;
  const exit = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      exited = true;
      resolve(code);
    });
  });
  t.teardown(async () => {
    if (!exited) child.kill('SIGKILL');
    await exit;
  });
  return {
    process: child,
    exit,
    hasExited: () => exited,
    stdout: () => chunks.stdout,
    stderr: () => chunks.stderr,
  };
}

/**
 * Without what would turn a server into another one than the test means, or load the test runner and its coverage into it. A
 * protection that was taken away from the test is taken away from the server too.
 */
export function inherited(): Record<string, string> {
  const others = /^(BEATWATCH_|REDIS_URL$|NODE_OPTIONS$|NODE_V8_COVERAGE$|TAP|_TAPJS_)/;
  const isBroken = process.env[BROKEN] !== undefined;
  const own = Object.entries(process.env).filter(
    ([name]) => !others.test(name) || (isBroken && name === 'NODE_OPTIONS'),
  );
  return Object.fromEntries(own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}
