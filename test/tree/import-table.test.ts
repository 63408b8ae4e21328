import { posix } from 'node:path';
import t from 'tap';
import { filesBelow, type Reference, readProjectFile, referencesOf } from './sources.js';

interface Row {
  /** Folders of src/ whose modules may be imported. */
  readonly may: readonly string[];
  /** Packages, as exact names or `@scope/*`. */
  readonly libraries?: readonly string[];
  /** Modules of Node itself; the pure folders have none. */
  readonly builtins: boolean;
}

/** The layout of ARCHITECTURE.md: which folder may import which, and where each library is confined. */
const TABLE: Readonly<Record<string, Row>> = {
  model: { may: [], builtins: false },
  files: { may: [], builtins: true },
  protocol: { may: ['model'], builtins: false },
  geo: { may: ['model'], libraries: ['@turf/*', 'gcoord'], builtins: false },
  codec: { may: ['model'], libraries: ['protobufjs', 'long', '#proto'], builtins: true },
  district: { may: ['model', 'geo'], libraries: ['typebox', 'luxon'], builtins: true },
  engine: { may: ['model', 'geo'], builtins: false },
  redis: { may: ['model'], libraries: ['ioredis'], builtins: true },
  log: { may: ['model', 'codec', 'redis'], builtins: true },
  hot: { may: ['model', 'codec', 'redis'], builtins: true },
  access: { may: ['model'], libraries: ['jose'], builtins: true },
  ingest: { may: ['model', 'protocol', 'codec', 'log', 'hot', 'access'], libraries: ['ws'], builtins: true },
  runner: { may: ['model', 'files', 'codec', 'engine', 'log', 'hot'], builtins: true },
  days: { may: ['model', 'codec', 'district', 'engine', 'log'], builtins: true },
  archive: {
    may: ['model', 'files', 'codec', 'log'],
    libraries: ['@duckdb/node-api', '@duckdb/node-bindings'],
    builtins: true,
  },
  reports: { may: ['model', 'protocol', 'formats'], builtins: true },
  formats: { may: ['model', 'archive'], libraries: ['@duckdb/node-api', 'fflate'], builtins: true },
  traces: { may: ['model', 'geo', 'engine', 'log'], builtins: true },
  notify: { may: ['model', 'protocol', 'codec', 'redis', 'hot'], builtins: true },
  api: {
    may: [
      'model',
      'protocol',
      'geo',
      'codec',
      'access',
      'district',
      'hot',
      'log',
      'traces',
      'formats',
      'reports',
      'days',
    ],
    libraries: ['fastify', '@fastify/*', 'typebox', 'ws'],
    builtins: true,
  },
  console: { may: ['model', 'protocol', 'geo', 'district'], libraries: ['maplibre-gl', 'preact'], builtins: false },
  simulator: {
    may: ['model', 'protocol', 'geo', 'codec', 'district'],
    libraries: ['ws', 'fast-xml-parser', 'csv-parse'],
    builtins: true,
  },
  ops: { may: ['model'], libraries: ['pino', 'prom-client'], builtins: true },
};
/** How the page is built; no part of it, nor of the server. */
const BUILT_BY = 'src/console/vite.config.ts';
/** What puts the folders together: it may import all of them, and none of them may import it. */
const COMPOSITION = /^src\/((app|cli|config)\.ts$|(app|commands)\/)/;
const COMPOSITION_ROW: Row = { may: Object.keys(TABLE), libraries: ['get-east-asian-width'], builtins: true };

