import type { TSchema } from '@fastify/type-provider-typebox';
import { PlanSchema } from './plan-schemas.js';
import { canonicalJson } from '../model/canonical-json.js';
import { FixSchema } from './fix-answer.js';
import { LossSchema } from './routes/record-routes.js';
import { NoticeSchema } from './routes/notice-routes.js';
import { SkippedSchema } from './routes/skipped-routes.js';
import { AreaPresenceSchema, TraceFixSchema, TraceHoleSchema } from './record-schemas.js';
import {
  AlertSchema,
  CoverageSchema,
  CursorSchema,
  DistrictSchema,
  ErrorSchema,
  EvidenceSchema,
  FeatureCollectionSchema,
  NamesSchema,
  NearestUnitSchema,
  PlanSummarySchema,
  PositionSchema,
  StalenessSchema,
  StatementSchema,
  TaskRecordSchema,
  TaskSchema,
  UnitSchema,
  UnitStateSchema,
  VisitSchema,
} from './schemas.js';

/** Shapes that stand by a name in the published documents, so that a generated client has one type for each. */
const NAMED: Readonly<Record<string, TSchema>> = {
  Alert: AlertSchema,
  AreaPresence: AreaPresenceSchema,
  AlertEvidence: EvidenceSchema,
  Coverage: CoverageSchema,
  Cursor: CursorSchema,
  District: DistrictSchema,
  Error: ErrorSchema,
  FeatureCollection: FeatureCollectionSchema,
  Fix: FixSchema,
  Loss: LossSchema,
  Names: NamesSchema,
  NearestUnit: NearestUnitSchema,
  Notice: NoticeSchema,
  Plan: PlanSchema,
  PlanSummary: PlanSummarySchema,
  Position: PositionSchema,
  Skipped: SkippedSchema,
  Staleness: StalenessSchema,
  Statement: StatementSchema,
  Task: TaskSchema,
  TaskRecord: TaskRecordSchema,
  TraceFix: TraceFixSchema,
  TraceHole: TraceHoleSchema,
  Unit: UnitSchema,
  UnitState: UnitStateSchema,
  Visit: VisitSchema,
};

/** The document with each named shape replaced by a reference, and the shapes themselves, for its `components.schemas`. */
export function withNames(document: unknown): {
  readonly document: unknown;
  readonly schemas: Record<string, unknown>;
} {
  const nameOf = new Map(Object.entries(NAMED).map(([name, schema]) => [canonicalJson(plainOf(schema)), name]));
  const schemas = Object.entries(NAMED).map(([name, schema]) => [name, refer(plainOf(schema), nameOf, name)]);
  return { document: refer(plainOf(document), nameOf, null), schemas: Object.fromEntries(schemas) };
}

function refer(node: unknown, nameOf: ReadonlyMap<string, string>, self: string | null): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map((item) => refer(item, nameOf, null));
  const name = 'type' in node ? nameOf.get(canonicalJson(node)) : undefined;
  if (name !== undefined && name !== self) return { $ref: `#/components/schemas/${name}` };
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, refer(value, nameOf, null)]));
}

/** A schema in the words of the swagger plugin, so that it is found in what that collected; without what only our own refusals read. */
function plainOf(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_key, member: unknown) => plainMember(member)));
}

function plainMember(member: unknown): unknown {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) return member;
  const { 'x-expected': _words, const: only, patternProperties, ...rest } = member as Record<string, unknown>;
  return {
    ...rest,
    ...(only === undefined ? {} : { enum: [only] }),
    ...(patternProperties === undefined ? {} : { additionalProperties: Object.values(patternProperties as object)[0] }),
  };
}
