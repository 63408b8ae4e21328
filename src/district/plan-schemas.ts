import { type Static, Type } from 'typebox';
import { SUBJECT_KINDS } from '../model/alert-id.js';
import {
  ESCALATION_LEVELS,
  MAX_ESCALATION_MS,
  MAX_ESCALATION_POLICIES,
  MAX_ESCALATION_STEPS,
  MAX_STEP_CHANNELS,
} from '../model/escalation.js';
import { DENSE_FACTOR, MAX_REVISITS, POSSIBLE_FOR_MS } from '../model/limits.js';
import { SEVERITIES } from '../model/plan.js';
import { byId, DateText, EndTime, Id, Note, strict, Time, UnitKinds } from './schema-parts.js';

export const MODES = ['peak', 'off-peak', 'low'] as const;
export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof WEEKDAYS)[number];

/** Half-open `[from, to)` on the local clock. */
const WindowSchema = strict({ from: Time, to: EndTime });
const Windows = Type.Array(WindowSchema, { maxItems: 100 });
const ModeSchema = Type.Enum([...MODES]);
const ModeWindows = Type.Array(strict({ mode: ModeSchema, from: Time, to: EndTime }), { maxItems: 100 });

const DayTypeSchema = strict({
  /** The hours in which exactly one mode must hold at every instant. */
  coverage: Windows,
  modes: ModeWindows,
  note: Type.Optional(Note),
});
const span = {
  date: DateText,
  /** Last date, inclusive; without it the exception is for one day. */
  through: Type.Optional(DateText),
};
const As = Type.String({ ...Id, description: 'a day type of the calendar, or a weekday whose day type holds' });
export const CalendarSchema = strict({
  dayTypes: byId(DayTypeSchema, { minProperties: 1 }),
  /** The base week: a day type for each weekday. */
  week: strict(Object.fromEntries(WEEKDAYS.map((day) => [day, Id])) as Record<Weekday, typeof Id>),
  /** Dates that differ: `as` another day type, or with `coverage` and `modes` of their own, or both. */
  exceptions: Type.Optional(
    Type.Array(
      strict({
        ...span,
        as: Type.Optional(As),
        coverage: Type.Optional(Windows),
        modes: Type.Optional(ModeWindows),
        note: Type.Optional(Note),
      }),
      { maxItems: 2_000 },
    ),
  ),
});
/** A schedule follows the calendar's day types, so that a holiday is said once; its own exceptions come on top. */
export const ScheduleSchema = strict({
  /** Windows of every day type that `dayTypes` does not name. */
  daily: Type.Optional(Windows),
  dayTypes: Type.Optional(byId(Windows)),
  exceptions: Type.Optional(
    Type.Array(
      strict({
        ...span,
        as: Type.Optional(As),
        windows: Type.Optional(Windows),
        note: Type.Optional(Note),
      }),
      { maxItems: 2_000 },
    ),
  ),
  note: Type.Optional(Note),
});

const SeveritySchema = Type.Enum([...SEVERITIES]);
const seconds = (minimum: number, maximum: number, fallback: number) =>
  Type.Optional(Type.Integer({ minimum, maximum, default: fallback }));
const kmh = seconds;
const AllOrIds = Type.Optional(
  Type.Union([Type.Literal('all'), Type.Array(Id, { minItems: 1, maxItems: 5_000, uniqueItems: true })], {
    description: '"all" or a list of ids, each once',
    default: 'all',
  }),
);

/** What a rule means where the file does not say; sources and reasons in ARCHITECTURE.md. */
export const RULE_DEFAULTS = {
  'zone-gap': { severity: 'medium', modes: ['low'], thresholdS: 1_800, graceS: 120, minPresenceS: 60 },
  'checkpoint-gap': { severity: 'high', modes: ['peak'], thresholdS: 600, graceS: 300, minPresenceS: 0 },
  'route-gap': { severity: 'medium', modes: ['off-peak'], thresholdS: 1_800, graceS: 120, minPresenceS: 0 },
  'checkpoint-window': {
    severity: 'medium',
    modes: ['peak'],
    graceS: 300,
    absenceS: 600,
    handoverS: 120,
    minPresenceS: 60,
  },
  debt: { severity: 'medium', modes: null, creditS: 7_200, worth: 8, graceS: 300 },
  predictable: { severity: 'low', modes: null, revisits: 5, withinS: 180, mergeS: 300, leastIntervalS: 600 },
  strength: { severity: 'medium', modes: null, counts: 'units', holdS: 120 },
  bunching: { severity: 'medium', modes: null, atLeast: 3, withinM: 100, holdS: 600 },
  'route-pass': {
    severity: 'low',
    modes: ['off-peak'],
    everyMinutes: 90,
    passWithinMinutes: 60,
    by: 'unit',
    graceS: 300,
  },
  'dwell-short': { severity: 'low', modes: ['peak'], minVisitS: 600 },
  'dwell-long': { severity: 'low', modes: null, maxStandS: 1_500 },
  'off-zone': { severity: 'medium', modes: null, beyondM: 100, holdS: 180 },
  speeding: { severity: 'low', modes: null, limitKmh: 80, toleranceKmh: 10, holdS: 10, exempt: 'task-and-lights' },
  lights: { severity: 'low', modes: null, leastPercent: 90, minVisitS: 120 },
  'tracker-silence': { severity: 'medium', modes: null },
} as const;

