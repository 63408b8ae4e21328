import { Type } from '@fastify/type-provider-typebox';
import { placeFootprints, placesGeoJson } from '../../district/places-geojson.js';
import { formatLogId } from '../../model/log-id.js';
import type { CompiledPlan } from '../../model/plan.js';
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
import { sendKept } from '../kept-answer.js';
import { readDistrict, readState } from '../read-state.js';
import { PlanSchema } from '../plan-schemas.js';
import { type DistrictAnswer, DistrictSchema, FeatureCollectionSchema } from '../schemas.js';

const GEOJSON = 'application/geo+json';
const KEPT =
  'The `etag` changes with the answer; a request that names it in `if-none-match` is answered with 304, and counts as a read of nothing.';

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
        description: `Without \`at\`: ${KEPT}`,
        response: answers({ 200: PlanSchema }, 'read', ['plan-missing']),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const { at } = request.query;
      if (at !== undefined) {
        const plan = await readDistrict(district, () => district.history.planAt(instantOf('query/at', at)));
        noteRead(request, district, plan === null ? 0 : 1);
        return planInForce(district, plan);
      }
      const plan = district.plan();
      if (plan === null) noteRead(request, district, 0);
      const value = planInForce(district, plan);
      return sendKept(request, reply, {
        value,
        words: () => String(reply.serializeInput({ ...value }, '200')),
        type: 'application/json; charset=utf-8',
        told: (isSent) => noteRead(request, district, isSent ? 1 : 0),
      });
    },
  );

  app.get(
    '/v1/districts/:district/places',
    {
      schema: {
        ...read,
        summary: 'The places of the district as GeoJSON, with names in Chinese and English.',
        description: `\`shape=footprint\`: the areas that they cover, as polygons for a map, with \`areaM2\` and, of routes, \`lengthM\`; within 0.7 % of the radius or the corridor. Else as in the file: a circle by its middle and radiusM, a route by its lines and corridorM. ${KEPT}`,
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
      if (plan === null) noteRead(request, district, 0);
      const inForce = planInForce(district, plan);
      const value = await collectionOf(inForce, request.query.shape ?? 'source');
      return sendKept(request, reply, {
        value,
        words: () => JSON.stringify(value),
        type: GEOJSON,
        told: (isSent) => noteRead(request, district, isSent ? inForce.places.length : 0),
      });
    },
  );

  app.get(
    '/v1/districts/:district/roads',
    {
      schema: {
        ...read,
        summary: 'The roads of the district as GeoJSON, for the background of a map; none where its folder has none.',
        description: `They are of no plan, and no verdict depends on them. \`class\` of a road is \`trunk\`, \`main\`, \`street\` or \`path\`; a road without a name has neither \`nameZh\` nor \`nameEn\`. ${KEPT}`,
        response: answers({ 200: answerAs('application/geo+json', 'The roads.', FeatureCollectionSchema) }, 'read'),
      },
    },
    async (request, reply) => {
      const district = districtOf(deps, request);
      const roads = district.roads();
      return sendKept(request, reply, {
        value: roads,
        words: () => JSON.stringify(roads),
        type: GEOJSON,
        told: (isSent) => noteRead(request, district, isSent ? roads.features.length : 0),
      });
    },
  );
}

type Shape = 'source' | 'footprint';

/** Places by plan: an area takes milliseconds, and the plan seldom changes. */
const COLLECTIONS: Readonly<Record<Shape, WeakMap<CompiledPlan, Promise<object>>>> = {
  source: new WeakMap(),
  footprint: new WeakMap(),
};

function collectionOf(plan: CompiledPlan, shape: Shape): Promise<object> {
  const known = COLLECTIONS[shape].get(plan);
  if (known !== undefined) return known;
  const made = shape === 'footprint' ? placeFootprints(plan) : Promise.resolve(placesGeoJson(plan));
  COLLECTIONS[shape].set(plan, made);
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
