import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

interface Made {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly type: string;
}

/**
 * Answers a document that never changes while the process runs, JSON or plain text: made at its first request, then the same bytes,
 * or 304.
 */
export function publicDocument(make: () => object | string | Promise<object | string>) {
  let making: Promise<Made> | null = null;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    making ??= Promise.resolve(make()).then(madeOf);
    // What could not be made now may be made next time.
    const made = await making.catch((error: unknown) => {
      making = null;
      throw error;
    });
    reply.header('etag', made.etag).header('cache-control', 'public, max-age=60');
    if (request.headers['if-none-match'] === made.etag) return reply.status(304).send();
    return reply.type(made.type).send(made.bytes);
  };
}

function madeOf(document: object | string): Made {
  const isText = typeof document === 'string';
  const bytes = Buffer.from(isText ? document : JSON.stringify(document));
  const type = `${isText ? 'text/plain' : 'application/json'}; charset=utf-8`;
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"`, type };
}
