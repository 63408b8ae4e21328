import type { LogHistory } from '../../src/log/log-history.js';
import { digestOf, logTimeOf, type RawEntry } from '../../src/log/raw-entry.js';
import { BeatwatchError } from '../../src/model/errors.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../../src/model/log-id.js';

/** A log as Redis has it: it can be trimmed from its beginning, and be restored from an older copy. */
export class ModelLog {
  #entries: RawEntry[] = [];
  /** Entries that were trimmed; the one at the floor is still there. */
  #trimmed = 0;
  /** How far it says that it is archived. */
  #archived: LogId = LOG_START;

  append(entry: RawEntry): void {
    this.#entries.push(entry);
  }

  get last(): LogId {
    return this.#entries.at(-1)?.id ?? LOG_START;
  }

  get archived(): LogId {
    return this.#archived;
  }

  setArchived(upTo: LogId): void {
    if (compareLogIds(upTo, this.#archived) > 0) this.#archived = upTo;
  }

  /** Trims to the earlier of what is archived and the snapshot, which lacks so many entries (S3). */
  trim(snapshotLag: number): void {
    const snapshot = this.#entries.length - 1 - snapshotLag;
    const archived = this.#entries.findLastIndex(({ id }) => compareLogIds(id, this.#archived) <= 0);
    this.#trimmed = Math.max(this.#trimmed, Math.min(snapshot, archived));
  }

  /** A copy that lacks so many of the last entries, of those that are still there. */
  loseLast(count: number): void {
    const kept = Math.max(this.#trimmed + 1, this.#entries.length - count);
    this.#entries = this.#entries.slice(0, kept);
    if (compareLogIds(this.#archived, this.last) > 0) this.#archived = this.last;
  }

  copy(): ModelLog {
    const copy = new ModelLog();
    copy.#entries = [...this.#entries];
    copy.#trimmed = this.#trimmed;
    copy.#archived = this.#archived;
    return copy;
  }

  become(other: ModelLog): void {
    this.#entries = [...other.#entries];
    this.#trimmed = other.#trimmed;
    this.#archived = other.#archived;
  }

  /** Entries after one that still stands with these bytes (L1). */
  readAfter(after: LogId, digest: string | null, count: number): readonly RawEntry[] {
    const kept = this.#entries.slice(this.#trimmed);
    if (compareLogIds(after, LOG_START) === 0) {
      if (this.#trimmed > 0) throw new BeatwatchError('log-trimmed', 'the log does not begin with genesis any more');
      return kept.slice(0, count);
    }
    const at = kept.findIndex(({ id }) => compareLogIds(id, after) === 0);
    const anchor = kept[at];
    if (anchor === undefined) throw new BeatwatchError('log-trimmed', `${formatLogId(after)} is not in the log`);
    if (digest !== null && digestOf(anchor) !== digest)
      throw new BeatwatchError('log-rewritten', `${formatLogId(after)} is another entry`);
    return kept.slice(at + 1, at + 1 + count);
  }

  /** As `redisHistory` reads: the entry at the floor of a trimmed log is stood upon, not read. */
  get history(): LogHistory {
    const goneBeforeMs = () => (this.#trimmed === 0 ? null : (this.#entries[this.#trimmed]?.id.ms ?? 0) + 1);
    return {
      begins: async () => goneBeforeMs(),
      read: async ({ fromMs, toMs, after = LOG_START, visit }) => {
        const [gone, trimmed] = [goneBeforeMs(), this.#trimmed];
        const floor = trimmed === 0 ? undefined : this.#entries[trimmed]?.id;
        if (floor !== undefined && compareLogIds(after, LOG_START) > 0 && compareLogIds(floor, after) > 0)
          throw new BeatwatchError('log-trimmed', 'the log is trimmed beyond where it is to be read from');
        const readable = this.#entries.slice(this.#trimmed === 0 ? 0 : this.#trimmed + 1);
        const wanted = readable.filter(
          (entry) => compareLogIds(entry.id, after) > 0 && logTimeOf(entry) >= fromMs && logTimeOf(entry) < toMs,
        );
        for (let i = 0; i < wanted.length; i += 50) {
          // Trimmed between two reads: the reader's place is gone (L1).
          await new Promise((resolve) => setImmediate(resolve));
          const [next] = wanted.slice(i);
          const first = this.#entries[this.#trimmed];
          const hasMoved = this.#trimmed > trimmed;
          if (hasMoved && next !== undefined && first !== undefined && compareLogIds(next.id, first.id) <= 0)
            throw new BeatwatchError('log-trimmed', 'the log was trimmed while it was read');
          visit(wanted.slice(i, i + 50));
        }
        const end = { isFromGenesis: trimmed === 0, goneBeforeMs: gone, readToMs: toMs, isAtEnd: true };
        return floor === undefined ? end : { ...end, goneUpTo: floor };
      },
    };
  }
}