/** How far a unit that is to keep moving must come, and in what time, where a rule says only one of both. */
export const DEFAULT_MOVED = { metres: 500, minutes: 60 } as const;

function common<K extends keyof typeof RULE_DEFAULTS>(kind: K) {
  const { severity, modes } = RULE_DEFAULTS[kind];
  return {
    kind: Type.Literal(kind),
    id: Id,
    severity: Type.Optional(Type.Enum([...SEVERITIES], { ...SeveritySchema, default: severity })),
    /** Modes in which the rule binds. With neither `modes` nor `during`: the kind's own, else always. */
    modes: Type.Optional(
      Type.Array(ModeSchema, {
        minItems: 1,
        maxItems: 3,
        uniqueItems: true,
        ...(modes === null ? {} : { default: [...modes] }),
      }),
    ),
    /** A schedule, `always` or `coverage`: the rule binds only inside it. With `modes`: where both hold. */
    during: Type.Optional(Id),
    note: Type.Optional(Note),
  };
}
/** Up to a day. */
function minutes(minimum: number, fallback: number) {
  return Type.Optional(Type.Integer({ minimum, maximum: 1_440, default: fallback }));
}
function gapRule<K extends 'zone-gap' | 'checkpoint-gap' | 'route-gap'>(kind: K) {
  const fallback = RULE_DEFAULTS[kind];
  return strict({
    ...common(kind),
    places: AllOrIds,
    thresholdS: seconds(30, 86_400, fallback.thresholdS),
    graceS: seconds(0, 3_600, fallback.graceS),
    minPresenceS: seconds(0, 3_600, fallback.minPresenceS),
    unitKinds: Type.Optional(UnitKinds),
  });
}
/** One schema a rule kind. */
export const RULES = {
  'zone-gap': gapRule('zone-gap'),
  'checkpoint-gap': gapRule('checkpoint-gap'),
  'route-gap': gapRule('route-gap'),
  'checkpoint-window': strict({
    ...common('checkpoint-window'),
    places: AllOrIds,
    graceS: seconds(0, 3_600, RULE_DEFAULTS['checkpoint-window'].graceS),
    absenceS: seconds(60, 86_400, RULE_DEFAULTS['checkpoint-window'].absenceS),
    handoverS: seconds(0, 3_600, RULE_DEFAULTS['checkpoint-window'].handoverS),
    minPresenceS: seconds(0, 3_600, RULE_DEFAULTS['checkpoint-window'].minPresenceS),
    unitKinds: Type.Optional(UnitKinds),
  }),
  debt: strict({
    ...common('debt'),
    /** Zones and checkpoints: what is enough for one place is seldom for another. */
    places: Type.Array(Id, { minItems: 1, maxItems: 5_000, uniqueItems: true }),
    creditS: seconds(300, 86_400, RULE_DEFAULTS.debt.creditS),
    worth: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: RULE_DEFAULTS.debt.worth })),
    /** Less than `creditS`; without: a quarter of it. */
    clearS: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_399 })),
    graceS: seconds(0, 3_600, RULE_DEFAULTS.debt.graceS),
    unitKinds: Type.Optional(UnitKinds),
  }),
  predictable: strict({
    ...common('predictable'),
    places: AllOrIds,
    revisits: Type.Optional(
      Type.Integer({ minimum: 2, maximum: MAX_REVISITS, default: RULE_DEFAULTS.predictable.revisits }),
    ),
    withinS: seconds(10, 3_600, RULE_DEFAULTS.predictable.withinS),
    mergeS: seconds(0, 3_600, RULE_DEFAULTS.predictable.mergeS),
    leastIntervalS: seconds(60, 86_400, RULE_DEFAULTS.predictable.leastIntervalS),
    unitKinds: Type.Optional(UnitKinds),
  }),
  'route-pass': strict({
    ...common('route-pass'),
    places: AllOrIds,
    everyMinutes: minutes(10, RULE_DEFAULTS['route-pass'].everyMinutes),
    passWithinMinutes: minutes(5, RULE_DEFAULTS['route-pass'].passWithinMinutes),
    /** Whose drives make one pass: those of one unit, or of all units of a group. */
    by: Type.Optional(Type.Enum(['unit', 'team'], { default: RULE_DEFAULTS['route-pass'].by })),
    graceS: seconds(0, 3_600, RULE_DEFAULTS['route-pass'].graceS),
    unitKinds: Type.Optional(UnitKinds),
  }),
  strength: strict({
    ...common('strength'),
    /** Places of any kind: how many one place wants is seldom what another does. Either these, or `in`. */
    places: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 5_000, uniqueItems: true })),
    /** All units on duty together, wherever they are; or those that `units` says are the reserve. */
    in: Type.Optional(Type.Enum(['district', 'reserve'])),
    /** With `in`: the units that count. */
    units: AllOrIds,
    /** With `in`: a unit counts only if it has come so far in the last `withinMinutes`. With neither of both it may stand. */
    movedMetres: Type.Optional(Type.Integer({ minimum: 100, maximum: 10_000, default: DEFAULT_MOVED.metres })),
    withinMinutes: Type.Optional(Type.Integer({ minimum: 10, maximum: 240, default: DEFAULT_MOVED.minutes })),
    atLeast: Type.Integer({ minimum: 1, maximum: 1_000 }),
    counts: Type.Optional(Type.Enum(['units', 'officers'], { default: RULE_DEFAULTS.strength.counts })),
    holdS: seconds(0, 86_400, RULE_DEFAULTS.strength.holdS),
    unitKinds: Type.Optional(UnitKinds),
  }),
  bunching: strict({
    ...common('bunching'),
    units: AllOrIds,
    unitKinds: Type.Optional(UnitKinds),
    atLeast: Type.Optional(Type.Integer({ minimum: 2, maximum: 20, default: RULE_DEFAULTS.bunching.atLeast })),
    withinM: Type.Optional(Type.Integer({ minimum: 20, maximum: 1_000, default: RULE_DEFAULTS.bunching.withinM })),
    holdS: seconds(120, 7_200, RULE_DEFAULTS.bunching.holdS),
    /** Places of any kind where units may be together, besides checkpoints of which a strength rule wants so many. */
    exceptPlaces: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 5_000, uniqueItems: true })),
  }),
  'dwell-short': strict({
    ...common('dwell-short'),
    places: AllOrIds,
    minVisitS: seconds(60, 86_400, RULE_DEFAULTS['dwell-short'].minVisitS),
  }),
  'dwell-long': strict({
    ...common('dwell-long'),
    units: AllOrIds,
    unitKinds: Type.Optional(UnitKinds),
    maxStandS: seconds(60, 86_400, RULE_DEFAULTS['dwell-long'].maxStandS),
  }),
  'off-zone': strict({
    ...common('off-zone'),
    units: AllOrIds,
    unitKinds: Type.Optional(UnitKinds),
    /** Without: the zones that units.json assigns to the group of each unit. */
    zones: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 100, uniqueItems: true })),
    beyondM: Type.Optional(Type.Integer({ minimum: 0, maximum: 10_000, default: RULE_DEFAULTS['off-zone'].beyondM })),
    holdS: seconds(30, 86_400, RULE_DEFAULTS['off-zone'].holdS),
  }),
  speeding: strict({
    ...common('speeding'),
    units: AllOrIds,
    unitKinds: Type.Optional(UnitKinds),
    /** Of units and places that none of `limits` is about. */
    limitKmh: kmh(5, 200, RULE_DEFAULTS.speeding.limitKmh),
    limits: Type.Optional(
      Type.Array(
        strict({
          kmh: Type.Integer({ minimum: 5, maximum: 200 }),
          places: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 200, uniqueItems: true })),
          unitKinds: Type.Optional(UnitKinds),
        }),
        { maxItems: 50 },
      ),
    ),
    toleranceKmh: kmh(0, 50, RULE_DEFAULTS.speeding.toleranceKmh),
    holdS: seconds(5, 600, RULE_DEFAULTS.speeding.holdS),
    exempt: Type.Optional(Type.Enum(['task', 'task-and-lights'], { default: RULE_DEFAULTS.speeding.exempt })),
  }),
  lights: strict({
    ...common('lights'),
    /** Routes and checkpoints where the lightbar must be seen. */
    places: Type.Array(Id, { minItems: 1, maxItems: 5_000, uniqueItems: true }),
    unitKinds: Type.Optional(UnitKinds),
    leastPercent: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: RULE_DEFAULTS.lights.leastPercent })),
    minVisitS: seconds(60, 86_400, RULE_DEFAULTS.lights.minVisitS),
  }),
  'tracker-silence': strict({ ...common('tracker-silence'), units: AllOrIds, unitKinds: Type.Optional(UnitKinds) }),
} as const;

