import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import type { Static, TSchema } from 'typebox';
import { pointer, type Report, show } from './faults.js';
import { nearest } from './nearest.js';

/** typebox stops at 8 by default: too few for "all faults at once", and an item of a file hardly has more than this. */
const MAX_ERRORS_PER_ITEM = 64;

/** The part of JSON Schema that the district's schemas use. */
interface Node {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly uniqueItems?: boolean;
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly patternProperties?: Readonly<Record<string, Node>>;
  readonly anyOf?: readonly Node[];
}

/** Holds `value` against `schema`; reports each fault under `base`. True: the value has the schema's type. */
export function checkShape<S extends TSchema>(
  schema: S,
  value: unknown,
  base: string,
  report: Report,
): value is Static<S> {
  if (Value.Check(schema, value)) return true;
  const seen = new Set<string>();
  for (const error of errorsOf(schema, value)) {
    const node = nodeAt(schema as Node, error.schemaPath);
    for (const fault of faultsOf(error, node, value)) {
      if (seen.has(fault.path)) continue;
      seen.add(fault.path);
      report(base + fault.path, fault.reason);
    }
  }
  if (seen.size === 0) report(base, `got ${show(value)}, expected ${describe(schema as Node)}`);
  return false;
}

type SchemaError = ReturnType<typeof Value.Errors>[number];

function errorsOf(schema: TSchema, value: unknown): SchemaError[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: MAX_ERRORS_PER_ITEM });
  try {
    const errors = Value.Errors(schema, value);
    return errors.filter((error) => !insideUnion(error) && error.keyword !== 'boolean');
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** A union says once what it expected; what each of its branches misses is noise. */
function insideUnion(error: SchemaError): boolean {
  return error.schemaPath.includes('/anyOf/');
}

function* faultsOf(error: SchemaError, node: Node, value: unknown): Iterable<{ path: string; reason: string }> {
  switch (error.keyword) {
    case 'required':
      for (const name of error.params.requiredProperties) {
        const expected = node.properties?.[name];
        yield {
          path: error.instancePath + pointer(name),
          reason: `got nothing, expected ${expected === undefined ? 'a value' : describe(expected)}`,
        };
      }
      return;
    case 'additionalProperties':
      for (const name of error.params.additionalProperties) {
        yield { path: error.instancePath + pointer(name), reason: unknownProperty(name, node) };
      }
      return;
    default: {
      const got = show(valueAt(value, error.instancePath));
      yield { path: error.instancePath, reason: `got ${got}, expected ${describe(node)}` };
    }
  }
}

function unknownProperty(name: string, node: Node): string {
  const got = `got an unknown property ${show(name)}`;
  if (node.properties === undefined) return `${got}, expected ids of 1 to 32 characters out of a-z, 0-9 and -`;
  const known = Object.keys(node.properties);
  const near = nearest(name, known);
  return `${got}, expected only ${known.join(', ')}${near === null ? '' : `; did you mean "${near}"?`}`;
}

function describe(node: Node): string {
  if (node.description !== undefined) return node.description;
  if (node.const !== undefined) return show(node.const);
  if (node.enum !== undefined) return `one of ${node.enum.map(show).join(', ')}`;
  switch (node.type) {
    case 'integer':
    case 'number':
      return `${node.type === 'integer' ? 'an integer' : 'a number'}${range(node.minimum, node.maximum, '')}`;
    case 'string':
      return `text${range(node.minLength, node.maxLength, ' characters')}`;
    case 'array':
      return `a list${range(node.minItems, node.maxItems, ' items')}${node.uniqueItems ? ', each once' : ''}`;
    case 'object':
      return `an object${range(node.minProperties, node.maxProperties, ' properties')}`;
    case 'boolean':
      return 'true or false';
    default:
      return 'a value';
  }
}

function range(from: number | undefined, to: number | undefined, what: string): string {
  if (from === undefined && to === undefined) return '';
  if (to === undefined) return ` of at least ${from}${what}`;
  return from === undefined ? ` of at most ${to}${what}` : ` of ${from} to ${to}${what}`;
}

/** Follows typebox's `#/properties/x/items/…`; its patternProperties keys are regular expressions that may hold slashes. */
function nodeAt(root: Node, schemaPath: string): Node {
  let node: unknown = root;
  for (const key of schemaPath.split('/').slice(1)) {
    if (typeof node !== 'object' || node === null) break;
    const own = node as Readonly<Record<string, unknown>>;
    if (Object.hasOwn(own, key)) node = own[key];
  }
  return typeof node === 'object' && node !== null ? node : {};
}

function valueAt(root: unknown, instancePath: string): unknown {
  let value = root;
  for (const key of instancePath.split('/').slice(1)) {
    if (typeof value !== 'object' || value === null) return undefined;
    const own = value as Readonly<Record<string, unknown>>;
    const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
    value = Object.hasOwn(own, name) ? own[name] : undefined;
  }
  return value;
}
