import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { type FastifyReply, fastify } from 'fastify';
import { PERMISSIONS, type Permission } from '../access/permissions.js';
import { requirePurpose } from './access-record.js';
import { type ApiServer, takesPurpose } from './api-server.js';
import { admitRequest, authorizeRequest } from './authenticate.js';
import { allowOrigins } from './cors.js';
import { routeOf } from './context.js';
import type { ApiDeps } from './deps.js';
import { answerOf, apiError, type ErrorAnswer, rawHttpAnswer, statusOf } from './errors.js';
import { createHttpServer } from './http-server.js';
import { jsonDepth } from './json-depth.js';
import { MAX_BODY_BYTES, MAX_BODY_DEPTH, MAX_PARAMETER_CHARS, REQUESTS_PER_MINUTE } from './limits.js';
import { installOpenApi } from './openapi.js';
import { TRACKER_PATH } from '../protocol/tracker-socket.js';
import { recordAnswers } from './record-answers.js';
import { permissionNameOf } from './route-table.js';
import { registerAccessRoutes } from './routes/access-routes.js';
import { registerActionRoutes } from './routes/action-routes.js';
import { registerAdminRoutes } from './routes/admin-routes.js';
import { registerAlertRoutes } from './routes/alert-routes.js';
import { registerConsoleRoutes } from './routes/console-routes.js';
import { registerDistrictRoutes } from './routes/district-routes.js';
import { registerFixRoutes } from './routes/fix-routes.js';
import { registerHistoryRoutes } from './routes/history-routes.js';
import { registerIngestRoute } from './routes/ingest-route.js';
import { registerLiveRoute } from './routes/live-route.js';
import { registerNearestRoutes } from './routes/nearest-routes.js';
import { registerPresenceRoutes } from './routes/presence-routes.js';
import { registerProcessRoutes } from './routes/process-routes.js';
import { registerArchiveRoutes } from './routes/archive-routes.js';
import { registerRecordRoutes } from './routes/record-routes.js';
import { registerReportRoutes } from './routes/report-routes.js';
import { registerNoticeRoutes } from './routes/notice-routes.js';
import { registerSkippedRoutes } from './routes/skipped-routes.js';
import { registerStateRoutes } from './routes/state-routes.js';
import { registerStatementRoutes } from './routes/statement-routes.js';
import { registerOrderRoutes } from './routes/order-routes.js';
import { registerRosterRoutes } from './routes/roster-routes.js';
import { registerPlanRoutes } from './routes/plan-routes.js';
import { registerTaskRoutes } from './routes/task-routes.js';
import { registerTraceRoutes } from './routes/trace-routes.js';
import { registerDayRoutes } from './routes/day-routes.js';
import { registerVisitRoutes } from './routes/visit-routes.js';
import { registerWhatIfRoutes } from './routes/what-if-routes.js';
import { QueryTurns } from './query-turns.js';
import { Turns } from './turns.js';
import { tellStaleness } from './stale-header.js';
import { validatorCompiler } from './validation.js';

/**
 * The HTTP side, ready to listen. Every answer that is no success is `{code, message, details}` with a code of API_ERRORS.
 * WebSocket upgrades do not come here: whoever owns the server hands them to LiveServer, and closes that first.
 */
