import { LOG_START, type LogId } from '../../model/log-id.js';
import { Timers } from './timers.js';

/** What the log has told of time so far. */
export interface Clock {
  /** The engine's clock: the last timer fired or entry applied. */
  nowMs: number;
  lastId: LogId;
  /** Holes in the log (T3), oldest first. */
  outages: Outage[];
  /** Visits, episodes and holes that ended before this are final: nothing that comes in time can change them. */
  finalToMs: number;
}

/** Nobody could be heard then. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** When it is, and what is to be looked at when. */
export interface AgendaSlice extends Clock {
  readonly timers: Timers;
  /** Units with fixes not yet folded. */
  readonly dirtyUnits: Set<string>;
}

export interface AgendaDump extends Omit<AgendaSlice, 'lastId' | 'timers' | 'dirtyUnits'> {
  readonly dirtyUnits: readonly string[];
  readonly timers: readonly (readonly [name: string, dueMs: number])[];
}

export function createAgenda(): AgendaSlice {
  return { nowMs: 0, lastId: LOG_START, outages: [], finalToMs: 0, timers: new Timers(), dirtyUnits: new Set() };
}

export function dumpAgenda({ nowMs, outages, finalToMs, timers, dirtyUnits }: AgendaSlice): AgendaDump {
  return { nowMs, outages, finalToMs, timers: timers.entries(), dirtyUnits: [...dirtyUnits].sort() };
}

export function restoreAgenda({ timers: dumped, dirtyUnits, ...clock }: AgendaDump, lastId: LogId): AgendaSlice {
  const timers = new Timers();
  timers.restore(dumped);
  return { ...clock, lastId, timers, dirtyUnits: new Set(dirtyUnits) };
}