const idList = (maxItems: number, options: object = {}) =>
  Type.Array(Id, { minItems: 1, maxItems, uniqueItems: true, ...options });
const ALERT_KINDS = Object.keys(SUBJECT_KINDS) as (keyof typeof SUBJECT_KINDS)[];
/** Who is told of which alerts; of all policies the first that takes an alert. */
export const EscalationSchema = strict({
  id: Id,
  severities: Type.Optional(Type.Array(SeveritySchema, { minItems: 1, maxItems: 3, uniqueItems: true })),
  /** Kinds of rules, those that are built in too. */
  kinds: Type.Optional(
    Type.Array(Type.Enum(ALERT_KINDS), { minItems: 1, maxItems: ALERT_KINDS.length, uniqueItems: true }),
  ),
  places: Type.Optional(idList(5_000)),
  groups: Type.Optional(idList(1_000)),
  /** A schedule, `always` or `coverage`: alerts that are raised in it. */
  during: Type.Optional(Id),
  steps: Type.Array(
    strict({
      to: Type.Enum([...ESCALATION_LEVELS]),
      afterS: Type.Integer({ minimum: 0, maximum: MAX_ESCALATION_MS / 1_000 }),
      /** What they are, the server's configuration says. */
      channels: idList(MAX_STEP_CHANNELS),
    }),
    { minItems: 1, maxItems: MAX_ESCALATION_STEPS },
  ),
  note: Type.Optional(Note),
});

