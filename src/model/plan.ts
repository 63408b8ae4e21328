import type { EscalationPolicy } from './escalation.js';
import type { PositionE7 } from './position.js';

/** A closed ring without the repeated last vertex: flat `[lngE7, latE7, …]`. */
export type RingE7 = readonly number[];

/** A box that does not cross the antimeridian, 1e-7 degree; its edges belong to it. */
export interface AreaE7 {
  readonly westE7: number;
  readonly southE7: number;
  readonly eastE7: number;
  readonly northE7: number;
}

/** UTC intervals `[from, to)` in ms, sorted, disjoint, flat: `[from0, to0, from1, to1, …]`. */
export type Intervals = readonly number[];

export type UnitKind = 'car' | 'motorcycle' | 'foot';
export type PlaceKind = 'zone' | 'checkpoint' | 'route';
export type Mode = 'peak' | 'off-peak' | 'low';
/** The gravest first. */
export const SEVERITIES = ['high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface Names {
  readonly zh: string;
  readonly en: string;
}

/** Even-odd over all rings of all parts; holes and parts need no nesting here. */
export interface PolygonShape {
  readonly type: 'polygon';
  readonly rings: readonly RingE7[];
}
export interface CircleShape {
  readonly type: 'circle';
  readonly center: PositionE7;
  readonly radiusM: number;
}
/** Lines with a corridor: the set of points within corridorM of any of them. Flat `[lngE7, latE7, …]` each. */
export interface CorridorShape {
  readonly type: 'corridor';
  readonly lines: readonly (readonly number[])[];
  readonly corridorM: number;
}
export type Shape = PolygonShape | CircleShape | CorridorShape;

export interface PlanPlace {
  readonly id: string;
  readonly kind: PlaceKind;
  readonly name: Names;
  readonly shape: Shape;
  /** A unit may stand here for as long as it likes (a station, a hospital, a garage). */
  readonly stopAllowed: boolean;
  readonly tier: number | null;
}

export interface PlanUnit {
  readonly id: string;
  readonly callsign: string;
  readonly kind: UnitKind;
  readonly group: string;
  readonly crewCount: number;
  readonly tracker: string;
  readonly expectedIntervalMs: number;
  /** Key into `CompiledPlan.schedules`: when the unit is on duty. */
  readonly duty: string;
}

export type RuleKind =
  | 'zone-gap'
  | 'checkpoint-gap'
  | 'route-gap'
  | 'checkpoint-window'
  | 'debt'
  | 'predictable'
  | 'route-pass'
  | 'strength'
  | 'duty-strength'
  | 'bunching'
  | 'dwell-short'
  | 'dwell-long'
  | 'off-zone'
  | 'speeding'
  | 'lights'
  | 'tracker-silence';

interface RuleBase {
  /** Unique in the plan; a rule kind may have several (other thresholds for other places). */
  readonly id: string;
  readonly severity: Severity;
  /** Key into `schedules`: when the rule binds. */
  readonly binds: string;
  /** Operation orders that made it, or changed what it watches or when it binds; sorted. Absent: none. */
  readonly orders?: readonly string[];
}
/** No qualifying presence for thresholdMs (+ graceMs) inside a binding window. */
export interface GapRule extends RuleBase {
  readonly kind: 'zone-gap' | 'checkpoint-gap' | 'route-gap';
  /** Place ids, sorted. */
  readonly places: readonly string[];
  readonly thresholdMs: number;
  readonly graceMs: number;
  /** Presence shorter than this does not count. */
  readonly minPresenceMs: number;
  readonly unitKinds: readonly UnitKind[];
}
/**
 * A checkpoint that is to be manned for all of each binding window: nobody came within graceMs of its start, or came at all; who had come was
 * away for absenceMs in all; or the last left more than graceMs before its end.
 */
