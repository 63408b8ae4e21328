import fastifyStatic from '@fastify/static';
import { Type } from '@fastify/type-provider-typebox';
import type { FastifyReply } from 'fastify';
import { type MapTiles, tileOrigins } from '../../model/map-tiles.js';
import { type ApiServer, answerAs, answers, NoQuery, OPEN, PurposeHeaders, PurposeQuery } from '../api-server.js';
import type { ApiDeps } from '../deps.js';
import { apiError } from '../errors.js';

/**
 * What the page may do: run its own scripts, talk to this server, and fetch the ground under its map from where the server is told. MapLibre sets the styles of its canvas one by one, which needs no
 * permission, and paints its textures from images that it makes itself.
 */
function pagePolicy(tiles: MapTiles | null): string {
  const elsewhere = tiles === null ? '' : ` ${tileOrigins(tiles).join(' ')}`;
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "worker-src 'self'",
    `connect-src 'self'${elsewhere}`,
    `img-src 'self' data: blob:${elsewhere}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

const MapTilesSchema = Type.Object({
  layers: Type.Array(Type.Array(Type.String()), {
    description:
      'Layers of Web Mercator tiles, the lowest first; each as addresses with {z}, {x} and {y}, of which any may be asked.',
  }),
  datum: Type.Enum(['WGS84', 'GCJ02'], { description: 'What is drawn over tiles in GCJ02 is moved like them.' }),
  maxZoom: Type.Integer(),
  attribution: Type.String(),
});

const FILE_NAME = '^[a-z][a-z-]{0,31}\\.(js|css)$';

/** The console: a page and its files. They hold nothing of a district; what the page asks for, it asks for with a token. */
export async function registerConsoleRoutes(app: ApiServer, { consoleFolder, mapTiles }: ApiDeps): Promise<void> {
  if (consoleFolder !== null)
    await app.register(fastifyStatic, { root: consoleFolder, serve: false, preCompressed: true, cacheControl: false });
  const policy = pagePolicy(mapTiles);
  // A newer server brings a newer page: it is asked for each time, and answered with 304 while it is the same.
  const send = (reply: FastifyReply, file: string): FastifyReply => {
    if (consoleFolder === null)
      throw apiError('route-unknown', 'got a request for the console, expected one that was built', {});
    reply.headers({ 'content-security-policy': policy, 'cache-control': 'no-cache' });
    return reply.sendFile(file);
  };

  app.get(
    '/',
    {
      schema: {
        ...OPEN,
        tags: ['console'],
        summary: 'The console, a page for supervisors and auditors.',
        querystring: NoQuery,
        response: answers({ 200: answerAs('text/html', 'The page.', Type.String()) }, 'open'),
      },
    },
    async (_request, reply) => send(reply, 'index.html'),
  );

  app.get(
    '/assets/:file',
    {
      schema: {
        ...OPEN,
        tags: ['console'],
        summary: 'A script or a style of the console.',
        params: Type.Object({ file: Type.String({ pattern: FILE_NAME }) }),
        querystring: NoQuery,
        response: answers({ 200: answerAs('application/javascript', 'The file.', Type.String()) }, 'open'),
      },
    },
    async (request, reply) => send(reply, `assets/${request.params.file}`),
  );

  app.get(
    '/v1/map-tiles',
    {
      schema: {
        tags: ['console'],
        summary: "Where the ground under the console's map comes from.",
        querystring: PurposeQuery,
        headers: PurposeHeaders,
        response: answers({ 200: Type.Object({ tiles: Type.Union([MapTilesSchema, Type.Null()]) }) }, 'read'),
      },
    },
    async () => ({ tiles: mapTiles }),
  );
}
