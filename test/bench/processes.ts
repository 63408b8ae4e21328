import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPrivateFolder, runningPid } from '../../src/redis/private-folder.js';
import { stopWithUs } from '../support/redis-server.js';

/** Ends a process that this one started. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The processes of one bench, which end before their folder is removed. */
export interface Processes {
  /** Empty at first. */
  readonly folder: string;
  readonly children: ChildProcess[];
}

export async function withProcesses<Result>(
  name: string,
  run: (processes: Processes) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), `beatwatch-${name}-`));
  const children: ChildProcess[] = [];
  // When this process dies, it removes the folder and ends the Redis in it. A server that lived on would start another.
  stopWithUs(folder);
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  const exit = (): void => process.exit(1);
  process.once('exit', killAll);
  for (const signal of SIGNALS) process.once(signal, exit);
  try {
    return await run({ folder, children });
  } finally {
    for (const child of children.reverse()) await end(child);
    await endRedis(folder);
    for (const signal of SIGNALS) process.off(signal, exit);
    process.off('exit', killAll);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ends the Redis of a server that had to be killed. */
async function endRedis(folder: string): Promise<void> {
  const pid = await runningPid(await openPrivateFolder(folder));
  if (pid !== null) process.kill(pid, 'SIGKILL');
}

/** A program of the bench in a process of its own, which answers each order with one message. */
export class Helper {
  readonly child: ChildProcess;

  /** `program`: its compiled file. */
  constructor(program: URL, children: ChildProcess[]) {
    this.child = fork(fileURLToPath(program), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.push(this.child);
  }

  /** One order at a time. */
  async ask<Answer>(order: object): Promise<Answer> {
    this.child.send(order);
    const gone = new AbortController();
    const [answer] = (await Promise.race([
      once(this.child, 'message', { signal: gone.signal }),
      once(this.child, 'exit', { signal: gone.signal }).then(([code]) => {
        throw new Error(`a process of the bench ended with ${code}`);
      }),
    ]).finally(() => gone.abort())) as [Answer];
    return answer;
  }
}
