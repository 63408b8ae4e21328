import { isUtf8 } from 'node:buffer';
import { type TSchema, TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import type { FastifySchemaCompiler } from 'fastify';
import { nodeAt, type SchemaNode, valueWords } from '../district/schema-words.js';
import { CLEAN_TEXT, describeFault, parseText } from '../model/text.js';
import { apiError } from './errors.js';

/** One wrong field. */
export interface RequestFault {
  /** `query/limit`, `body/version`, `path/alertId`. */
  readonly path: string;
  readonly got: unknown;
  readonly expected: string;
  /** There is no such field where one must be. */
  readonly missing?: true;
}

interface SchemaFault {
  readonly keyword: string;
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** Faults of one request that are named; the rest adds nothing that a caller could use. */
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
 * is a plain decimal number, and answers every fault with its path, what was got and what was expected.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = (route) => validatorOf(route, true);

/** The same for a body that carries whole files: their texts come to the handler as they were sent, and whoever reads the files judges them. */
export const filesValidatorCompiler: FastifySchemaCompiler<TSchema> = (route) =>
  validatorOf(route, route.httpPart !== 'body');

function validatorOf(
  { schema, httpPart }: Parameters<FastifySchemaCompiler<TSchema>>[0],
  cleans: boolean,
): ReturnType<FastifySchemaCompiler<TSchema>> {
  const part = PART_NAMES[httpPart ?? 'body'] ?? 'body';
  const validate = TypeBoxValidatorCompiler({ schema, method: '', url: '', httpPart: 'body' });
  const cleaned = (received: unknown, unclean: RequestFault[]): unknown => {
    if (!cleans) return received;
    return part === 'header' ? cleanHeaders(schema, received, unclean) : cleanTexts(received, part, unclean);
  };
  return (received: unknown) => {
    const unclean: RequestFault[] = [];
    const clean = cleaned(received, unclean);
    if (unclean.length > 0) return { error: requestInvalid(unclean) };
    const value = part === 'body' ? clean : withNumbers(schema, clean);
    const outcome: unknown = validate(value);
    const faults = (outcome as { error?: readonly SchemaFault[] }).error;
    return faults === undefined ? { value } : { error: requestInvalid(faultsOf(part, schema, faults, value)) };
  };
}

const MAX_TEXT_DEPTH = 8;

/** Every text of a request part in normal form; a text that is not taken is a fault. Names of fields are the schema's to judge. */
function cleanTexts(value: unknown, path: string, faults: RequestFault[], depth = 0): unknown {
  if (typeof value === 'string') {
    const clean = parseText(value);
    if (typeof clean === 'string') return clean;
    faults.push({ path, got: describeFault(clean), expected: CLEAN_TEXT });
    return '';
  }
  // Deeper than any request is: the schema refuses it.
  if (typeof value !== 'object' || value === null || depth > MAX_TEXT_DEPTH) return value;
  if (Array.isArray(value)) return value.map((item, index) => cleanTexts(item, `${path}/${index}`, faults, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, cleanTexts(item, `${path}/${name}`, faults, depth + 1)]),
  );
}

/** Headers that the schema names, read as UTF-8: Node hands out their bytes as Latin-1. */
function cleanHeaders(schema: TSchema, received: unknown, faults: RequestFault[]): unknown {
  const { properties } = schema as { properties?: Readonly<Record<string, unknown>> };
  if (properties === undefined || typeof received !== 'object' || received === null) return received;
  return Object.fromEntries(
    Object.entries(received).map(([name, value]) => {
      const isText = Object.hasOwn(properties, name) && typeof value === 'string';
      return [name, isText ? (headerText(name, value, faults) ?? '') : value];
    }),
  );
}

/** The text of a header, or null and a fault. */
export function headerText(name: string, value: string, faults: RequestFault[]): string | null {
  const bytes = Buffer.from(value, 'latin1');
  if (!isUtf8(bytes)) {
    faults.push({ path: `header/${name}`, got: 'bytes that are not UTF-8', expected: 'UTF-8' });
    return null;
  }
  const clean = cleanTexts(bytes.toString('utf8'), `header/${name}`, faults);
  return typeof clean === 'string' && clean !== '' ? clean : null;
}

export function requestInvalid(faults: readonly RequestFault[]) {
  const named = faults.slice(0, MAX_FAULTS);
  const sentences = named.map(({ path, got, expected, missing }) =>
    missing === true ? `${path} is missing, expected ${expected}` : `${path}: got ${brief(got)}, expected ${expected}`,
  );
  return apiError('request-invalid', sentences.join('; '), { faults: named, total: faults.length });
}

/** How a number is written in a path or a query, by what the schema wants. */
const NUMBER_TEXTS: Readonly<Record<string, RegExp>> = { integer: /^-?\d{1,16}$/, number: /^-?\d{1,16}(\.\d{1,16})?$/ };

function withNumbers(schema: TSchema, received: unknown): unknown {
  const { properties } = schema as { properties?: Readonly<Record<string, { readonly type?: string }>> };
  if (properties === undefined || typeof received !== 'object' || received === null) return received;
  return Object.fromEntries(
    Object.entries(received).map(([name, value]) => {
      const wanted = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
      const isNumber = typeof value === 'string' && NUMBER_TEXTS[wanted ?? '']?.test(value) === true;
      return [name, isNumber ? Number(value) : value];
    }),
  );
}

function faultsOf(part: string, schema: TSchema, faults: readonly SchemaFault[], value: unknown): RequestFault[] {
  const found: RequestFault[] = [];
  for (const fault of faults) {
    // typebox tells an unwanted property twice, as "schema is false" and by name; only the second says what is wrong.
    // What each branch of a union misses is noise beside what the union says.
    if (fault.keyword === 'boolean' || fault.schemaPath.includes('/anyOf/')) continue;
    const node = nodeAt(schema as SchemaNode, fault.schemaPath);
    const names = namesOf(fault);
    const { instancePath } = fault;
    if (names.length === 0) {
      found.push({
        path: `${part}${instancePath}`,
        got: shownAt(instancePath, value, instancePath),
        expected: valueWords(node),
      });
    }
    for (const name of names) {
      const pointer = `${instancePath}/${name}`;
      found.push({ path: `${part}${pointer}`, got: shownAt(name, value, pointer), ...wantedOf(fault, node, name) });
    }
  }
  return found.length > 0 ? found : unionFaults(part, schema, faults, value);
}

/** Nothing is wrong but what a union lacks: its words say what it takes. */
function unionFaults(part: string, schema: TSchema, faults: readonly SchemaFault[], value: unknown): RequestFault[] {
  const [first] = faults.toSorted((a, b) => a.instancePath.length - b.instancePath.length);
  if (first === undefined) return [];
  const { instancePath } = first;
  const node = nodeAt(schema as SchemaNode, first.schemaPath.split('/anyOf')[0] ?? '');
  return [
    { path: `${part}${instancePath}`, got: shownAt(instancePath, value, instancePath), expected: valueWords(node) },
  ];
}

/** Properties that a fault of their parent is about. */
function namesOf({ keyword, params }: SchemaFault): string[] {
  if (keyword === 'required') return params.requiredProperties as string[];
  if (keyword === 'additionalProperties') return params.additionalProperties as string[];
  return [];
}

function wantedOf(
  { keyword }: SchemaFault,
  node: SchemaNode,
  name: string,
): Pick<RequestFault, 'expected' | 'missing'> {
  if (keyword === 'additionalProperties') return { expected: `no such field, but ${namesIn(node)}` };
  return { expected: valueWords(node.properties?.[name] ?? {}), missing: true };
}

function namesIn({ properties = {} }: SchemaNode): string {
  return Object.keys(properties).join(', ') || 'none at all';
}

/** Names under which people send what nobody must see. */
const SECRET_NAME = /token|ticket|secret|password|authorization|api-?key/i;

function shownAt(name: string, value: unknown, pointer: string): unknown {
  return SECRET_NAME.test(name) && !name.endsWith('tokenId') ? '(not shown)' : at(value, pointer);
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
