import { assert, BeatwatchError, messageOf, unreachable } from '../model/errors.js';
import type { Commit, Cursor, EntryOutputs, SnapshotPointer } from '../model/hot.js';
import { compareLogIds, formatLogId, type LogId } from '../model/log-id.js';
import type { SnapshotDump } from '../model/snapshot.js';
import { afterCommit, afterWatch, sameCursor } from './cursor-steps.js';
import type { Fold } from './fold.js';
import type { LoggedEntry } from './ports.js';

/**
 * How one engine folds a district's log so that nothing is doubled and nothing is lost (design section 7), as a value: what it
 * holds, and the one thing that it wants done next. Whoever drives it does that and tells what came of it; `advance` says what
 * comes then. It keeps no clock and does no I/O, so that a test can drive it through every order of events.
 */
export interface Protocol<State> {
  readonly next: Action;
  readonly state: State;
  /** The cursor as last seen in the store. */
  readonly cursor: Cursor | null;
  /** Read, not yet folded. */
  readonly waiting: readonly LoggedEntry[];
  /** Digest of the last entry that was read; null: not known. */
  readonly digest: string | null;
  /** It follows the cursor, and goes past it only when nobody else does. */
  readonly standby: boolean;
  readonly skipped: ReadonlySet<string>;
  /** A snapshot is to be left as soon as the state is the committed one. */
  readonly snapshotWanted: boolean;
}

export type Action =
  | { readonly do: 'open-cursor' }
  | { readonly do: 'read-skipped' }
  | { readonly do: 'read-pointer' }
  | { readonly do: 'read-snapshot'; readonly pointer: SnapshotPointer }
  /** The entries that follow `after`, which must still be there, with that digest if it is known (L1). */
  | { readonly do: 'read-log'; readonly after: LogId; readonly digest: string | null }
  | { readonly do: 'watch-cursor' }
  | { readonly do: 'commit'; readonly commit: Commit }
  | { readonly do: 'add-skipped'; readonly id: LogId; readonly error: string }
  | { readonly do: 'write-snapshot'; readonly dump: SnapshotDump }
  | { readonly do: 'store-pointer'; readonly pointer: SnapshotPointer }
  /** The pointer is stored: files that nothing can point to any more may go. */
  | { readonly do: 'tidy'; readonly file: string };

export type Done =
  | { readonly did: 'open-cursor'; readonly cursor: Cursor | null }
  | { readonly did: 'read-skipped'; readonly skipped: ReadonlySet<string> }
  | { readonly did: 'read-pointer'; readonly pointer: SnapshotPointer | null }
  | { readonly did: 'read-snapshot'; readonly dump: SnapshotDump | null }
  | { readonly did: 'read-log'; readonly entries: readonly LoggedEntry[]; readonly digest: string | null }
  /** `stoodStill`: for so long that nobody else can be alive. */
  | { readonly did: 'watch-cursor'; readonly cursor: Cursor | null; readonly stoodStill: boolean }
  | { readonly did: 'commit'; readonly found: Cursor | null }
  | { readonly did: 'add-skipped' }
  | { readonly did: 'write-snapshot'; readonly file: string; readonly sha256: string }
  | { readonly did: 'store-pointer'; readonly stored: boolean }
  | { readonly did: 'tidy' };

/** An engine that holds nothing. It begins like this, and again whenever anything went wrong: log and cursor decide, never its memory. */
export function begin<State>(fold: Fold<State>): Protocol<State> {
  return {
    next: { do: 'open-cursor' },
    state: fold.create(),
    cursor: null,
    waiting: [],
    digest: null,
    standby: false,
    skipped: new Set(),
    snapshotWanted: false,
  };
}

