import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

interface Made {
  readonly bytes: Buffer;
  readonly etag: string;
}

/** Answers a JSON document that never changes while the process runs: made at its first request, then the same bytes, or 304. */
export function publicDocument(make: () => object) {
  let made: Made | null = null;
  return async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    made ??= madeOf(make());
    reply.header('etag', made.etag).header('cache-control', 'public, max-age=60');
    if (request.headers['if-none-match'] === made.etag) return reply.status(304).send();
    return reply.type('application/json; charset=utf-8').send(made.bytes);
  };
}

function madeOf(document: object): Made {
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
}
