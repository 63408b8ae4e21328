import { Type } from '@fastify/type-provider-typebox';
import type { ReadPlace } from '../model/access-search.js';
import { purposeQuery } from './api-server.js';
import { InstantText, instantOf, requireSpan } from './instants.js';
import { DEFAULT_PAGE, MAX_ACCESS_SPAN_MS, MAX_ACTOR_CHARS, MAX_PAGE } from './limits.js';
import { placeOf, PlaceText } from './log-place.js';
import { Id } from './schemas.js';

/** When the query does not say. */
const USUAL_SPAN_MS = 86_400_000;
const DAY_MS = 86_400_000;
const pageOfReads = {
  ...purposeQuery,
  from: Type.Optional(InstantText('Reads at this instant or later; a day before to when left out.')),
  to: Type.Optional(
    InstantText(
      `Reads before this instant, at most ${MAX_ACCESS_SPAN_MS / DAY_MS} days after from; now when left out.`,
    ),
  ),
  after: Type.Optional(PlaceText),
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
  const toMs = to === undefined ? nowMs + 1 : instantOf('query/to', to);
  const fromMs = from === undefined ? Math.max(0, toMs - USUAL_SPAN_MS) : instantOf('query/from', from);
  requireSpan('query/to', to, { fromMs, toMs, mostMs: MAX_ACCESS_SPAN_MS, from: 'from' });
  return { fromMs, toMs, after: after === undefined ? null : placeOf(after), limit };
}
