import { type Static, type TSchema, Type } from '@fastify/type-provider-typebox';
import { purposeQuery } from '../api-server.js';
import { jsonDepth } from '../json-depth.js';
import { MAX_BODY_DEPTH, MAX_FILTER_IDS } from '../limits.js';
import { SEVERITIES } from '../../model/plan.js';
import { ID_WORDS, RULES } from '../schemas.js';
import { requestInvalid, validatorCompiler } from '../validation.js';
import type { LiveFilter } from './live-filter.js';
import { SubscribeSchema } from './live-schemas.js';

const list = (one: string, most: number, o: { readonly each: string; readonly description: string }) =>
  Type.Optional(
    Type.String({
      pattern: `^(?:${one})(?:,(?:${one})){0,${most - 1}}$`,
      'x-expected': `1 to ${most}, separated by commas, of ${o.each}`,
      description: o.description,
    }),
  );
const ID = '[a-z0-9-]{1,32}';

/** The query of the live socket; several ids are separated by commas. */
export const LiveQuery = Type.Object(
  {
    ...purposeQuery,
    ticket: Type.Optional(Type.String({ description: 'In place of the Authorization header.' })),
    after: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Resumes: every transition above this one is sent, once, in order.',
      }),
    ),
    place: list(ID, MAX_FILTER_IDS, {
      each: `places, each ${ID_WORDS}`,
      description: 'Alerts and coverage of these places.',
    }),
    unit: list(ID, MAX_FILTER_IDS, {
      each: `units, each ${ID_WORDS}`,
      description: 'Alerts, positions and states of these units.',
    }),
    rule: list(RULES.join('|'), RULES.length, { each: RULES.join(', '), description: 'Alerts of these rules.' }),
    severity: list(SEVERITIES.join('|'), SEVERITIES.length, {
      each: SEVERITIES.join(', '),
      description: 'Alerts of these severities.',
    }),
  },
  { additionalProperties: false },
);

export interface LiveRequest {
  readonly ticket: string | null;
  readonly after: number | null;
  readonly purpose: string | null;
  readonly filter: LiveFilter;
}

const checkQuery = parserOf(LiveQuery, 'querystring');
const checkSubscribe = parserOf(SubscribeSchema, 'body');

/** Throws code `request-invalid`. */
export function parseLiveQuery(search: URLSearchParams): LiveRequest {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(search.keys())) {
    const values = search.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? '') : values;
  }
  const { ticket, after, purpose, place, unit, rule, severity } = checkQuery(query);
  return {
    ticket: ticket ?? null,
    after: after ?? null,
    purpose: purpose ?? null,
    filter: filterOf({
      places: place?.split(','),
      units: unit?.split(','),
      // The pattern let only rules and severities through.
      rules: rule?.split(',') as Subscription['rules'],
      severities: severity?.split(',') as Subscription['severities'],
    }),
  };
}

/** Throws code `request-invalid` for anything but a `subscribe` message. */
export function parseSubscribe(text: string): LiveFilter {
  let received: unknown;
  try {
    if (jsonDepth(text) > MAX_BODY_DEPTH) throw new SyntaxError('nested too deep');
    received = JSON.parse(text);
  } catch {
    throw requestInvalid([{ path: 'body', got: text, expected: `JSON, nested ${MAX_BODY_DEPTH} deep at most` }]);
  }
  return filterOf(checkSubscribe(received));
}

type Subscription = Partial<Omit<Static<typeof SubscribeSchema>, 'type'>>;

function filterOf(wanted: { readonly [Name in keyof Subscription]: Subscription[Name] | undefined }): LiveFilter {
  const setOf = <Id>(ids: readonly Id[] | undefined) => (ids === undefined ? null : new Set(ids));
  return {
    places: setOf(wanted.places),
    units: setOf(wanted.units),
    rules: setOf(wanted.rules),
    severities: setOf(wanted.severities),
  };
}

function parserOf<Schema extends TSchema>(schema: Schema, httpPart: string): (value: unknown) => Static<Schema> {
  const validate = validatorCompiler({ schema, method: 'GET', url: '', httpPart });
  return (received) => {
    const outcome = validate(received) as { readonly value: Static<Schema> } | { readonly error: Error };
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  };
}