/** What comes after that was done. Throws when the engine must begin again. */
export function advance<State>(fold: Fold<State>, p: Protocol<State>, done: Done): Protocol<State> {
  assert(done.did === p.next.do, `${done.did} was done, ${p.next.do} was next`);
  switch (done.did) {
    case 'open-cursor':
      refuseNewerFold(fold, done.cursor);
      return { ...p, cursor: done.cursor, next: { do: 'read-skipped' } };
    case 'read-skipped':
      return { ...p, skipped: done.skipped, next: { do: 'read-pointer' } };
    case 'read-pointer':
      if (done.pointer === null || !isUsable(fold, p, done.pointer)) return decide(fold, p);
      return { ...p, digest: done.pointer.entryDigest, next: { do: 'read-snapshot', pointer: done.pointer } };
    case 'read-snapshot':
      if (done.dump === null) return decide(fold, { ...p, digest: null });
      return decide(fold, { ...p, state: fold.restore(done.dump) });
    case 'read-log':
      return decide(fold, { ...p, waiting: done.entries, digest: done.digest });
    case 'watch-cursor':
      return decide(fold, watched(fold, p, done.cursor, done.stoodStill));
    case 'commit':
      return committed(fold, p, done.found);
    case 'add-skipped':
      throw new BeatwatchError('entry-skipped', 'an entry that cannot be folded was recorded: reload and fold past it');
    case 'write-snapshot':
      return { ...p, next: { do: 'store-pointer', pointer: pointerTo(fold, p, done) } };
    case 'store-pointer':
      if (!done.stored || p.next.do !== 'store-pointer') return decide(fold, p);
      return { ...p, next: { do: 'tidy', file: p.next.pointer.file } };
    case 'tidy':
      return decide(fold, p);
    default:
      return unreachable(done);
  }
}

/** Asks for a snapshot; where the state is not the committed one, there is none. */
export function wantSnapshot<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  return isIdle(p) ? decide(fold, { ...p, snapshotWanted: true }) : { ...p, snapshotWanted: true };
}

/** It holds nothing that another engine could not make from log and cursor: it may be left here. */
export function isIdle<State>(p: Protocol<State>): boolean {
  return p.next.do === 'read-log' || p.next.do === 'watch-cursor';
}

/** The state is what the cursor stands for. */
export function isAtCursor<State>(fold: Fold<State>, p: Protocol<State>): boolean {
  return sameCursor(fold.cursorOf(p.state), p.cursor);
}

function decide<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  if (p.snapshotWanted) {
    const now = { ...p, snapshotWanted: false };
    return isAtCursor(fold, p)
      ? { ...now, next: { do: 'write-snapshot', dump: fold.dump(p.state) } }
      : decide(fold, now);
  }
  const [first] = p.waiting;
  if (first === undefined) {
    return { ...p, next: { do: 'read-log', after: fold.cursorOf(p.state).logId, digest: p.digest } };
  }
  if (isCommitted(p, first.id)) return catchUp(fold, p);
  return p.standby ? { ...p, next: { do: 'watch-cursor' } } : foldAndCommit(fold, p);
}

/** Entries that somebody has committed: what comes out of them is dropped. */
function catchUp<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  const entries = p.waiting.filter(({ id }) => isCommitted(p, id));
  const folded = foldAll(fold, p, entries);
  if ('poison' in folded) return recorded(p, folded);
  const { state } = folded;
  fold.takeHot(state);
  const at = fold.cursorOf(state);
  if (p.cursor !== null && compareLogIds(at.logId, p.cursor.logId) === 0 && !sameCursor(at, p.cursor)) {
    const [got, expected] = [JSON.stringify(at), JSON.stringify(p.cursor)];
    throw new BeatwatchError('fold-diverged', `got ${got} from the fold, expected the committed ${expected}`);
  }
  return decide(fold, { ...p, state, waiting: p.waiting.slice(entries.length) });
}

/** C1: outputs stay with their entries, so that those of another engine's can be told from mine; absolute values are one heap. */
function foldAndCommit<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  const folded = foldAll(fold, p, p.waiting);
  if ('poison' in folded) return recorded(p, folded);
  const { state, outputs } = folded;
  const commit = { expected: p.cursor, target: fold.cursorOf(state), outputs, ...fold.takeHot(state) };
  return { ...p, state, waiting: [], next: { do: 'commit', commit } };
}

