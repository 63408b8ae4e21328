import { SHAPE } from '../model/fix-shape.js';

/** The numbers of a fix besides its time, in the order of the columns of `FixColumns`, each with the bit that says that it is there. */
export const FIX_NUMBERS = [
  { name: 'lngE7', bit: SHAPE.position },
  { name: 'latE7', bit: SHAPE.position },
  { name: 'altitudeDm', bit: SHAPE.altitude },
  { name: 'speedCmps', bit: SHAPE.speed },
  { name: 'courseCdeg', bit: SHAPE.course },
  { name: 'satellites', bit: SHAPE.satellites },
  { name: 'beidouSatellites', bit: SHAPE.beidou },
  { name: 'hdopCenti', bit: SHAPE.hdop },
  { name: 'accuracyDm', bit: SHAPE.accuracy },
  { name: 'batteryPercent', bit: SHAPE.battery },
] as const;
/** The first of them are coordinates, whose differences are taken modulo 2^32. */
export const COORDINATES = 2;

/** Many fixes by column, one number a fix and column: no object is made for a fix. A number that is not there is 0, and its shape says so. */
export class FixTable {
  count = 0;
  shape: Int32Array;
  eventTimeMs: Float64Array;
  /** One for each of FIX_NUMBERS. */
  readonly numbers: Int32Array[];

  constructor(capacity: number) {
    this.shape = new Int32Array(capacity);
    this.eventTimeMs = new Float64Array(capacity);
    this.numbers = FIX_NUMBERS.map(() => new Int32Array(capacity));
  }

  get capacity(): number {
    return this.shape.length;
  }

  /** Makes room for so many more behind `count`. */
  reserve(more: number): void {
    if (this.count + more <= this.capacity) return;
    const capacity = Math.max(2 * this.capacity, this.count + more);
    this.shape = grown(this.shape, capacity);
    this.eventTimeMs = grown(this.eventTimeMs, capacity);
    for (const [i, column] of this.numbers.entries()) this.numbers[i] = grown(column, capacity);
  }

  /** Forgets the first fixes. */
  drop(fixes: number): void {
    this.shape.copyWithin(0, fixes, this.count);
    this.eventTimeMs.copyWithin(0, fixes, this.count);
    for (const column of this.numbers) column.copyWithin(0, fixes, this.count);
    this.count -= fixes;
  }
}

/** A longer copy, zeros behind. */
export function grown<T extends Int32Array | Float64Array>(column: T, capacity: number): T {
  const longer = (column instanceof Int32Array ? new Int32Array(capacity) : new Float64Array(capacity)) as T;
  longer.set(column);
  return longer;
}
