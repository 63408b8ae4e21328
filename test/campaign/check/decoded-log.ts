import { decodeLogEntry } from '../../../src/codec/log-codec.js';
import { step } from '../../../src/engine/pipeline.js';
import { createState, type EngineState } from '../../../src/engine/state.js';
import type { RawEntry } from '../../../src/log/raw-entry.js';
import type { AlertVersion } from '../../../src/model/alert.js';
import { OUTAGE_HOLE_MS } from '../../../src/model/limits.js';
import type { LogEntry } from '../../../src/model/log-entry.js';
import { formatLogId, type LogId } from '../../../src/model/log-id.js';
import type { VisitVersion } from '../../../src/model/visit.js';
import { DISTRICT } from '../district.js';

export interface TimedEntry {
  readonly id: LogId;
  readonly entry: LogEntry;
}

/** The log as the fold takes it; an entry that was skipped counts as a tick (P1). */
export function decodedLog(history: readonly RawEntry[], skipped: ReadonlyMap<string, unknown>): TimedEntry[] {
  return history.map(({ id, kind, payload }) => ({
    id,
    entry: skipped.has(formatLogId(id)) ? { kind: 'tick' } : decodeLogEntry(kind, payload),
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
    const { alerts, visits } = step(state, one.id, one.entry);
    folded.alerts.push(...alerts);
    folded.visits.push(...visits);
    after(folded, one);
  }
  return folded;
}

/** Outages of the server (T3): [last entry before, first after]. */
export function holesOf(entries: readonly { readonly id: LogId }[]): [fromMs: number, toMs: number][] {
  const holes: [number, number][] = [];
  let before: number | null = null;
  for (const { id } of entries) {
    if (before !== null && id.ms - before > OUTAGE_HOLE_MS) holes.push([before, id.ms]);
    before = id.ms;
  }
  return holes;
}
