import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { filesBelow, projectRoot, readProjectFile } from './sources.js';

const TOP_LEVEL = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'src',
  'proto',
  'fixtures',
  'test',
  'Dockerfile',
  'compose.yaml',
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'LICENSE',
];
/** Made by commands; a copy without git cannot tell. */
const MADE = ['node_modules', 'dist', 'data'];
/** A file is split before it has 500 lines. */
const MAX_LINES = 499;

interface PackageFile {
  readonly scripts: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
}
const packageFile = JSON.parse(readProjectFile('package.json')) as PackageFile;

function exists(path: string): boolean {
  return existsSync(join(projectRoot, path));
}

/** `dist/src/cli.js` is there when its source is, `dist/bin/beatwatch.js` when it is made of one that is. */
function hasSource(made: string): boolean {
  const name = /^dist\/bin\/(.*)\.js$/.exec(made)?.[1];
  const compiled = name === undefined ? made : bundledOf(name);
  return exists(compiled.replace(/^dist\//, '').replace(/\.js$/, '.ts'));
}

function bundledOf(name: string): string {
  return (
    new RegExp(`entryPoints: \\{[^}]*\\b${name}: '([^']+)'`).exec(readProjectFile('.dev/bundle.mjs'))?.[1] ?? 'none'
  );
}

t.test('the top level holds what the layout names', async (t) => {
  const git = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: projectRoot, encoding: 'utf8' });
  const files =
    git.status === 0 ? git.stdout.trim().split('\n') : readdirSync(projectRoot).filter((name) => !MADE.includes(name));
  const names = new Set(files.map((path) => path.split('/')[0] ?? '').filter((name) => !name.startsWith('.')));
  t.strictSame([...names].sort(), [...TOP_LEVEL].sort());
});

t.test('files are small', async (t) => {
  for (const path of [...filesBelow('src'), ...filesBelow('test'), ...filesBelow('.dev')]) {
    if (!/\.(ts|mjs)$/.test(path)) continue;
    const lines = readProjectFile(path).split('\n').length - 1;
    t.ok(lines <= MAX_LINES, `${path}: ${lines} lines, at most ${MAX_LINES}`);
  }
});

t.test('the lock file names no registry', async (t) => {
  t.notMatch(readProjectFile('package-lock.json'), /"resolved"|https?:\/\/[^"]*\/-\//);
});

t.test('what package.json runs is there', async (t) => {
  for (const [name, script] of Object.entries(packageFile.scripts)) {
    for (const command of script.split('&&').map((part) =>
      part
        .trim()
        .replace(/^exec /, '')
        .split(/\s+/),
    )) {
      const [program = '', first = ''] = command;
      if (program === 'npm') t.ok(packageFile.scripts[command[2] ?? ''], `${name}: npm run ${command[2]}`);
      else if (program === 'node') t.ok(exists(first), `${name}: ${first}`);
      else t.ok(program === 'mkdir' || exists(`node_modules/.bin/${program}`), `${name}: ${program}`);
    }
    for (const [compiled] of script.matchAll(/\bdist\/(bin|src|test)\/\S+\.js\b/g))
      t.ok(hasSource(compiled), `${name}: ${compiled}`);
  }
  for (const [name, path] of Object.entries(packageFile.bin)) t.ok(hasSource(path), `${name}: ${path}`);
});

t.test('what the image copies and runs is there', async (t) => {
  const dockerfile = readProjectFile('Dockerfile');
  const ignored = readProjectFile('.dockerignore');
  const copies = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
    (match[1] ?? '').split(' '),
  );
  t.ok(copies.length > 0);
  for (const path of copies) {
    t.ok(exists(path), `COPY ${path}`);
    t.match(ignored, new RegExp(`^!${path.replaceAll('.', '\\.')}$`, 'm'), `.dockerignore lets ${path} through`);
  }
  for (const [, path] of dockerfile.matchAll(/^COPY --from=build \/app\/(\S+)/gm)) {
    t.ok(['node_modules', 'dist'].includes(path ?? '') || copies.includes(path ?? ''), `COPY --from=build ${path}`);
  }
  for (const [, script] of dockerfile.matchAll(/npm run (\S+)/g))
    t.ok(packageFile.scripts[script ?? ''], `npm run ${script}`);
  const command = JSON.parse(/^CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '[]') as string[];
  t.equal(command[0], 'node');
  t.ok(hasSource(command[1] ?? ''), `CMD ${command[1]}`);
  t.match(readProjectFile('src/cli.ts'), new RegExp(`\\b${command[2]}\\b`), `cli.ts knows ${command[2]}`);
});

t.test('what the image and the compose file set is read', async (t) => {
  const config = readProjectFile('src/config.ts');
  const text = readProjectFile('Dockerfile') + readProjectFile('compose.yaml');
  const variables = new Set(
    [...text.matchAll(/\b(BEATWATCH_[A-Z_]+|REDIS_URL)(?=[:=])/g)].map((match) => match[1] ?? ''),
  );
  t.ok(variables.size > 0);
  for (const name of variables) t.match(config, `'${name}'`, name);
  for (const [, path] of text.matchAll(/\/app\/(fixtures\/\S+)/g)) t.ok(exists(path ?? ''), path ?? '');
});
