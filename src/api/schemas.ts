import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox';
import type { AlertEvidence, AlertPosition } from '../model/alert.js';
import type { RouteProgress, StatementRecord, TaskRecord, UnitRecord } from '../model/hot.js';
import { DATE_PATTERN } from '../model/local-date.js';
import { ACTION_KINDS, TASK_KINDS } from '../model/log-entry.js';
import { SEVERITIES } from '../model/plan.js';
import { ID_PATTERN } from '../model/roles.js';
import { STALE_REASONS, type Staleness } from '../model/staleness.js';
import { TRACKER_FAULTS } from '../model/tracker-fault.js';
import type { VisitVersion } from '../model/visit.js';
import { ALERT_STATE_NAMES, ALERT_STATES, type AlertAnswer } from '../protocol/alert-states.js';
import type { NearestUnit } from '../protocol/nearest-units.js';
import { API_ERRORS, type ApiErrorCode } from './errors.js';
import { ruleEvidence } from './rule-evidence.js';
import type { TaskAnswer } from './task-orders.js';

/** The shapes that the API answers with, as published in its OpenAPI document. */

/** A value, or null. */
export const Nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

/** What a pattern of an id asks for, in words that complete "expected …". */
export const ID_WORDS = 'an id of 1 to 32 characters out of a-z, 0-9 and -';
export const Id = Type.String({ pattern: ID_PATTERN, 'x-expected': ID_WORDS });
export const DateText = (description: string) =>
  Type.String({ pattern: DATE_PATTERN, 'x-expected': 'a date such as 2026-11-24', description });
/** A text of people that says something. */
export const Said = (mostChars: number, description?: string) =>
  Type.String({
    pattern: '\\S',
    maxLength: mostChars,
    'x-expected': `1 to ${mostChars} characters that are not all blank`,
    ...(description === undefined ? {} : { description }),
  });
export const Instant = Type.Integer({ description: 'Milliseconds since the Unix epoch, UTC.' });
const LogIdText = Type.String({
  pattern: '^\\d+-\\d+$',
  'x-expected': 'a log entry such as 1795481710000-0',
  description: 'An entry of the district log, `<ms>-<seq>`.',
});
export const NamesSchema = Type.Object({ zh: Type.String(), en: Type.String() });

export const StalenessSchema = Type.Object(
  {
    reason: Type.Enum([...STALE_REASONS]),
    sinceMs: Nullable(Instant),
    detail: Type.String({ description: 'For people: what was got, what was expected and what to do.' }),
  } satisfies Record<keyof Staleness, TSchema>,
  {
    description:
      'Why this is not of now. `behind`: nothing after `sinceMs` has been folded. `store-away`: the store has not answered since. `clock`: the clock of the server that answers is wrong, so it logs no time. `log-ahead`: the log is ahead of the clock, so nothing is judged until the clock has come up to it. `no-plan`: no plan is in force, so nothing is judged. The header `beatwatch-stale` says the same.',
  },
);
/** A field of each answer with state. */
export const staleField = { stale: Nullable(StalenessSchema) };
export const RULES = [
  'zone-gap',
  'checkpoint-gap',
  'route-gap',
  'checkpoint-window',
  'debt',
  'predictable',
  'route-pass',
  'strength',
  'duty-strength',
  'bunching',
  'dwell-short',
  'dwell-long',
  'off-zone',
  'speeding',
  'lights',
  'tracker-silence',
  'network-outage',
  'tracker-useless',
  'sos',
] as const;
const CERTAINTIES = ['uncovered', 'unknown', 'certain'] as const;

export const Digest = (description?: string) =>
  Type.String({
    pattern: '^[0-9a-f]{64}$',
    'x-expected': 'a SHA-256 as 64 digits of 0-9 and a-f',
    ...(description === undefined ? {} : { description }),
  });

export const ErrorSchema = Type.Object(
  {
    code: Type.Enum(Object.keys(API_ERRORS) as ApiErrorCode[]),
    message: Type.String({ description: 'For people: what was got and what was expected.' }),
    details: Type.Record(Type.String(), Type.Unknown()),
  },
  { description: 'What every refusal and failure looks like.' },
);

