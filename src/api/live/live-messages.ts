import { type TSchema, Type } from '@fastify/type-provider-typebox';
import type { CoverageRecord, PositionRecord, TaskRecord, UnitRecord } from '../../model/hot.js';
import type { MissingNumbers } from '../../model/losses.js';
import type { Staleness } from '../../model/staleness.js';
import type { AlertAnswer } from '../alert-state.js';
import { MAX_FILTER_IDS } from '../limits.js';
import {
  AlertSchema,
  CoverageSchema,
  CursorSchema,
  Id,
  PositionSchema,
  RULES,
  SEVERITIES,
  staleField,
  TaskRecordSchema,
  UnitStateSchema,
} from '../schemas.js';

export const LIVE_SUBPROTOCOL = 'beatwatch.live.v1';

/** The state of one instant. Every transition up to lastAlert came before it or is in it; the next ones come after it. */
export interface SnapshotMessage {
  readonly type: 'snapshot';
  readonly cursor: {
    readonly logId: string;
    readonly foldVersion: number;
    readonly lastAlert: number;
    readonly lastVisit: number;
  } | null;
  readonly lastAlert: number;
  /** Null after a resume: the transitions sent before it say what changed. */
  readonly openAlerts: readonly AlertAnswer[] | null;
  readonly coverage: readonly CoverageRecord[];
  readonly positions: readonly PositionRecord[];
  readonly units: readonly UnitRecord[];
  readonly tasks: readonly TaskRecord[];
}

/** What state messages have in common besides their records. */
export interface StateChange {
  /** Ids that are gone. */
  readonly removed?: readonly string[];
  /** How many changes were left out because a later one of the same id replaced them before they could be sent. */
  readonly skipped?: number;
  /** These are all there are: forget the others. */
  readonly complete?: true;
}

/** Server to client. */
export type LiveMessage =
  | SnapshotMessage
  | ({ readonly type: 'alert' } & AlertAnswer)
  | ({ readonly type: 'positions'; readonly positions: readonly PositionRecord[] } & StateChange)
  | ({ readonly type: 'units'; readonly units: readonly UnitRecord[] } & StateChange)
  | ({ readonly type: 'coverage'; readonly coverage: readonly CoverageRecord[] } & StateChange)
  | ({ readonly type: 'tasks'; readonly tasks: readonly TaskRecord[] } & StateChange)
  | { readonly type: 'resync'; readonly first: number; readonly last: number }
  /** Transitions, inclusive, that are not there though later ones are: somebody has taken them away. */
  | ({ readonly type: 'missing' } & MissingNumbers)
  /** What is shown is not of now, and since when; null: it is again. */
  | { readonly type: 'stale'; readonly stale: Staleness | null }
  | {
      readonly type: 'error';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    };

const stateChange = {
  removed: Type.Optional(Type.Array(Id)),
  skipped: Type.Optional(Type.Integer({ minimum: 1 })),
  complete: Type.Optional(Type.Literal(true)),
};
const message = <Type_ extends string>(type: Type_, properties: Record<string, TSchema>) =>
  Type.Object({ type: Type.Literal(type), ...properties }, { additionalProperties: false });

/** The schema of LiveMessage for other programs, served with the JSON Schemas. */
export const LiveMessageSchema = Type.Union([
  message('snapshot', {
    cursor: Type.Union([CursorSchema, Type.Null()]),
    lastAlert: Type.Integer(),
    openAlerts: Type.Union([Type.Array(AlertSchema), Type.Null()]),
    coverage: Type.Array(CoverageSchema),
    positions: Type.Array(PositionSchema),
    units: Type.Array(UnitStateSchema),
    tasks: Type.Array(TaskRecordSchema),
  }),
  message('alert', AlertSchema.properties),
  message('positions', { positions: Type.Array(PositionSchema), ...stateChange }),
  message('units', { units: Type.Array(UnitStateSchema), ...stateChange }),
  message('coverage', { coverage: Type.Array(CoverageSchema), ...stateChange }),
  message('tasks', { tasks: Type.Array(TaskRecordSchema), ...stateChange }),
  message('resync', { first: Type.Integer(), last: Type.Integer() }),
  message('missing', { from: Type.Integer(), to: Type.Integer() }),
  message('stale', staleField),
  message('error', {
    code: Type.String(),
    message: Type.String(),
    details: Type.Record(Type.String(), Type.Unknown()),
  }),
]);

/** Client to server: a filter in place of the one before, answered with a snapshot. What is left out is not restricted. */
export const SubscribeSchema = Type.Object(
  {
    type: Type.Literal('subscribe'),
    places: Type.Optional(Type.Array(Id, { maxItems: MAX_FILTER_IDS })),
    units: Type.Optional(Type.Array(Id, { maxItems: MAX_FILTER_IDS })),
    rules: Type.Optional(Type.Array(Type.Enum([...RULES]), { maxItems: RULES.length })),
    severities: Type.Optional(Type.Array(Type.Enum([...SEVERITIES]), { maxItems: SEVERITIES.length })),
  },
  { additionalProperties: false },
);
