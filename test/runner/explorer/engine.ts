import { BeatwatchError } from '../../../src/model/errors.js';
import type { SnapshotPointer } from '../../../src/model/hot.js';
import type { SnapshotDump } from '../../../src/model/snapshot.js';
import { advance, begin, isIdle, pointTo, type Protocol, wantSnapshot } from '../../../src/runner/protocol.js';
import type { Done, SnapshotPlace } from '../../../src/runner/actions.js';
import type { Fold } from '../../../src/runner/fold.js';
import type { LoggedEntry } from '../../../src/runner/ports.js';
import { snapshotName } from '../../../src/runner/snapshot-folder.js';
import type { Break } from './breaks.js';
import { cursorKey, pointerKey } from './fake-redis.js';
import { contentOf, type ToyState } from './toy-fold.js';

/** One engine process: the runner's protocol, and what its adapters hold. Engines that hold the same are the same object. */
export interface Engine {
  readonly fold: Fold<ToyState>;
  /** The rule that its build is without. */
  readonly broken: Break | null;
  readonly protocol: Protocol<ToyState>;
  /** The Redis run that it opened its cursor at. */
  readonly run: number;
  /** Script calls of the commit in hand that were answered. */
  readonly part: number;
  /** The snapshot that it is writing while it goes on. */
  readonly writing: Writing | null;
  /** `pointer-before-file`: what it has still to write. */
  readonly unwritten: SnapshotDump | null;
  /** 1, 2, 3 …: it stands for all of the above. */
  readonly number: number;
  /** What it became by what it heard. */
  readonly heard: Map<string, Engine>;
}

interface Writing {
  readonly dump: SnapshotDump;
  readonly at: SnapshotPlace;
}

type Parts = Omit<Engine, 'number' | 'heard'>;

const engines = new Map<string, Engine>();

export function engineWith(parts: Parts): Engine {
  const key = keyOf(parts);
  const known = engines.get(key);
  if (known !== undefined) return known;
  const { fold, broken, protocol, run, part, writing, unwritten } = parts;
  const engine = { fold, broken, protocol, run, part, writing, unwritten, number: engines.size + 1, heard: new Map() };
  engines.set(key, engine);
  return engine;
}

export function newEngine(fold: Fold<ToyState>, broken: Break | null): Engine {
  return engineWith({ fold, broken, protocol: begin(fold), run: 0, part: 0, writing: null, unwritten: null });
}

/** What the engine becomes when it hears what came of its action. */
export function told(engine: Engine, done: Done, run = engine.run): Engine {
  const key = `${run} ${doneKey(done)}`;
  const known = engine.heard.get(key);
  if (known !== undefined) return known;
  const next = afterHearing(engine, done, run);
  engine.heard.set(key, next);
  return next;
}

function afterHearing(engine: Engine, done: Done, run: number): Engine {
  const { broken, protocol: before } = engine;
  try {
    const protocol = bent(engine, advance(engine.fold, before, done), done);
    const writing = before.next.do === 'begin-snapshot' ? before.next : engine.writing;
    return withoutFileFirst({ ...engine, protocol, writing, run, part: 0 });
  } catch (error) {
    const isMeant = error instanceof BeatwatchError && RELOADS.includes(error.code);
    if (!isMeant && broken === null) throw error;
    return reloaded(engine);
  }
}

/** Why the protocol asks for a reload (the last: an engine that slept through a failover); anything else is a bug of its own. */
const RELOADS = ['cursor-lost', 'entry-skipped', 'fold-too-old', 'fold-diverged'];

/** The engine throws its state away and loads again. */
export function reloaded(engine: Engine): Engine {
  const fresh = newEngine(engine.fold, engine.broken);
  if (engine.broken === 'keep-writing') return engineWith({ ...fresh, writing: engine.writing });
  if (engine.broken !== 'keep-state') return fresh;
  const { state, waiting, digest } = engine.protocol;
  return engineWith({ ...fresh, protocol: { ...fresh.protocol, state, waiting, digest } });
}

/** A snapshot may be asked for whenever it would be taken: its time has come, or the engine is being stopped. */
export function withSnapshotWanted(engine: Engine): Engine | null {
  const { fold, protocol, writing, unwritten } = engine;
  if (!isIdle(protocol) || writing !== null || unwritten !== null) return null;
  const wanting = wantSnapshot(fold, protocol);
  return isIdle(wanting) ? null : withoutFileFirst({ ...engine, protocol: wanting });
}

/** The file of the snapshot that it writes is there, or, if `isThere` is false, there is no room for it. */
export function afterWriting(engine: Engine, { dump, at }: Writing, isThere: boolean): Engine {
  const { fold, broken, protocol } = engine;
  const parts = { ...engine, writing: null };
  if (!isThere) return engineWith(parts);
  const place = broken === 'place-of-now' ? { ...at, cursor: fold.cursorOf(protocol.state) } : at;
  return engineWith({ ...parts, protocol: pointTo(protocol, pointerTo(dump, place, broken)) });
}

