import { decodeLogEntry } from '../codec/log-codec.js';
import { countersOf, cursorOf, takeHotDelta } from '../engine/hot-view.js';
import { step } from '../engine/pipeline.js';
import { dumpState, restoreState } from '../engine/snapshot.js';
import { createState, type EngineState, FOLD_VERSION } from '../engine/state.js';
import type { Commit, Cursor, EntryOutputs } from '../model/hot.js';
import type { LogId } from '../model/log-id.js';
import type { SnapshotDump } from '../model/snapshot.js';
import type { LoggedEntry } from './ports.js';

/** What the protocol needs of a fold. A state that was given to `step` or `skip` is not used again: they may change it in place. */
export interface Fold<State> {
  readonly version: number;
  readonly create: () => State;
  readonly restore: (dump: SnapshotDump) => State;
  readonly dump: (state: State) => SnapshotDump;
  /** Throws when the entry cannot be folded; the state is spoilt then. */
  readonly step: (state: State, entry: LoggedEntry) => Folded<State>;
  /** P1: only time passes. */
  readonly skip: (state: State, id: LogId, atMs?: number) => Folded<State>;
  readonly cursorOf: (state: State) => Cursor;
  /** The absolute values that changed since the last call. */
  readonly takeHot: (state: State) => Pick<Commit, 'hot' | 'counters'>;
  /** V1: the fold version whose outputs are told from here on; 0 before genesis. */
  readonly toldBy: (state: State) => number;
  /** Log time. */
  readonly nowMs: (state: State) => number;
}

export interface Folded<State> {
  readonly state: State;
  readonly outputs: EntryOutputs;
}

/** The engine as the runner's fold; of another version only in tests. */
export function engineFold(district: string, version = FOLD_VERSION): Fold<EngineState> {
  return {
    version,
    create: () => createState(district, version),
    restore: (dump) => restoreState(dump, version),
    dump: dumpState,
    step: (state, { id, kind, payload, atMs }) => ({
      state,
      outputs: step(state, id, decodeLogEntry(kind, payload), atMs),
    }),
    skip: (state, id, atMs) => ({ state, outputs: step(state, id, { kind: 'tick' }, atMs) }),
    cursorOf,
    takeHot: (state) => ({ hot: takeHotDelta(state), counters: countersOf(state) }),
    toldBy: (state) => state.toldBy,
    nowMs: (state) => state.nowMs,
  };
}
