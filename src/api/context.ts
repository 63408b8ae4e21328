import type { FastifyRequest } from 'fastify';
import { canonicalJson } from '../model/canonical-json.js';
import { BeatwatchError } from '../model/errors.js';
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
export async function recordRead(
  request: FastifyRequest,
  district: ApiDistrict,
  records: number,
  more: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { purpose: asked, ...query } = request.query as Record<string, unknown>;
  const said = asked ?? request.headers['x-purpose'];
  await recordAccess(district, identityOf(request), {
    purpose: typeof said === 'string' ? said : null,
    what: routeOf(request),
    parameters: canonicalJson({ ...(request.params as object), ...query, ...more }),
    records,
  });
}

/** What is known of an act besides its outcome: an id of the caller's own, for the record of what was shown. */
type ActId = { readonly actionId: string } | { readonly taskId: string } | { readonly statementId: string };

/**
 * Does an act, and records that its answer, or its refusal, shows an alert, a task or a statement: who repeats an act, or tries one that must
 * fail, reads. An answer that shows nothing but that the act is in the log leaves the act's own entry alone.
 */
export async function recordShown<Outcome extends object>(
  request: FastifyRequest,
  district: ApiDistrict,
  id: ActId,
  act: () => Promise<Outcome>,
): Promise<Outcome> {
  let outcome: Outcome;
  try {
    outcome = await act();
  } catch (error) {
    const records = error instanceof BeatwatchError ? shownBy(error) : null;
    if (records !== null) await recordRead(request, district, records, id);
    throw error;
  }
  if ('alert' in outcome || 'task' in outcome || 'statement' in outcome) await recordRead(request, district, 1, id);
  return outcome;
}

/** Refusals that tell what there is, or is not. */
const TELLING: ReadonlySet<string> = new Set(['alert-unknown', 'task-unknown', 'action-id-used']);

/** How many alerts, tasks or statements a refusal shows; null where it tells nothing of the district. */
function shownBy({ code, details }: BeatwatchError): number | null {
  const { alert = null, task = null, statement = null } = details;
  if (alert !== null || task !== null || statement !== null) return 1;
  return TELLING.has(code) ? 0 : null;
}

/** `GET /v1/districts/:district/visits`: a route's name in the permissions, the metrics and the access log. */
export function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? ''}`;
}
