import { createHash } from 'node:crypto';
import { Type } from '@fastify/type-provider-typebox';
import { placeFootprints, placesGeoJson } from '../../district/places-geojson.js';
import { formatLogId } from '../../model/log-id.js';
import type { CompiledPlan } from '../../model/plan.js';
import type { RoadCollection } from '../../model/roads.js';
import { noteNothing, noteRead } from '../access-record.js';
import {
  type ApiServer,
  answerAs,
  answers,
  DistrictParams,
  PurposeHeaders,
  PurposeQuery,
  purposeQuery,
} from '../api-server.js';
import { districtOf, identityOf, knownDistrict } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { apiError } from '../errors.js';
import { InstantText, instantOf } from '../instants.js';
import { readDistrict, readState } from '../read-state.js';
import { type DistrictAnswer, DistrictSchema, FeatureCollectionSchema, PlanSchema } from '../schemas.js';

/** Districts, the plan in force and its places. */
export function registerDistrictRoutes(app: ApiServer, deps: ApiDeps): void {
  const read = { params: DistrictParams, querystring: PurposeQuery, headers: PurposeHeaders, tags: ['district'] };

  app.get(
    '/v1/districts',
    {
      schema: {
        tags: ['district'],
        summary: 'The districts that the token covers and this server has.',
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ items: Type.Array(DistrictSchema) }) }, 'read'),
      },
    },
    async (request) => {
      const identity = identityOf(request);
      const covered = identity.districts.filter((id) => deps.districts.has(id)).sort();
      const districts = covered.map((id) => knownDistrict(deps, identity, id));
      const items = await Promise.all(districts.map(districtAnswer));
      noteNothing(request);
      for (const district of districts) noteRead(request, district, 1);
      return { items };
    },
  );

  app.get(
    '/v1/districts/:district',
    {
      schema: {
        ...read,
        summary: 'One district: its clock, its plan, and how far its engine has folded the log.',
        response: answers({ 200: DistrictSchema }, 'read'),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const answer = await districtAnswer(district);
      noteRead(request, district, 1);
      return answer;
    },
  );

  app.get(
    '/v1/districts/:district/plan',
    {
      schema: {
        ...read,
        querystring: Type.Object(
          {
            ...purposeQuery,
            at: Type.Optional(
              InstantText(
                'The plan in force at this instant; of one to come, as far as plans are logged. Now when left out.',
              ),
            ),
          },
          { additionalProperties: false },
        ),
        summary: 'The plan in force, now or at an instant of any age.',
        response: answers({ 200: PlanSchema }, 'read', ['plan-missing']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { at } = request.query;
      const plan =
        at === undefined
          ? district.plan()
          : await readDistrict(district, () => district.history.planAt(instantOf('query/at', at)));
      noteRead(request, district, plan === null ? 0 : 1);
      return planInForce(district, plan);
    },
  );

  app.get(
    '/v1/districts/:district/places',
    {
      schema: {
        ...read,
        summary: 'The places of the district as GeoJSON, with names in Chinese and English.',
        description:
          '`shape=footprint`: the areas that they cover, as polygons for a map, with `areaM2` and, of routes, `lengthM`; within 0.7 % of the radius or the corridor. Else as in the file: a circle by its middle and radiusM, a route by its lines and corridorM.',
        querystring: Type.Object(
          { ...purposeQuery, shape: Type.Optional(Type.Enum(['source', 'footprint'])) },
          { additionalProperties: false },
        ),
        response: answers({ 200: answerAs('application/geo+json', 'The places.', FeatureCollectionSchema) }, 'read', [
          'plan-missing',
        ]),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const plan = district.plan();
      noteRead(request, district, plan?.places.length ?? 0);
      const inForce = planInForce(district, plan);
      const collection = request.query.shape === 'footprint' ? await footprintsOf(inForce) : placesGeoJson(inForce);
      return reply.type('application/geo+json').send(collection);
    },
  );

  app.get(
    '/v1/districts/:district/roads',
    {
      schema: {
        ...read,
        summary: 'The roads of the district as GeoJSON, for the background of a map; none where its folder has none.',
        description:
          'They are of no plan, and no verdict depends on them. `class` of a road is `trunk`, `main`, `street` or `path`; a road without a name has neither `nameZh` nor `nameEn`. The `etag` changes when other roads were read; a request that names it in `if-none-match` is answered with 304.',
        response: answers({ 200: answerAs('application/geo+json', 'The roads.', FeatureCollectionSchema) }, 'read'),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const roads = district.roads();
      const { bytes, etag } = sentRoads(roads);
      const isKnown = request.headers['if-none-match'] === etag;
      noteRead(request, district, isKnown ? 0 : roads.features.length);
      reply.headers({ etag, 'cache-control': 'private, no-cache' });
      return isKnown ? reply.status(304).send() : reply.type('application/geo+json').send(bytes);
    },
  );
}

/** What is sent of roads, and what a cache knows it by. */
interface SentRoads {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** They are megabytes where a district has many roads, and change when files are read again. */
const SENT_ROADS = new WeakMap<RoadCollection, SentRoads>();

function sentRoads(roads: RoadCollection): SentRoads {
  const known = SENT_ROADS.get(roads);
  if (known !== undefined) return known;
  const bytes = Buffer.from(JSON.stringify(roads));
  const sent = { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
  SENT_ROADS.set(roads, sent);
  return sent;
}

/** Footprints by plan: they take milliseconds a route, and the plan seldom changes. */
const FOOTPRINTS = new WeakMap<CompiledPlan, ReturnType<typeof placeFootprints>>();

function footprintsOf(plan: CompiledPlan): ReturnType<typeof placeFootprints> {
  const made = FOOTPRINTS.get(plan) ?? placeFootprints(plan);
  FOOTPRINTS.set(plan, made);
  return made;
}

function planInForce({ id }: ApiDistrict, plan: CompiledPlan | null): CompiledPlan {
  if (plan === null)
    throw apiError('plan-missing', `no plan is in force in ${id}; try again when one is`, { district: id });
  return plan;
}

async function districtAnswer(district: ApiDistrict): Promise<DistrictAnswer> {
  const cursor = await readState(district, (hot) => hot.readCursor());
  const plan = district.plan();
  return {
    district: district.id,
    name: plan?.name ?? null,
    timeZone: plan?.timeZone ?? null,
    clock: district.clock.kind,
    nowMs: district.clock.nowMs(),
    cursor: cursor === null ? null : { ...cursor, logId: formatLogId(cursor.logId) },
    plan:
      plan === null
        ? null
        : {
            version: plan.version,
            inForceFromMs: plan.inForceFromMs,
            expandedToMs: plan.expandedToMs,
            places: plan.places.length,
            units: plan.units.length,
            rules: plan.rules.length,
          },
    stale: district.staleness(),
  };
}