export const CursorSchema = Type.Object(
  { logId: LogIdText, foldVersion: Type.Integer(), lastAlert: Type.Integer(), lastVisit: Type.Integer() },
  { description: 'How far the engine has come.' },
);

export const PositionSchema = Type.Object(
  {
    unit: Id,
    tracker: Id,
    eventTimeMs: Instant,
    lng: Type.Number(),
    lat: Type.Number(),
    sigmaM: Type.Number({ description: 'Accuracy that the engine goes by, metres.' }),
    accuracyM: Nullable(Type.Number({ description: 'As the receiver says it: metres, 68 %.' })),
    speedMps: Nullable(Type.Number()),
    courseDeg: Nullable(Type.Number({ description: 'Clockwise from north.' })),
    power: Nullable(Type.Boolean({ description: 'False: main power was cut.' })),
    batteryPercent: Nullable(Type.Integer()),
    ignition: Nullable(Type.Boolean()),
    lightbar: Nullable(Type.Boolean()),
    sos: Nullable(Type.Boolean()),
  },
  { description: "A unit's latest position by event time, CGCS2000/WGS-84 degrees." },
);

const HealthSchema = Type.Enum([
  'unseen',
  'live',
  'late',
  'silent',
  'no-gnss',
  'power-cut',
  'clock-fault',
  'backfilling',
  'off-duty',
]);

const statementRecord = {
  statementId: Id,
  actor: Type.String({ description: 'Who stated it.' }),
  at: Nullable(Type.String({ description: 'The place that it is at; null: `notAt` says where it is not.' })),
  notAt: Type.Array(Id),
  untilMs: Instant,
  note: Nullable(Type.String()),
  statedAtMs: Type.Integer({ description: 'Log time of its entry: it speaks from then on.' }),
  endedMs: Nullable(Type.Integer({ description: 'Since when it holds no more; null: it stands.' })),
  endedBy: Nullable(Type.Enum(['time', 'statement', 'position'])),
} satisfies Record<keyof StatementRecord, TSchema>;
export const StatementSchema = Type.Object(statementRecord, {
  description: 'What a supervisor stated of the unit by radio. It is no position: the next one ends it.',
});

export const UnitStateSchema = Type.Object({
  unit: Id,
  health: HealthSchema,
  onDuty: Type.Boolean(),
  lastHeardMs: Nullable(Instant),
  trackerFault: Nullable(
    Type.Enum([...TRACKER_FAULTS], {
      description: 'What is wrong with all that the tracker said since it was last useful.',
    }),
  ),
  clockOffsetMs: Nullable(
    Type.Integer({ description: "The tracker's clock less the server's, where that is the fault." }),
  ),
  refoldAtMs: Nullable(
    Type.Integer({ description: 'Its late fixes wait to be taken up until then, log time in ms; null: none does.' }),
  ),
  places: Type.Array(Id, { description: 'Places that it is in now, by its positions.' }),
  statement: Nullable(StatementSchema),
} satisfies Record<keyof UnitRecord, TSchema>);

export const UnitSchema = Type.Object({
  ...UnitStateSchema.properties,
  callsign: Nullable(Type.String()),
  kind: Nullable(Type.Enum(['car', 'motorcycle', 'foot'])),
  group: Nullable(Id),
  crewCount: Nullable(Type.Integer()),
  expectedIntervalMs: Nullable(Type.Integer()),
  position: Nullable(PositionSchema),
});

export const NearestUnitSchema = Type.Object(
  {
    unit: Id,
    callsign: Type.String(),
    kind: Type.Enum(['car', 'motorcycle', 'foot']),
    group: Id,
    crewCount: Type.Integer(),
    health: HealthSchema,
    availability: Type.Enum(['free', 'tasked', 'maintenance', 'out-of-service'], {
      description: '`tasked`: on an escort or an incident. `maintenance`, `out-of-service`: not to be sent.',
    }),
    taskId: Nullable(Type.String({ description: 'The open task that `availability` comes of.' })),
    certainty: Type.Enum(['current', 'doubtful', 'stated', 'unknown'], {
      description:
        '`current`: its position is no older than its silence threshold. `doubtful`: it was there once, and may be anywhere from `leastM` to `mostM` now. `stated`: where it is was stated by radio. `unknown`: it has no position, or one so old that it may be anywhere; `leastM` and `mostM` are null.',
    }),
    distanceM: Nullable(
      Type.Integer({ description: 'From its last position, or the place of the statement; 0: inside the place.' }),
    ),
    leastM: Nullable(Type.Integer({ description: 'The least distance now, by accuracy, age and top speed.' })),
    mostM: Nullable(Type.Integer({ description: 'The greatest distance now.' })),
    ageMs: Nullable(Type.Integer({ description: 'How old the position or the statement is.' })),
    statedAt: Nullable(Type.String({ description: 'The place that it was stated to be at.' })),
  } satisfies Record<keyof NearestUnit, TSchema>,
  { description: 'A unit on duty and its straight distance, metres.' },
);