export interface CheckpointWindowRule extends RuleBase {
  readonly kind: 'checkpoint-window';
  /** Ids of checkpoints, sorted. */
  readonly places: readonly string[];
  readonly graceMs: number;
  readonly absenceMs: number;
  /** Nobody there for this long is a handover, not an absence. */
  readonly handoverMs: number;
  /** Presence shorter than this does not count. */
  readonly minPresenceMs: number;
  readonly unitKinds: readonly UnitKind[];
}
/**
 * A place that holds a credit of presence: its balance is full when the rule begins to bind, falls by a second a second while nobody is there,
 * rises by `worth` seconds a second while somebody is, and stays between -creditMs and creditMs. It is owed from graceMs after it came to
 * nothing until it is back at clearMs.
 */
export interface DebtRule extends RuleBase {
  readonly kind: 'debt';
  /** Ids of zones and checkpoints, sorted. */
  readonly places: readonly string[];
  readonly creditMs: number;
  /** Whole: a balance is the same however its time is cut. */
  readonly worth: number;
  readonly clearMs: number;
  readonly graceMs: number;
  readonly unitKinds: readonly UnitKind[];
}

/** Checkpoints that are visited so regularly that an onlooker can guess the next visit. */
export interface PredictableRule extends RuleBase {
  readonly kind: 'predictable';
  /** Ids of checkpoints, sorted. */
  readonly places: readonly string[];
  /** So many intervals between the starts of stays that follow each other make a rhythm, if each lies within `withinMs` of their middle. */
  readonly revisits: number;
  readonly withinMs: number;
  /** Who comes within this of the end of a stay goes on with it. */
  readonly mergeMs: number;
  /** A shorter interval begins the count anew: a place that is always visited has no rhythm. */
  readonly leastIntervalMs: number;
  readonly unitKinds: readonly UnitKind[];
}
/** Whose hits make one pass along a route: those of one unit, or of all units of a group. */
export type PassBy = 'unit' | 'team';

/** A route of which a stretch was not driven, or that nobody drove along as a whole, for everyMs (+ graceMs) inside a binding window. */
export interface RoutePassRule extends RuleBase {
  readonly kind: 'route-pass';
  /** Ids of routes, sorted. */
  readonly places: readonly string[];
  readonly everyMs: number;
  /** A pass covers ROUTE_PASS_PERCENT of the route within this. */
  readonly passWithinMs: number;
  readonly by: PassBy;
  readonly graceMs: number;
  readonly unitKinds: readonly UnitKind[];
}
/** What a strength rule counts: units, or the officers of their crews. */
export type StrengthCount = 'units' | 'officers';

/** Fewer than `atLeast` at a place for holdMs inside a binding window. */
export interface StrengthRule extends RuleBase {
  readonly kind: 'strength';
  /** Place ids, sorted. */
  readonly places: readonly string[];
  readonly atLeast: number;
  readonly counts: StrengthCount;
  readonly holdMs: number;
  readonly unitKinds: readonly UnitKind[];
}
/** What a rule about strength counts as a whole: all units that it names, or those of them that are the reserve. */
export type StrengthScope = 'district' | 'reserve';

/** How far a unit that is to keep moving must have come, and within what time. */
export interface MovedTerms {
  readonly metres: number;
  readonly withinMs: number;
}

/** Fewer than `atLeast` of these units on duty, free of tasks and heard of, wherever they are, for holdMs inside a binding window. */
export interface DutyStrengthRule extends RuleBase {
  readonly kind: 'duty-strength';
  readonly scope: StrengthScope;
  /** Unit ids, sorted. */
  readonly units: readonly string[];
  readonly atLeast: number;
  readonly counts: StrengthCount;
  readonly holdMs: number;
  /** Null: a unit may stand where it is. */
  readonly moved: MovedTerms | null;
}
/**
 * At least `atLeast` of these units on duty, without a task, within withinM of one another for holdMs inside a binding window, while a
 * place that a gap rule binds for had nobody for as long.
 */
