import { createHash } from 'node:crypto';
import { Type } from '@fastify/type-provider-typebox';
import { canonicalJson } from '../model/canonical-json.js';
import { formatLogId, isLogId, type LogId, parseLogId } from '../model/log-id.js';
import { isId } from '../model/roles.js';
import { purposeQuery } from './api-server.js';
import { InstantText, instantOf, requireSpan } from './instants.js';
import { DEFAULT_PAGE, MAX_FILTER_IDS, MAX_PAGE, MAX_RECORD_SPAN_MS } from './limits.js';
import { requestInvalid } from './validation.js';

const DAYS = MAX_RECORD_SPAN_MS / 86_400_000;

/** The period of a query of the record. */
export const rangeQuery = {
  ...purposeQuery,
  from: InstantText('From this instant on, event time.'),
  to: InstantText(`Before this instant, at most ${DAYS} days after from.`),
};

const IDS_PATTERN = '^[a-z0-9-]{1,32}(,[a-z0-9-]{1,32})*$';
export const unitsQuery = {
  units: Type.Optional(
    Type.String({
      pattern: IDS_PATTERN,
      maxLength: MAX_FILTER_IDS * 33,
      'x-expected': `ids of units with commas between them, at most ${MAX_FILTER_IDS}`,
      description: `Ids of units with commas between them, at most ${MAX_FILTER_IDS}; all units when left out.`,
    }),
  ),
};

export const cursorQuery = {
  after: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z0-9_-]{1,600}$',
      'x-expected': 'the `next` of the page before',
      description: '`next` of the page before, with the same query. All pages show the log as the first one saw it.',
    }),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE, description: `${DEFAULT_PAGE} when left out.` })),
};

export interface RecordRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Code `request-invalid` for what is no instant, reversed or too long. */
export function recordRange(query: { readonly from: string; readonly to: string }, part = 'query'): RecordRange {
  const fromMs = instantOf(`${part}/from`, query.from);
  const toMs = instantOf(`${part}/to`, query.to);
  requireSpan(`${part}/to`, query.to, { fromMs, toMs, mostMs: MAX_RECORD_SPAN_MS, from: 'from' });
  return { fromMs, toMs };
}

/** The ids of a list with commas, sorted, each once; null: all. Code `request-invalid` for too many. */
export function unitIds(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  const ids = [...new Set(text.split(','))].sort();
  if (ids.length <= MAX_FILTER_IDS && ids.every(isId)) return ids;
  const expected = `ids of units with commas between them, at most ${MAX_FILTER_IDS}`;
  throw requestInvalid([{ path: 'query/units', got: `${ids.length} ids`, expected }]);
}

/** Where a page ended, and the log's end as the first page saw it. */
export interface Cursor<Place> {
  readonly upTo: LogId;
  readonly place: Place;
}

/** A cursor's text; it is bound to what was asked for. */
export function cursorText<Place>(asked: object, { upTo, place }: Cursor<Place>): string {
  const value = { of: hashOf(asked), upTo: formatLogId(upTo), place };
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Null of the first page. Code `request-invalid` for a text that no page of the same query gave. */
export function cursorOf<Place>(
  asked: object,
  text: string | undefined,
  isPlace: (value: unknown) => boolean,
): Cursor<Place> | null {
  if (text === undefined) return null;
  const value = parsed(text) as { readonly of?: unknown; readonly upTo?: unknown; readonly place?: unknown } | null;
  const upTo = typeof value?.upTo === 'string' && isLogId(value.upTo) ? parseLogId(value.upTo) : null;
  if (upTo === null || value?.of !== hashOf(asked) || !isPlace(value.place)) {
    throw requestInvalid([{ path: 'query/after', got: text, expected: 'the `next` of a page of the same query' }]);
  }
  return { upTo, place: value.place as Place };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return null;
  }
}

function hashOf(asked: object): string {
  return createHash('sha256').update(canonicalJson(asked)).digest('base64url').slice(0, 16);
}
