import { Type } from '@fastify/type-provider-typebox';
import { visitEndMs, type VisitVersion } from '../../model/visit.js';
import { noteRead } from '../access-record.js';
import { type ApiServer, answers, DistrictParams, PurposeHeaders } from '../api-server.js';
import { districtOf } from '../context.js';
import type { ApiDeps, ApiDistrict } from '../deps.js';
import { pageChoice, pageQuery, touches } from '../page-query.js';
import { readState } from '../read-state.js';
import { Id, pageOf, VisitSchema } from '../schemas.js';
import { isVisitHeld } from '../settled-days.js';
import { Superseded } from '../superseded.js';
import { refuseUnknown } from '../unknown.js';
import { versionPage } from '../version-page.js';

/** Who was where, from when to when. */
export function registerVisitRoutes(app: ApiServer, deps: ApiDeps): void {
  const superseded = new Map([...deps.districts.values()].map((district) => [district.id, supersededVisits(district)]));

  app.get(
    '/v1/districts/:district/visits',
    {
      schema: {
        tags: ['record'],
        summary: 'Visits, in the order of their versions; the latest version of each unless versions=all.',
        description: 'from and to select by the inner bounds of a visit: its first and last fix inside.',
        params: DistrictParams,
        headers: PurposeHeaders,
        querystring: Type.Object(
          {
            ...pageQuery,
            place: Type.Optional(Id),
            unit: Type.Optional(Id),
            versions: Type.Optional(Type.Enum(['latest', 'all'])),
          },
          { additionalProperties: false },
        ),
        response: answers({ 200: pageOf(VisitSchema) }, 'read', ['page-gone', 'unit-unknown', 'place-unknown']),
      },
    },
    async (request) => {
      const district = districtOf(deps, request);
      const { place, unit, versions = 'latest' } = request.query;
      const { period, after, limit } = pageChoice(request.query);
      const page = await readState(district, () =>
        versionPage<VisitVersion>({
          read: (o) => district.versions.readVisits(o),
          superseded: versions === 'all' ? null : (superseded.get(district.id) ?? null),
          after,
          limit,
          passes: (visit) =>
            (place === undefined || visit.place === place) &&
            (unit === undefined || visit.unit === unit) &&
            touches(period, visit.innerFromMs, visitEndMs(visit)),
        }),
      );
      noteRead(request, district, page.items.length);
      refuseUnknown(district, { place, unit }, page, after);
      const days = await readState(district, () => district.days.list());
      const items = page.items.map((visit) => ({
        ...visit,
        settled: versions === 'latest' && isVisitHeld(days, visit),
      }));
      return { ...page, items, stale: district.staleness() };
    },
  );
}

function supersededVisits({ versions }: ApiDistrict): Superseded {
  return new Superseded((o) => versions.readVisitLinks(o));
}
