import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWholeFile } from '../files/whole-file.js';
import { messageOf } from '../model/errors.js';
import { compareLogIds, parseLogId } from '../model/log-id.js';
import type { LogFacts, Loss } from '../model/losses.js';
import type { Logger } from '../model/ports.js';

export interface LogWitnessOptions {
  readonly district: string;
  /** A folder within the data folder, outside Redis. */
  readonly folder: string;
  readonly logger: Logger;
}

/** How far the log was known to reach. */
interface Seen {
  readonly lastId: string;
  /** Entries ever added up to it. */
  readonly added: number;
}

interface Kept extends Seen {
  /** Ends of the log that were found to be gone; they stay until somebody removes the file. */
  readonly lost: readonly Loss[];
}

/** More losses than this are not kept one by one. */
const MAX_LOST = 100;

/**
 * What the server has seen in the log, kept outside Redis: an append-only file whose end was cut, and a store that was emptied or
 * replaced by an older copy, look whole from the inside. The file is written at most once a second, fsynced; what was acknowledged
 * since the last write is beyond what it can tell.
 */
export class LogWitness {
  readonly #o: LogWitnessOptions;
  #kept: Kept | null = null;
  #writing = false;

  constructor(o: LogWitnessOptions) {
    this.#o = o;
  }

  /** Ends of the log that are gone. */
  get lost(): readonly Loss[] {
    return this.#kept?.lost ?? [];
  }

  /** Reads what an earlier process has seen; a file that cannot be read is said, and begun anew. */
  async load(): Promise<void> {
    const { folder, logger } = this.#o;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    try {
      this.#kept = parseKept(await readFile(this.#path, 'utf8'));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
      logger.error(
        { error: messageOf(error) },
        'the file about the end of the log cannot be read: the server begins a new one',
      );
    }
  }

  /** Compares the log with what was seen of it, and keeps what it is now. Rejects when the file cannot be written. */
  async see(log: LogFacts): Promise<void> {
    if (log.lastId === null || this.#writing) return;
    const before = this.#kept;
    const now = { lastId: log.lastId, added: log.added };
    if (before !== null && before.lastId === now.lastId && before.added === now.added) return;
    const loss = before === null ? null : lossBetween(before, now);
    if (loss !== null)
      this.#o.logger.error(
        { ...loss },
        'the end of the log is missing: restore Redis from a backup, or accept the loss',
      );
    this.#kept = { ...now, lost: [...(before?.lost ?? []), ...(loss === null ? [] : [loss])].slice(-MAX_LOST) };
    this.#writing = true;
    try {
      await writeWholeFile(this.#path, `${JSON.stringify(this.#kept)}\n`);
    } finally {
      this.#writing = false;
    }
  }

  get #path(): string {
    return join(this.#o.folder, `${this.#o.district}.json`);
  }
}

/** Ids and counts of one log only grow. */
export function lossBetween(before: Seen, now: Seen): Loss | null {
  const goesBack = compareLogIds(parseLogId(now.lastId), parseLogId(before.lastId)) < 0;
  if (!goesBack && now.added >= before.added) return null;
  return { what: 'log', count: Math.max(1, before.added - now.added), from: now.lastId, to: before.lastId };
}

function parseKept(text: string): Kept {
  const { lastId, added, lost } = JSON.parse(text) as Partial<Kept>;
  if (typeof lastId !== 'string' || typeof added !== 'number' || !Array.isArray(lost)) {
    throw new Error(`got ${text.slice(0, 80)}, expected what a server of this kind wrote`);
  }
  parseLogId(lastId);
  return { lastId, added, lost };
}
