import { Type } from '@fastify/type-provider-typebox';
import { purposeQuery } from './api-server.js';
import { INSTANT_PATTERN, INSTANT_WORDS, isoText, parseInstant } from './instants.js';
import { DEFAULT_PAGE, MAX_PAGE } from './limits.js';
import { requestInvalid } from './validation.js';

const InstantText = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: INSTANT_PATTERN,
      'x-expected': INSTANT_WORDS,
      description: `${description} ISO-8601 with an offset, or milliseconds since the Unix epoch.`,
    }),
  );

/** Fields of every paged query. */
export const pageQuery = {
  ...purposeQuery,
  from: InstantText('Only what lasted to this instant or later.'),
  to: InstantText('Only what began before this instant.'),
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
  const fromMs = instantOf('from', query.from, Number.NEGATIVE_INFINITY);
  const toMs = instantOf('to', query.to, Number.POSITIVE_INFINITY);
  if (fromMs >= toMs) {
    throw requestInvalid([{ path: 'query/to', got: query.to, expected: `an instant after from, ${isoText(fromMs)}` }]);
  }
  return { after: query.after ?? 0, limit: query.limit ?? DEFAULT_PAGE, period: { fromMs, toMs } };
}

/** Whether something that began at beganMs and ended at endedMs (null: not yet) touches the period. */
export function touches({ fromMs, toMs }: Period, beganMs: number, endedMs: number | null): boolean {
  return beganMs < toMs && (endedMs === null || endedMs >= fromMs);
}

function instantOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const ms = parseInstant(text);
  if (ms === null) throw requestInvalid([{ path: `query/${name}`, got: text, expected: 'an instant of the calendar' }]);
  return ms;
}
