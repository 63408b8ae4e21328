import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '../model/canonical-json.js';
import type { Identity } from '../model/roles.js';
import { recordAccess } from './access-record.js';
import type { ApiDeps, ApiDistrict } from './deps.js';
import { apiError } from './errors.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on public routes. */
    identity: Identity | null;
  }
}

/** The identity that authentication left on the request. */
export function identityOf(request: FastifyRequest): Identity {
  if (request.identity === null) throw new Error('bug: a route that needs an identity was reached without one');
  return request.identity;
}

/** The district of the path; authentication has let only those pass that the token covers. */
export function districtOf(deps: ApiDeps, request: FastifyRequest): ApiDistrict {
  return knownDistrict(deps, identityOf(request), (request.params as { district: string }).district);
}

/** To be asked only of districts that the identity's token covers: the answer tells whether there is such a district. */
export function knownDistrict(deps: ApiDeps, { districts }: Identity, id: string): ApiDistrict {
  const district = deps.districts.get(id);
  if (district !== undefined) return district;
  const known = districts.filter((covered) => deps.districts.has(covered));
  throw apiError(
    'district-unknown',
    `got district ${id}, expected ${known.join(' or ') || 'none: this server has none of the token'}`,
    {
      got: id,
      expected: known,
    },
  );
}

/**
 * Records the read in the district's log; the caller answers only after it has resolved. Code `access-log-unavailable` when
 * it cannot be recorded.
 */
export async function recordRead(request: FastifyRequest, district: ApiDistrict, records: number): Promise<void> {
  const { purpose: asked, ...query } = request.query as Record<string, unknown>;
  const said = asked ?? request.headers['x-purpose'];
  await recordAccess(district, identityOf(request), {
    purpose: typeof said === 'string' ? said : null,
    what: routeOf(request),
    parameters: canonicalJson({ ...(request.params as object), ...query }),
    records,
  });
}

/** `GET /v1/districts/:district/visits`: a route's name in the permissions, the metrics and the access log. */
export function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ''}`;
}
