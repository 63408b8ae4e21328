import type { StatedUnit } from '../../../model/alert.js';

/** What remains known of a gap that began before `finalToMs` and goes on over it. */
export interface RememberedDoubt {
  /** The last stretches before that instant in which it was sure that nobody was there, flat; one that ends there goes on. */
  readonly sure: readonly number[];
  /** The longest of all such stretches, and all of them together. */
  readonly longestMs: number;
  readonly sureMs: number;
  /** Who may have been there, sorted. */
  readonly units: readonly string[];
  /** The statements that bear on it, as evidence names them; absent: none does. */
  readonly stated?: readonly StatedUnit[];
}
