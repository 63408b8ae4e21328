import type { Fix } from '../model/fix.js';
import type { LogEntry, RosterEntry, TaskEntry } from '../model/log-entry.js';
import type { CompiledPlan } from '../model/plan.js';
import type { LocalDay } from './local-day.js';

/** One fix of a tracker, or the tracker's word without one; at its event time, a word at its log time. */
export interface TrackedFix {
  readonly tracker: string;
  readonly atMs: number;
  /** Null: a heartbeat. */
  readonly fix: Fix | null;
  /** Log time of this copy, ms. */
  readonly loggedAtMs: number;
}

/** Something that has no event time, at its own log time. */
export interface DayAct {
  readonly atMs: number;
  readonly entry: LogEntry;
}

/** All that the fold of one day is made from. Whatever order the log has it in, these are the same. */
export interface DayEvents extends LocalDay {
  readonly district: string;
  /** The fold begins here; event time, a multiple of FOLD_TICK_MS. */
  readonly startMs: number;
  /** Plans that were logged before `startMs` and were in force then or came into force later, oldest first. */
  readonly plans: readonly CompiledPlan[];
  /** Tasks that were opened before `startMs` and were not over then. */
  readonly tasks: readonly TaskEntry[];
  /** Rosters that were logged before `startMs` and say something of the time after it, in the order of the log. */
  readonly rosters: readonly RosterEntry[];
  /** Acts from `startMs` on, in the order of the log. */
  readonly acts: readonly DayAct[];
  /** When the server was away, oldest first. */
  readonly outages: readonly { readonly fromMs: number; readonly toMs: number }[];
  /** Fixes and heartbeats from `startMs` on, by (time, tracker), each as often as it came; in chunks, which may divide an instant. */
  readonly fixes: AsyncIterable<readonly TrackedFix[]>;
}
