import type { FoldEntry } from '../model/log-entry.js';
import { type AgendaSlice, createAgenda } from './agenda/slice.js';
import { type AlertSlice, createAlerts } from './alerts/slice.js';
import { createHot, type HotSlice } from './hot/slice.js';
import { createPlanning, type PlanSlice } from './plan/slice.js';
import { createPresence, type PresenceSlice } from './presence/slice.js';
import { createRules, type RuleSlice } from './rules/slice.js';
import { createTracks, type TrackSlice } from './track/slice.js';
import { createVisits, type VisitSlice } from './visits/slice.js';

/** A change of this number means that equal logs may give other outputs (V1). */
export const FOLD_VERSION = 4;

/** Whose log it is, and whose outputs are told. */
export interface LogSlice {
  readonly district: string;
  readonly foldVersion: number;
  /** Whose outputs are told: the fold version that the log began with, or that took over last (V1); 0 before genesis. */
  toldBy: number;
  /** Parts of a takeover that has not come whole yet. */
  takeover: FoldEntry[];
}

/** All that the fold knows: each room's own slice. */
export interface EngineState
  extends LogSlice,
    AgendaSlice,
    PlanSlice,
    TrackSlice,
    VisitSlice,
    PresenceSlice,
    AlertSlice,
    RuleSlice,
    HotSlice {}

export function createState(district: string, foldVersion = FOLD_VERSION): EngineState {
  return {
    ...{ district, foldVersion, toldBy: 0, takeover: [] },
    ...createAgenda(),
    ...createPlanning(),
    ...createTracks(),
    ...createVisits(),
    ...createPresence(),
    ...createAlerts(),
    ...createRules(),
    ...createHot(),
  };
}
