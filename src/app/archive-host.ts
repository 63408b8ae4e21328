import type { ArchiveFolder } from '../archive/archive-folder.js';
import type { Logger } from '../model/ports.js';
import type { ArchiveKey, ArchiveNews, ArchiveOrder, ArchiveWork } from './archive-worker.js';
import { KeptThread, type ThreadLimits } from './kept-thread.js';
import { writeLine } from './thread-log.js';

/** What is known of the archive of one district. */
export interface ArchiveStatus {
  readonly ok: boolean;
  readonly detail: string;
}

const PROGRAM = new URL('./archive-worker.js', import.meta.url);
const LIMITS: ThreadLimits = { heapMb: null, silentMs: null, firstPauseMs: 1_000 };
/** It writes what it has gathered within this, or is ended: what is missing stays in the log. */
export const ARCHIVE_STOP_MS = 30_000;

/** The thread that archives the logs of this process's districts: sockets and appends never wait for it. */
export class ArchiveHost {
  readonly #work: ArchiveWork;
  readonly #folders: ReadonlyMap<string, ArchiveFolder>;
  readonly #logger: Logger;
  readonly #status = new Map<string, ArchiveStatus>();
  /** What is wrong with the settling of days, where something is. */
  readonly #settling = new Map<string, string>();
  readonly #thread: KeptThread<ArchiveOrder, ArchiveNews>;
  readonly #stopWithinMs: () => number;

  /**
   * @param folders the archives that the thread writes
   * @param stopWithinMs how long it may write when it is to stop; asked then
   */
  constructor(
    work: ArchiveWork,
    folders: ReadonlyMap<string, ArchiveFolder>,
    logger: Logger,
    stopWithinMs = () => ARCHIVE_STOP_MS,
  ) {
    this.#stopWithinMs = stopWithinMs;
    this.#folders = folders;
    this.#work = work;
    this.#logger = logger;
    for (const { district } of work.districts)
      this.#status.set(district, { ok: true, detail: 'nothing is archived yet' });
    this.#thread = new KeptThread<ArchiveOrder, ArchiveNews>({
      name: 'the thread of the archive',
      program: PROGRAM,
      work,
      limits: LIMITS,
      logger,
      onNews: (news) => this.#take(news),
      onFault: ({ kind, detail }) => {
        logger.error({ code: `archive-${kind}` }, detail);
        this.#failAll(detail);
      },
    });
    this.#thread.start();
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
    const wrong = this.#settling.get(district);
    // The log is archived all the same: it is said, and does not make the server unready.
    return wrong === undefined ? status : { ...status, detail: `${status.detail}; days: ${wrong}` };
  }

  /** What was gathered is written before it answers. */
  async close(): Promise<void> {
    for (const folder of this.#folders.values()) await folder.close();
    await this.#thread.close('stop', this.#stopWithinMs());
  }

  #take(news: ArchiveNews): void {
    if (news.is === 'log') writeLine(this.#logger, news);
    if (news.is === 'archived') this.#status.set(news.district, { ok: true, detail: `archived up to ${news.upTo}` });
    if (news.is === 'settling') {
      if (news.wrong === null) this.#settling.delete(news.district);
      else this.#settling.set(news.district, news.wrong);
    }
    if (news.is !== 'failed') return;
    const { district, code, message } = news;
    this.#status.set(district, { ok: false, detail: `${message}: the log is kept, and the archive tries again` });
    this.#logger.error({ district, code, error: message }, 'the log cannot be archived');
  }

  #failAll(detail: string): void {
    for (const { district } of this.#work.districts) this.#status.set(district, { ok: false, detail });
  }
}
