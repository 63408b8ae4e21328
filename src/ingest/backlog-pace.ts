import { compareLogIds, type LogId } from '../model/log-id.js';
import { ENGINE_STALLED_MS, LIVE_FOR_MS, MAX_UNFOLDED_BYTES, UNFOLDED_ENTRIES } from './limits.js';

/**
 * How much of a backlog may be logged ahead of the engine. The engine folds entries in order, so the alert of a live report waits until all
 * that was logged before it is folded. While live reports come, a backlog is logged no further than MAX_UNFOLDED_BYTES ahead. An engine that
 * stands still holds nothing up, and without live reports nobody waits. Times are monotonic ms; bytes are those of `batchBytesBound`.
 */
export class BacklogPace {
  /** Logged and not known to be folded, oldest first. Of too many the newest count as one, for an engine elsewhere may never be heard of. */
  readonly #unfolded: { id: LogId; bytes: number }[] = [];
  #unfoldedBytes = 0;
  #liveMs = Number.NEGATIVE_INFINITY;
  /** When the engine was last seen to go on, or had nothing to do. */
  #movedMs = Number.NEGATIVE_INFINITY;

  /** A live report was taken. */
  hearLive(nowMs: number): void {
    this.#liveMs = nowMs;
  }

  /** An entry with so much of a backlog was logged. */
  logged(id: LogId, bytes: number, nowMs: number): void {
    if (bytes === 0) return;
    if (this.#unfolded.length === 0) this.#movedMs = nowMs;
    const last = this.#unfolded.at(-1);
    if (last === undefined || this.#unfolded.length < UNFOLDED_ENTRIES) this.#unfolded.push({ id, bytes });
    else Object.assign(last, { id, bytes: last.bytes + bytes });
    this.#unfoldedBytes += bytes;
  }

  /**
   * How much more may be logged now, bytes; infinite when nothing bounds it.
   *
   * @param foldedTo the last entry that an engine is known to have folded; null when none is known
   */
  roomBytes(foldedTo: LogId | null, nowMs: number): number {
    this.#forget(foldedTo, nowMs);
    const isLive = nowMs - this.#liveMs < LIVE_FOR_MS;
    const isStalled = this.#unfolded.length > 0 && nowMs - this.#movedMs >= ENGINE_STALLED_MS;
    if (foldedTo === null || !isLive || isStalled) return Number.POSITIVE_INFINITY;
    const roomBytes = MAX_UNFOLDED_BYTES - this.#unfoldedBytes;
    // Not in small entries: each costs an append.
    return roomBytes >= MAX_UNFOLDED_BYTES / 4 ? roomBytes : 0;
  }

  #forget(foldedTo: LogId | null, nowMs: number): void {
    if (foldedTo === null) return;
    for (let first = this.#unfolded[0]; first !== undefined; first = this.#unfolded[0]) {
      if (compareLogIds(first.id, foldedTo) > 0) return;
      this.#unfolded.shift();
      this.#unfoldedBytes -= first.bytes;
      this.#movedMs = nowMs;
    }
  }
}
