import { Type } from '@fastify/type-provider-typebox';
import type { CompiledPlan, Shape } from '../../model/plan.js';
import { fromLngLat } from '../../model/position.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders, purposeQuery } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { apiError } from '../errors.js';
import { MAX_NEAREST_UNITS } from '../limits.js';
import { nearestUnits } from '../nearest-units.js';
import { readState } from '../read-state.js';
import { Id, NearestUnitSchema, staleField } from '../schemas.js';
import { placeUnknown } from '../unknown.js';
import { requestInvalid } from '../validation.js';

const QUERY = Type.Object(
  {
    ...purposeQuery,
    place: Type.Optional(Id),
    lng: Type.Optional(Type.Number({ minimum: -180, maximum: 180, description: 'Degrees, WGS-84; with `lat`.' })),
    lat: Type.Optional(Type.Number({ minimum: -90, maximum: 90, description: 'Degrees, WGS-84; with `lng`.' })),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: MAX_NEAREST_UNITS,
        description: `At most so many units; ${MAX_NEAREST_UNITS} when left out.`,
      }),
    ),
  },
  { additionalProperties: false },
);

/** Who can go there: units on duty by their distance, as far as it is known. */
export function registerNearestRoutes(app: ApiServer, deps: ApiDeps): void {
  app.get(
    '/v1/districts/:district/nearest-units',
    {
      schema: {
        tags: ['state'],
        summary: 'Units on duty, the nearest to a place or a position first, and how surely each is where it was seen.',
        description:
          'Either `place`, or `lng` and `lat`. Free units come first, then those with a task, then those that are not to be sent. A unit whose position is not current counts by the furthest that it may be by now (`mostM`), never by where it was last seen. Distances are straight, not by road.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: QUERY,
        response: answers(
          {
            200: Type.Object({
              atMs: Type.Integer({ description: 'The instant of the answer, by the clock of the district, ms.' }),
              items: Type.Array(NearestUnitSchema),
              ...staleField,
            }),
          },
          'read',
          ['plan-missing', 'place-unknown'],
        ),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const plan = planOf(district);
      const to = shapeOf(district, plan, request.query);
      const live = await readState(district, (hot) => hot.readLive());
      const atMs = district.clock.nowMs();
      const items = nearestUnits(plan, live, to, atMs).slice(0, request.query.limit ?? MAX_NEAREST_UNITS);
      noteRead(request, district, items.length);
      return { atMs, items, stale: district.staleness() };
    },
  );
}

function planOf(district: ApiDistrict): CompiledPlan {
  const plan = district.plan();
  if (plan !== null) return plan;
  throw apiError('plan-missing', `no plan is in force in ${district.id}; try again when one is`, {
    district: district.id,
  });
}

function shapeOf(
  district: ApiDistrict,
  { places }: CompiledPlan,
  query: { readonly place?: string; readonly lng?: number; readonly lat?: number },
): Shape {
  const { place, lng, lat } = query;
  if (place !== undefined && lng === undefined && lat === undefined) {
    const found = places.find(({ id }) => id === place);
    if (found === undefined) throw placeUnknown(district, place);
    return found.shape;
  }
  if (place === undefined && lng !== undefined && lat !== undefined)
    return { type: 'circle', center: fromLngLat([lng, lat]), radiusM: 0 };
  const got = Object.keys(query)
    .filter((name) => ['place', 'lng', 'lat'].includes(name))
    .join(', ');
  throw requestInvalid([{ path: 'query', got: got || 'none', expected: '`place` alone, or `lng` and `lat`' }]);
}
