import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { TestScope } from '../support/redis-server.js';
import { temporaryFolder } from '../support/redis-server.js';
import { inherited } from './programs.js';
import { until } from './served-district.js';

export const CTRL_C = '\x03';

export interface Terminal {
  readonly exit: Promise<number | null>;
  readonly hasExited: () => boolean;
  /** All that the terminal got, control sequences included. */
  output(): string;
  type(keys: string): void;
  /** The window is closed: whoever runs in it gets SIGHUP. */
  close(): void;
  /** Command lines, by process id, of all that was started in it and of what that started. */
  processes(): ReadonlyMap<number, string>;
  /** Names of the temporary files there are. */
  files(): Promise<string[]>;
}

export interface TerminalOptions {
  /** For the shell. */
  readonly command: string;
  readonly cwd: string;
  readonly columns?: number;
}

/**
 * A command on a real pseudo-terminal (util-linux's `script`), with a folder for temporary files of its own. Its processes are
 * found by a mark in their environment, which whatever they start inherits, or by that folder.
 */
export async function openTerminal(t: TestScope, { command, cwd, columns = 80 }: TerminalOptions): Promise<Terminal> {
  const folder = await temporaryFolder(t);
  const mark = `TERMINAL_MARK=${randomUUID()}`;
  const line = `stty cols ${columns} rows 24; ${command}`;
  const shell = spawn('script', ['-q', '-f', '-e', '-c', line, '/dev/null'], {
    cwd,
    env: { ...inherited(), TMPDIR: folder, TERMINAL_MARK: mark.slice('TERMINAL_MARK='.length) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.setEncoding('utf8').on('data', (chunk) => (text += chunk));
  shell.stdin.on('error', () => undefined);
  const exit = new Promise<number | null>((resolve, reject) => {
    shell.once('error', reject);
    shell.once('exit', (code) => resolve(code));
  });
  const processes = () => processesOf(mark, folder);
  t.teardown(async () => {
    for (const pid of [shell.pid ?? 0, ...processes().keys()]) kill(pid, 'SIGKILL');
    await until(() => processes().size === 0, 'the end of all that the terminal started');
  });
  return {
    exit,
    hasExited: () => hasExited(shell),
    output: () => text,
    type: (keys) => void shell.stdin.write(keys),
    close: () => kill(shell.pid ?? 0, 'SIGKILL'),
    processes,
    files: () => readdir(folder),
  };
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Sends a signal; a process that has ended already is fine. */
export function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Redis writes its title over its environment, and is known by the folder that it works in. */
function processesOf(mark: string, folder: string): Map<number, string> {
  const found = new Map<number, string>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const isOurs =
        readlinkSync(`/proc/${name}/cwd`).startsWith(`${folder}/`) ||
        readFileSync(`/proc/${name}/environ`, 'latin1').includes(mark);
      if (!isOurs) continue;
      found.set(Number(name), readFileSync(`/proc/${name}/cmdline`, 'latin1').split('\0').join(' ').trim());
    } catch {
      // It has ended meanwhile, or is another user's.
    }
  }
  return found;
}