/** How long a unit out of sight may be where it could have got to; a longer doubt is kept, and judged anew, for longer. */
const PossibleFor = seconds(60, 14_400, POSSIBLE_FOR_MS / 1_000);
/** One fix of a unit counts in each stretch of its report interval divided by this. */
const DenseFactor = Type.Integer({ minimum: 2, maximum: 1_000, default: DENSE_FACTOR });

/** The outside of `plan.json`; calendar, schedules and rules are checked one by one. */
export const PlanOutline = strict({
  calendar: Type.Unknown({ description: 'a calendar with dayTypes, week and exceptions' }),
  schedules: Type.Optional(byId(Type.Unknown(), { maxProperties: 200 })),
  rules: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 200 }),
  escalation: Type.Optional(Type.Array(Type.Unknown(), { maxItems: MAX_ESCALATION_POLICIES })),
  possibleForS: PossibleFor,
  denseFactor: Type.Optional(DenseFactor),
  note: Type.Optional(Note),
});
/** `plan.json`: when which rules bind which places and units. */
export const PlanSchema = strict(
  {
    calendar: CalendarSchema,
    schedules: Type.Optional(byId(ScheduleSchema, { maxProperties: 200 })),
    rules: Type.Array(
      Type.Union([
        RULES['zone-gap'],
        RULES['checkpoint-gap'],
        RULES['route-gap'],
        RULES['checkpoint-window'],
        RULES.debt,
        RULES.predictable,
        RULES['route-pass'],
        RULES.strength,
        RULES.bunching,
        RULES['dwell-short'],
        RULES['dwell-long'],
        RULES['off-zone'],
        RULES.speeding,
        RULES.lights,
        RULES['tracker-silence'],
      ]),
      { minItems: 1, maxItems: 200 },
    ),
    escalation: Type.Optional(Type.Array(EscalationSchema, { maxItems: MAX_ESCALATION_POLICIES })),
    possibleForS: PossibleFor,
    denseFactor: Type.Optional(DenseFactor),
    note: Type.Optional(Note),
  },
  { title: 'plan.json' },
);

export type WindowFile = Static<typeof WindowSchema>;
export type CalendarFile = Static<typeof CalendarSchema>;
export type ScheduleFile = Static<typeof ScheduleSchema>;
export type ModeWindowFile = Static<typeof ModeWindows>[number];
export type EscalationFile = Static<typeof EscalationSchema>;
type RuleSchemas = typeof RULES;
export type RuleFile = { [K in keyof RuleSchemas]: Static<RuleSchemas[K]> }[keyof RuleSchemas];
