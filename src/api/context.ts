import type { FastifyRequest } from 'fastify';
import type { Identity } from '../model/roles.js';
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

/** A district that the identity's token covers. Ask for no others: the answer tells whether there is such a district. */
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

/** `GET /v1/districts/:district/visits`: a route's name in the permissions, the metrics and the access log. */
export function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ''}`;
}
