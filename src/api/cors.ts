import type { FastifyRequest } from 'fastify';
import type { ApiServer } from './api-server.js';
import { refuseHaste } from './authenticate.js';
import type { ApiDeps } from './deps.js';
import { STALE_HEADER } from './stale-header.js';

/** Headers of answers that a page may read besides those that every page may. */
const EXPOSED = [STALE_HEADER, 'etag', 'retry-after'].join(', ');
/** What a page may ask with. Browsers keep the answer to a preflight for ten minutes. */
const PREFLIGHT = {
  'access-control-allow-methods': 'GET, POST, PUT',
  'access-control-allow-headers': 'authorization, content-type, x-purpose',
  'access-control-max-age': '600',
};

/**
 * Lets pages of the allowed origins, and of no others, ask with a token and read the answers (CORS). No cookie is ever used, so
 * credentials are not allowed. Must be called before routes are registered.
 */
export function allowOrigins(app: ApiServer, deps: ApiDeps): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('vary', 'Origin');
    const { origin } = request.headers;
    if (origin === undefined || !deps.allowedOrigins.includes(origin)) return;
    reply.headers({ 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED });
    if (!isPreflight(request)) return;
    refuseHaste(deps.door.ask('health', request.raw));
    return reply.status(204).headers(PREFLIGHT).send();
  });
}

function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