/** The content stands for its hash. */
function pointerTo(dump: SnapshotDump, at: SnapshotPlace, broken: Break | null): SnapshotPointer {
  return { ...at, file: fileOf(dump, broken), sha256: String(dump.state) };
}

export function fileOf(dump: SnapshotDump, broken: Break | null): string {
  return snapshotName(dump.cursor.logId, broken === 'overwrite-file' ? '' : String(dump.state));
}

function withoutFileFirst(parts: Parts): Engine {
  const { fold, broken, protocol } = parts;
  if (broken !== 'pointer-before-file' || protocol.next.do !== 'begin-snapshot') return engineWith(parts);
  const { dump, at } = protocol.next;
  const after = advance(fold, protocol, { did: 'begin-snapshot' });
  if (!isIdle(after)) return engineWith(parts);
  return engineWith({ ...parts, protocol: pointTo(after, pointerTo(dump, at, broken)), unwritten: dump });
}

/** The protocol without one of its rules. */
function bent(engine: Engine, after: Protocol<ToyState>, done: Done): Protocol<ToyState> {
  const { broken, protocol: before } = engine;
  if (broken === 'unclaimed-takeover' && after.next.do === 'claim' && after.cursor !== null) {
    return { ...after, next: { do: 'read-told', cursor: after.cursor } };
  }
  if (before.next.do !== 'commit' || done.did !== 'commit') return after;
  const { commit } = before.next;
  if (broken === 'keep-committed-outputs' && after.next.do === 'commit') {
    return { ...after, next: { do: 'commit', commit: { ...after.next.commit, outputs: commit.outputs } } };
  }
  const isBehind = done.found !== null && done.found.logId.ms > commit.target.logId.ms;
  if (broken === 'commit-behind' && isBehind) {
    const { lastAlert } = done.found;
    const outputs = commit.outputs.map((output) => ({ ...output, alerts: [] }));
    const again = { ...commit, expected: done.found, target: { ...commit.target, lastAlert }, outputs };
    return { ...before, cursor: done.found, next: { do: 'commit', commit: again } };
  }
  return after;
}

function doneKey(done: Done): string {
  switch (done.did) {
    case 'open-cursor':
      return cursorKey(done.cursor);
    case 'read-skipped':
      return [...done.skipped].join();
    case 'read-pointer':
      return pointerKey(done.pointer);
    case 'read-snapshot':
      return done.dump === null ? '-' : String(done.dump.state);
    case 'read-log':
      return `${entriesKey(done.entries)}|${done.digest}|${done.atEnd}`;
    case 'watch-cursor':
      return `${cursorKey(done.cursor)}${done.stoodStill}`;
    case 'commit':
    case 'claim':
      return `${done.did}${cursorKey(done.found)}`;
    case 'read-told':
      return done.told.alerts.map(({ alertId }) => alertId).join();
    case 'store-pointer':
      return String(done.stored);
    case 'begin-snapshot':
    case 'append-fold':
    case 'add-skipped':
    case 'tidy':
      return '';
  }
}

function keyOf({ fold, broken, protocol: p, run, part, writing, unwritten }: Parts): string {
  const isLoading = p.next.do === 'open-cursor';
  return [
    fold.version,
    broken,
    p.next.do,
    isLoading ? 0 : run,
    part,
    p.state.text,
    p.state.cursor.lastAlert,
    p.state.toldBy,
    // Nobody asks otherwise.
    p.state.toldBy < fold.version && p.atEnd,
    cursorKey(p.cursor),
    entriesKey(p.waiting),
    p.digest,
    p.standby ? 's' : 'a',
    [...p.skipped].join(),
    actionKey(p.next),
    writing === null ? '' : `${String(writing.dump.state)}${writing.at.entryDigest}`,
    unwritten === null ? '' : String(unwritten.state),
  ].join('|');
}

function entriesKey(entries: readonly LoggedEntry[]): string {
  return entries.map((entry) => `${entry.id.ms}${contentOf(entry)}`).join();
}

function actionKey(next: Protocol<ToyState>['next']): string {
  switch (next.do) {
    case 'commit':
    case 'claim':
      return `${cursorKey(next.commit.expected)}>${cursorKey(next.commit.target)}:${next.commit.outputs.map(({ logId }) => logId.ms).join()}`;
    case 'read-snapshot':
    case 'store-pointer':
      return pointerKey(next.pointer);
    case 'add-skipped':
      return String(next.id.ms);
    case 'append-fold':
      return next.entries
        .map(({ lastAlert, alerts }) => `${lastAlert}${alerts.map(({ alertId }) => alertId).join()}`)
        .join();
    case 'tidy':
      return next.file;
    default:
      return '';
  }
}
