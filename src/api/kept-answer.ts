import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** What is sent of a value, and what a cache knows it by. */
interface KeptAnswer {
  readonly bytes: Buffer;
  readonly etag: string;
}

interface Kept {
  /** Stays as it is for as long as there is this object. */
  readonly value: object;
  /** Puts the value into JSON. */
  readonly words: () => string;
  readonly type: string;
  /** Hears whether a body is sent. */
  readonly told: (isSent: boolean) => void;
}

const kept = new WeakMap<object, KeptAnswer>();

/**
 * Answers with a value that is large and seldom changes: it is put into words once, however many ask. Whoever has it already, as
 * `if-none-match` says, gets a 304 without a body.
 */
export function sendKept(
  request: FastifyRequest,
  reply: FastifyReply,
  { value, words, type, told }: Kept,
): FastifyReply {
  const { bytes, etag } = keptAnswer(value, words);
  const isKnown = request.headers['if-none-match'] === etag;
  told(!isKnown);
  reply.headers({ etag, 'cache-control': 'private, no-cache' });
  return isKnown ? reply.status(304).send() : reply.type(type).send(bytes);
}

function keptAnswer(value: object, words: () => string): KeptAnswer {
  const known = kept.get(value);
  if (known !== undefined) return known;
  const bytes = Buffer.from(words());
  const made = { bytes, etag: `"${createHash('sha256').update(bytes).digest('base64url')}"` };
  kept.set(value, made);
  return made;
}
