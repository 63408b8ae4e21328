import type { CommitPart } from '../../../src/hot/commit-plan.js';
import { messageOf } from '../../../src/model/errors.js';
import type { Commit } from '../../../src/model/hot.js';
import type { LogId } from '../../../src/model/log-id.js';
import type { SnapshotDump } from '../../../src/model/snapshot.js';
import { snapshotName, superfluous } from '../../../src/runner/snapshot-folder.js';
import { isIdle } from '../../../src/runner/protocol.js';
import {
  afterWriting,
  type Engine,
  engineWith,
  fileOf,
  newEngine,
  reloaded,
  told,
  withSnapshotWanted,
} from './engine.js';
import {
  commitParts,
  type FakeRedis,
  lastLogId,
  readTold,
  runAddSkipped,
  runAppendFold,
  runCommit,
  runRead,
  runStorePointer,
} from './fake-redis.js';
import { plainEntries, POISON } from './toy-fold.js';
import type { Bounds, World } from './world.js';

export interface Transition {
  readonly label: string;
  /** What must never happen, whatever it leads to. */
  readonly wrong?: string;
  readonly to: World;
}

/** One engine at its next action. */
interface Turn {
  readonly w: World;
  readonly bounds: Bounds;
  readonly at: number;
  readonly engine: Engine;
}

/** Everything that may happen next. */
export function* transitions(w: World, bounds: Bounds): Generator<Transition> {
  for (const [at, engine] of w.engines.entries()) {
    if (engine === null) continue;
    const turn = { w, bounds, at, engine };
    yield* steps(turn);
    if (w.snapshots > 0) {
      const wanting = withSnapshotWanted(engine);
      if (wanting !== null) yield put(turn, 'wants a snapshot', wanting, { snapshots: w.snapshots - 1 });
    }
    if (w.crashes > 0) {
      const crashed = { crashes: w.crashes - 1 };
      yield put(turn, 'is killed and started again', newEngine(engine.fold, engine.broken), crashed);
      const others = w.engines.filter((other, i) => i !== at && other !== null);
      // Somebody must be left who may go on.
      const isLast = others.every((other) => other !== null && other.fold.version < engine.fold.version);
      if (!isLast) yield put(turn, 'is killed', null, crashed);
    }
  }
  yield* outside(w, bounds);
}

function put({ w, at }: Turn, label: string, next: Engine | null, more: Partial<World> = {}): Transition {
  const engines = w.engines.map((one, i) => (i === at ? next : one));
  return { label: `${'ABC'.charAt(at)} ${label}`, to: { ...w, ...more, engines } };
}

function* outside(w: World, { appends }: Bounds): Generator<Transition> {
  const { redis, replica } = w;
  const content = appends?.[redis.run === 0 ? 0 : 1].charAt(plainEntries(redis.log)) ?? '';
  if (content !== '') {
    const appended = { ...redis, log: redis.log + content };
    yield { label: `entry ${appended.log.length} (${content}) is appended`, to: { ...w, redis: appended } };
  }
  if (w.failovers === 0) return;
  if (replica === null) {
    yield { label: 'the replica stops following', to: { ...w, replica: redis } };
    return;
  }
  const promoted = { ...replica, run: redis.run + 1, committing: null };
  const to = { ...w, redis: promoted, replica: null, failovers: w.failovers - 1 };
  yield { label: 'the replica becomes master', to };
}

/** Everything that may come of the engine's next action. */
function* steps(turn: Turn): Generator<Transition> {
  const { w, bounds, engine } = turn;
  const { redis } = w;
  const { broken, run, writing, unwritten } = engine;
  const { next } = engine.protocol;
  if (unwritten !== null && next.do !== 'store-pointer') {
    yield put(turn, 'writes the snapshot file', engineWith({ ...engine, unwritten: null }), withFile(turn, unwritten));
    return;
  }
  // A file that is there earlier, while something is in hand, is of no matter: nothing points to it yet.
  if (writing !== null && isIdle(engine.protocol)) {
    const file = withFile(turn, writing.dump);
    yield put(turn, 'has written the snapshot file', afterWriting(engine, writing, true), file);
    yield put(turn, 'finds no room for a snapshot', afterWriting(engine, writing, false));
  }
  switch (next.do) {
    case 'open-cursor': {
      const opened = told(engine, { did: 'open-cursor', cursor: redis.cursor }, redis.run);
      yield put(turn, 'opens the cursor', isPoisoned(bounds) ? opened : withoutSkipped(opened));
      return;
    }
    case 'read-skipped': {
      const skipped = new Set(redis.skipped.map((ms) => `${ms}-0`));
      yield put(turn, 'reads what is skipped', told(engine, { did: 'read-skipped', skipped }));
      return;
    }
    case 'read-pointer': {
      const pointer = broken === 'keep-state' ? null : redis.pointer;
      yield put(turn, 'reads the pointer', told(engine, { did: 'read-pointer', pointer }));
      return;
    }
    case 'read-snapshot': {
      const dump = w.files.get(next.pointer.file);
      const isGood = dump !== undefined && String(dump.state) === next.pointer.sha256;
      yield put(turn, 'reads the snapshot', told(engine, { did: 'read-snapshot', dump: isGood ? dump : null }));
      return;
    }
    case 'read-log':
      yield* reads(turn, next.after, next.digest);
      return;
    case 'watch-cursor':
      // Whether it stood still for long is a matter of pace, so both may be.
      for (const stoodStill of [false, true]) {
        const done = { did: 'watch-cursor' as const, cursor: redis.cursor, stoodStill };
        yield put(turn, stoodStill ? 'sees the cursor standing' : 'sees the cursor', told(engine, done));
      }
      return;
    case 'commit':
    case 'claim':
      yield* commits(turn, next.do, next.commit);
      return;
    case 'read-told':
      yield put(turn, 'reads what was told', told(engine, { did: 'read-told', told: readTold(redis, broken) }));
      return;
    case 'append-fold':
      yield* writes(turn, 'appends its takeover', () => {
        const [entry] = next.entries;
        if (entry === undefined) throw new Error('got no takeover');
        const after = runAppendFold(redis, entry, run);
        return { after, hears: () => told(engine, { did: 'append-fold' }) };
      });
      return;
    case 'begin-snapshot':
      yield put(turn, 'begins a snapshot', told(engine, { did: 'begin-snapshot' }));
      return;
    case 'add-skipped':
      yield* writes(turn, `records entry ${next.id.ms} as poison`, () => {
        const after = runAddSkipped(redis, next.id, run, broken);
        return { after, hears: () => told(engine, { did: 'add-skipped' }) };
      });
      return;
    case 'store-pointer':
      for (const archivedUpTo of bounds.archived === false ? [null] : [null, lastLogId(redis)]) {
        const label = archivedUpTo === null ? 'stores the pointer' : 'stores the pointer and trims';
        yield* writes(turn, label, () => {
          const call = { pointer: next.pointer, archivedUpTo, run, broken };
          const { redis: after, stored } = runStorePointer(redis, call);
          return { after, hears: () => told(engine, { did: 'store-pointer', stored }) };
        });
      }
      return;
    case 'tidy': {
      const gone = superfluous([FIRST_OF_DAY, ...[...w.files.keys()].sort()], next.file);
      const files = new Map([...w.files].filter(([file]) => !gone.includes(file)));
      yield put(turn, 'tidies up', told(engine, { did: 'tidy' }), { files });
      return;
    }
  }
}

