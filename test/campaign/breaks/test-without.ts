import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Mark } from './patch-hook.js';
import type { TestedBreak } from './tested-breaks.js';
import { BROKEN, MARKS } from './variables.js';

const TIMEOUT_S = 120;
/** What a test does not close when it fails may keep it from ending: after its first failed assertion it has so long. */
const LONGEST_END_MS = 20_000;
const HOOK = new URL('./without.js', import.meta.url);
const COMPILED = join(import.meta.dirname, '../../..');
/** An assertion within a test: the file itself has none, and what fails outside a test is a file that could not be run. */
const FAILED_ASSERTION = /^ {4,}not ok \d+ - (.*?)(?: # .*)?$/gm;
const RAN = /^ok \d+ - (?!.* # SKIP)/m;
const RAN_OUT = /^(timeout!|test unfinished|test after end)/;

export type Sight =
  | { readonly is: 'seen'; readonly assertion: string; readonly seconds: number }
  /** The test stayed green, or was red for another reason than the protection's lack. */
  | { readonly is: 'unseen'; readonly why: string; readonly seconds: number };

/** Runs the test of a protection in a process of its own, and whatever that starts, without the protection. */
export async function testWithout(name: string, one: TestedBreak): Promise<Sight> {
  const folder = mkdtempSync(join(tmpdir(), 'beatwatch-without-'));
  const marksPath = join(folder, 'marks');
  const startMs = performance.now();
  try {
    const { code, tap, errors } = await runTest(one, { [BROKEN]: name, [MARKS]: marksPath });
    const seconds = Math.round((performance.now() - startMs) / 100) / 10;
    const fault = patchFault(one, existsSync(marksPath) ? readFileSync(marksPath, 'utf8') : '');
    if (fault !== null) return { is: 'unseen', why: fault, seconds };
    const failed = [...tap.matchAll(FAILED_ASSERTION)].map(([, message = '']) => message);
    const assertion = failed.find((message) => !RAN_OUT.test(message));
    if (assertion !== undefined && code !== 0) return { is: 'seen', assertion, seconds };
    if (failed.length > 0) return { is: 'unseen', why: `the test ran out of time (${failed[0]})`, seconds };
    const why =
      code === 0 && RAN.test(tap)
        ? 'the test stays green'
        : `no assertion failed (exit code ${code}): ${lastLine(errors)}`;
    return { is: 'unseen', why, seconds };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Ended {
  readonly code: number | null;
  readonly tap: string;
  readonly errors: string;
}

function runTest({ seenBy, title }: TestedBreak, variables: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(process.execPath, [join(COMPILED, seenBy.replace(/\.ts$/, '.js'))], {
    cwd: join(COMPILED, '..'),
    // A group of its own, to be ended with all that it started.
    detached: true,
    env: {
      ...process.env,
      ...variables,
      NODE_OPTIONS: `--import=${HOOK.href}`,
      TAP_TIMEOUT: String(TIMEOUT_S),
      TAP_GREP: `^${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let tap = '';
  let errors = '';
  let ending: NodeJS.Timeout | null = null;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    tap += text;
    if (tap.search(FAILED_ASSERTION) >= 0) ending ??= setTimeout(() => endGroup(child.pid), LONGEST_END_MS);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const interrupt = (): void => {
    endGroup(child.pid);
    process.exit(130);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(ending ?? undefined);
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, interrupt);
      resolve({ code, tap, errors });
    });
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Why what the test did says nothing about the protection: some process had a part of it, or none ever loaded one. */
function patchFault({ patches }: TestedBreak, marks: string): string | null {
  const lines = marks.split('\n').filter((line) => line !== '');
  const all = lines.map((line) => JSON.parse(line) as Mark);
  const fault = all.find((mark) => mark.fault !== null)?.fault ?? null;
  if (fault !== null) return fault;
  const unloaded = patches.find(({ module }) => !all.some((mark) => mark.module === module));
  return unloaded === undefined ? null : `the test never loads ${unloaded.module}`;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
