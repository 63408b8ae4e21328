import { Type } from '@fastify/type-provider-typebox';
import type { FixDecision } from '../model/decision.js';
import type { FixSearch } from '../model/fix-search.js';
import { CLOCK_AHEAD_MS, HORIZON_MS } from '../model/limits.js';
import { compareLogIds, formatLogId, type LogId, parseLogId } from '../model/log-id.js';
import { purposeQuery } from './api-server.js';
import { INSTANT_PATTERN, INSTANT_WORDS, isoText, parseInstant } from './instants.js';
import { DEFAULT_PAGE, MAX_FIX_LOG_MS, MAX_FIX_SPAN_MS, MAX_PAGE } from './limits.js';
import { requestInvalid } from './validation.js';

/** When the query does not say. */
const USUAL_SPAN_MS = 3_600_000;
const INSTANT = 'ISO-8601 with an offset, or milliseconds since the Unix epoch.';
const instant = (description: string) =>
  Type.String({ pattern: INSTANT_PATTERN, 'x-expected': INSTANT_WORDS, description });

export const FixQuery = Type.Object(
  {
    ...purposeQuery,
    from: Type.Optional(instant(`Fixes taken at this instant or later; an hour before to when left out. ${INSTANT}`)),
    to: Type.Optional(
      instant(
        `Fixes taken before this instant, at most ${MAX_FIX_SPAN_MS / 3_600_000} h after from; now when left out.`,
      ),
    ),
    loggedFrom: Type.Optional(
      instant(`Copies logged at this instant or later; ${CLOCK_AHEAD_MS / 1_000} s before from when left out.`),
    ),
    loggedTo: Type.Optional(
      instant(
        `Copies logged before this instant, at most ${MAX_FIX_LOG_MS / 3_600_000} h after loggedFrom; ${HORIZON_MS / 60_000} min after to when left out. Ask for more to see what came later than the horizon.`,
      ),
    ),
    after: Type.Optional(
      Type.String({
        pattern: '^\\d{1,16}\\.\\d{1,16}-\\d{1,16}\\.\\d{1,9}$',
        'x-expected': 'the `next` of the page before',
        description: '`next` of the page before.',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` }),
    ),
  },
  { additionalProperties: false },
);

type Query = Partial<Readonly<Record<'from' | 'to' | 'loggedFrom' | 'loggedTo' | 'after', string>>>;

/** Where a page ends: everything up to there was told. */
export interface FixPlace {
  readonly atMs: number;
  readonly logId: LogId;
  readonly ordinal: number;
}

export interface FixChoice {
  /** Event times `[fromMs, toMs)` that the query is about. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly search: FixSearch;
  readonly after: FixPlace | null;
}

/** What the query asks of the log; a later page asks for event times from where the last one ended. Code `request-invalid`. */
export function fixChoice(unit: string, query: Query, nowMs: number): FixChoice {
  const toMs = query.to === undefined ? nowMs : instantOf('to', query.to);
  const fromMs = query.from === undefined ? Math.max(0, toMs - USUAL_SPAN_MS) : instantOf('from', query.from);
  within('to', query.to, { fromMs, toMs, mostMs: MAX_FIX_SPAN_MS, from: 'from' });
  const loggedFromMs =
    query.loggedFrom === undefined ? Math.max(0, fromMs - CLOCK_AHEAD_MS) : instantOf('loggedFrom', query.loggedFrom);
  const loggedToMs = query.loggedTo === undefined ? toMs + HORIZON_MS : instantOf('loggedTo', query.loggedTo);
  within('loggedTo', query.loggedTo, {
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
  after: FixPlace | null,
  limit: number,
): { readonly items: readonly FixDecision[]; readonly next: string | null } {
  const rest = after === null ? decisions : decisions.filter((decision) => isAfter(decision, after));
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last === undefined || rest.length <= limit ? null : placeText(last) };
}

function isAfter(decision: FixDecision, place: FixPlace): boolean {
  const { atMs, logId, ordinal } = decision;
  return (atMs - place.atMs || compareLogIds(logId, place.logId) || ordinal - place.ordinal) > 0;
}

function placeText({ atMs, logId, ordinal }: FixPlace): string {
  return `${atMs}.${formatLogId(logId)}.${ordinal}`;
}

function placeOf(text: string): FixPlace {
  const [atMs = '', logId = '', ordinal = ''] = text.split('.');
  return { atMs: Number(atMs), logId: parseLogId(logId), ordinal: Number(ordinal) };
}

function within(
  name: string,
  got: unknown,
  o: { readonly fromMs: number; readonly toMs: number; readonly mostMs: number; readonly from: string },
): void {
  const { fromMs, toMs, mostMs, from } = o;
  if (toMs > fromMs && toMs <= fromMs + mostMs) return;
  const expected = `an instant after ${from}, ${isoText(fromMs)}, and at most ${mostMs / 3_600_000} h after it: until ${isoText(fromMs + mostMs)}`;
  throw requestInvalid([{ path: `query/${name}`, got: got ?? null, expected }]);
}

function instantOf(name: string, text: string): number {
  const ms = parseInstant(text);
  if (ms === null) throw requestInvalid([{ path: `query/${name}`, got: text, expected: 'an instant of the calendar' }]);
  return ms;
}
