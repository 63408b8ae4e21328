import type { LogTimes } from './fix-history.js';
import type { AlertVersion } from '../model/alert.js';
import type { VisitVersion } from '../model/visit.js';

/** Which visits or alerts: those that touch `[fromMs, toMs)`, event time, by any of their versions that has an end, or by their last one. */
export interface VersionQuery {
  readonly fromMs: number;
  readonly toMs: number;
  /** Only those of these places, and of these units; all unless given. */
  readonly places?: readonly string[];
  readonly units?: readonly string[];
  /** So many of them, or it rejects with `search-too-large`. */
  readonly most: number;
  /** Gives up: the search then rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** All versions of one visit or alert, oldest first; some at the beginning may be gone from the store. At least one. */
export type Versions<Version> = readonly Version[];

/** Log times of versions that were deleted. */
export interface DeletedVersions extends LogTimes {
  /** When the last of them were. */
  readonly deletedAtMs: number;
}

/** What the engine told of visits and alerts, wherever it lies by now. In the order of the first versions that there are. */
export interface VersionHistory {
  visits(query: VersionQuery): Promise<readonly Versions<VisitVersion>[]>;
  alerts(query: VersionQuery): Promise<readonly Versions<AlertVersion>[]>;
  /** Log times of which versions that may have touched a stretch were deleted, as they need not be kept any more; in order. */
  deleted(of: 'visits' | 'alerts', stretch: Pick<VersionQuery, 'fromMs' | 'toMs'>): Promise<readonly DeletedVersions[]>;
}

/** A page of a stream of versions; `resync` (Q2): some of those asked for are not there any more. `first` and `last` are numbers; 0: none. */
export type StreamPage<Version> =
  | { readonly kind: 'page'; readonly versions: readonly Version[]; readonly last: number }
  | { readonly kind: 'resync'; readonly first: number; readonly last: number };