export async function createApi(deps: ApiDeps): Promise<ApiServer> {
  const app: ApiServer = fastify({
    bodyLimit: MAX_BODY_BYTES,
    exposeHeadRoutes: false,
    forceCloseConnections: 'idle',
    genReqId: () => randomUUID(),
    logger: false,
    serverFactory: (answer) => createHttpServer({ answer, ...deps }),
    // The answer while closing is ours, below.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PARAMETER_CHARS },
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (error, request, reply) => {
      const answer = answerOf(error, request.id);
      (reply as FastifyReply).status(statusOf(answer.code)).send(answer);
    },
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.decorateRequest('identity', null);
  parseBodies(app);
  app.addHook('onRoute', ({ method, url, schema }) => {
    const route = `${String(method)} ${url}`;
    const { roles }: Permission = PERMISSIONS[permissionNameOf(route)];
    if (roles.includes('auditor') && !takesPurpose(schema)) throw new Error(`bug: ${route} takes no X-Purpose`);
  });
  refuseWhileClosing(app);
  allowOrigins(app, deps);
  app.addHook('onRequest', (request) => admitRequest(deps, request));
  // After the rate of the token: what it may not do counts, too.
  app.addHook('preParsing', async (request) => authorizeRequest(request));
  // Once the request is known to be sound: what it says is clean text.
  app.addHook('preHandler', async (request) => requirePurpose(request));
  answerErrors(app, deps);
  const turns = new Turns();
  // An answer may be large.
  app.addHook('preSerialization', async (_request, _reply, payload) => {
    await turns.take();
    return payload;
  });
  measure(app, deps);
  tellStaleness(app, deps);
  await app.register(helmet);
  await app.register(rateLimit, {
    hook: 'onRequest',
    max: deps.requestsPerMinute ?? REQUESTS_PER_MINUTE,
    timeWindow: 60_000,
    keyGenerator: ({ identity, ip }) => identity?.tokenId ?? ip,
    allowList: ({ identity }) => identity === null,
    errorResponseBuilder: (_request, { max, ttl }) =>
      apiError('rate-limited', `got more than ${max} requests in a minute, expected at most that; wait ${ttl} ms`, {
        expected: max,
        retryAfterMs: ttl,
      }),
  });
  await installOpenApi(app);
  recordAnswers(app, deps, turns);
  registerProcessRoutes(app, deps);
  await registerConsoleRoutes(app, deps);
  registerDistrictRoutes(app, deps);
  registerPlanRoutes(app, deps);
  registerOrderRoutes(app, deps);
  registerRosterRoutes(app, deps);
  registerStateRoutes(app, deps);
  registerNearestRoutes(app, deps);
  registerAccessRoutes(app, deps);
  registerNoticeRoutes(app, deps);
  registerSkippedRoutes(app, deps);
  registerRecordRoutes(app, deps);
  registerArchiveRoutes(app, deps);
  registerFixRoutes(app, deps);
  const queries = new QueryTurns(deps.queryMs, deps.queryMs);
  registerTraceRoutes(app, deps, queries);
  registerPresenceRoutes(app, deps, queries);
  registerWhatIfRoutes(app, deps);
  registerHistoryRoutes(app, deps, queries);
  registerVisitRoutes(app, deps);
  registerDayRoutes(app, deps);
  registerReportRoutes(app, deps);
  registerAlertRoutes(app, deps);
  registerActionRoutes(app, deps);
  registerStatementRoutes(app, deps);
  registerTaskRoutes(app, deps);
  registerLiveRoute(app);
  registerIngestRoute(app);
  registerAdminRoutes(app, deps);
  await app.ready();
  return app;
}

/** JSON alone, and none that is nested so deep that looking at it could exhaust the stack. */
function parseBodies(app: ApiServer): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (jsonDepth(body as string) <= MAX_BODY_DEPTH) return parse(request, body as string, done);
    done(apiError('body-too-deep', `got a body nested deeper than ${MAX_BODY_DEPTH}, expected at most that`));
  });
}

function refuseWhileClosing(app: ApiServer): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onRequest', async () => {
    if (closing)
      throw apiError('shutting-down', 'this process is shutting down; send the request again, or ask another process');
  });
}

function answerErrors(app: ApiServer, deps: ApiDeps): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = answerOf(error, request.id);
    const status = statusOf(answer.code);
    if (answer.code === 'internal') {
      deps.logger.error({ err: error, requestId: request.id, route: routeOf(request) }, 'a request failed');
    }
    if (status === 401) reply.header('www-authenticate', 'Bearer');
    if (status === 405) reply.header('allow', 'GET');
    // Who goes on asking pays with a connection each time, and those have a rate by address.
    if (answer.code === 'rate-limited') reply.headers({ connection: 'close', ...retryAfter(answer) });
    return reply.status(status).type('application/json; charset=utf-8').send(answer);
  });
  app.setNotFoundHandler((request) => {
    const path = request.url.split('?', 1)[0] ?? '';
    if (path === TRACKER_PATH) {
      throw apiError('method-not-allowed', `got ${request.method} ${path}, expected GET, upgraded to a WebSocket`);
    }
    const got = `${request.method} ${path.slice(0, 200)}`;
    throw apiError('route-unknown', `got ${got}, expected a route of /v1/openapi.json`, { got });
  });
}

function retryAfter({ details }: ErrorAnswer): { 'retry-after'?: number } {
  const { retryAfterMs } = details;
  return typeof retryAfterMs === 'number' ? { 'retry-after': Math.ceil(retryAfterMs / 1_000) } : {};
}

function measure(app: ApiServer, { metrics }: ApiDeps): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.is404 ? 'unknown' : routeOf(request);
    metrics.count('beatwatch_api_requests_total', 1, { route, status: String(reply.statusCode) });
    metrics.observe('beatwatch_api_request_ms', reply.elapsedTime, { route });
  });
}

/** HTTP that does not parse never becomes a request. */
function refuseMalformed(error: Error & { code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  // A peer that does not read its answer must not hold the socket.
  socket.once('finish', () => socket.destroy());
  socket.end(rawHttpAnswer({ ...malformedAnswer(error), details: {} }));
}

function malformedAnswer({ code, message }: Error & { code?: string }): Omit<ErrorAnswer, 'details'> {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { code: 'request-timeout', message: 'got a part of a request, expected all of it in time' };
  }
  return {
    code: code === 'HPE_HEADER_OVERFLOW' ? 'headers-too-large' : 'http-malformed',
    message: `got a request that is not HTTP as this server reads it (${code ?? message}), expected HTTP/1.1`,
  };
}
