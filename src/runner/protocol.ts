import { foldEntries } from '../codec/fold-payload.js';
import { assert, BeatwatchError, messageOf, unreachable } from '../model/errors.js';
import type { Cursor, EntryOutputs, SnapshotPointer } from '../model/hot.js';
import type { FoldEntry } from '../model/log-entry.js';
import { compareLogIds, formatLogId, LOG_START, type LogId } from '../model/log-id.js';
import type { Action, Done, SnapshotPlace } from './actions.js';
import { afterCommit, sameCursor } from './cursor-steps.js';
import type { Fold, Folded } from './fold.js';
import type { LoggedEntry } from './ports.js';
import type { Told } from './told.js';

/**
 * How one engine folds a district's log so that nothing is doubled and nothing is lost, as a value: what it holds, and the one
 * thing that it wants done next. Whoever drives it does that and tells what came of it; `advance` says what comes then. It keeps
 * no clock and does no I/O, so that a test can drive it through every order of events.
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
  /** The last read came to the end of the log. */
  readonly atEnd: boolean;
  /** It follows the cursor, and goes past it only when nobody else does. */
  readonly standby: boolean;
  readonly skipped: ReadonlySet<string>;
  /** A snapshot is to be left as soon as the state is the committed one. */
  readonly snapshotWanted: boolean;
}

/** An engine that holds nothing. It begins like this, and again whenever anything went wrong: log and cursor decide, never its memory. */
export function begin<State>(fold: Fold<State>): Protocol<State> {
  return {
    next: { do: 'open-cursor' },
    state: fold.create(),
    cursor: null,
    waiting: [],
    digest: null,
    atEnd: false,
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
      return decide(fold, { ...p, waiting: done.entries, digest: done.digest, atEnd: done.atEnd });
    case 'watch-cursor':
      return decide(fold, watched(fold, p, done.cursor, done.stoodStill));
    case 'commit':
      return committed(fold, p, done.found);
    case 'claim':
      return claimed(fold, p, done.found);
    case 'read-told':
      return { ...p, next: { do: 'append-fold', entries: takeoverOf(fold, p, done.told) } };
    case 'append-fold':
      // Whoever appended it, it is read where it stands.
      return decide(fold, { ...p, atEnd: false });
    case 'add-skipped':
      throw new BeatwatchError('entry-skipped', 'an entry that cannot be folded was recorded: reload and fold past it');
    case 'begin-snapshot':
      return decide(fold, p);
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

/** The file of a snapshot that was begun since the engine loaded is there: it is pointed to, now that nothing else is in hand. */
export function pointTo<State>(p: Protocol<State>, pointer: SnapshotPointer): Protocol<State> {
  assert(isIdle(p), `${p.next.do} is in hand`);
  return { ...p, next: { do: 'store-pointer', pointer } };
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
      ? { ...now, next: { do: 'begin-snapshot', dump: fold.dump(p.state), at: placeOf(fold, p) } }
      : decide(fold, now);
  }
  const [first] = p.waiting;
  if (first === undefined) {
    if (p.atEnd && isForeign(fold, p.state)) return takeOver(fold, p);
    return { ...p, next: { do: 'read-log', after: fold.cursorOf(p.state).logId, digest: p.digest } };
  }
  if (isCommitted(p, first.id)) return catchUp(fold, p);
  return p.standby ? { ...p, next: { do: 'watch-cursor' } } : foldOn(fold, p);
}

/** Entries that somebody has committed: what comes out of them is dropped. */
function catchUp<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  let { state } = p;
  let count = 0;
  for (const entry of p.waiting) {
    if (!isCommitted(p, entry.id)) break;
    const folded = foldOne(fold, p, state, entry);
    if ('poison' in folded) return recorded(p, folded);
    state = folded.state;
    count += 1;
  }
  fold.takeHot(state);
  const at = fold.cursorOf(state);
  const isThere = p.cursor !== null && compareLogIds(at.logId, p.cursor.logId) === 0;
  if (isThere && !isForeign(fold, state) && !sameCursor(at, p.cursor)) {
    const [got, expected] = [JSON.stringify(at), JSON.stringify(p.cursor)];
    throw new BeatwatchError('fold-diverged', `got ${got} from the fold, expected the committed ${expected}`);
  }
  return decide(fold, { ...p, state, waiting: p.waiting.slice(count) });
}

/**
 * C1: outputs stay with their entries, so that those of another engine's can be told from mine; absolute values are one heap. V1:
 * what comes out of an older fold's entries is for nobody.
 */
