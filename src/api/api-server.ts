import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox';
import type { FastifyBaseLogger, FastifyInstance, FastifyTypeProvider } from 'fastify';
import { API_ERRORS, type ApiErrorCode } from './errors.js';
import { MAX_PURPOSE_CHARS } from './limits.js';
import { ErrorSchema, Id } from './schemas.js';

/** Request parts have the type of their schema; answers are held to theirs by tests, not by the compiler. */
interface SchemaTypes extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: unknown;
}

export type ApiServer = FastifyInstance<Server, IncomingMessage, ServerResponse, FastifyBaseLogger, SchemaTypes>;

export const DistrictParams = Type.Object({ district: Id });

const PURPOSE = {
  maxLength: MAX_PURPOSE_CHARS,
  pattern: '\\S',
  'x-expected': `1 to ${MAX_PURPOSE_CHARS} characters that are not all blank`,
  description: 'Why you look; the access log keeps it. Auditors must say it, here or in the other place.',
};
/** Fields of every read's query. */
export const purposeQuery = { purpose: Type.Optional(Type.String(PURPOSE)) };
export const NoQuery = Type.Object({}, { additionalProperties: false });
export const PurposeQuery = Type.Object(purposeQuery, { additionalProperties: false });
export const PurposeHeaders = Type.Object({ 'x-purpose': Type.Optional(Type.String(PURPOSE)) });

/** Whether a route's schema has the header `X-Purpose`: then it comes to the handler as clean text. */
export function takesPurpose(schema: { readonly headers?: unknown } | undefined): boolean {
  const { properties = {} } = (schema?.headers ?? {}) as { readonly properties?: object };
  return Object.hasOwn(properties, 'x-purpose');
}

/** What any route with a token may answer. */
const TOKEN_CODES = [
  'request-invalid',
  'token-missing',
  'token-malformed',
  'token-signature',
  'token-expired',
  'token-too-long-lived',
  'token-revoked',
  'token-role',
  'rate-limited',
  'internal',
  'shutting-down',
] as const satisfies readonly ApiErrorCode[];
/** What a route that takes a body may answer besides. */
export const BODY_CODES = [
  'body-not-json',
  'body-too-deep',
  'body-too-large',
  'media-type',
] as const satisfies readonly ApiErrorCode[];
const READ_CODES = [
  ...TOKEN_CODES,
  'purpose-missing',
  'token-district',
  'district-unknown',
  'access-log-unavailable',
  'state-unavailable',
] as const satisfies readonly ApiErrorCode[];
const CODES = {
  open: ['request-invalid', 'rate-limited', 'internal', 'shutting-down'],
  token: TOKEN_CODES,
  read: READ_CODES,
} as const;

/** The response schemas of a route: its own answers by status, and one schema a status for the error codes. */
export function answers(
  own: Readonly<Record<number, TSchema>>,
  common: keyof typeof CODES,
  more: readonly ApiErrorCode[] = [],
): Record<number, TSchema> {
  const byStatus = new Map<number, ApiErrorCode[]>();
  for (const code of new Set<ApiErrorCode>([...CODES[common], ...more])) {
    const { status } = API_ERRORS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const errors = [...byStatus].map(([status, codes]) => [status, errorSchema(codes)] as const);
  return { ...Object.fromEntries(errors), ...own };
}

/** An answer of another media type than JSON. */
export function answerAs(mediaType: string, description: string, schema: TSchema): TSchema {
  return Type.Unsafe({ description, content: { [mediaType]: { schema } } });
}

function errorSchema(codes: readonly ApiErrorCode[]): TSchema {
  return Type.Intersect([ErrorSchema, Type.Object({ code: Type.Enum([...codes]) })], {
    description: codes.map((code) => `\`${code}\`: ${API_ERRORS[code].meaning}`).join('\n\n'),
  });
}

/** Routes that show nothing of a district. */
export const OPEN: { security: [] } = { security: [] };
