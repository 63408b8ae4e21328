import type { Commit, Cursor, SnapshotPointer } from '../model/hot.js';
import type { FoldEntry } from '../model/log-entry.js';
import type { LogId } from '../model/log-id.js';
import type { SnapshotDump } from '../model/snapshot.js';
import type { LoggedEntry } from './ports.js';
import type { Told } from './told.js';

/** What a snapshot stands for, whatever its file. */
export type SnapshotPlace = Omit<SnapshotPointer, 'file' | 'sha256'>;

/** What an engine wants done next. */
export type Action =
  | { readonly do: 'open-cursor' }
  | { readonly do: 'read-skipped' }
  | { readonly do: 'read-pointer' }
  | { readonly do: 'read-snapshot'; readonly pointer: SnapshotPointer }
  /** The entries that follow `after`, which must still be there, with that digest if it is known (L1). */
  | { readonly do: 'read-log'; readonly after: LogId; readonly digest: string | null }
  | { readonly do: 'watch-cursor' }
  | { readonly do: 'commit'; readonly commit: Commit }
  /** V1: takes the cursor from an older fold, which commits nothing any more from then on. Writes nothing else. */
  | { readonly do: 'claim'; readonly commit: Commit }
  /** V1: reads what the older fold told whose cursor this one has claimed. */
  | { readonly do: 'read-told'; readonly cursor: Cursor }
  /** Appends these entries to the log, as long as the cursor is their base. */
  | { readonly do: 'append-fold'; readonly entries: readonly FoldEntry[] }
  | { readonly do: 'add-skipped'; readonly id: LogId; readonly error: string }
  /** The file is written while the engine goes on: `at` and the file's name and hash are its pointer. */
  | { readonly do: 'begin-snapshot'; readonly dump: SnapshotDump; readonly at: SnapshotPlace }
  | { readonly do: 'store-pointer'; readonly pointer: SnapshotPointer }
  /** The pointer is stored: files that nothing can point to any more may go. */
  | { readonly do: 'tidy'; readonly file: string };

/** What came of it. */
export type Done =
  | { readonly did: 'open-cursor'; readonly cursor: Cursor | null }
  | { readonly did: 'read-skipped'; readonly skipped: ReadonlySet<string> }
  | { readonly did: 'read-pointer'; readonly pointer: SnapshotPointer | null }
  | { readonly did: 'read-snapshot'; readonly dump: SnapshotDump | null }
  | {
      readonly did: 'read-log';
      readonly entries: readonly LoggedEntry[];
      readonly digest: string | null;
      /** There was no more. */
      readonly atEnd: boolean;
    }
  /** `stoodStill`: for so long that nobody else can be alive. */
  | { readonly did: 'watch-cursor'; readonly cursor: Cursor | null; readonly stoodStill: boolean }
  | { readonly did: 'commit'; readonly found: Cursor | null }
  | { readonly did: 'claim'; readonly found: Cursor | null }
  | { readonly did: 'read-told'; readonly told: Told }
  | { readonly did: 'append-fold' }
  | { readonly did: 'add-skipped' }
  | { readonly did: 'begin-snapshot' }
  | { readonly did: 'store-pointer'; readonly stored: boolean }
  | { readonly did: 'tidy' };
