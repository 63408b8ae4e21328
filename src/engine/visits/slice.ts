import type { VisitVersion } from '../../model/visit.js';
import type { Clock } from '../agenda/slice.js';
import { sortedEntries } from '../collections.js';

export interface StandingVisit {
  version: VisitVersion;
  /** As `Visit.closedAtMs`: with it, the record is dropped together with the visit. */
  closedAtMs: number | null;
}

/** What was told of visits. */
export interface VisitSlice {
  /** Keys by formatVisitBook; oldest first. */
  readonly visits: Map<string, StandingVisit[]>;
  lastVisit: number;
}

/** What this room may touch. */
export type VisitScope = VisitSlice & Readonly<Clock>;

export type VisitDump = readonly (readonly [string, StandingVisit[]])[];

export function createVisits(): VisitSlice {
  return { visits: new Map(), lastVisit: 0 };
}

export function dumpVisits({ visits }: VisitSlice): VisitDump {
  return sortedEntries(visits);
}

export function restoreVisits(dump: VisitDump, lastVisit: number): VisitSlice {
  return { visits: new Map(dump), lastVisit };
}