const RouteProgressSchema = Type.Object(
  {
    lengthM: Type.Integer(),
    segmentsSeenS: Type.Array(Type.Integer(), {
      description: 'When each segment of about 100 m was seen last, along the line, seconds since 1970; 0: not yet.',
    }),
    inferred: Type.Array(Type.Integer(), {
      description: 'Indices of segments that were last seen only between two fixes.',
    }),
    dueMs: Nullable(Instant),
    pass: Nullable(
      Type.Object(
        { by: Id, coveredPercent: Type.Integer() },
        { description: 'The unit, or group, that has covered most since its last pass, within the time of one.' },
      ),
    ),
    lastPass: Nullable(
      Type.Object({
        by: Id,
        fromMs: Instant,
        toMs: Instant,
        direction: Type.Enum(['forward', 'backward']),
        observedPercent: Type.Integer(),
      }),
    ),
  } satisfies Record<keyof RouteProgress, TSchema>,
  { description: 'How far a route was driven that a `route-pass` rule watches.' },
);

export const CoverageSchema = Type.Object({
  place: Id,
  presence: Type.Enum(['covered', 'uncovered', 'unknown']),
  units: Type.Array(Id, { description: 'Units that are there: seen, or stated to be by radio.' }),
  possibleUnits: Type.Array(Id, { description: 'Units that may be there: silent, or standing at its edge.' }),
  statedUnits: Type.Array(Id, { description: 'Those of `units` that are there by what was said on the radio alone.' }),
  lastCoveredMs: Nullable(Instant),
  lastUnit: Nullable(Id),
  dueMs: Nullable(Instant),
  route: Type.Optional(RouteProgressSchema),
});

export const VisitSchema = Type.Object({
  transition: Type.Integer(),
  visitId: Type.String(),
  version: Type.Integer(),
  kind: Type.Enum(['visit', 'cross'], {
    description: 'A cross is a passage between two fixes, or with one inside: it is never presence.',
  }),
  place: Id,
  unit: Id,
  state: Type.Enum(['open', 'closed', 'retracted']),
  innerFromMs: Instant,
  innerToMs: Nullable(Instant),
  outerFromMs: Nullable(Instant),
  fromHole: Type.Boolean({ description: 'A hole in the trace lies before it: nobody saw the unit come.' }),
  toHole: Type.Boolean({ description: 'A hole in the trace lies after it: nobody saw the unit go.' }),
  outerToMs: Nullable(Instant),
  atMs: Instant,
  logId: LogIdText,
  mergedInto: Nullable(Type.String()),
  previous: Nullable(Type.Integer()),
  settled: Type.Boolean({ description: 'The record of a settled day holds it as it is; false with versions=all.' }),
} satisfies Record<keyof VisitVersion | 'settled', TSchema>);

const taskRecord = {
  taskId: Id,
  actor: Type.String({ description: 'Who opened it, or who closed it.' }),
  task: Type.Enum([...TASK_KINDS]),
  units: Type.Array(Id),
  places: Type.Array(Id),
  fromMs: Instant,
  toMs: Nullable(Instant),
  reason: Type.String(),
} satisfies Record<keyof TaskRecord, TSchema>;
export const TaskRecordSchema = Type.Object(taskRecord);
export const TaskSchema = Type.Object({
  ...taskRecord,
  state: Type.Enum(['planned', 'open', 'ended']),
} satisfies Record<keyof TaskAnswer, TSchema>);

const alertPosition = (description: string) =>
  Type.Object(
    { lng: Type.Number(), lat: Type.Number(), sigmaM: Type.Number(), eventTimeMs: Instant } satisfies Record<
      keyof AlertPosition,
      TSchema
    >,
    { description },
  );

