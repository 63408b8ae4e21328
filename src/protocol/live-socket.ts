import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../model/hot.js';
import type { MissingNumbers } from '../model/losses.js';
import type { Staleness } from '../model/staleness.js';
import type { AlertAnswer } from './alert-states.js';

/** The live socket of a district: where it is, what it speaks, and what the server says on it. */
export const LIVE_SUBPROTOCOL = 'beatwatch.live.v1';

export function livePath(district: string): string {
  return `/v1/districts/${district}/live`;
}

/** The state of one instant. Every transition up to lastAlert came before it or is in it; the next ones come after it. */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly cursor: {
    readonly logId: string;
    readonly foldVersion: number;
    readonly lastAlert: number;
    readonly lastVisit: number;
  } | null;
  readonly lastAlert: number;
  /** Null after a resume: the transitions sent before it say what changed. */
  readonly openAlerts: readonly AlertAnswer[] | null;
  readonly coverage: readonly CoverageRecord[];
  readonly positions: readonly PositionRecord[];
  readonly units: readonly UnitRecord[];
  readonly tasks: readonly TaskRecord[];
}

/** What state messages have in common besides their records. */
export interface StateChange {
  /** Ids that are gone. */
  readonly removed?: readonly string[];
  /** How many changes were left out because a later one of the same id replaced them before they could be sent. */
  readonly skipped?: number;
  /** These are all there are: forget the others. */
  readonly complete?: true;
}

/** Server to client. */
export type LiveMessage =
  | SnapshotMessage
  | ({ readonly type: 'alert' } & AlertAnswer)
  | ({ readonly type: 'positions'; readonly positions: readonly PositionRecord[] } & StateChange)
  | ({ readonly type: 'units'; readonly units: readonly UnitRecord[] } & StateChange)
  | ({ readonly type: 'coverage'; readonly coverage: readonly CoverageRecord[] } & StateChange)
  | ({ readonly type: 'tasks'; readonly tasks: readonly TaskRecord[] } & StateChange)
  | { readonly type: 'resync'; readonly first: number; readonly last: number }
  /** Transitions, inclusive, that are not there though later ones are: somebody has taken them away. */
  | ({ readonly type: 'missing' } & MissingNumbers)
  /** What is shown is not of now, and since when; null: it is again. */
  | { readonly type: 'stale'; readonly stale: Staleness | null }
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };
