import { Type } from '@fastify/type-provider-typebox';
import type { ReadPlace } from '../model/access-search.js';
import { formatLogId, parseLogId } from '../model/log-id.js';
import { purposeQuery } from './api-server.js';
import { INSTANT_PATTERN, INSTANT_WORDS, isoText, parseInstant } from './instants.js';
import { DEFAULT_PAGE, MAX_ACCESS_SPAN_MS, MAX_ACTOR_CHARS, MAX_PAGE } from './limits.js';
import { Id } from './schemas.js';
import { requestInvalid } from './validation.js';

/** When the query does not say. */
const USUAL_SPAN_MS = 86_400_000;
const DAY_MS = 86_400_000;
const instant = (description: string) =>
  Type.Optional(
    Type.String({
      pattern: INSTANT_PATTERN,
      'x-expected': INSTANT_WORDS,
      description: `${description} ISO-8601 with an offset, or milliseconds since the Unix epoch.`,
    }),
  );

const pageOfReads = {
  ...purposeQuery,
  from: instant('Reads at this instant or later; a day before to when left out.'),
  to: instant(`Reads before this instant, at most ${MAX_ACCESS_SPAN_MS / DAY_MS} days after from; now when left out.`),
  after: Type.Optional(
    Type.String({
      pattern: '^\\d{1,16}\\.\\d{1,16}-\\d{1,16}\\.\\d{1,9}$',
      'x-expected': 'the `next` of the page before',
      description: '`next` of the page before.',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` })),
};

export const OwnAccessQuery = Type.Object(pageOfReads, { additionalProperties: false });

export const AccessQuery = Type.Object(
  {
    ...pageOfReads,
    actor: Type.Optional(
      Type.String({ minLength: 1, maxLength: MAX_ACTOR_CHARS, description: 'Reads by this account or tracker.' }),
    ),
    unit: Type.Optional({ ...Id, description: 'Reads that are about this unit.' }),
    place: Type.Optional({ ...Id, description: 'Reads that are about this place.' }),
    scope: Type.Optional(
      Type.Enum(['named', 'wider'], {
        description:
          'With unit or place. `named`: the read asked for it by name. `wider`: it asked for no unit, or no place, by name, and its answer may have shown this one. Both when left out.',
      }),
    ),
  },
  { additionalProperties: false },
);

interface PageQuery {
  readonly from?: string;
  readonly to?: string;
  readonly after?: string;
  readonly limit?: number;
}

export interface AccessChoice {
  /** Log times `[fromMs, toMs)`. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly after: ReadPlace | null;
  readonly limit: number;
}

/** Which page of which period is wanted. Code `request-invalid`. */
export function accessChoice({ from, to, after, limit = DEFAULT_PAGE }: PageQuery, nowMs: number): AccessChoice {
  // What is of this millisecond is part of now.
  const toMs = to === undefined ? nowMs + 1 : instantOf('to', to);
  const fromMs = from === undefined ? Math.max(0, toMs - USUAL_SPAN_MS) : instantOf('from', from);
  if (toMs <= fromMs || toMs > fromMs + MAX_ACCESS_SPAN_MS) {
    const expected = `an instant after from, ${isoText(fromMs)}, and at most ${MAX_ACCESS_SPAN_MS / DAY_MS} days after it`;
    throw requestInvalid([{ path: 'query/to', got: to ?? null, expected }]);
  }
  return { fromMs, toMs, after: after === undefined ? null : placeOf(after), limit };
}

export function placeText({ atMs, logId, ordinal }: ReadPlace): string {
  return `${atMs}.${formatLogId(logId)}.${ordinal}`;
}

function placeOf(text: string): ReadPlace {
  const [atMs = '', logId = '', ordinal = ''] = text.split('.');
  return { atMs: Number(atMs), logId: parseLogId(logId), ordinal: Number(ordinal) };
}

function instantOf(name: string, text: string): number {
  const ms = parseInstant(text);
  if (ms === null) throw requestInvalid([{ path: `query/${name}`, got: text, expected: 'an instant of the calendar' }]);
  return ms;
}
