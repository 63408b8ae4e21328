import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Request } from './worker.js';

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url));

/** Worker processes that lack the same mechanism, or none; each has one request at a time. */
export class WorkerPool {
  readonly #broken: string | null;
  readonly #idle: ChildProcess[] = [];
  readonly #all = new Set<ChildProcess>();

  constructor(broken: string | null) {
    this.#broken = broken;
  }

  async ask(request: Request): Promise<Answer> {
    const worker = this.#idle.pop() ?? this.#start();
    const answer = await new Promise<Answer>((resolve, reject) => {
      const onDeath = (code: number | null) =>
        reject(new Error(`a worker ended with exit code ${code} at ${JSON.stringify(request).slice(0, 80)}`));
      worker.once('exit', onDeath);
      worker.once('message', (message) => {
        worker.off('exit', onDeath);
        resolve(message as Answer);
      });
      worker.send(request);
    });
    this.#idle.push(worker);
    return answer;
  }

  close(): void {
    for (const worker of this.#all) worker.disconnect();
    this.#all.clear();
  }

  #start(): ChildProcess {
    const worker = fork(WORKER, this.#broken === null ? [] : [this.#broken], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    this.#all.add(worker);
    return worker;
  }
}

/** Runs tasks so many at a time, in order of start; ends early when `isEnough`. */
export async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  task: (item: T) => Promise<void>,
  isEnough: () => boolean = () => false,
): Promise<void> {
  const queue = [...items];
  const turn = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined && !isEnough(); item = queue.shift()) await task(item);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, turn));
}