function committed<State>(fold: Fold<State>, p: Protocol<State>, found: Cursor | null): Protocol<State> {
  assert(p.next.do === 'commit', 'a commit was next');
  const { commit } = p.next;
  const after = afterCommit(found, commit);
  switch (after.next) {
    case 'done':
      return decide(fold, { ...p, cursor: commit.target, standby: p.standby || !after.mine });
    case 'again':
      return { ...p, cursor: after.commit.expected, standby: true, next: { do: 'commit', commit: after.commit } };
    case 'catch-up':
      return decide(fold, { ...p, cursor: after.cursor, standby: true });
    case 'reload':
      throw new BeatwatchError('cursor-lost', `${after.why}: reload`);
    default:
      return unreachable(after);
  }
}

/**
 * Every engine begins by trying; one whose commit finds another's there becomes the standby. The compare-and-set keeps both
 * right; this keeps one idle.
 */
function watched<State>(
  fold: Fold<State>,
  p: Protocol<State>,
  found: Cursor | null,
  stoodStill: boolean,
): Protocol<State> {
  refuseNewerFold(fold, found);
  const after = afterWatch(found, p.cursor);
  switch (after.next) {
    case 'same':
      return { ...p, standby: !stoodStill };
    case 'moved':
      return { ...p, cursor: after.cursor };
    case 'reload':
      throw new BeatwatchError('cursor-lost', `${after.why}: reload`);
    default:
      return unreachable(after);
  }
}

interface Poison {
  readonly poison: LogId;
  readonly error: string;
}

function foldAll<State>(
  fold: Fold<State>,
  p: Protocol<State>,
  entries: readonly LoggedEntry[],
): { readonly state: State; readonly outputs: readonly EntryOutputs[] } | Poison {
  let { state } = p;
  const outputs: EntryOutputs[] = [];
  for (const entry of entries) {
    const isSkipped = p.skipped.has(formatLogId(entry.id));
    try {
      const folded = isSkipped ? fold.skip(state, entry.id) : fold.step(state, entry);
      state = folded.state;
      outputs.push(folded.outputs);
    } catch (error) {
      if (isSkipped) throw error;
      return { poison: entry.id, error: messageOf(error) };
    }
  }
  return { state, outputs };
}

/** P1: an entry that the fold cannot take is recorded, and from then on every engine folds past it. */
function recorded<State>(p: Protocol<State>, { poison, error }: Poison): Protocol<State> {
  return { ...p, next: { do: 'add-skipped', id: poison, error } };
}

function isCommitted<State>(p: Protocol<State>, id: LogId): boolean {
  return p.cursor !== null && compareLogIds(id, p.cursor.logId) <= 0;
}

function isUsable<State>(fold: Fold<State>, p: Protocol<State>, pointer: SnapshotPointer): boolean {
  return pointer.foldVersion === fold.version && isCommitted(p, pointer.cursor.logId);
}

function pointerTo<State>(
  fold: Fold<State>,
  p: Protocol<State>,
  { file, sha256 }: { readonly file: string; readonly sha256: string },
): SnapshotPointer {
  // With entries waiting, the reader stands beyond the state.
  const entryDigest = p.waiting.length === 0 ? p.digest : null;
  return { cursor: fold.cursorOf(p.state), file, sha256, foldVersion: fold.version, entryDigest };
}

function refuseNewerFold<State>(fold: Fold<State>, cursor: Cursor | null): void {
  if (cursor === null || cursor.foldVersion <= fold.version) return;
  const got = `got a cursor of fold version ${cursor.foldVersion}, expected at most ${fold.version}`;
  throw new BeatwatchError('fold-too-old', `${got}: run a newer Beatwatch`);
}
