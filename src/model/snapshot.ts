import type { Fix } from './fix.js';
import type { Cursor } from './hot.js';

/** The fold's whole state at a cursor: what an engine starts from instead of the log's beginning. */
export interface SnapshotDump {
  readonly foldVersion: number;
  readonly cursor: Cursor;
  /** Everything but fixes: a tree that canonical JSON can say. */
  readonly state: unknown;
  /** The fixes that the state still holds, by tracker, in the engine's order. */
  readonly fixes: readonly TrackerFixes[];
}

export interface TrackerFixes {
  readonly tracker: string;
  /** Its fixes within the horizon. */
  readonly fixes: readonly Fix[];
  /** Its fixes behind the horizon to which the state still looks back, and those that its head was folded from while late ones wait. */
  readonly points: readonly Fix[];
}
