import type { StreamPage } from '../hot/replies.js';
import type { AlertVersion } from '../model/alert.js';
import type { Commit, Cursor, SnapshotPointer } from '../model/hot.js';
import type { FoldEntry } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { CompiledPlan } from '../model/plan.js';
import type { SnapshotDump } from '../model/snapshot.js';
import type { VisitVersion } from '../model/visit.js';

/** An entry as the log holds it. */
export interface LoggedEntry {
  readonly id: LogId;
  readonly kind: string;
  readonly payload: Uint8Array;
  /** Its log time, where its id is ahead of that. */
  readonly atMs?: number;
}

/** Reads on from where it stands; rejects with `log-trimmed` or `log-rewritten` when it cannot (L1). */
export interface EntryReader {
  /** The entry that it stands on, and that entry's digest. */
  readonly at: LogId;
  readonly digest: string | null;
  read(o: { readonly count: number; readonly blockMs: number }): Promise<readonly LoggedEntry[]>;
}

/** What the runner needs of hot state; `HotStore` is one. */
export interface RunnerStore {
  openCursor(): Promise<Cursor | null>;
  readCursor(): Promise<Cursor | null>;
  /** Answers the cursor that it found (C2). */
  commit(commit: Commit): Promise<Cursor | null>;
  writePlan(plan: CompiledPlan, expected: Cursor | null): Promise<boolean>;
  readSnapshotPointer(): Promise<SnapshotPointer | null>;
  storeSnapshot(
    pointer: SnapshotPointer,
    archivedUpTo: LogId | null,
  ): Promise<{ readonly stored: boolean; readonly trimmed: number }>;
  addSkipped(id: LogId, why: { readonly error: string; readonly atMs: number }): Promise<void>;
  readSkipped(): Promise<ReadonlyMap<string, unknown>>;
}

/** What a fold needs besides to take over from an older one (V1); `HotStore` is one. */
export interface TakeoverStore {
  readOpenAlerts(): Promise<readonly AlertVersion[]>;
  /** Also what a commit has written that does not stand: somebody may have been told of it. */
  readWrittenAlerts(o: { readonly after: number; readonly count: number }): Promise<StreamPage<AlertVersion>>;
  readWrittenVisits(o: { readonly after: number; readonly count: number }): Promise<StreamPage<VisitVersion>>;
  /** Last versions of open visits that are trimmed from the stream; it may have later ones. */
  readTrimmedVisits(): Promise<readonly VisitVersion[]>;
  /** False: the cursor is not their base any more. */
  appendFold(entries: readonly FoldEntry[]): Promise<boolean>;
}

/** Where snapshots lie. */
export interface SnapshotFiles {
  /** Durable when it resolves. What the dump says beside fixes is taken before this returns: the state that it is of may go on. */
  write(dump: SnapshotDump): Promise<{ readonly file: string; readonly sha256: string }>;
  /** Null: it is not there. Rejects when it is not as it was written, or of another format, with what is wrong. */
  read(pointer: Pick<SnapshotPointer, 'file' | 'sha256'>): Promise<SnapshotDump | null>;
  /**
   * Call it when the stored pointer names `file`. Keeps that one, the one before it, each day's first, and all that are newer: a
   * pointer to one of these may be about to be stored.
   */
  tidy(file: string): Promise<void>;
}