/** The rooms of engine/, each with those whose modules it may import: the order of data, without a circle. */
const ENGINE_ROOMS: Readonly<Record<string, readonly string[]>> = {
  agenda: [],
  plan: ['agenda'],
  track: ['agenda', 'plan'],
  told: [],
  visits: ['agenda', 'track', 'told'],
  presence: ['agenda', 'plan', 'track'],
  hot: ['agenda', 'plan', 'track', 'presence'],
  alerts: ['agenda', 'plan', 'told', 'hot'],
  routes: ['agenda', 'plan', 'track', 'presence', 'alerts'],
  attendance: ['agenda', 'plan', 'presence', 'alerts'],
  credit: ['agenda', 'plan', 'track', 'presence', 'alerts'],
  rhythm: ['agenda', 'plan', 'alerts'],
  rules: ['agenda', 'plan', 'track', 'presence', 'told', 'hot', 'alerts', 'routes', 'attendance', 'credit', 'rhythm'],
  settling: ['agenda', 'plan', 'track', 'visits', 'presence', 'hot', 'alerts', 'rules'],
};
/** What knows several rooms: it may import all of them, and of its like what is named. */
const ENGINE_ABOVE: Readonly<Record<string, readonly string[]>> = {
  'state.ts': [],
  'fold-unit.ts': [],
  'decisions.ts': [],
  'day-view.ts': ['state.ts'],
  'prune.ts': ['state.ts', 'fold-unit.ts'],
  'resume.ts': ['state.ts', 'fold-unit.ts', 'prune.ts'],
  'take-over.ts': ['state.ts'],
  'apply-entry.ts': ['state.ts', 'prune.ts', 'take-over.ts'],
  'pipeline.ts': ['state.ts', 'prune.ts', 'resume.ts', 'apply-entry.ts'],
  'hot-view.ts': ['state.ts'],
  'snapshot.ts': ['state.ts', 'fold-unit.ts', 'hot-view.ts'],
};
/** The last room knows the whole state, and how a unit is folded. */
const ABOVE_SETTLING = ['state.ts', 'fold-unit.ts'];
/** What every room may import. */
const ENGINE_SHARED = 'collections.ts';
/** The doors of engine/: what another folder may import. Beside the views of the state, how one fix and a plan's turn are read. */
const ENGINE_DOORS =
  /^src\/engine\/(pipeline|decisions|day-view|hot-view|snapshot|state|plan\/plans|track\/(points|copies|sigma))\.ts$/;

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] ?? specifier);
}

function isConfinedTo(row: Row, name: string): boolean {
  const libraries = row.libraries ?? [];
  return libraries.includes(name) || (name.startsWith('@') && libraries.includes(`${name.split('/')[0]}/*`));
}

/** What is wrong with a reference, or null. */
function fault(path: string, reference: Reference): string | null {
  const { specifier } = reference;
  if (specifier === null) return 'imports a computed name, which this table cannot judge';
  const folder = path.split('/')[1] ?? '';
  const composes = COMPOSITION.test(path);
  const row = composes ? COMPOSITION_ROW : TABLE[folder];
  if (row === undefined) return 'stands at a place of src/ that is not in the table';
  if (specifier.startsWith('node:')) return row.builtins ? null : `imports ${specifier}; ${folder}/ is pure`;
  if (!specifier.startsWith('.')) {
    const name = packageOf(specifier);
    return isConfinedTo(row, name)
      ? null
      : `imports ${name}, which is not confined to ${composes ? 'it' : `${folder}/`}`;
  }
  const target = posix.normalize(posix.join(posix.dirname(path), specifier)).replace(/\.js$/, '.ts');
  if (!target.startsWith('src/')) return `imports ${target}, outside src/`;
  if (composes) return null;
  const targetFolder = target.split('/')[1] ?? '';
  if (COMPOSITION.test(target)) return `imports ${target}; nothing may import the composition`;
  if (targetFolder === folder) return folder === 'engine' ? engineFault(path, target) : null;
  if (targetFolder === 'engine' && row.may.includes('engine') && !ENGINE_DOORS.test(target))
    return `imports ${target}, which is no door of engine/`;
  if (row.may.includes(targetFolder)) return null;
  return `imports ${target}; ${folder}/ may import ${row.may.join(', ') || 'nothing'}`;
}

/** The room, or the file above the rooms, that a module of engine/ belongs to. */
function engineRoom(path: string): string {
  return path.split('/')[2] ?? '';
}

function engineFault(path: string, target: string): string | null {
  const [from, to] = [engineRoom(path), engineRoom(target)];
  const rooms = ENGINE_ROOMS[from];
  const above = ENGINE_ABOVE[from] ?? (from === 'settling' ? ABOVE_SETTLING : []);
  if (rooms === undefined && ENGINE_ABOVE[from] === undefined && from !== ENGINE_SHARED)
    return 'stands at a place of engine/ that is not in the table';
  if (from === to || to === ENGINE_SHARED || above.includes(to)) return null;
  if (to in ENGINE_ROOMS && (rooms === undefined || rooms.includes(to))) return null;
  return `imports ${target}; ${from} may import ${[...(rooms ?? ['all rooms']), ...above].join(', ') || 'nothing'}`;
}

