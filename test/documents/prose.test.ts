import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t from 'tap';
import { readConfig, DEFAULT_ROLES } from '../../src/config.js';
import { EXIT_BUFFER_M, HORIZON_MS, MAX_FENCE_SIGMA_M, OUTAGE_HOLE_MS } from '../../src/model/limits.js';
import { until } from '../api/until.js';
import { temporaryFolder } from '../support/redis-server.js';
import { startExampleServer } from './example-server.js';
import { beatwatch, DOCUMENTS, ENGINE, OPERATIONS, projectPath, readProject } from './project.js';

/** 08:30 on the district's clock. */
const NOW_MS = Date.UTC(2026, 10, 24, 0, 30);
const operations = readProject(OPERATIONS);
/** All documents but the changelog, which tells of what was. */
const manuals = DOCUMENTS.filter((document) => document !== 'CHANGELOG.md')
  .map(readProject)
  .join('\n');

/** As headings become anchors. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} -]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

t.test('links lead somewhere', async (t) => {
  for (const document of DOCUMENTS) {
    const text = readProject(document);
    for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? document : join(dirname(document), path);
      t.ok(existsSync(projectPath(file)), `${document}: ${target}`);
      if (anchor === undefined) continue;
      const anchors = [...readProject(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
      t.ok(anchors.includes(anchor), `${document}: ${target}`);
    }
  }
});

t.test('files named in the text are there', async (t) => {
  for (const [, path = ''] of manuals.matchAll(/`((?:src|proto|fixtures|test)\/[\w./-]+)`/g)) {
    t.ok(existsSync(projectPath(path)), path);
  }
});

t.test('doors and files that ARCHITECTURE names are there', async (t) => {
  const architecture = readProject('ARCHITECTURE.md');
  for (const [, path = ''] of architecture.matchAll(/`((?!src\/|test\/)[\w-]+\/[\w./-]+\.ts)`/g)) {
    t.ok(existsSync(projectPath(`src/${path}`)), path);
  }
  for (const [, folders = '', doors = ''] of architecture.matchAll(/^\| (`[^|]*) \| [^|]* \| (`[^|]*) \|/gm)) {
    const within = [...folders.matchAll(/`(\w+\/)`/g)].map(([, folder = '']) => folder);
    for (const [, door = ''] of doors.matchAll(/`([\w-]+\.ts)`/g)) {
      const found = ['', ...within].some((folder) => existsSync(projectPath(`src/${folder}${door}`)));
      t.ok(found, `${folders}: ${door}`);
    }
  }
});

t.test('the README is a door, and ARCHITECTURE is short', async (t) => {
  for (const [document, most] of [
    ['README.md', 12],
    ['ARCHITECTURE.md', 15],
  ] as const) {
    const bytes = Buffer.byteLength(readProject(document));
    t.ok(bytes <= most * 1_024, `${document}: ${bytes} bytes, at most ${most} KiB`);
  }
});

t.test('the environment table is what the program reads, with its defaults', async (t) => {
  const table = operations.slice(operations.indexOf('## Environment'), operations.indexOf('## Keys and tokens'));
  const rows = new Map(
    [...table.matchAll(/^\| `([A-Z_]+)` \| ([^|]*) \|/gm)].map(([, name = '', fallback = '']) => [name, fallback]),
  );
  const read = new Set([...readProject('src/config.ts').matchAll(/text\('([A-Z_]+)'\)/g)].map(([, name = '']) => name));
  t.strictSame([...rows.keys()].sort(), [...read].sort());
  const config = readConfig({});
  const shown = (name: string) => rows.get(name)?.replaceAll('`', '');
  t.equal(shown('BEATWATCH_HOST'), config.host);
  t.equal(shown('BEATWATCH_PORT'), String(config.port));
  t.equal(shown('BEATWATCH_LOG_LEVEL'), config.logLevel);
  t.equal(shown('BEATWATCH_CLOCK'), config.clock.kind);
  t.equal(shown('BEATWATCH_ROLES'), DEFAULT_ROLES.join(','));
  t.equal(projectPath(shown('BEATWATCH_DATA') ?? ''), join(projectPath(''), 'data'));
});

t.test('commands and options that are shown exist', async (t) => {
  const scripts = (JSON.parse(readProject('package.json')) as { scripts: Record<string, string> }).scripts;
  for (const [, name = ''] of manuals.matchAll(/npm run (?:--silent )?([a-z]+)/g))
    t.ok(scripts[name], `npm run ${name}`);
  const help = beatwatch(['--help']).stdout;
  for (const [, name = ''] of manuals.matchAll(/npx beatwatch ([a-z-]+)/g)) {
    t.match(help, new RegExp(`^  ${name} `, 'm'), `beatwatch ${name}`);
  }
  const helps = new Map<string, string>();
  for (const [, name = '', options = ''] of manuals.matchAll(/npx beatwatch ([a-z]+) ([^\n`)]*--[^\n`)]*)/g)) {
    const known = helps.get(name) ?? beatwatch([name, '--help']).stdout;
    helps.set(name, known);
    for (const [option] of options.matchAll(/--[a-z-]+/g)) t.ok(known.includes(option), `beatwatch ${name} ${option}`);
  }
});

t.test('keys and tokens are made as shown, and a server takes them', async (t) => {
  const folder = await temporaryFolder(t);
  const env = { BEATWATCH_DATA: folder };
  const keys = beatwatch(['token', '--new-keys'], { env });
  t.match(JSON.parse(keys.stdout), { type: 'keys', folder: join(folder, 'keys') });
  const shown = [...operations.matchAll(/^npx beatwatch (token --role .*)$/gm)].map(([, words = '']) =>
    words.split(' '),
  );
  t.equal(shown.length, 4);
  for (const words of shown) t.match(beatwatch(words, { env }).stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/, words.join(' '));
  t.equal(beatwatch(['district', 'check', 'fixtures/example']).status, 0);
});

t.test('a server in its health says what is shown', async (t) => {
  const example = await startExampleServer(t, { startMs: NOW_MS });
  const admin = await example.token('admin', 'root');
  await example.ask('/v1/districts/example/clock', admin, { nowMs: NOW_MS + 2 * 60_000 });
  await until(async () => (await fetch(`${example.url}/readyz`)).ok);
  const ready = (await example.ask('/readyz', '')) as { checks: { name: string }[] };
  const shown = JSON.parse(/^\{"ready":.*$/m.exec(operations)?.[0] ?? '') as typeof ready;
  t.strictSame(
    ready.checks.map(({ name }) => name),
    shown.checks.map(({ name }) => name),
  );
  t.same(await example.ask('/healthz', ''), { alive: true });
});

t.test('numbers in the text are those of the sources', async (t) => {
  const engine = readProject(ENGINE);
  t.match(engine, new RegExp(`Fixes up to ${HORIZON_MS / 60_000} minutes late`));
  t.match(engine, new RegExp(`more than ${EXIT_BUFFER_M} m \\(beyond`));
  t.match(engine, new RegExp(`up to ${MAX_FENCE_SIGMA_M} m \\| is precise`));
  t.match(engine, new RegExp(`hole of more than ${OUTAGE_HOLE_MS / 1_000} s in the log`));
});

t.test('nothing names a machine', async (t) => {
  for (const document of DOCUMENTS) t.notMatch(readProject(document), /\/(?:work|tmp|root|home)\//, document);
});
