import { decodeLogEntry } from '../../../src/codec/log-codec.js';
import { step } from '../../../src/engine/pipeline.js';
import { createState, type EngineState } from '../../../src/engine/state.js';
import { logTimeOf, type RawEntry } from '../../../src/log/raw-entry.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import { OUTAGE_HOLE_MS } from '../../../src/model/limits.js';
import type { LogEntry } from '../../../src/model/log-entry.js';
import { formatLogId, type LogId } from '../../../src/model/log-id.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import { DISTRICT } from '../district.js';

export interface TimedEntry {
  readonly id: LogId;
  /** Its log time, which its id may be ahead of. */
  readonly atMs: number;
  readonly entry: LogEntry;
}

/** The log as the fold takes it; an entry that was skipped counts as a tick (P1). */
export function decodedLog(history: readonly RawEntry[], skipped: ReadonlyMap<string, unknown>): TimedEntry[] {
  return history.map((raw) => ({
    id: raw.id,
    atMs: logTimeOf(raw),
    entry: skipped.has(formatLogId(raw.id)) ? { kind: 'tick' } : decodeLogEntry(raw.kind, raw.payload),
  }));
}

export interface Folded {
  readonly state: EngineState;
  readonly alerts: AlertVersion[];
  readonly visits: VisitVersion[];
}

/** Folds entries, from the beginning or on from a state. `after` is told of each. */
export function foldEntries(
  entries: readonly TimedEntry[],
  after: (folded: Folded, entry: TimedEntry) => void = () => {},
  from: EngineState | null = null,
  district = DISTRICT,
): Folded {
  const state = from ?? createState(district);
  const folded: Folded = { state, alerts: [], visits: [] };
  for (const one of entries) {
    const { alerts, visits } = step(state, one.id, one.entry, one.atMs);
    folded.alerts.push(...alerts);
    folded.visits.push(...visits);
    after(folded, one);
  }
  return folded;
}

/** Whether log time went back with this entry: a `resume` of the log as it was (O1). */
export function isResumed(log: readonly TimedEntry[], index: number): boolean {
  const entry = log[index]?.entry;
  return entry?.kind === 'resume' && entry.skippedToMs === log[index - 1]?.atMs;
}

/** Outages of the server (T3): [last entry before, first after]. What a `resume` passes over is one. */
export function holesOf(log: readonly TimedEntry[]): [fromMs: number, toMs: number][] {
  let holes: [number, number][] = [];
  let before: number | null = null;
  for (const [index, { atMs, entry }] of log.entries()) {
    if (entry.kind === 'resume' && isResumed(log, index))
      holes = [...holes.filter(([, toMs]) => toMs <= entry.sinceMs), [entry.sinceMs, entry.atMs]];
    else if (before !== null && atMs - before > OUTAGE_HOLE_MS) holes.push([before, atMs]);
    before = atMs;
  }
  return holes;
}