function faultsOf(path: string, text: string): string[] {
  return referencesOf(path, text).flatMap((reference) => {
    const found = fault(path, reference);
    return found === null ? [] : [`${path}:${reference.line} ${found}`];
  });
}

t.test('every import in src/ is in the table', async (t) => {
  const paths = filesBelow('src').filter((path) => /\.[cm]?tsx?$/.test(path) && path !== BUILT_BY);
  t.ok(paths.length > 0);
  for (const path of paths) {
    t.strictSame(faultsOf(path, readProjectFile(path)), [], path);
    t.ok(COMPOSITION.test(path) || path.split('/').length > 2, `${path} is in a folder, or part of the composition`);
  }
});

/** The code map of ARCHITECTURE by folder: the names in its last two columns. */
function codeMap(): ReadonlyMap<string, { readonly may: readonly string[]; readonly libraries: readonly string[] }> {
  const names = (cell = '') => cell.split(',').flatMap((name) => name.trim() || []);
  const rows = readProjectFile('ARCHITECTURE.md')
    .split('\n')
    .filter((line) => /^\| `\w+\/`/.test(line))
    .map((line) => line.slice(2, -1).split('|'));
  return new Map(
    rows.flatMap((cells) => {
      const [may, libraries] = cells.slice(-2).map(names);
      const folders = [...(cells[0] ?? '').matchAll(/`(\w+)\/`/g)].map(([, folder = '']) => folder);
      return folders.map((folder) => [folder, { may: may ?? [], libraries: libraries ?? [] }] as const);
    }),
  );
}

t.test('the code map of ARCHITECTURE says what the table says', async (t) => {
  const map = codeMap();
  const folders = new Set(
    filesBelow('src').flatMap((path) => (path.split('/').length > 2 ? (path.split('/')[1] ?? []) : [])),
  );
  for (const [folder, row] of Object.entries(TABLE)) {
    if (!folders.has(folder)) continue;
    const shown = map.get(folder);
    t.strictSame(
      shown?.may.filter((name) => name !== 'nothing').toSorted(),
      row.may.filter((name) => folders.has(name)).toSorted(),
      folder,
    );
    for (const library of shown?.libraries ?? [])
      t.ok(
        (row.libraries ?? []).some((one) => one.includes(library)),
        `${folder}: ${library}`,
      );
  }
});

t.test('the rooms of engine/ are without a circle, and none holds more than a quarter of it', async (t) => {
  const order = Object.keys(ENGINE_ROOMS);
  for (const [room, may] of Object.entries(ENGINE_ROOMS))
    t.ok(
      may.every((other) => order.indexOf(other) < order.indexOf(room)),
      room,
    );
  const lines = new Map<string, number>();
  for (const path of filesBelow('src/engine').filter((one) => one.endsWith('.ts'))) {
    const room = engineRoom(path);
    lines.set(room, (lines.get(room) ?? 0) + readProjectFile(path).split('\n').length);
  }
  const all = [...lines.values()].reduce((sum, count) => sum + count, 0);
  for (const room of order) t.ok((lines.get(room) ?? 0) <= all / 4, `${room}: ${lines.get(room)} of ${all} lines`);
  t.ok((lines.get('pipeline.ts') ?? 0) <= 150, 'the pipeline is one screen');
});

t.test('each library of package.json is confined to a folder', async (t) => {
  const { dependencies } = JSON.parse(readProjectFile('package.json')) as { dependencies: Record<string, string> };
  for (const name of Object.keys(dependencies)) {
    t.ok(
      [...Object.values(TABLE), COMPOSITION_ROW].some((row) => isConfinedTo(row, name)),
      name,
    );
  }
});

