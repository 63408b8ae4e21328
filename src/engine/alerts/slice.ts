import type { AlertVersion } from '../../model/alert.js';
import type { Severity } from '../../model/plan.js';
import type { Clock } from '../agenda/slice.js';
import { sortedEntries } from '../collections.js';
import type { HotSlice } from '../hot/slice.js';
import type { PlanSlice } from '../plan/slice.js';
import type { Episode } from './episodes.js';

export interface StandingAlert {
  version: AlertVersion;
  /** Engine's clock when a version last said something new of its times or its certainty. */
  judgedAtMs: number;
  /** Episodes, oldest first; within REOPEN_MS of each other (E4). */
  episodes: readonly Episode[];
  /** The rule's, as of the plan that it was last judged by. */
  ruleSeverity: Severity;
  /** Actions that were applied: a repeat changes nothing (O1). */
  readonly actionIds: string[];
}

/** What was told of alerts. */
export interface AlertSlice {
  /** Keys by formatAlertBook; oldest first. */
  readonly alerts: Map<string, StandingAlert[]>;
  lastAlert: number;
}

/** What this room may touch. */
export type AlertScope = AlertSlice & HotSlice & Readonly<PlanSlice & Clock>;

export type AlertDump = readonly (readonly [string, StandingAlert[]])[];

export function createAlerts(): AlertSlice {
  return { alerts: new Map(), lastAlert: 0 };
}

export function dumpAlerts({ alerts }: AlertSlice): AlertDump {
  return sortedEntries(alerts);
}

export function restoreAlerts(dump: AlertDump, lastAlert: number): AlertSlice {
  return { alerts: new Map(dump), lastAlert };
}
