import { filesBelow, nodesOf, type Placed, readProjectFile, type SyntaxNode } from '../tree/sources.js';
import { PROMISES, type PromiseKey, PROTOCOL_RULES, type ProtocolRule } from './promises.js';

/** A title that names a promise or a rule, without those names, and the file that it stands in. */
export interface NamingTitle {
  readonly file: string;
  readonly title: string;
}

export interface NamedBy {
  readonly promises: ReadonlyMap<PromiseKey, readonly NamingTitle[]>;
  readonly rules: ReadonlyMap<ProtocolRule, readonly NamingTitle[]>;
}

const PROMISE_NAME = / ?\[([a-z-]+)\]/g;
/** `C2: …`, `… (C2)`, `… (C2, T3)`, `…; Q2: …`. */
const RULE_NAME = /\b([A-Z]\d)(?=[:,)])/g;

/** Every title of the tests, the protections and the committed cases that names promises or rules. */
export function namingTitles(): NamedBy {
  const promises = new Map<PromiseKey, NamingTitle[]>();
  const rules = new Map<ProtocolRule, NamingTitle[]>();
  const push = <Key>(map: Map<Key, NamingTitle[]>, key: Key, title: NamingTitle): void => {
    map.set(key, [...(map.get(key) ?? []), title]);
  };
  for (const { file, title } of allTitles()) {
    const plain = title.replace(PROMISE_NAME, '');
    const said = plain.replace(/ \([A-Z]\d(?:, [A-Z]\d)*\)|^[A-Z]\d: /g, '');
    for (const [, name = ''] of title.matchAll(PROMISE_NAME)) {
      if (!Object.hasOwn(PROMISES, name)) continue;
      push(promises, name as PromiseKey, { file, title: said });
    }
    for (const name of new Set([...plain.matchAll(RULE_NAME)].map(([, rule = '']) => rule))) {
      if (Object.hasOwn(PROTOCOL_RULES, name)) push(rules, name as ProtocolRule, { file, title: said });
    }
  }
  return { promises, rules };
}

function* allTitles(): Generator<NamingTitle> {
  for (const file of filesBelow('test')) {
    if (file.startsWith('test/documents/') && !file.endsWith('.test.ts')) continue;
    if (file.endsWith('.ts')) {
      const titles = new Set(nodesOf(file, readProjectFile(file)).flatMap(titleOf));
      for (const title of titles) yield { file, title };
    } else if (file.startsWith('test/campaign/cases/')) {
      yield { file, title: (JSON.parse(readProjectFile(file)) as { what: string }).what };
    }
  }
}

/** A text that is the first argument of a call, or the value of a property other than one that quotes another file's title. */
function titleOf({ node, parent }: Placed): readonly string[] {
  const text = textOf(node);
  if (text === null || parent === null) return [];
  const isArgument = parent.type === 'CallExpression' && (parent.arguments as readonly SyntaxNode[])[0] === node;
  const isValue = parent.type === 'Property' && parent.value === node && keyOf(parent) !== 'title';
  return isArgument || isValue ? [text] : [];
}

function keyOf(property: SyntaxNode): string {
  const key = property.key as SyntaxNode;
  return String(key.name ?? key.value);
}

/** A string, or a template with `…` for what is put into it. */
function textOf(node: SyntaxNode): string | null {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type !== 'TemplateLiteral') return null;
  return (node.quasis as readonly { readonly value: { readonly cooked: string } }[])
    .map(({ value }) => value.cooked)
    .join('…');
}
