import { Type } from '@fastify/type-provider-typebox';
import { purposeQuery } from './api-server.js';
import { InstantText, instantOf, isoText } from './instants.js';
import { DEFAULT_PAGE, MAX_PAGE } from './limits.js';
import { requestInvalid } from './validation.js';

/** Fields of every paged query. */
export const pageQuery = {
  ...purposeQuery,
  from: Type.Optional(InstantText('Only what lasted to this instant or later.')),
  to: Type.Optional(InstantText('Only what began before this instant.')),
  after: Type.Optional(
    Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '`next` of the page before this one.' }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` })),
};

/** `[fromMs, toMs)`; infinite where the query says nothing. */
export interface Period {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface PageChoice {
  readonly after: number;
  readonly limit: number;
  readonly period: Period;
}

export function pageChoice(query: {
  readonly from?: string;
  readonly to?: string;
  readonly after?: number;
  readonly limit?: number;
}): PageChoice {
  const fromMs = query.from === undefined ? Number.NEGATIVE_INFINITY : instantOf('query/from', query.from);
  const toMs = query.to === undefined ? Number.POSITIVE_INFINITY : instantOf('query/to', query.to);
  if (fromMs >= toMs) {
    throw requestInvalid([{ path: 'query/to', got: query.to, expected: `an instant after from, ${isoText(fromMs)}` }]);
  }
  return { after: query.after ?? 0, limit: query.limit ?? DEFAULT_PAGE, period: { fromMs, toMs } };
}

/** Whether something that began at beganMs and ended at endedMs (null: not yet) touches the period. */
export function touches({ fromMs, toMs }: Period, beganMs: number, endedMs: number | null): boolean {
  return beganMs < toMs && (endedMs === null || endedMs >= fromMs);
}