export const EvidenceSchema = Type.Object({
  ending: Type.Optional(
    Type.Enum(['arrival', 'movement', 'report', 'silence', 'window', 'broken'], {
      description:
        'What ended it: somebody came (`byUnit`), the unit moved on, its tracker reported again or fell silent, the window or the duty was over, or the rhythm of visits was broken, by `byUnit` or because nobody came.',
    }),
  ),
  lastUnit: Type.Optional(Id),
  lastSeenMs: Type.Optional(Instant),
  byUnit: Type.Optional(Id),
  byEventTimeMs: Type.Optional(Instant),
  possibleUnits: Type.Optional(Type.Array(Id)),
  unseenUnits: Type.Optional(
    Type.Array(Id, { description: 'Those of possibleUnits that do not report where they are.' }),
  ),
  sureSinceMs: Type.Optional(Instant),
  bridged: Type.Optional(Type.Array(Type.Object({ unit: Id, lastSeenMs: Instant, nextSeenMs: Instant }))),
  notReporting: Type.Optional(Type.Array(Type.Object({ unit: Id, sinceMs: Instant }))),
  stated: Type.Optional(Type.Array(Type.Object({ unit: Id, at: Nullable(Id), statedAtMs: Instant }))),
  ...ruleEvidence(Id),
  innerMs: Type.Optional(Type.Integer()),
  outerMs: Type.Optional(Type.Integer()),
  thresholdMs: Type.Optional(Type.Integer()),
  graceMs: Type.Optional(Type.Integer()),
  planVersion: Type.Optional(Type.Integer()),
  orders: Type.Optional(
    Type.Array(Id, { description: 'Operation orders that made, or changed, the rule that found it.' }),
  ),
  units: Type.Optional(Type.Array(Id)),
  unitsOnDuty: Type.Optional(Type.Integer({ description: 'Trackers on duty in an outage of the network.' })),
  sinceDutyStart: Type.Optional(
    Type.Boolean({
      description:
        "The tracker has not reported since the watch over it began: with the unit's duty, the rule's window or the plan.",
    }),
  ),
  standsAt: Type.Optional(
    Type.Object({ lng: Type.Number(), lat: Type.Number() }, { description: 'Where the unit stands, degrees.' }),
  ),
  position: Type.Optional(
    alertPosition(
      'Where the unit was at its call, or was last believed to be before it, degrees; sigmaM is its accuracy, metres.',
    ),
  ),
  positionAgeMs: Type.Optional(
    Type.Integer({ description: "How much older than the call the position is; left out: it is the call's own." }),
  ),
  doubtedPosition: Type.Optional(
    alertPosition('What the call itself says of where the unit was, which it cannot have reached from there.'),
  ),
  outOfArea: Type.Optional(Type.Boolean({ description: "The position is outside the district's area." })),
  nearPlace: Type.Optional(Id),
  nearPlaceM: Type.Optional(Type.Integer({ description: 'How far nearPlace is, metres; 0: in it.' })),
  ageMs: Type.Optional(Type.Integer({ description: 'How old the call was when it came.' })),
  trackerFault: Type.Optional(Type.Enum([...TRACKER_FAULTS])),
  clockOffsetMs: Type.Optional(Type.Integer({ description: "The tracker's clock less the server's." })),
  actionId: Type.Optional(Type.String()),
  action: Type.Optional(Type.Enum([...ACTION_KINDS])),
  actor: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
} satisfies Record<keyof AlertEvidence, TSchema>);

const STATE_MEANINGS = Object.entries(ALERT_STATES)
  .map(([state, meaning]) => `\`${state}\`: ${meaning}`)
  .join('; ');

