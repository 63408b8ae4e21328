import { assert } from '../../model/errors.js';
import type { Fix } from '../../model/fix.js';
import type { PositionE7 } from '../../model/position.js';
import { type FixList, firstAtOrAfter } from './fix-list.js';
import {
  isRowAt,
  isRowBelieved,
  markRow,
  pointOfRow,
  ROW_BYTES,
  readRow,
  sosOfRow,
  timeOfRow,
  writeRow,
} from './fix-row.js';
import type { TrackPoint } from './fold.js';

const NO_ROWS = new DataView(new ArrayBuffer(0));
/** Room for so many more rows is made at once, as a share of those that are there. */
const ROOM_SHARE = 1 / 8;
const LEAST_ROOM = 4;

/**
 * The fixes of a unit that may still be joined by others, by event time, as rows of one buffer: an object takes five times as much
 * memory, and the collector's time. Before them stand those that are folded for good and to which the fold still looks back.
 *
 * A row also says whether the fold believes its position, as of the last time that it was folded.
 */
export class HeldFixes implements FixList {
  #rows = NO_ROWS;
  #length = 0;
  #behind = 0;

  /** @param behind how many of the fixes are folded for good */
  static of(fixes: readonly Fix[], behind = 0): HeldFixes {
    const held = new HeldFixes();
    held.replace(0, 0, fixes);
    held.#behind = behind;
    return held;
  }

  get length(): number {
    return this.#length;
  }

  get behind(): number {
    return this.#behind;
  }

  timeMs(index: number): number {
    return timeOfRow(this.#rows, index * ROW_BYTES);
  }

  /** Event time of the last one; 0 where there is none. */
  get lastMs(): number {
    return this.#length === 0 ? 0 : this.timeMs(this.#length - 1);
  }

  at(index: number): Fix {
    return readRow(this.#rows, index * ROW_BYTES);
  }

  /** What the fix says of a call for help. */
  sosAt(index: number): boolean | null {
    return sosOfRow(this.#rows, index * ROW_BYTES);
  }

  isBelieved(index: number): boolean {
    return isRowBelieved(this.#rows, index * ROW_BYTES);
  }

  /** The position of a fix that is believed. */
  pointAt(index: number): TrackPoint {
    return pointOfRow(this.#rows, index * ROW_BYTES);
  }

  /** The fix that has this position. */
  fixOf(point: TrackPoint): Fix {
    return this.at(this.#find(point.eventTimeMs, point));
  }

  /** Marks the copy of an instant that has this position. */
  believe(atMs: number, position: PositionE7 | null): void {
    markRow(this.#rows, this.#find(atMs, position) * ROW_BYTES, true);
  }

  /** Unmarks the fixes after an instant: they are to be folded anew. */
  disbelieveAfter(atMs: number): void {
    for (let i = firstAtOrAfter(this, atMs + 1); i < this.#length; i += 1) markRow(this.#rows, i * ROW_BYTES, false);
  }

  /** Puts fixes in the place of `[start, start + removed)`. */
  replace(start: number, removed: number, fixes: readonly Fix[]): void {
    this.#resize(start + removed, start + fixes.length);
    for (const [i, fix] of fixes.entries()) writeRow(this.#rows, (start + i) * ROW_BYTES, fix);
  }

  /** Adds those of another that are later than all of these. */
  appendLater(other: HeldFixes): void {
    const from = this.#length === 0 ? 0 : firstAtOrAfter(other, this.lastMs + 1);
    const start = this.#length;
    this.#resize(start, start + other.#length - from);
    this.#copy(other, from, start);
  }

  /** The first `end` of them. */
  firstOf(end: number): HeldFixes {
    const first = new HeldFixes();
    first.#resize(0, end);
    first.#copy(this, 0, 0);
    first.#behind = this.#behind;
    return first;
  }

  /** The first `count` are folded for good; those of them from before `fromMs` are forgotten. Answers how many that were. */
  leaveBehind(count: number, fromMs: number): number {
    const forgotten = Math.min(count, firstAtOrAfter(this, fromMs));
    this.#resize(forgotten, 0);
    this.#behind = count - forgotten;
    return forgotten;
  }

  /** Those that may still be joined by others. */
  open(): readonly Fix[] {
    return Array.from({ length: this.#length - this.#behind }, (_, i) => this.at(this.#behind + i));
  }

  #find(atMs: number, position: PositionE7 | null): number {
    let index = firstAtOrAfter(this, atMs);
    while (index < this.#length && !isRowAt(this.#rows, index * ROW_BYTES, position)) index += 1;
    assert(index < this.#length, 'the position is of a fix that is held');
    return index;
  }

  #copy(other: HeldFixes, from: number, to: number): void {
    const count = this.#length - to;
    bytesOf(this.#rows).set(
      bytesOf(other.#rows).subarray(from * ROW_BYTES, (from + count) * ROW_BYTES),
      to * ROW_BYTES,
    );
  }

  /** Moves the rows from `end` on to `newEnd`, and makes room for them or gives it back. */
  #resize(end: number, newEnd: number): void {
    assert(end <= this.#length, 'what is moved is there');
    const length = this.#length + newEnd - end;
    const capacity = this.#rows.byteLength / ROW_BYTES;
    const old = bytesOf(this.#rows);
    if (length > capacity || 2 * length < capacity) {
      const room = length === 0 ? 0 : length + LEAST_ROOM + Math.floor(length * ROOM_SHARE);
      this.#rows = room === 0 ? NO_ROWS : new DataView(new ArrayBuffer(room * ROW_BYTES));
      bytesOf(this.#rows).set(old.subarray(0, Math.min(end, newEnd) * ROW_BYTES));
      bytesOf(this.#rows).set(old.subarray(end * ROW_BYTES, this.#length * ROW_BYTES), newEnd * ROW_BYTES);
    } else old.copyWithin(newEnd * ROW_BYTES, end * ROW_BYTES, this.#length * ROW_BYTES);
    this.#length = length;
  }
}

function bytesOf({ buffer }: DataView): Uint8Array {
  return new Uint8Array(buffer);
}