export interface BunchingRule extends RuleBase {
  readonly kind: 'bunching';
  /** Unit ids, sorted. */
  readonly units: readonly string[];
  /** So many, one of which is within `withinM` of all the others, make a bunch. */
  readonly atLeast: number;
  readonly withinM: number;
  readonly holdMs: number;
  /** Place ids, sorted: who is there is no bunch. */
  readonly exceptPlaces: readonly string[];
}
/** Rules about all their units together. */
export type ScopeRule = DutyStrengthRule | BunchingRule;
/** A counted visit whose outer length is below minVisitMs. */
export interface DwellShortRule extends RuleBase {
  readonly kind: 'dwell-short';
  readonly places: readonly string[];
  readonly minVisitMs: number;
}
/** A unit on duty that stands still for maxStandMs outside every place where it may. */
export interface DwellLongRule extends RuleBase {
  readonly kind: 'dwell-long';
  /** Unit ids, sorted. */
  readonly units: readonly string[];
  readonly maxStandMs: number;
}
/** A tracker on duty that says nothing for SILENT_INTERVALS intervals. */
export interface TrackerSilenceRule extends RuleBase {
  readonly kind: 'tracker-silence';
  readonly units: readonly string[];
}
/** A zone that a group patrols while a schedule holds. */
export interface ZoneOfGroup {
  readonly group: string;
  readonly zone: string;
  /** Key into `schedules`. */
  readonly during: string;
}
/** A unit on duty that is further than beyondM outside every zone of its group for holdMs. */
export interface OffZoneRule extends RuleBase {
  readonly kind: 'off-zone';
  readonly units: readonly string[];
  /** Sorted by group, then zone. A unit whose group has no zone at an instant may be anywhere. */
  readonly zones: readonly ZoneOfGroup[];
  readonly beyondM: number;
  readonly holdMs: number;
}
/** A limit of speed for some kinds of units, at some places or wherever no place has one. */
export interface SpeedLimit {
  readonly limitCmps: number;
  /** Place ids, sorted; null: everywhere. */
  readonly places: readonly string[] | null;
  readonly unitKinds: readonly UnitKind[];
}
/** What exempts a unit that is too fast: a task, or a task and a lightbar that is on. */
export type SpeedingExemption = 'task' | 'task-and-lights';
/** A unit on duty whose receiver measures more than its limit and toleranceCmps for holdMs. */
export interface SpeedingRule extends RuleBase {
  readonly kind: 'speeding';
  readonly units: readonly string[];
  readonly limits: readonly SpeedLimit[];
  readonly toleranceCmps: number;
  readonly holdMs: number;
  readonly exempt: SpeedingExemption;
}
/** A visit in which the lightbar was on for less than leastPercent of the time of which fixes say whether it was. */
export interface LightsRule extends RuleBase {
  readonly kind: 'lights';
  /** Place ids, sorted. */
  readonly places: readonly string[];
  readonly unitKinds: readonly UnitKind[];
  readonly leastPercent: number;
  /** A visit that was seen for less is not judged. */
  readonly minVisitMs: number;
}
/** Rules that look at each believed position of a unit. */
export type ObservingRule = OffZoneRule | SpeedingRule;
export type PlanRule =
  | GapRule
  | CheckpointWindowRule
  | DebtRule
  | PredictableRule
  | RoutePassRule
  | StrengthRule
  | DutyStrengthRule
  | BunchingRule
  | DwellShortRule
  | DwellLongRule
  | OffZoneRule
  | SpeedingRule
  | LightsRule
  | TrackerSilenceRule;

/** Who put a plan in force, and why. */
export interface PlanPublication {
  /** The caller's own id: a repeat of it publishes nothing. */
  readonly actionId: string;
  readonly actor: string;
  readonly reason: string;
  /** `sourceSha256` of the newest plan that the person knew; null: there was none. */
  readonly basedOn: string | null;
}

/** A stretch of time `[fromMs, toMs)`. */
export interface PlanSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an operation order lays over a plan while it stands. */
export interface PlanLayer {
  /** Places that the plan does not have. */
  readonly places: readonly PlanPlace[];
  /** Places of the plan that no rule watches meanwhile. */
  readonly closed: readonly string[];
  /** When which mode holds, whatever the calendar says. */
  readonly modes: readonly (PlanSpan & { readonly mode: Mode })[];
  /** When which unit is on duty besides its own hours. */
  readonly duty: readonly (PlanSpan & { readonly unit: string })[];
  /** Rules as the order's file says them; `district/` reads them. */
  readonly rules: readonly object[];
}

