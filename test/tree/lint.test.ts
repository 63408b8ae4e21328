import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import t from 'tap';
import { projectRoot } from './sources.js';

// A rule that is misspelt or that an override switches off says nothing: each rule that the project counts on must refuse.

const REFUSED: readonly [path: string, rule: string, text: string][] = [
  ['src/engine/date.ts', 'no-restricted-globals', 'export const a = Date.now();'],
  ['src/engine/intl.ts', 'no-restricted-globals', 'export const a = new Intl.Collator();'],
  ['src/engine/process.ts', 'no-restricted-globals', 'export const a = process.env;'],
  ['src/engine/timer.ts', 'no-restricted-globals', 'setTimeout(() => {}, 1);'],
  ['src/engine/rules/clock.ts', 'no-restricted-globals', 'export const a = performance.now();'],
  ['src/geo/global.ts', 'no-restricted-globals', 'export const a = globalThis.Date.now();'],
  ['src/geo/locale.ts', 'no-restricted-properties', "export const a = 'x'.localeCompare('y');"],
  ['src/geo/random.ts', 'no-restricted-properties', 'export const a = Math.random();'],
  ['src/engine/pow.ts', 'no-restricted-properties', 'const { pow } = Math;\nexport const a = pow(2, 3);'],
  ['src/log/floating.ts', 'no-floating-promises', 'async function f(): Promise<void> {}\nf();'],
  ['src/log/misused.ts', 'no-misused-promises', '[1].forEach(async () => {});'],
  ['src/log/any.ts', 'noExplicitAny', 'export const a: any = 1;'],
  ['src/log/non-null.ts', 'noNonNullAssertion', 'export const f = (a: string | null): string => a!;'],
  ['src/log/default.ts', 'noDefaultExport', 'export default 1;'],
  ['src/log/CamelCase.ts', 'useFilenamingConvention', 'export const a = 1;'],
  ['src/log/type.ts', 'useImportType', "import { A } from './any.js';\nexport const f = (a: A): A => a;"],
];
const ACCEPTED: readonly [path: string, text: string][] = [
  ['src/app.ts', 'export const a = Date.now();'],
  ['test/log/floating.test.ts', 'async function f(): Promise<void> {}\nf();'],
];

t.test('the lint rules refuse what they are for', async (t) => {
  // Not below the project: the linters skip what git ignores.
  const folder = mkdtempSync(join(tmpdir(), 'beatwatch-lint-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  for (const name of ['.oxlintrc.json', '.biome.json', 'tsconfig.json', 'package.json']) {
    copyFileSync(join(projectRoot, name), join(folder, name));
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, text] of [...REFUSED.map(([path, , text]) => [path, text] as const), ...ACCEPTED]) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), `${text}\n`);
  }
  const lint = (script: string, ...args: string[]): string[] => {
    const command = [join(projectRoot, 'node_modules', script), ...args];
    const { stdout, stderr } = spawnSync(process.execPath, command, { cwd: folder, encoding: 'utf8' });
    return (stdout + stderr).split('\n');
  };
  // oxlint's program by its module: Node cannot load an ESM file without an extension below tap's preloaded module.
  const found = [
    ...lint('oxlint/dist/cli.js', '--type-aware', '--format=unix', 'src', 'test'),
    ...lint(
      '@biomejs/biome/bin/biome',
      'lint',
      '--colors=off',
      '--vcs-enabled=false',
      '--max-diagnostics=none',
      'src',
      'test',
    ),
  ];
  for (const [path, rule] of REFUSED) {
    const said = found.filter((line) => line.includes(path));
    t.ok(
      said.some((line) => line.includes(rule)),
      `${rule} refuses ${path}`,
      { said },
    );
  }
  for (const [path] of ACCEPTED)
    t.notOk(
      found.some((line) => line.includes(path)),
      `${path} is accepted`,
    );
});
