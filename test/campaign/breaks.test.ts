import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ARCHIVE_BREAKS } from './breaks/archive-breaks.js';
import { SEED_BREAKS } from './breaks/breaks.js';
import { type Patch, patched } from './breaks/patch.js';
import { SOURCE_BREAKS } from './breaks/source-patches.js';
import { testWithout } from './breaks/test-without.js';
import { TESTED_BREAKS } from './breaks/tested-breaks.js';

const SOURCES = join(import.meta.dirname, '../../src');
const PROJECT = join(import.meta.dirname, '../../..');

t.test('every mechanism that --break takes away is where it is looked for', async (t) => {
  for (const [name, { patches }] of Object.entries({ ...SOURCE_BREAKS, ...ARCHIVE_BREAKS, ...TESTED_BREAKS })) {
    const modules = new Map<string, string>();
    for (const patch of patches) {
      const source = modules.get(patch.module) ?? readFileSync(join(SOURCES, patch.module), 'utf8');
      t.doesNotThrow(() => modules.set(patch.module, patched(source, patch)), name);
    }
  }
});

t.test('every test that must miss a protection is there, and each protection has one name', async (t) => {
  for (const [name, { seenBy, title }] of Object.entries(TESTED_BREAKS)) {
    t.notOk(SEED_BREAKS.has(name), `${name} is a test's alone`);
    const source = readFileSync(join(PROJECT, seenBy), 'utf8');
    t.ok(source.includes(title) || isMadeBy(source, title), `${name}: ${seenBy}: ${title}`);
  }
});

/** Whether a title is one that a loop makes of a template. */
function isMadeBy(source: string, title: string): boolean {
  return [...source.matchAll(/`([^`]*\$\{[^`]*)`/g)].some(([, template = '']) => {
    const parts = template.split(/\$\{[^}]*\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    return parts.join('').length > 10 && new RegExp(`^${parts.join('.+')}$`).test(title);
  });
}

t.test('a test that fails for another reason than the lack of the protection does not count', async (t) => {
  const name = 'token-header';
  const real = TESTED_BREAKS[name];
  if (real === undefined) throw new Error(`got no ${name}, expected the break that this test tries`);
  const without = async (patches: readonly Patch[]) => await testWithout(name, { ...real, patches });
  t.match(await testWithout(name, real), { is: 'seen' });
  const elsewhere = [...real.patches, { module: 'engine/pipeline.js', find: '', replace: '' }];
  t.match(await without(elsewhere), { is: 'unseen', why: 'the test never loads engine/pipeline.js' });
  const other = await testWithout(name, { ...real, title: 'no such test' });
  t.match(other, { is: 'unseen', why: /^no assertion failed/ });
});
