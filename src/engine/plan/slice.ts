import type { BoxGrid } from '../../geo/box-grid.js';
import type { FenceHits, FenceIndex } from '../../geo/fence-index.js';
import type { LineReference } from '../../geo/line-reference.js';
import type { RosterRecord, TaskRecord } from '../../model/hot.js';
import type {
  CompiledPlan,
  Intervals,
  LightsRule,
  MovedTerms,
  ObservingRule,
  PlanPlace,
  PlanRule,
  PlanUnit,
} from '../../model/plan.js';
import type { Roster } from '../../model/roster.js';
import { sortedEntries } from '../collections.js';
import { findOutOfService } from './out-of-service.js';
import { putInForce } from './plans.js';
import { NO_ROSTER, rosterRecord } from './roster.js';

/** A route that a rule watches along its line. */
export interface WatchedRoute {
  readonly line: LineReference;
  readonly corridorM: number;
}

/** A plan with what is derived from it; derived parts are never in a snapshot. */
export interface PlanInForce {
  readonly plan: CompiledPlan;
  readonly fromMs: number;
  readonly toMs: number;
  readonly index: FenceIndex;
  /** The boxes that places lie in, radius or corridor granted, by their index in the plan. */
  readonly boxes: BoxGrid;
  /** How far from a boundary `index` knows distances, metres. */
  readonly reachM: number;
  /** Scratch of `index`. */
  readonly hits: FenceHits;
  readonly placeById: ReadonlyMap<string, PlanPlace>;
  readonly unitById: ReadonlyMap<string, PlanUnit>;
  readonly unitByTracker: ReadonlyMap<string, PlanUnit>;
  readonly ruleById: ReadonlyMap<string, PlanRule>;
  /** By unit: rules that look at each of its positions. Most units have none. */
  readonly observing: ReadonlyMap<string, readonly ObservingRule[]>;
  /** By place: rules that ask for the lightbar of who is there. */
  readonly lit: ReadonlyMap<string, readonly LightsRule[]>;
  /** By unit: what rules ask of how far it has come lately, each once. Most units are not asked. */
  readonly moving: ReadonlyMap<string, readonly MovedTerms[]>;
  /** By unit: within how many metres a rule asks who is near it. */
  readonly bunching: ReadonlyMap<string, number>;
  /** By place: routes that a route-pass rule watches. */
  readonly routes: ReadonlyMap<string, WatchedRoute>;
  /** The longest report interval of any unit. */
  readonly slowestIntervalMs: number;
}

/** What holds of a log from its `resume` on. */
export interface Resumed {
  /** Its log time, ms: fixes from before it come too late. */
  readonly atMs: number;
  /** The last plan before it, which the next one follows. */
  readonly planVersion: number;
  /** Whose the trackers were then. Calls for help go by it until the next plan takes force. */
  readonly unitByTracker: ReadonlyMap<string, string>;
}

/** What is asked of places and units, and when. */
export interface PlanSlice {
  /** By version, oldest first; the last may still be waiting to take force. Replaced, never changed in place. */
  plans: readonly PlanInForce[];
  /** Version that was last announced as in force; 0 before the first. */
  planVersion: number;
  /** When windows that were open as the first of `plans` took force had opened; keys by formatWindows. */
  openSince: Map<string, number>;
  /** The last `resume` of the log; null: there was none. */
  resumed: Resumed | null;
  /** By task id. */
  readonly tasks: Map<string, TaskRecord>;
  /** Who crews which unit; the last entries that said so, null: none did. */
  roster: Roster;
  lastRoster: Omit<RosterRecord, keyof Roster> | null;
  /** When units are out of service, by unit: derived from `tasks`, never in a snapshot. */
  outOfService: ReadonlyMap<string, Intervals>;
}

export interface PlanDump {
  readonly plans: readonly CompiledPlan[];
  readonly planVersion: number;
  readonly openSince: readonly (readonly [string, number])[];
  /** Absent in most: few logs were ever resumed. */
  readonly resumed?: Omit<Resumed, 'unitByTracker'> & {
    readonly unitByTracker: readonly (readonly [string, string])[];
  };
  readonly tasks: readonly (readonly [string, TaskRecord])[];
  /** Absent where none is kept. */
  readonly roster?: RosterRecord;
}

export function createPlanning(): PlanSlice {
  return {
    plans: [],
    planVersion: 0,
    openSince: new Map(),
    resumed: null,
    tasks: new Map(),
    roster: NO_ROSTER,
    lastRoster: null,
    outOfService: new Map(),
  };
}

export function dumpPlanning({
  plans,
  planVersion,
  openSince,
  resumed,
  tasks,
  roster,
  lastRoster,
}: PlanSlice): PlanDump {
  const kept = rosterRecord({ roster, lastRoster });
  return {
    plans: plans.map(({ plan }) => plan),
    planVersion,
    openSince: sortedEntries(openSince),
    ...(resumed === null ? {} : { resumed: { ...resumed, unitByTracker: sortedEntries(resumed.unitByTracker) } }),
    tasks: sortedEntries(tasks),
    ...(kept === null ? {} : { roster: kept }),
  };
}

export function restorePlanning({ plans, planVersion, openSince, resumed, tasks, roster }: PlanDump): PlanSlice {
  return {
    plans: plans.map((plan, i) => {
      const next = plans[i + 1];
      const inForce = putInForce(plan);
      return next === undefined ? inForce : { ...inForce, toMs: next.inForceFromMs };
    }),
    planVersion,
    openSince: new Map(openSince),
    resumed: resumed === undefined ? null : { ...resumed, unitByTracker: new Map(resumed.unitByTracker) },
    tasks: new Map(tasks),
    roster: roster === undefined ? NO_ROSTER : { kept: roster.kept, shifts: roster.shifts },
    lastRoster: roster === undefined ? null : { last: roster.last, ids: roster.ids },
    outOfService: findOutOfService(tasks.map(([, task]) => task)),
  };
}
