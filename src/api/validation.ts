import { type TSchema, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifySchemaCompiler } from 'fastify';
import { apiError } from './errors.js';

/** One wrong field. */
export interface RequestFault {
  /** `query/limit`, `body/version`, `path/alertId`. */
  readonly path: string;
  readonly got: unknown;
  readonly expected: string;
}

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Faults told of one request; the rest adds nothing that a caller could use. */
const MAX_FAULTS = 10;
const MAX_GOT_CHARS = 100;
const PART_NAMES: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/**
 * Fastify's validator compiler over typebox. Unlike the type provider's own it turns query text into numbers only where it
 * is a plain decimal integer, and answers every fault with its path, what was got and what was expected.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const part = PART_NAMES[httpPart ?? 'body'] ?? 'body';
  const validate = TypeBoxValidatorCompiler({ schema, method: '', url: '', httpPart: 'body' });
  return (received: unknown) => {
    const value = part === 'body' ? received : withIntegers(schema, received);
    const outcome: unknown = validate(value);
    const faults = (outcome as { error?: readonly SchemaFault[] }).error;
    return faults === undefined ? { value } : { error: requestInvalid(faultsOf(part, faults, value)) };
  };
};

export function requestInvalid(faults: readonly RequestFault[]) {
  const told = faults.slice(0, MAX_FAULTS);
  const sentences = told.map(({ path, got, expected }) => `${path}: got ${brief(got)}, expected ${expected}`);
  return apiError('request-invalid', sentences.join('; '), { faults: told, total: faults.length });
}

function withIntegers(schema: TSchema, received: unknown): unknown {
  const { properties } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  if (properties === undefined || typeof received !== 'object' || received === null) return received;
  return Object.fromEntries(
    Object.entries(received).map(([name, value]) => {
      const wanted = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
      const isInteger = wanted === 'integer' && typeof value === 'string' && /^-?\d{1,16}$/.test(value);
      return [name, isInteger ? Number(value) : value];
    }),
  );
}

function faultsOf(part: string, faults: readonly SchemaFault[], value: unknown): RequestFault[] {
  const told: RequestFault[] = [];
  for (const fault of faults) {
    // typebox tells an unwanted property twice, as "schema is false" and by name; only the second says what is wrong.
    if (fault.keyword === 'boolean') continue;
    const names = namesOf(fault);
    if (names.length === 0) {
      told.push({
        path: `${part}${fault.instancePath}`,
        got: at(value, fault.instancePath),
        expected: expectedOf(fault),
      });
    }
    for (const name of names) {
      const pointer = `${fault.instancePath}/${name}`;
      told.push({ path: `${part}${pointer}`, got: at(value, pointer), expected: expectedOf(fault) });
    }
  }
  return told;
}

/** Properties that a fault of their parent is about. */
function namesOf({ keyword, params }: SchemaFault): string[] {
  if (keyword === 'required') return params.requiredProperties as string[];
  if (keyword === 'additionalProperties') return params.additionalProperties as string[];
  return [];
}

function expectedOf({ keyword, params, message }: SchemaFault): string {
  switch (keyword) {
    case 'required':
      return 'a value';
    case 'additionalProperties':
      return 'no such field';
    case 'enum':
      return `one of ${(params.allowedValues as unknown[]).map((value) => JSON.stringify(value)).join(', ')}`;
    case 'pattern':
      return `text that matches ${String(params.pattern)}`;
    case 'type':
      return `a value of type ${String(params.type)}`;
    default:
      return message.replace(/^must (be |have )?/, '');
  }
}

function at(value: unknown, pointer: string): unknown {
  let found = value;
  for (const name of pointer.split('/').slice(1)) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return typeof found === 'string' && found.length > MAX_GOT_CHARS ? `${found.slice(0, MAX_GOT_CHARS)}…` : found;
}

function brief(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > MAX_GOT_CHARS ? `${text.slice(0, MAX_GOT_CHARS)}…` : text;
}
