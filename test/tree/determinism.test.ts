import t from 'tap';
import { child, filesBelow, nodesOf, readProjectFile, type SyntaxNode } from './sources.js';

// What the lint rules for engine/ and geo/ (.oxlintrc.json) cannot say: all of Math but a few exact functions, and powers.

/** Exact by IEEE 754 or by definition: the same bits on every Node version and machine. */
const EXACT = new Set(['PI', 'abs', 'ceil', 'floor', 'imul', 'max', 'min', 'round', 'sign', 'sqrt', 'trunc']);
/** Run in the loader only; what they compute travels in the plan entry. */
const LOADER_ONLY = new Set(['src/geo/ruler.ts', 'src/geo/datum.ts']);
const IN_LOADER = new Set(['sin', 'cos', 'tan', 'atan2', 'hypot']);

function fault(path: string, node: SyntaxNode, parent: SyntaxNode | null): string | null {
  const operator = node.operator;
  if (operator === '**' || operator === '**=') return 'uses a power; write the product, or Math.sqrt';
  if (node.type !== 'Identifier' || node.name !== 'Math') return null;
  if (parent?.type === 'Property' && parent.computed !== true && child(parent, 'key') === node) return null;
  if (parent?.type !== 'MemberExpression') return 'uses Math as a value; name the function';
  if (child(parent, 'object') !== node) return null;
  const property = child(parent, 'property');
  const name = parent.computed === true ? '[computed]' : String(property?.name);
  if (EXACT.has(name) || (LOADER_ONLY.has(path) && IN_LOADER.has(name))) return null;
  return `uses Math.${name}, whose last bits may differ between Node versions`;
}

function faultsOf(path: string, text: string): string[] {
  return nodesOf(path, text).flatMap(({ node, parent, line }) => {
    const found = fault(path, node, parent);
    return found === null ? [] : [`${path}:${line} ${found}`];
  });
}

t.test('the fold and its geometry compute the same bits everywhere (D1)', async (t) => {
  const paths = [...filesBelow('src/engine'), ...filesBelow('src/geo')].filter((path) => path.endsWith('.ts'));
  t.ok(paths.length > 0);
  for (const path of paths) t.strictSame(faultsOf(path, readProjectFile(path)), [], path);
});

t.test('refused', async (t) => {
  const refused = [
    'x ** 2',
    'x **= 2',
    'Math.pow(x, 2)',
    'Math.hypot(x, y)',
    'Math.random()',
    'Math[name](x)',
    "Math['sin'](x)",
  ];
  for (const text of refused) t.equal(faultsOf('src/engine/a.ts', text).length, 1, text);
  t.equal(faultsOf('src/engine/a.ts', 'const { sin } = Math;').length, 1, 'taken apart');
  t.equal(faultsOf('src/geo/a.ts', 'Math.cos(x)').length, 1, 'trigonometry on the hot path');
});

t.test('accepted', async (t) => {
  const accepted = ['Math.sqrt(x * x)', '// Math.pow\nx', "'Math.pow ** 2'", 'const a = { Math: 1 }; a.Math;'];
  for (const text of accepted) t.strictSame(faultsOf('src/engine/a.ts', text), [], text);
  t.strictSame(faultsOf('src/geo/ruler.ts', 'Math.cos(x)'), [], 'trigonometry in the ruler');
});
