import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PERMISSIONS, type Permission } from '../access/permissions.js';
import { messageOf } from '../model/errors.js';
import { type ReadNote, recordNotes } from './access-record.js';
import type { ApiServer } from './api-server.js';
import { routeOf } from './context.js';
import type { ApiDeps } from './deps.js';
import { answerOf, statusOf } from './errors.js';
import { hashedStream } from './hashed-stream.js';
import { permissionNameOf } from './route-table.js';
import type { Turns } from './turns.js';

/** What these say of an answer is not said when it is not given. */
const ANSWER_HEADERS = [
  'content-disposition',
  'etag',
  'cache-control',
  'x-beatwatch-answer',
  'beatwatch-missing-days',
] as const;

/**
 * Writes the access entry of each answer before the answer is sent; what cannot be recorded is not answered. The last hook over an
 * answer: it hashes the body that the client gets. A success of a route that shows districts, whose handler noted no read, is a bug and
 * is answered as one, so that no route can leave its reads out.
 */
export function recordAnswers(app: ApiServer, { logger }: Pick<ApiDeps, 'logger'>, turns: Turns): void {
  app.decorateRequest('readNotes', null);
  /** Streams whose last entry is not in the log yet. */
  const open = new Set<Promise<void>>();
  app.addHook('onSend', async (request, reply, payload) => {
    try {
      const notes = request.readNotes ?? silentNotes(request, reply);
      if (notes.length === 0) return payload;
      if (!(payload instanceof Readable)) {
        await recordNotes(request, notes, { stage: 'whole', readId: null, body: bodyOf(payload) });
        // The entry that records many reads lets them all go on at once.
        await turns.take();
        return payload;
      }
      const { stream, recorded } = await recordedStream(request, notes, payload);
      const ending = recorded.catch((error: unknown) => {
        const detail = { route: routeOf(request), actor: request.identity?.subject, error: messageOf(error) };
        logger.error(detail, 'the end of a streamed read could not be recorded');
      });
      open.add(ending);
      void ending.then(() => open.delete(ending));
      return stream;
    } catch (error) {
      if (payload instanceof Readable) payload.destroy();
      const answer = answerOf(error, request.id);
      if (answer.code === 'internal') logger.error({ err: error, requestId: request.id }, 'a read is not answered');
      for (const name of ANSWER_HEADERS) reply.removeHeader(name);
      reply.status(statusOf(answer.code)).type('application/json; charset=utf-8');
      return JSON.stringify(answer);
    }
  });
  app.addHook('onClose', async () => void (await Promise.all(open)));
}

/** The notes of a request whose handler made none: nobody who has no token, and no refusal, is shown anything. */
function silentNotes(request: FastifyRequest, { statusCode }: FastifyReply): readonly ReadNote[] {
  if (request.identity === null || statusCode >= 400) return [];
  const route = routeOf(request);
  const { isBlind = false }: Permission = PERMISSIONS[permissionNameOf(route)];
  if (!isBlind) throw new Error(`bug: ${route} answers with something of a district, and notes no read`);
  return [];
}

function bodyOf(payload: unknown): { readonly bytes: number; readonly sha256: string } {
  if (payload !== null && payload !== undefined && typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
    throw new Error(`bug: got an answer of the type ${typeof payload}, expected text, bytes or a Readable`);
  }
  const body = payload ?? '';
  return { bytes: Buffer.byteLength(body), sha256: createHash('sha256').update(body).digest('hex') };
}

/** Resolves once `begun` is in the log: then the stream may be sent. `recorded` settles when its other entry is, too. */
async function recordedStream(
  request: FastifyRequest,
  notes: readonly ReadNote[],
  source: Readable,
): Promise<{ readonly stream: Readable; readonly recorded: Promise<void> }> {
  const readId = randomUUID();
  await recordNotes(request, notes, { stage: 'begun', readId, body: null });
  return hashedStream(source, (stage, body) => recordNotes(request, notes, { stage, readId, body }));
}
