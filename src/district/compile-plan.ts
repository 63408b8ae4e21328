import { BeatwatchError } from '../model/errors.js';
import type { EscalationPolicy } from '../model/escalation.js';
import type {
  CompiledPlan,
  Intervals,
  PlanCalendar,
  PlanRule,
  SpeedLimit,
  UnitKind,
  ZoneOfGroup,
} from '../model/plan.js';
import { Calendar, utcIntervals } from './calendar.js';
import { rulerOf } from './area.js';
import { byId, type DistrictSource } from './district-source.js';
import { LocalClock } from './local-time.js';
import { DEFAULT_MOVED, type EscalationFile, RULE_DEFAULTS, type RuleFile } from './plan-schemas.js';
import { bindingKey, type BoundRule, boundIntervals, subjectsOf } from './rule-binding.js';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A calendar is expanded over at most this many days at a time. */
export const MAX_EXPAND_DAYS = 1_100;
const ALL_UNIT_KINDS: readonly UnitKind[] = ['car', 'motorcycle', 'foot'];

/** Units that have a lightbar. */
const VEHICLES: readonly UnitKind[] = ['car', 'motorcycle'];

export interface CompileOptions {
  /** 1 for the first plan of a district; each next is one more. */
  readonly version: number;
  readonly inForceFromMs: number;
  /** The calendar is expanded over `[expandFromMs, expandFromMs + expandDays × 24 h)`. */
  readonly expandFromMs: number;
  readonly expandDays: number;
}

/** Days of calendar that travel in a plan entry. */
const ENTRY_DAYS = 35;
/** How long before now the calendar of a plan entry begins, so that windows that are open now are whole. */
const ENTRY_BACK_MS = 2 * DAY_MS;

/** The plan as an entry of the log that is appended now has it. */
export function compileEntryPlan(
  source: DistrictSource,
  { nowMs, ...options }: Pick<CompileOptions, 'version' | 'inForceFromMs'> & { readonly nowMs: number },
): CompiledPlan {
  return compilePlan(source, { ...options, expandFromMs: nowMs - ENTRY_BACK_MS, expandDays: ENTRY_DAYS });
}

/**
 * The same plan as an entry that is appended now: its calendar holds other days. Null: the plan does not say its calendar, as those
 * that were logged before plans were published do not.
 */
export function renewedPlan(
  plan: CompiledPlan,
  {
    nowMs,
    ...entry
  }: Pick<CompiledPlan, 'version' | 'inForceFromMs' | 'withdraws' | 'published'> & { readonly nowMs: number },
): CompiledPlan | null {
  if (plan.calendar === undefined) return null;
  const { withdraws: _withdrew, published: _by, ...same } = plan;
  const source = { timeZone: plan.timeZone, ...calendarSourceOf(plan.calendar) };
  const expandedFromMs = nowMs - ENTRY_BACK_MS;
  const expandedToMs = expandedFromMs + ENTRY_DAYS * DAY_MS;
  return {
    ...same,
    ...entry,
    expandedFromMs,
    expandedToMs,
    schedules: expandSchedules(source, expandedFromMs, expandedToMs),
  };
}

/** What schedules are expanded from. */
interface CalendarSource extends Pick<DistrictSource, 'timeZone' | 'calendar' | 'schedules'> {
  readonly rules: readonly BoundRule[];
}

function planCalendar({ calendar, schedules, rules }: DistrictSource): PlanCalendar {
  const bindings = rules.toSorted(byId).map(({ id, kind, modes, during }) => ({
    id,
    kind,
    ...(modes === undefined ? {} : { modes }),
    ...(during === undefined ? {} : { during }),
  }));
  return { calendar, schedules, bindings };
}

/** The hash of its entry vouches for the shape: it was checked before it was logged. */
function calendarSourceOf({ calendar, schedules, bindings }: PlanCalendar): Omit<CalendarSource, 'timeZone'> {
  return {
    calendar: calendar as DistrictSource['calendar'],
    schedules: schedules as DistrictSource['schedules'],
    rules: bindings as readonly BoundRule[],
  };
}

/**
 * Everything that the engine needs, as integers and UTC intervals. The same source and options give the same plan, key
 * for key. Options out of range are refused with code `plan-options`.
 */
export function compilePlan(source: DistrictSource, options: CompileOptions): CompiledPlan {
  const { version, inForceFromMs, expandFromMs, expandDays } = options;
  checkInteger('version', version, 1, Number.MAX_SAFE_INTEGER);
  checkInteger('inForceFromMs', inForceFromMs, 0, 4e12);
  checkInteger('expandFromMs', expandFromMs, 0, 4e12);
  checkInteger('expandDays', expandDays, 1, MAX_EXPAND_DAYS);
  const expandedToMs = expandFromMs + expandDays * DAY_MS;
  return {
    district: source.id,
    name: source.name,
    timeZone: source.timeZone,
    version,
    inForceFromMs,
    sourceSha256: source.sha256,
    calendar: planCalendar(source),
    expandedFromMs: expandFromMs,
    expandedToMs,
    ruler: rulerOf(source.places),
    denseFactor: source.denseFactor,
    area: source.area,
    possibleForMs: source.possibleForMs,
    places: source.places,
    units: source.units,
    rules: source.rules.map((rule) => planRule(rule, source)).sort(byId),
    ...(source.escalation.length === 0 ? {} : { escalation: source.escalation.map(planPolicy) }),
    schedules: expandSchedules(source, expandFromMs, expandedToMs),
  };
}

