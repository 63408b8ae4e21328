import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseSync } from 'oxc-parser';

/** The folder with package.json, above the compiled test. */
export const projectRoot = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  return findRoot(dirname(folder));
}

export function readProjectFile(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

/** All files below a folder of the project, as sorted paths from the root. */
export function filesBelow(folder: string): string[] {
  return readdirSync(join(projectRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(projectRoot.length + 1))
    .sort();
}

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A field of a syntax node that holds a node. */
export function child(node: SyntaxNode, field: string): SyntaxNode | null {
  const value = node[field];
  return isNode(value) ? value : null;
}

export interface Placed {
  readonly node: SyntaxNode;
  readonly parent: SyntaxNode | null;
  /** From 1. */
  readonly line: number;
}

/** Every syntax node of a TypeScript text, parents first. Throws when the text does not parse. */
export function nodesOf(path: string, text: string): Placed[] {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: got a syntax error, ${errors[0]?.message}`);
  const lineStarts = [0, ...[...text.matchAll(/\n/g)].map((match) => match.index + 1)];
  const placed: Placed[] = [];
  const visit = (value: unknown, parent: SyntaxNode | null): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, parent);
    if (!isNode(value)) return;
    placed.push({ node: value, parent, line: linesUpTo(lineStarts, value.start) });
    for (const field of Object.values(value)) visit(field, value);
  };
  visit(program, null);
  return placed;
}

/** How many lines begin at or before an offset. */
function linesUpTo(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export interface Reference {
  readonly line: number;
  /** null when the module is not named by a literal, which no table can judge. */
  readonly specifier: string | null;
}

/** Every way in which a module names another: imports and re-exports, static, dynamic, of types, and require. */
export function referencesOf(path: string, text: string): Reference[] {
  return nodesOf(path, text).flatMap(({ node, line }): Reference[] => {
    switch (node.type) {
      case 'ImportDeclaration':
        return [{ line, specifier: literal(child(node, 'source')) }];
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration': {
        const source = child(node, 'source');
        return source === null ? [] : [{ line, specifier: literal(source) }];
      }
      case 'ImportExpression':
        return [{ line, specifier: literal(child(node, 'source')) }];
      case 'TSImportType':
        return [{ line, specifier: literal(child(node, 'source')) }];
      case 'TSExternalModuleReference':
        return [{ line, specifier: literal(child(node, 'expression')) }];
      case 'CallExpression': {
        const callee = child(node, 'callee');
        const isRequire = callee?.type === 'Identifier' && callee.name === 'require';
        const [argument] = node.arguments as SyntaxNode[];
        return isRequire ? [{ line, specifier: literal(argument ?? null) }] : [];
      }
      default:
        return [];
    }
  });
}

function literal(node: SyntaxNode | null): string | null {
  const value = node?.value;
  return node?.type === 'Literal' && typeof value === 'string' ? value : null;
}