export const AlertSchema = Type.Object({
  transition: Type.Integer({ description: 'Dense over the district: 1, 2, 3 …' }),
  alertId: Type.String(),
  version: Type.Integer(),
  rule: Type.Enum([...RULES]),
  ruleId: Id,
  subject: Type.Object({ kind: Type.Enum(['place', 'unit', 'district']), id: Id }),
  place: Nullable(Id),
  unit: Nullable(Id),
  severity: Type.Enum([...SEVERITIES]),
  change: Type.Enum([
    'raised',
    'reopened',
    'corrected',
    'updated',
    'cleared',
    'retracted',
    'confirmed',
    'acknowledged',
    'commented',
    'shelved',
    'unshelved',
    'resolved',
    'refused',
  ]),
  condition: Type.Enum(['active', 'cleared', 'retracted']),
  acknowledged: Type.Boolean(),
  finality: Type.Enum(['provisional', 'confirmed', 'settled'], {
    description:
      'Provisional: a fix that comes late may still show that it was wrong. Settled: the record of a settled day holds it (only in answers of these routes, for the last version).',
  }),
  shelvedUntilMs: Nullable(Instant),
  suppressedBy: Nullable(
    Type.String({ description: '`task:<task id>`, or the id of the alert that stands for it: a network outage.' }),
  ),
  chattering: Type.Boolean({
    description: 'It came and went so often that it is held active until it has been calm for ten minutes.',
  }),
  state: Type.Enum([...ALERT_STATE_NAMES], {
    description: `After ISA-18.2. ${STATE_MEANINGS}.`,
  }),
  fromMs: Instant,
  toMs: Nullable(Instant),
  certainty: Type.Enum([...CERTAINTIES]),
  occurrence: Type.Integer(),
  episodes: Type.Array(
    Type.Object({
      fromMs: Instant,
      toMs: Nullable(Instant),
      certainty: Type.Enum([...CERTAINTIES]),
      sure: Type.Optional(
        Type.Array(Type.Integer(), {
          description: 'Gaps: the last stretches [from, to) in which it was sure that nobody was there, flat, ms.',
        }),
      ),
      sureMs: Type.Optional(Type.Integer({ description: 'All such stretches together.' })),
    }),
  ),
  cause: Type.Enum(['timer', 'fix', 'late-data', 'operator', 'plan', 'fold', 'resume']),
  atMs: Instant,
  logId: LogIdText,
  evidence: EvidenceSchema,
  names: Type.Optional(
    Type.Object(
      {
        places: Type.Record(
          Id,
          Type.Object({ ...NamesSchema.properties, kind: Type.Enum(['zone', 'checkpoint', 'route']) }),
        ),
        units: Type.Record(Id, Type.String()),
      },
      { description: 'What the ids in it are called. Absent in versions that an older fold made.' },
    ),
  ),
  sentence: NamesSchema,
  mergedInto: Nullable(Type.String()),
  previous: Nullable(Type.Integer()),
} satisfies Record<keyof AlertAnswer, TSchema>);

export const PlanSummarySchema = Type.Object({
  version: Type.Integer(),
  inForceFromMs: Instant,
  expandedToMs: Instant,
  places: Type.Integer(),
  units: Type.Integer(),
  rules: Type.Integer(),
});

export const DistrictSchema = Type.Object({
  district: Id,
  name: Nullable(NamesSchema),
  timeZone: Nullable(Type.String()),
  clock: Type.Enum(['wall', 'virtual']),
  nowMs: Instant,
  cursor: Nullable(CursorSchema),
  plan: Nullable(PlanSummarySchema),
  ...staleField,
});

export const FeatureCollectionSchema = Type.Object(
  { type: Type.Enum(['FeatureCollection']), features: Type.Array(Type.Record(Type.String(), Type.Unknown())) },
  { description: 'GeoJSON, WGS-84.' },
);

/** A field of answers from a record that is numbered without a hole. */
export const missingField = {
  missing: Type.Array(Type.Object({ from: Type.Integer(), to: Type.Integer() }), {
    description:
      'Transitions, inclusive, that were looked for and are not there: somebody has taken them away. Empty where all is whole.',
  }),
};

export const pageOf = <Schema extends TSchema>(item: Schema) =>
  Type.Object({
    items: Type.Array(item),
    next: Nullable(Type.Integer({ description: 'Give it as `after` for the next page; null at the end.' })),
    ...missingField,
    ...staleField,
  });

export const ReadinessSchema = Type.Object({
  ready: Type.Boolean(),
  checks: Type.Array(Type.Object({ name: Type.String(), ok: Type.Boolean(), detail: Type.Optional(Type.String()) })),
});

export type UnitAnswer = Static<typeof UnitSchema>;
export type DistrictAnswer = Static<typeof DistrictSchema>;