function expandSchedules(source: CalendarSource, fromMs: number, toMs: number): Record<string, Intervals> {
  const clock = new LocalClock(source.timeZone);
  const schedules = new Map<string, Intervals>([['always', [fromMs, toMs]]]);
  for (const [key, layer] of new Calendar(source.calendar).layers(source.schedules)) {
    if (key !== 'always') schedules.set(key, utcIntervals(layer, clock, fromMs, toMs));
  }
  const named = (key: string) => schedules.get(key) ?? [];
  for (const rule of source.rules) {
    const key = bindingKey(rule);
    if (!schedules.has(key)) schedules.set(key, boundIntervals(rule, named));
  }
  return Object.fromEntries([...schedules].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What a rule may be about, and which zones are assigned to whom. */
type RuleSource = Pick<DistrictSource, 'places' | 'units' | 'assignments'>;

/** The balance that ends an alert, seconds. */
function clearSOf({ clearS, creditS = RULE_DEFAULTS.debt.creditS }: Extract<RuleFile, { kind: 'debt' }>): number {
  return clearS ?? Math.floor(creditS / 4);
}

/** In the order of all; left out: each counts. */
function kindsThatCount(kinds: readonly UnitKind[] = ALL_UNIT_KINDS): readonly UnitKind[] {
  return ALL_UNIT_KINDS.filter((kind) => kinds.includes(kind));
}

/** A rule as the engine judges by it, about those of these places and units that it names. */
export function planRule(rule: RuleFile, source: RuleSource): PlanRule {
  const subjects = subjectsOf(rule, source.places, source.units);
  const fallback = RULE_DEFAULTS[rule.kind];
  const base = { id: rule.id, severity: rule.severity ?? fallback.severity, binds: bindingKey(rule) };
  switch (rule.kind) {
    case 'zone-gap':
    case 'checkpoint-gap':
    case 'route-gap': {
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        thresholdMs: (rule.thresholdS ?? defaults.thresholdS) * 1_000,
        graceMs: (rule.graceS ?? defaults.graceS) * 1_000,
        minPresenceMs: (rule.minPresenceS ?? defaults.minPresenceS) * 1_000,
        unitKinds: kindsThatCount(rule.unitKinds),
      };
    }
    case 'checkpoint-window': {
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        graceMs: (rule.graceS ?? defaults.graceS) * 1_000,
        absenceMs: (rule.absenceS ?? defaults.absenceS) * 1_000,
        handoverMs: (rule.handoverS ?? defaults.handoverS) * 1_000,
        minPresenceMs: (rule.minPresenceS ?? defaults.minPresenceS) * 1_000,
        unitKinds: kindsThatCount(rule.unitKinds),
      };
    }
    case 'debt': {
      const { creditS = RULE_DEFAULTS.debt.creditS, worth = RULE_DEFAULTS.debt.worth } = rule;
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        creditMs: creditS * 1_000,
        worth,
        clearMs: clearSOf(rule) * 1_000,
        graceMs: (rule.graceS ?? RULE_DEFAULTS.debt.graceS) * 1_000,
        unitKinds: kindsThatCount(rule.unitKinds),
      };
    }
    case 'predictable': {
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        revisits: rule.revisits ?? defaults.revisits,
        withinMs: (rule.withinS ?? defaults.withinS) * 1_000,
        mergeMs: (rule.mergeS ?? defaults.mergeS) * 1_000,
        leastIntervalMs: (rule.leastIntervalS ?? defaults.leastIntervalS) * 1_000,
        unitKinds: kindsThatCount(rule.unitKinds),
      };
    }
    case 'route-pass': {
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        everyMs: (rule.everyMinutes ?? defaults.everyMinutes) * 60_000,
        passWithinMs: (rule.passWithinMinutes ?? defaults.passWithinMinutes) * 60_000,
        by: rule.by ?? defaults.by,
        graceMs: (rule.graceS ?? defaults.graceS) * 1_000,
        unitKinds: kindsThatCount(rule.unitKinds),
      };
    }
    case 'strength': {
      const defaults = RULE_DEFAULTS[rule.kind];
      const wanted = {
        atLeast: rule.atLeast,
        counts: rule.counts ?? defaults.counts,
        holdMs: (rule.holdS ?? defaults.holdS) * 1_000,
      };
      if (rule.in !== undefined) {
        const { movedMetres: metres, withinMinutes: minutes } = rule;
        const moved =
          metres === undefined && minutes === undefined
            ? null
            : {
                metres: metres ?? DEFAULT_MOVED.metres,
                withinMs: (minutes ?? DEFAULT_MOVED.minutes) * MINUTE_MS,
              };
        return { ...base, kind: 'duty-strength', scope: rule.in, units: subjects, ...wanted, moved };
      }
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        ...wanted,
        unitKinds: kindsThatCount(rule.unitKinds),
      };
    }
    case 'bunching': {
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        units: subjects,
        atLeast: rule.atLeast ?? defaults.atLeast,
        withinM: rule.withinM ?? defaults.withinM,
        holdMs: (rule.holdS ?? defaults.holdS) * 1_000,
        exceptPlaces: [...(rule.exceptPlaces ?? [])].sort(),
      };
    }
    case 'dwell-short':
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        minVisitMs: (rule.minVisitS ?? RULE_DEFAULTS[rule.kind].minVisitS) * 1_000,
      };
    case 'dwell-long':
      return {
        ...base,
        kind: rule.kind,
        units: subjects,
        maxStandMs: (rule.maxStandS ?? RULE_DEFAULTS[rule.kind].maxStandS) * 1_000,
      };
    case 'off-zone':
      return {
        ...base,
        kind: rule.kind,
        units: subjects,
        zones: zonesOf(rule.zones, subjects, source),
        beyondM: rule.beyondM ?? RULE_DEFAULTS[rule.kind].beyondM,
        holdMs: (rule.holdS ?? RULE_DEFAULTS[rule.kind].holdS) * 1_000,
      };
    case 'speeding': {
      const { limitKmh, limits = [], toleranceKmh, holdS, exempt } = rule;
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        units: subjects,
        limits: speedLimits(limitKmh ?? defaults.limitKmh, limits),
        toleranceCmps: cmpsOf(toleranceKmh ?? defaults.toleranceKmh),
        holdMs: (holdS ?? defaults.holdS) * 1_000,
        exempt: exempt ?? defaults.exempt,
      };
    }
    case 'lights': {
      const defaults = RULE_DEFAULTS[rule.kind];
      return {
        ...base,
        kind: rule.kind,
        places: subjects,
        unitKinds: kindsThatCount(rule.unitKinds ?? VEHICLES),
        leastPercent: rule.leastPercent ?? defaults.leastPercent,
        minVisitMs: (rule.minVisitS ?? defaults.minVisitS) * 1_000,
      };
    }
    case 'tracker-silence':
      return { ...base, kind: rule.kind, units: subjects };
  }
}