/** Takes the place that each day's first snapshot has, so that the others are judged by the other rules. */
const FIRST_OF_DAY = snapshotName({ ms: 0, seq: 0 }, '');

function isPoisoned({ log, appends = ['', ''] }: Bounds): boolean {
  return [log, ...appends].some((entries) => entries.includes(POISON));
}

/** Where nothing is poison, reading what is skipped is a step that changes nothing. */
function withoutSkipped(engine: Engine): Engine {
  if (engine.protocol.next.do !== 'read-skipped') return engine;
  return told(engine, { did: 'read-skipped', skipped: new Set() });
}

function withFile({ w, engine }: Turn, dump: SnapshotDump): Partial<World> {
  return { files: new Map([...w.files, [fileOf(dump, engine.broken), dump]]) };
}

/** Any number of the entries that there are: batches are cut anywhere. */
function* reads(turn: Turn, after: LogId, digest: string | null): Generator<Transition> {
  const { w, engine } = turn;
  for (let count = 1; ; count += 1) {
    let read: ReturnType<typeof runRead>;
    try {
      read = runRead(w.redis, after, digest, count, engine.broken);
    } catch {
      yield put(turn, 'finds its place in the log gone', reloaded(engine));
      return;
    }
    const { entries } = read;
    const isNews = entries.length === count || (entries.length === 0 && read.digest !== digest);
    if (isNews)
      yield put(turn, `reads ${entries.length} after ${after.ms}`, told(engine, { did: 'read-log', ...read }));
    if (entries.length < count) return;
  }
}

function* commits(turn: Turn, did: 'commit' | 'claim', commit: Commit): Generator<Transition> {
  const { w, bounds, at, engine } = turn;
  const { cut, alertIds = 'numbered' } = bounds;
  const { broken, run } = engine;
  let parts: readonly CommitPart[];
  try {
    parts = commitParts(commit, cut, broken);
  } catch {
    yield { ...put(turn, 'prepares a commit', reloaded(engine)), wrong: 'outputs do not fit the cursor' };
    return;
  }
  const part = parts[engine.part];
  if (part === undefined) throw new Error(`got no part ${engine.part} of ${parts.length}`);
  const span = `${commit.expected?.logId.ms ?? 0}..${commit.target.logId.ms}`;
  yield* writes(turn, `${did}s ${span}, call ${engine.part + 1} of ${parts.length}`, () => {
    const call = { part, commit, run, engine: at, isFirst: engine.part === 0, alertIds, broken };
    const { redis: after, found } = runCommit(w.redis, call);
    if (found === 'other') return { after, hears: () => engineWith({ ...engine, part: 0 }) };
    const isOver = found !== commit.expected || engine.part === parts.length - 1;
    if (!isOver) return { after, hears: () => engineWith({ ...engine, part: engine.part + 1 }) };
    return { after, hears: () => told(engine, { did, found }) };
  });
}

interface Outcome {
  readonly after: FakeRedis;
  readonly hears: () => Engine;
}

/** A write: its reply may be lost, and so may the call; then it is repeated or, after a while, given up. */
function* writes(turn: Turn, label: string, write: () => Outcome): Generator<Transition> {
  const { w, engine } = turn;
  let outcome: Outcome;
  try {
    outcome = write();
  } catch (error) {
    yield put(turn, `${label}: refused (${messageOf(error)})`, reloaded(engine));
    return;
  }
  const { after: redis, hears } = outcome;
  yield put(turn, label, hears(), { redis });
  if (w.lostReplies === 0) return;
  const lostReplies = w.lostReplies - 1;
  yield put(turn, `${label}: reply lost`, engine, { redis, lostReplies });
  yield put(turn, `${label}: reply lost, and it loads again`, reloaded(engine), { redis, lostReplies });
  yield put(turn, `${label}: call lost, and it loads again`, reloaded(engine), { lostReplies });
}