function foldOn<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  let { state } = p;
  const outputs: EntryOutputs[] = [];
  for (const entry of p.waiting) {
    const folded = foldOne(fold, p, state, entry);
    if ('poison' in folded) return recorded(p, folded);
    state = folded.state;
    if (!isForeign(fold, state)) outputs.push(folded.outputs);
  }
  const on = { ...p, state, waiting: [] };
  const heap = fold.takeHot(state);
  if (isForeign(fold, state)) return decide(fold, on);
  const tookOver = isForeign(fold, p.state) || outputs.length < p.waiting.length;
  if (tookOver && p.cursor?.foldVersion !== fold.version) {
    // Its base is a cursor that I have not seen.
    throw new BeatwatchError('cursor-lost', 'another engine of this fold has taken over: reload');
  }
  const commit = { expected: p.cursor, target: fold.cursorOf(state), outputs, ...heap };
  return { ...on, next: { do: 'commit', commit } };
}

/** The log is an older fold's so far. */
function isForeign<State>(fold: Fold<State>, state: State): boolean {
  const toldBy = fold.toldBy(state);
  return toldBy > 0 && toldBy < fold.version;
}

/** This fold can fold the whole log: it claims the cursor, and then says in the log what the older one had told. */
function takeOver<State>(fold: Fold<State>, p: Protocol<State>): Protocol<State> {
  const { cursor } = p;
  if (cursor?.foldVersion === fold.version) return { ...p, next: { do: 'read-told', cursor } };
  const target = { logId: LOG_START, lastAlert: 0, lastVisit: 0, ...cursor, foldVersion: fold.version };
  const commit = { expected: cursor, target, outputs: [], ...fold.takeHot(p.state) };
  return { ...p, next: { do: 'claim', commit } };
}

function claimed<State>(fold: Fold<State>, p: Protocol<State>, found: Cursor | null): Protocol<State> {
  assert(p.next.do === 'claim', 'a claim was next');
  const { expected, target } = p.next.commit;
  if (sameCursor(found, expected) || sameCursor(found, target)) return decide(fold, { ...p, cursor: target });
  refuseNewerFold(fold, found);
  // The older fold went on meanwhile, or another engine of mine has taken over.
  return decide(fold, seen(p, found, expected));
}

function takeoverOf<State>(fold: Fold<State>, p: Protocol<State>, told: Told): readonly FoldEntry[] {
  assert(p.cursor !== null, 'the cursor is claimed');
  return foldEntries({ foldVersion: fold.version, base: p.cursor, ...told });
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
  return sameCursor(found, p.cursor) ? { ...p, standby: !stoodStill } : seen(p, found, p.cursor);
}

/** Another engine has moved the cursor. */
function seen<State>(p: Protocol<State>, found: Cursor | null, known: Cursor | null): Protocol<State> {
  if (found === null) throw new BeatwatchError('cursor-lost', 'the cursor is gone: reload');
  if (known !== null && compareLogIds(found.logId, known.logId) <= 0)
    throw new BeatwatchError('cursor-lost', 'the cursor went back: reload');
  return { ...p, cursor: found };
}

interface Poison {
  readonly poison: LogId;
  readonly error: string;
}

function foldOne<State>(
  fold: Fold<State>,
  { skipped }: Protocol<State>,
  state: State,
  entry: LoggedEntry,
): Folded<State> | Poison {
  if (skipped.has(formatLogId(entry.id))) return fold.skip(state, entry.id, entry.atMs);
  let folded: Folded<State>;
  try {
    folded = fold.step(state, entry);
  } catch (error) {
    // Without its takeover a newer fold would append another one, and so on.
    if (entry.kind === 'fold') throw error;
    return { poison: entry.id, error: messageOf(error) };
  }
  const toldBy = fold.toldBy(folded.state);
  if (toldBy > fold.version) throw tooOld(`a log of fold version ${toldBy}`, fold.version);
  return folded;
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

function placeOf<State>(fold: Fold<State>, p: Protocol<State>): SnapshotPlace {
  // With entries waiting, the reader stands beyond the state.
  const entryDigest = p.waiting.length === 0 ? p.digest : null;
  return { cursor: fold.cursorOf(p.state), foldVersion: fold.version, entryDigest };
}

function refuseNewerFold<State>(fold: Fold<State>, cursor: Cursor | null): void {
  if (cursor === null || cursor.foldVersion <= fold.version) return;
  throw tooOld(`a cursor of fold version ${cursor.foldVersion}`, fold.version);
}

function tooOld(got: string, version: number): BeatwatchError {
  return new BeatwatchError('fold-too-old', `got ${got}, expected at most ${version}: run a newer Beatwatch`);
}
