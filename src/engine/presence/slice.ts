import type { StatementEntry } from '../../model/log-entry.js';
import type { AgendaSlice } from '../agenda/slice.js';
import { sortedEntries } from '../collections.js';
import type { PlanSlice } from '../plan/slice.js';
import type { TrackSlice } from '../track/slice.js';
import type { Judged } from './judged.js';
import { PresenceTable } from './presence-table.js';

/** What was said of a unit by radio. */
export interface Statement extends Omit<StatementEntry, 'kind' | 'unit'> {
  /** Log time of its entry. */
  readonly statedAtMs: number;
}

/** What is left of a place's past: the end of the last qualifying presence among what was pruned, and whose it was. */
export interface GapBase {
  coveredToMs: number;
  unit: string | null;
}

/** Who is, was or may be where. */
export interface PresenceSlice {
  /** By unit, as last judged; absent: never yet. */
  readonly judged: Map<string, Judged>;
  /** By unit, oldest first; lists are replaced, never changed in place. */
  readonly statements: Map<string, readonly Statement[]>;
  /** Keys by formatPlacePast. */
  readonly gapBases: Map<string, GapBase>;
  /** Never in a snapshot. */
  readonly presence: PresenceTable;
}

/** What this room may touch. */
export type PresenceScope = PresenceSlice & Readonly<TrackSlice & PlanSlice & AgendaSlice>;

export interface PresenceDump {
  readonly judged: readonly (readonly [string, Judged])[];
  readonly statements: readonly (readonly [string, readonly Statement[]])[];
  readonly gapBases: readonly (readonly [string, GapBase])[];
}

export function createPresence(): PresenceSlice {
  return { judged: new Map(), statements: new Map(), gapBases: new Map(), presence: new PresenceTable() };
}

export function dumpPresence({ judged, statements, gapBases }: PresenceSlice): PresenceDump {
  return {
    judged: sortedEntries(judged),
    statements: sortedEntries(statements),
    gapBases: sortedEntries(gapBases),
  };
}

export function restorePresence({ judged, statements, gapBases }: PresenceDump): PresenceSlice {
  return {
    judged: new Map(judged),
    statements: new Map(statements),
    gapBases: new Map(gapBases),
    presence: new PresenceTable(),
  };
}
