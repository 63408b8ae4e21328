import { Settings } from 'typebox/system';
import { Value } from 'typebox/value';
import type { Static, TSchema } from 'typebox';
import { pointer, type Report, show } from './faults.js';
import { nearest } from './nearest.js';
import { nodeAt, type SchemaNode, valueWords } from './schema-words.js';

/** typebox stops at 8 by default: too few for "all faults at once", and an item of a file hardly has more than this. */
const MAX_ERRORS_PER_ITEM = 64;

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
    const node = nodeAt(schema as SchemaNode, error.schemaPath);
    for (const fault of faultsOf(error, node, value)) {
      if (seen.has(fault.path)) continue;
      seen.add(fault.path);
      report(base + fault.path, fault.reason);
    }
  }
  if (seen.size === 0) report(base, `got ${show(value)}, expected ${describe(schema as SchemaNode)}`);
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

function* faultsOf(error: SchemaError, node: SchemaNode, value: unknown): Iterable<{ path: string; reason: string }> {
  switch (error.keyword) {
    case 'required':
      for (const name of error.params.requiredProperties) {
        const expected = node.properties?.[name];
        yield {
          path: error.instancePath + pointer(name),
          reason: `is missing, expected ${expected === undefined ? 'a value' : describe(expected)}`,
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

function unknownProperty(name: string, node: SchemaNode): string {
  const got = `got an unknown property ${show(name)}`;
  if (node.properties === undefined) return `${got}, expected ids of 1 to 32 characters out of a-z, 0-9 and -`;
  const known = Object.keys(node.properties);
  const near = nearest(name, known);
  return `${got}, expected only ${known.join(', ')}${near === null ? '' : `; did you mean "${near}"?`}`;
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

/** A description of these schemas completes "expected …". */
function describe(node: SchemaNode): string {
  return node.description ?? valueWords(node);
}