function planPolicy({ id, severities, kinds, places, groups, during, steps }: EscalationFile): EscalationPolicy {
  return {
    id,
    severities: severities ?? null,
    kinds: kinds?.toSorted() ?? null,
    places: places?.toSorted() ?? null,
    groups: groups?.toSorted() ?? null,
    during: during ?? 'always',
    steps: steps.map(({ to, afterS, channels }) => ({ to, afterMs: afterS * 1_000, channels })),
  };
}

/** The zones of the groups of these units: those that a rule names, else those that are assigned. */
function zonesOf(
  named: readonly string[] | undefined,
  units: readonly string[],
  source: RuleSource,
): readonly ZoneOfGroup[] {
  const groups = new Set(source.units.filter(({ id }) => units.includes(id)).map(({ group }) => group));
  const zones: ZoneOfGroup[] =
    named === undefined
      ? source.assignments
          .filter(({ group }) => groups.has(group))
          .map(({ group, zone, during = 'always' }) => ({ group, zone, during }))
      : [...groups].flatMap((group) => named.map((zone) => ({ group, zone, during: 'always' })));
  const key = ({ group, zone, during }: ZoneOfGroup): string => [group, zone, during].join(' ');
  return zones.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

type SpeedLimitFile = NonNullable<Extract<RuleFile, { kind: 'speeding' }>['limits']>[number];

/** Kinds of units that have a limit of their own for everywhere have no other; the first is that of all others. */
function speedLimits(limitKmh: number, limits: readonly SpeedLimitFile[]): readonly SpeedLimit[] {
  const own = new Set(limits.flatMap(({ places, unitKinds = [] }) => (places === undefined ? unitKinds : [])));
  const others = ALL_UNIT_KINDS.filter((kind) => !own.has(kind));
  return [
    { limitCmps: cmpsOf(limitKmh), places: null, unitKinds: others },
    ...limits.map(({ kmh, places, unitKinds }) => ({
      limitCmps: cmpsOf(kmh),
      places: places === undefined ? null : [...places].sort(),
      unitKinds: kindsThatCount(unitKinds),
    })),
  ];
}

function cmpsOf(kmh: number): number {
  return Math.round((kmh * 1_000) / 36);
}

function checkInteger(name: string, value: number, minimum: number, maximum: number): void {
  if (Number.isSafeInteger(value) && value >= minimum && value <= maximum) return;
  throw new BeatwatchError('plan-options', `got ${name} ${value}, expected an integer from ${minimum} to ${maximum}`);
}
