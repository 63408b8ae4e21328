import type { Staleness } from '../model/staleness.js';
import type { ApiServer } from './api-server.js';
import type { ApiDeps } from './deps.js';

/** On each answer about a district whose state is not of now: `<reason>`, or `<reason>; since=<instant>`. */
export const STALE_HEADER = 'beatwatch-stale';

/** Errors have it too: an alert that is unknown may be one that nobody has raised yet. Callers without a token learn nothing. */
export function tellStaleness(app: ApiServer, deps: ApiDeps): void {
  app.addHook('onSend', async (request, reply) => {
    const { district: id } = (request.params ?? {}) as { readonly district?: string };
    const stale = request.identity === null || id === undefined ? null : deps.districts.get(id)?.staleness();
    if (stale !== null && stale !== undefined) reply.header(STALE_HEADER, headerOf(stale));
  });
}

function headerOf({ reason, sinceMs }: Staleness): string {
  return sinceMs === null ? reason : `${reason}; since=${new Date(sinceMs).toISOString()}`;
}