/** An operation order: a dated layer over a plan, in force over `[fromMs, toMs)` unless it is ended earlier. */
export interface PlanOrder extends PlanSpan {
  readonly id: string;
  readonly name: Names;
  readonly reason: string;
  readonly actor: string;
  /** The caller's own id of the act that made it: a repeat of it makes nothing. */
  readonly actionId: string;
  readonly layer: PlanLayer;
}

/** The act about an operation order that a plan was logged for. */
export interface PlanOrdering {
  readonly is: 'made' | 'ended';
  readonly order: string;
  /** SHA-256 of what the person asked for, lower-case hex: a repeat asks for the same. */
  readonly wishSha256: string;
  readonly actionId: string;
  readonly actor: string;
  readonly reason: string;
}

/** What operation orders took out of a plan: with it the plan without them can be made again. */
export interface PlanWithout {
  /** Rules as they are without the orders. */
  readonly rules: readonly PlanRule[];
  readonly duties: readonly { readonly unit: string; readonly duty: string }[];
}

/** Plans that were logged in one append are one change: each but the first counts only right after the one before it. */
export interface PlanSeries {
  readonly id: string;
  /** 0 for the first. */
  readonly nth: number;
}

/** What a plan's schedules are expanded from, as `plan.json` says it; `district/` reads it. */
export interface PlanCalendar {
  readonly calendar: object;
  readonly schedules: object;
  /** Of each rule what says when it binds. */
  readonly bindings: readonly object[];
}

/**
 * A district's plan as the engine folds it: everything resolved to ids, integers and UTC intervals, so that the engine
 * needs no calendar, no time zone and no library. Made by `district/`, carried whole by a `plan` log entry.
 */
export interface CompiledPlan {
  readonly district: string;
  readonly name: Names;
  readonly timeZone: string;
  /** 1 for the first; each next is one more (O1). */
  readonly version: number;
  /** Takes force here, at least PLAN_LEAD_MS after the entry's log time (E3). */
  readonly inForceFromMs: number;
  /** How many versions just before it never take force, because it came before their time. Absent: none. */
  readonly withdraws?: number;
  /** Absent: it came from the files of a server. */
  readonly published?: PlanPublication;
  /** Absent: it was logged alone. */
  readonly series?: PlanSeries;
  /** Operation orders that stand while it is in force, by id; its places, rules and hours are those with them. Absent: none. */
  readonly orders?: readonly PlanOrder[];
  /** Absent: no order changes a rule or the hours of a unit. */
  readonly without?: PlanWithout;
  /** Absent: it was logged for no operation order. */
  readonly ordered?: PlanOrdering;
  /** Later versions of the same plan are expanded from it. Absent in plans that are older than it. */
  readonly calendar?: PlanCalendar;
  /** SHA-256 over the district's source files: equal sources, equal plan. */
  readonly sourceSha256: string;
  /** The calendar is expanded over `[expandedFromMs, expandedToMs)`; a new version comes before it runs out. */
  readonly expandedFromMs: number;
  readonly expandedToMs: number;
  /** How long a unit out of sight may be in the places in its reach; absent in old logs: POSSIBLE_FOR_MS. */
  readonly possibleForMs?: number;
  /** Local WGS-84 ruler: metres for one 1e-7 degree at the district's middle latitude. */
  readonly ruler: { readonly metresPerLngE7: number; readonly metresPerLatE7: number };
  /** One fix of a unit counts in each stretch of its report interval divided by this. Absent: DENSE_FACTOR. */
  readonly denseFactor?: number;
  /** Where a unit of the district can be: a position outside is a fault of its tracker. Absent in plans that are older than it: anywhere. */
  readonly area?: AreaE7;
  /** Sorted by id. */
  readonly places: readonly PlanPlace[];
  /** Sorted by id. */
  readonly units: readonly PlanUnit[];
  /** Sorted by id. */
  readonly rules: readonly PlanRule[];
  /** Who is told of which alerts, in their order. Absent: nobody is told. The engine does not use it. */
  readonly escalation?: readonly EscalationPolicy[];
  /** Named interval lists that rules (`binds`) and units (`duty`) refer to. `mode:peak`, `mode:off-peak`, `mode:low` are always there. */
  readonly schedules: Readonly<Record<string, Intervals>>;
}
