import { assert, BeatwatchError, messageOf } from '../model/errors.js';
import type { Fix } from '../model/fix.js';
import type { Cursor } from '../model/hot.js';
import type { SnapshotDump, TrackerFixes } from '../model/snapshot.js';
import type { ColumnFault } from './column-fault.js';
import { deflated, hex, inflateJson, jsonBytes, sha256 } from './deflated-json.js';
import { decodeFixColumns, FixColumnsEncoder } from './fix-columns.js';
import { wire } from './wire.js';

/** Version of the file's layout. What the state in it means is a matter of the fold version. */
const SNAPSHOT_FORMAT_VERSION = 4;
/** The state's JSON, without fixes. A district of 10,000 units that are all on the move takes half of it. */
export const MAX_STATE_JSON_BYTES = 134_217_728;

/**
 * A snapshot file's bytes, `Snapshot` of `proto/snapshot.proto`. Equal dumps have equal bytes within one build of zlib. Throws
 * `snapshot-too-large` above MAX_STATE_JSON_BYTES.
 */
export function encodeSnapshot(dump: SnapshotDump): Uint8Array {
  const steps = encodeInSteps(dump);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * The same, a few milliseconds at a time: `turn` is awaited between steps, and others may change the state meanwhile that was dumped. What
 * the dump says beside fixes is taken before this returns; the fixes in it are copies.
 */
export async function encodeSnapshotInTurns(dump: SnapshotDump, turn: () => Promise<void>): Promise<Uint8Array> {
  const steps = encodeInSteps(dump);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await turn();
  }
}

function* encodeInSteps(dump: SnapshotDump): Generator<void, Uint8Array> {
  const json = jsonBytes(dump.state, MAX_STATE_JSON_BYTES, 'snapshot-too-large');
  yield;
  const state = deflated(json);
  const { logId, foldVersion, lastAlert, lastVisit } = dump.cursor;
  for (const value of [logId.ms, logId.seq, foldVersion, lastAlert, lastVisit, dump.foldVersion]) {
    assert(Number.isSafeInteger(value) && value >= 0, `${value} in a cursor is a whole number`);
  }
  const fixes = yield* columnsOf(dump.fixes, (held) => held.fixes);
  const points = yield* columnsOf(dump.fixes, (held) => held.points);
  const body = wire.SnapshotBody.encode({
    foldVersion: dump.foldVersion,
    cursor: { logMs: logId.ms, logSeq: logId.seq, foldVersion, lastAlert, lastVisit },
    stateJsonDeflated: state.deflated,
    stateJsonBytes: state.bytes,
    stateJsonSha256: state.sha256,
    trackers: dump.fixes.map(({ tracker }) => tracker),
    fixCounts: fixes.counts,
    fixColumns: fixes.columns,
    pointCounts: points.counts,
    pointColumns: points.columns,
  }).finish();
  yield;
  return wire.Snapshot.encode({ formatVersion: SNAPSHOT_FORMAT_VERSION, body, bodySha256: sha256(body) }).finish();
}

interface FixesInColumns {
  readonly counts: number[];
  readonly columns: Uint8Array;
}

/** Asks for the fixes of one tracker after the other, a step each: a dump makes them when it is asked. */
function* columnsOf(
  dumped: readonly TrackerFixes[],
  fixesOf: (held: TrackerFixes) => readonly Fix[],
): Generator<void, FixesInColumns> {
  const counts: number[] = [];
  const encoder = new FixColumnsEncoder();
  for (const held of dumped) {
    const fixes = fixesOf(held);
    counts.push(fixes.length);
    encoder.add(fixes);
    yield;
  }
  return { columns: encoder.finish(), counts };
}

/**
 * Reads a snapshot back. Throws `snapshot-format` for another format version and `snapshot-corrupt` for anything else that is
 * not as it was written, whatever the bytes. Nothing that it returns shares memory with them.
 */
export function decodeSnapshot(bytes: Uint8Array): SnapshotDump {
  try {
    return readSnapshot(bytes);
  } catch (error) {
    if (error instanceof BeatwatchError) throw error;
    const message = `snapshot: got ${bytes.length} bytes that cannot be read (${messageOf(error)})`;
    throw new BeatwatchError('snapshot-corrupt', message, {}, { cause: error });
  }
}

function readSnapshot(bytes: Uint8Array): SnapshotDump {
  const { formatVersion, body, bodySha256 } = wire.Snapshot.decode(bytes);
  if (formatVersion !== SNAPSHOT_FORMAT_VERSION) {
    const writer = formatVersion > SNAPSHOT_FORMAT_VERSION ? 'a newer' : 'an older';
    const text = `snapshot: got format version ${formatVersion}, which ${writer} Beatwatch writes, expected ${SNAPSHOT_FORMAT_VERSION}`;
    throw new BeatwatchError('snapshot-format', text, { formatVersion });
  }
  const hash = sha256(body);
  if (Buffer.compare(hash, bodySha256) !== 0) throw corrupt('body_sha256', hex(hash), hex(bodySha256));
  const message = wire.SnapshotBody.decode(body);
  const { trackers, fixCounts, pointCounts } = message;
  if (trackers.length !== fixCounts.length)
    throw corrupt('fix_counts', `${fixCounts.length} values`, `${trackers.length}`);
  if (trackers.length !== pointCounts.length)
    throw corrupt('point_counts', `${pointCounts.length} values`, `${trackers.length}`);
  const fixes = decodeFixColumns(message.fixColumns, fixCounts, corrupt);
  const points = decodeFixColumns(message.pointColumns, pointCounts, corrupt);
  const json = {
    deflated: message.stateJsonDeflated,
    bytes: message.stateJsonBytes,
    sha256: message.stateJsonSha256,
  };
  return {
    foldVersion: message.foldVersion,
    cursor: cursorOf(message.cursor),
    state: inflateJson(json, MAX_STATE_JSON_BYTES),
    fixes: trackers.map((tracker, i) => ({ tracker, fixes: fixes[i] ?? [], points: points[i] ?? [] })),
  };
}

function cursorOf(cursor: ReturnType<typeof wire.SnapshotBody.decode>['cursor']): Cursor {
  if (!cursor) throw corrupt('cursor', 'none', 'a SnapshotCursor');
  return {
    logId: { ms: cursor.logMs ?? 0, seq: cursor.logSeq ?? 0 },
    foldVersion: cursor.foldVersion ?? 0,
    lastAlert: cursor.lastAlert ?? 0,
    lastVisit: cursor.lastVisit ?? 0,
  };
}

const corrupt: ColumnFault = (column, got, expected) =>
  new BeatwatchError('snapshot-corrupt', `snapshot, ${column}: got ${got}, expected ${expected}`, {
    column,
    got,
    expected,
  });
