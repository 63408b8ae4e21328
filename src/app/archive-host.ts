import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ArchiveFolder } from '../archive/archive-folder.js';
import type { Logger } from '../model/ports.js';
import type { ArchiveKey, ArchiveNews, ArchiveWork } from './archive-worker.js';

/** What is known of the archive of one district. */
export interface ArchiveStatus {
  readonly ok: boolean;
  readonly detail: string;
}

/** A thread that died is started again after this. */
const RESTART_MS = 1_000;
/** It writes what it has gathered within this, or is ended. */
const STOP_WITHIN_MS = 30_000;

/** The thread that archives the logs of this process's districts: sockets and appends never wait for it. */
export class ArchiveHost {
  readonly #work: ArchiveWork;
  readonly #folders: ReadonlyMap<string, ArchiveFolder>;
  readonly #logger: Logger;
  readonly #status = new Map<string, ArchiveStatus>();
  #worker: Worker | null = null;
  #isClosing = false;

  /** `folders`: the archives that the thread writes. */
  constructor(work: ArchiveWork, folders: ReadonlyMap<string, ArchiveFolder>, logger: Logger) {
    this.#folders = folders;
    this.#work = work;
    this.#logger = logger;
    for (const { district } of work.districts)
      this.#status.set(district, { ok: true, detail: 'nothing is archived yet' });
    this.#start();
  }

  /** What it signs with. */
  get key(): ArchiveKey {
    return this.#work.key;
  }

  /** The archive of a district, to be read by this thread; null: it is not kept here. */
  folderOf(district: string): ArchiveFolder | null {
    return this.#folders.get(district) ?? null;
  }

  /** Throws for a district that it does not archive. */
  describe(district: string): ArchiveStatus {
    const status = this.#status.get(district);
    if (status === undefined) throw new Error(`bug: the archive of ${district} is not kept here`);
    return status;
  }

  /** What was gathered is written before it answers. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const folder of this.#folders.values()) await folder.close();
    const worker = this.#worker;
    if (worker === null) return;
    const ended = once(worker, 'exit');
    worker.postMessage('stop');
    const late = sleep(STOP_WITHIN_MS, 'late', { ref: false });
    if ((await Promise.race([ended, late])) !== 'late') return;
    this.#logger.warn(
      { afterMs: STOP_WITHIN_MS },
      'the archive does not stop in time: what it has gathered stays in the log',
    );
    await worker.terminate();
  }

  #start(): void {
    const worker = new Worker(new URL('./archive-worker.js', import.meta.url), { workerData: this.#work });
    this.#worker = worker;
    worker.on('message', (news: ArchiveNews) => this.#take(news));
    worker.on('error', (error) => this.#logger.error({ error: String(error) }, 'the thread of the archive failed'));
    worker.once('exit', () => {
      this.#worker = null;
      if (this.#isClosing) return;
      this.#failAll('the thread of the archive has ended; it is started again');
      setTimeout(() => {
        if (!this.#isClosing) this.#start();
      }, RESTART_MS).unref();
    });
  }

  #take(news: ArchiveNews): void {
    if (news.is === 'log') this.#logger[news.level](news.fields, news.message);
    if (news.is === 'archived') this.#status.set(news.district, { ok: true, detail: `archived up to ${news.upTo}` });
    if (news.is !== 'failed') return;
    const { district, code, message } = news;
    this.#status.set(district, { ok: false, detail: `${message}: the log is kept, and the archive tries again` });
    this.#logger.error({ district, code, error: message }, 'the log cannot be archived');
  }

  #failAll(detail: string): void {
    for (const { district } of this.#work.districts) this.#status.set(district, { ok: false, detail });
  }
}
