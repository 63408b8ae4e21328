import { show } from './faults.js';

/** The part of JSON Schema that our schemas use, and one word of our own. */
export interface SchemaNode {
  readonly type?: string | readonly string[];
  /** What a pattern asks for, in words that complete "expected …": nobody reads regular expressions in an error. */
  readonly 'x-expected'?: string;
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
  readonly items?: SchemaNode;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly patternProperties?: Readonly<Record<string, SchemaNode>>;
  readonly anyOf?: readonly SchemaNode[];
}

/** What a schema asks for, in words that complete "expected …"; of a pattern `x-expected` says it. */
export function valueWords(node: SchemaNode): string {
  if (node['x-expected'] !== undefined) return node['x-expected'];
  if (node.const !== undefined) return show(node.const);
  if (node.anyOf !== undefined) return node.anyOf.map(valueWords).join(' or ');
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
    case 'null':
      return 'null';
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
export function nodeAt(root: SchemaNode, schemaPath: string): SchemaNode {
  let node: unknown = root;
  for (const key of schemaPath.split('/').slice(1)) {
    if (typeof node !== 'object' || node === null) break;
    const own = node as Readonly<Record<string, unknown>>;
    if (Object.hasOwn(own, key)) node = own[key];
  }
  return typeof node === 'object' && node !== null ? node : {};
}
