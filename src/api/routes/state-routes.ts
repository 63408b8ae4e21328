import { Type } from '@fastify/type-provider-typebox';
import type { PositionRecord, UnitRecord } from '../../model/hot.js';
import type { CompiledPlan, PlanUnit } from '../../model/plan.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders, PurposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { readState } from '../read-state.js';
import { CoverageSchema, Id, PositionSchema, staleField, type UnitAnswer, UnitSchema } from '../schemas.js';
import { unitUnknown } from '../unknown.js';

/** What is true now: units, positions, coverage. */
export function registerStateRoutes(app: ApiServer, deps: ApiDeps): void {
  const read = { params: DistrictParams, querystring: PurposeQuery, headers: PurposeHeaders, tags: ['state'] };
  const list = (item: Parameters<typeof Type.Array>[0]) =>
    answers({ 200: Type.Object({ items: Type.Array(item), ...staleField }) }, 'read');

  app.get(
    '/v1/districts/:district/units',
    {
      schema: {
        ...read,
        summary: 'All units: health, duty, and the places that they are in.',
        response: list(UnitSchema),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await unitAnswers(district);
      noteRead(request, district, items.length);
      return { items, stale: district.staleness() };
    },
  );

  app.get(
    '/v1/districts/:district/units/:unit',
    {
      schema: {
        ...read,
        params: Type.Object({ ...DistrictParams.properties, unit: Id }),
        summary: 'One unit.',
        response: answers({ 200: Type.Object({ ...UnitSchema.properties, ...staleField }) }, 'read', ['unit-unknown']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { unit } = request.params;
      const answer = (await unitAnswers(district)).find((one) => one.unit === unit);
      noteRead(request, district, answer === undefined ? 0 : 1);
      if (answer === undefined) throw unitUnknown(district, unit);
      return { ...answer, stale: district.staleness() };
    },
  );

  app.get(
    '/v1/districts/:district/positions',
    {
      schema: { ...read, summary: 'The latest position of each unit, by event time.', response: list(PositionSchema) },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await readState(district, (hot) => hot.readPositions());
      noteRead(request, district, items.length);
      return { items, stale: district.staleness() };
    },
  );

  app.get(
    '/v1/districts/:district/coverage',
    {
      schema: {
        ...read,
        summary: 'Which places are covered now, and when each running gap becomes an alert.',
        response: list(CoverageSchema),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const items = await readState(district, (hot) => hot.readCoverage());
      noteRead(request, district, items.length);
      return { items, stale: district.staleness() };
    },
  );
}

/** Units of the plan, those that nobody has heard of included, and any that hot state still holds. Sorted by unit. */
async function unitAnswers(district: ApiDistrict): Promise<UnitAnswer[]> {
  const { units, positions } = await readState(district, (hot) => hot.readLive());
  const records = new Map(units.map((record) => [record.unit, record]));
  const places = new Map(positions.map((position) => [position.unit, position]));
  const planned = plannedUnits(district.plan());
  return [...new Set([...planned.keys(), ...records.keys()])]
    .sort()
    .map((unit) => unitAnswer(unit, planned.get(unit), records.get(unit), places.get(unit)));
}

function plannedUnits(plan: CompiledPlan | null): Map<string, PlanUnit> {
  return new Map((plan?.units ?? []).map((unit) => [unit.id, unit]));
}

function unitAnswer(
  unit: string,
  planned: PlanUnit | undefined,
  record: UnitRecord | undefined,
  position: PositionRecord | undefined,
): UnitAnswer {
  const said = record?.statement ?? null;
  return {
    unit,
    health: record?.health ?? 'unseen',
    onDuty: record?.onDuty ?? false,
    lastHeardMs: record?.lastHeardMs ?? null,
    trackerFault: record?.trackerFault ?? null,
    clockOffsetMs: record?.clockOffsetMs ?? null,
    refoldAtMs: record?.refoldAtMs ?? null,
    places: [...(record?.places ?? [])],
    statement: said === null ? null : { ...said, notAt: [...said.notAt] },
    callsign: planned?.callsign ?? null,
    kind: planned?.kind ?? null,
    group: planned?.group ?? null,
    crewCount: planned?.crewCount ?? null,
    expectedIntervalMs: planned?.expectedIntervalMs ?? null,
    position: position ?? null,
  };
}
