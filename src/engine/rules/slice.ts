import type { AlertSlice } from '../alerts/slice.js';
import { sortedEntries } from '../collections.js';
import type { HotSlice } from '../hot/slice.js';
import type { PresenceScope } from '../presence/slice.js';
import type { RememberedBunches } from './bunching/judge.js';
import type { RememberedCredit } from '../credit/debts.js';
import type { RememberedWindow } from '../attendance/window.js';
import type { RememberedRhythm } from '../rhythm/rows.js';
import type { RememberedDoubt } from './gap/remembered-doubt.js';
import type { RememberedWatch } from '../routes/overdue.js';
import type { SosMemory } from './sos/sos-calls.js';
import type { NetworkOutage } from './tracker-silence/network-outage.js';
import type { RememberedShortfall } from './strength/shortfalls.js';
import type { Silence } from './tracker-silence/silence.js';

/** What rules remember, each of its own. */
export interface RuleSlice {
  /** What was in doubt of gaps that began before `finalToMs` and go on; keys by formatPlacePast. */
  gapDoubts: ReadonlyMap<string, RememberedDoubt>;
  /** Shortfalls that began before `finalToMs` and were not over then; keys by formatPlacePast. */
  shortfalls: ReadonlyMap<string, RememberedShortfall>;
  /** The same of rules about all their units together, by rule id. */
  scopeShortfalls: ReadonlyMap<string, RememberedShortfall>;
  /** What was known of bunches before `finalToMs` that may go on, by rule id. */
  bunches: ReadonlyMap<string, RememberedBunches>;
  /** Windows of checkpoints that began before `finalToMs` and were not over then; keys by formatPlacePast. */
  checkpointWindows: ReadonlyMap<string, RememberedWindow>;
  /** Balances of places whose hours began before `finalToMs` and were not over then; keys by formatPlacePast. */
  credits: ReadonlyMap<string, RememberedCredit>;
  /** The last stays at places before `finalToMs`; keys by formatPlacePast. */
  rhythms: ReadonlyMap<string, RememberedRhythm>;
  /** What was seen of routes before `finalToMs`; keys by formatPlacePast. */
  routes: ReadonlyMap<string, RememberedWatch>;
  /** By unit: silences so far (log time) by the rule that found them, oldest first, those that may still be looked at. */
  readonly silences: Map<string, Silence[]>;
  /** Outages of the trackers' network by tracker-silence rule, oldest first. */
  readonly networkOutages: Map<string, NetworkOutage[]>;
  /** By unit: calls for help. */
  readonly sos: Map<string, SosMemory>;
}

/** What this room may touch. */
export type RuleScope = RuleSlice & PresenceScope & AlertSlice & HotSlice & { readonly district: string };

export interface RuleDump {
  readonly gapDoubts: readonly (readonly [string, RememberedDoubt])[];
  /** Absent in snapshots from before there were strength rules. */
  readonly shortfalls?: readonly (readonly [string, RememberedShortfall])[];
  readonly scopeShortfalls?: readonly (readonly [string, RememberedShortfall])[];
  /** Absent where no rule asks who is near whom. */
  readonly bunches?: readonly (readonly [string, RememberedBunches])[];
  /** Absent where no such window goes on. */
  readonly checkpointWindows?: readonly (readonly [string, RememberedWindow])[];
  /** Absent where no place has a balance. */
  readonly credits?: readonly (readonly [string, RememberedCredit])[];
  /** Absent where no rule asks whether visits can be guessed. */
  readonly rhythms?: readonly (readonly [string, RememberedRhythm])[];
  /** Absent where no rule watches a route along its line. */
  readonly routes?: readonly (readonly [string, RememberedWatch])[];
  readonly silences: readonly (readonly [string, Silence[]])[];
  readonly networkOutages: readonly (readonly [string, NetworkOutage[]])[];
  readonly sos: readonly (readonly [string, SosMemory])[];
}

export function createRules(): RuleSlice {
  return {
    gapDoubts: new Map(),
    shortfalls: new Map(),
    scopeShortfalls: new Map(),
    bunches: new Map(),
    checkpointWindows: new Map(),
    credits: new Map(),
    rhythms: new Map(),
    routes: new Map(),
    silences: new Map(),
    networkOutages: new Map(),
    sos: new Map(),
  };
}

/** What rules remember is of a time that was none; calls for help go on. */
export function forgetRemembered(state: RuleSlice): void {
  const { sos: _calls, ...nothing } = createRules();
  Object.assign(state, nothing);
}

export function dumpRules({
  gapDoubts,
  shortfalls,
  scopeShortfalls,
  bunches,
  checkpointWindows,
  credits,
  rhythms,
  routes,
  silences,
  networkOutages,
  sos,
}: RuleSlice): RuleDump {
  return {
    gapDoubts: sortedEntries(gapDoubts),
    ...(shortfalls.size === 0 ? {} : { shortfalls: sortedEntries(shortfalls) }),
    ...(scopeShortfalls.size === 0 ? {} : { scopeShortfalls: sortedEntries(scopeShortfalls) }),
    ...(bunches.size === 0 ? {} : { bunches: sortedEntries(bunches) }),
    ...(checkpointWindows.size === 0 ? {} : { checkpointWindows: sortedEntries(checkpointWindows) }),
    ...(credits.size === 0 ? {} : { credits: sortedEntries(credits) }),
    ...(rhythms.size === 0 ? {} : { rhythms: sortedEntries(rhythms) }),
    ...(routes.size === 0 ? {} : { routes: sortedEntries(routes) }),
    silences: sortedEntries(silences),
    networkOutages: sortedEntries(networkOutages),
    sos: sortedEntries(sos),
  };
}

export function restoreRules({
  gapDoubts,
  shortfalls = [],
  scopeShortfalls = [],
  bunches = [],
  checkpointWindows = [],
  credits = [],
  rhythms = [],
  routes = [],
  silences,
  networkOutages,
  sos,
}: RuleDump): RuleSlice {
  return {
    gapDoubts: new Map(gapDoubts),
    shortfalls: new Map(shortfalls),
    scopeShortfalls: new Map(scopeShortfalls),
    bunches: new Map(bunches),
    checkpointWindows: new Map(checkpointWindows),
    credits: new Map(credits),
    rhythms: new Map(rhythms),
    routes: new Map(routes),
    silences: new Map(silences),
    networkOutages: new Map(networkOutages),
    sos: new Map(sos),
  };
}
