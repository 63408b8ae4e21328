import { Type } from '@fastify/type-provider-typebox';
import type { FixDecision } from '../model/decision.js';
import type { FixSearch } from '../model/fix-search.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../model/limits.js';
import { compareLogIds } from '../model/log-id.js';
import { purposeQuery } from './api-server.js';
import { InstantText, instantOf, requireSpan } from './instants.js';
import { DEFAULT_PAGE, MAX_FIX_LOG_MS, MAX_FIX_SPAN_MS, MAX_PAGE } from './limits.js';
import { type LogPlace, placeOf, PlaceText, placeText } from './log-place.js';

/** When the query does not say. */
const USUAL_SPAN_MS = 3_600_000;

export const FixQuery = Type.Object(
  {
    ...purposeQuery,
    from: Type.Optional(InstantText('Fixes taken at this instant or later; an hour before to when left out.')),
    to: Type.Optional(
      InstantText(
        `Fixes taken before this instant, at most ${MAX_FIX_SPAN_MS / 3_600_000} h after from; now when left out.`,
      ),
    ),
    loggedFrom: Type.Optional(
      InstantText(`Copies logged at this instant or later; ${CLOCK_AHEAD_MS / 1_000} s before from when left out.`),
    ),
    loggedTo: Type.Optional(
      InstantText(
        `Copies logged before this instant, at most ${MAX_FIX_LOG_MS / 3_600_000} h after loggedFrom; ${HORIZON_MS / 60_000} min after to when left out. Ask for more to see what came later than the horizon.`,
      ),
    ),
    after: Type.Optional(PlaceText),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` }),
    ),
  },
  { additionalProperties: false },
);

type Query = Partial<Readonly<Record<'from' | 'to' | 'loggedFrom' | 'loggedTo' | 'after', string>>>;

export interface FixChoice {
  /** Event times `[fromMs, toMs)` that the query is about. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly search: FixSearch;
  readonly after: LogPlace | null;
}

/** What the query asks of the log; a later page asks for event times from where the last one ended. Code `request-invalid`. */
export function fixChoice(unit: string, query: Query, nowMs: number): FixChoice {
  const toMs = query.to === undefined ? nowMs : instantOf('query/to', query.to);
  const fromMs = query.from === undefined ? Math.max(0, toMs - USUAL_SPAN_MS) : instantOf('query/from', query.from);
  requireSpan('query/to', query.to, { fromMs, toMs, mostMs: MAX_FIX_SPAN_MS, from: 'from' });
  const loggedFromMs =
    query.loggedFrom === undefined
      ? Math.max(0, fromMs - CLOCK_AHEAD_MS)
      : instantOf('query/loggedFrom', query.loggedFrom);
  const loggedToMs = query.loggedTo === undefined ? toMs + HORIZON_MS : instantOf('query/loggedTo', query.loggedTo);
  requireSpan('query/loggedTo', query.loggedTo, {
    fromMs: loggedFromMs,
    toMs: loggedToMs,
    mostMs: MAX_FIX_LOG_MS,
    from: 'loggedFrom',
  });
  const after = query.after === undefined ? null : placeOf(query.after);
  const search = { unit, fromMs: Math.max(fromMs, after?.atMs ?? 0), toMs, loggedFromMs, loggedToMs };
  return { fromMs, toMs, search, after };
}

/** At most `limit` of the decisions that come after a place, and the place of the last when there are more. */
export function fixPage(
  decisions: readonly FixDecision[],
  after: LogPlace | null,
  limit: number,
): { readonly items: readonly FixDecision[]; readonly next: string | null } {
  const rest = after === null ? decisions : decisions.filter((decision) => isAfter(decision, after));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last === undefined || rest.length <= limit ? null : placeText(last) };
}

function isAfter(decision: FixDecision, place: LogPlace): boolean {
  const { atMs, logId, ordinal } = decision;
  return (atMs - place.atMs || compareLogIds(logId, place.logId) || ordinal - place.ordinal) > 0;
}