t.test('the table refuses', async (t) => {
  const refused: [string, string, string][] = [
    ['src/model/a.ts', "import { b } from '../geo/b.js';", 'an edge that is not there'],
    ['src/geo/a.ts', "import type { B } from '../engine/b.js';", 'an edge of types'],
    ['src/geo/a.ts', "export * from '../engine/b.js';", 'a re-export'],
    ['src/geo/a.ts', "export type { B } from '../engine/b.js';", 'a re-export of types'],
    ['src/geo/a.ts', "const b = await import('../engine/b.js');", 'a dynamic import'],
    ['src/geo/a.ts', "let b: import('../engine/b.js').B;", 'an inline type'],
    ['src/geo/a.ts', 'const b = await import(`../engine/$' + '{name}.js`);', 'a computed name'],
    ['src/codec/a.ts', "import b = require('ws');", 'import-equals'],
    ['src/codec/a.ts', "const b = require('ws');", 'require'],
    ['src/codec/a.ts', "import 'ioredis';", 'a library for its effect'],
    ['src/codec/a.ts', "import type { Redis } from 'ioredis';", "a library's types"],
    ['src/engine/a.ts', "import { readFileSync } from 'node:fs';", 'a builtin in a pure folder'],
    ['src/engine/track/a.ts', "import { visits } from '../visits/visits.js';", 'a room that imports a later one'],
    ['src/engine/track/a.ts', "import type { Visits } from '../visits/slice.js';", '… for its types'],
    ['src/engine/visits/a.ts', "import { doubts } from '../presence/doubts.js';", 'a room that imports one beside it'],
    ['src/engine/rules/gap/a.ts', "import { tell } from '../../settling/tell.js';", 'a rule that imports what asks it'],
    ['src/engine/visits/a.ts', "import { step } from '../pipeline.js';", 'a room that imports the pipeline'],
    ['src/engine/alerts/a.ts', "import type { EngineState } from '../state.js';", 'a room that takes the whole state'],
    ['src/engine/settling/a.ts', "import { step } from '../pipeline.js';", 'the last room that imports the pipeline'],
    ['src/engine/pipeline.ts', "import { dump } from './snapshot.js';", 'the pipeline imports what stands around it'],
    ['src/engine/pipeline.ts', "import { decideFixes } from './decisions.js';", 'the pipeline imports decisions'],
    ['src/engine/lib/a.ts', "import { step } from './b.js';", 'a room that is not in the table'],
    ['src/runner/a.ts', "import { fencePoint } from '../engine/track/fences.js';", 'what is no door'],
    ['src/log/a.ts', "import { config } from '../config.js';", 'the composition'],
    ['src/log/a.ts', "import pkg from '../../package.json' with { type: 'json' };", 'a file outside src/'],
    ['src/console/a.ts', "import { step } from '../engine/pipeline.js';", 'the engine in the page'],
    ['src/other/a.ts', "import { limits } from '../model/limits.js';", 'a folder that is not in the table'],
    ['src/cli.ts', "import { Redis } from 'ioredis';", 'a library in the composition'],
  ];
  for (const [path, text, name] of refused) t.equal(faultsOf(path, text).length, 1, name);

  const accepted: [string, string, string][] = [
    ['src/geo/a.ts', "// import '../engine/b.js'\nconst text = \"import '../engine/b.js'\";", 'comments and strings'],
    ['src/engine/pipeline.ts', "import { visits } from './visits/visits.js';", 'the pipeline imports rooms'],
    ['src/engine/visits/a.ts', "import { fold } from '../track/fold.js';", 'a room imports an earlier one'],
    ['src/engine/track/a.ts', "import { keep } from '../collections.js';", 'a room imports what is shared'],
    ['src/engine/rules/gap/a.ts', "import { judge } from '../dwell-long/judge.js';", 'rules are one room'],
    [
      'src/engine/settling/a.ts',
      "import type { EngineState } from '../state.js';",
      'the last room takes the whole state',
    ],
    ['src/runner/a.ts', "import { step } from '../engine/pipeline.js';", 'a door'],
    ['src/console/a.ts', "import { type Alert } from '../model/alert.js';", 'types where they are allowed'],
    ['src/codec/a.ts', "import { beatwatch } from '#proto/beatwatch.js';", 'generated code'],
    ['src/api/a.ts', "import helmet from '@fastify/helmet';", 'a scope'],
    ['src/app.ts', "import { openRedis } from './redis/open.js';", 'the composition imports everything'],
  ];
  for (const [path, text, name] of accepted) t.strictSame(faultsOf(path, text), [], name);
});
