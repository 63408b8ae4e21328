import { posix } from 'node:path';
import t from 'tap';
import { filesBelow, type Reference, readProjectFile, referencesOf } from './sources.js';

interface Row {
  /** Folders of src/ whose modules may be imported; `types` of them only, where it says so. */
  readonly may: readonly string[];
  readonly types?: readonly string[];
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
  api: {
    may: ['model', 'protocol', 'codec', 'access', 'district', 'hot', 'log', 'traces', 'formats', 'reports'],
    libraries: ['fastify', '@fastify/*', 'typebox', 'ws'],
    builtins: true,
  },
  console: { may: [], types: ['model'], libraries: ['maplibre-gl'], builtins: false },
  simulator: {
    may: ['model', 'protocol', 'geo', 'codec', 'district'],
    libraries: ['ws', 'fast-xml-parser', 'csv-parse'],
    builtins: true,
  },
  ops: { may: ['model'], libraries: ['pino', 'prom-client'], builtins: true },
};
/** What puts the folders together: it may import all of them, and none of them may import it. */
const COMPOSITION = /^src\/((app|cli|config)\.ts$|(app|commands)\/)/;
const COMPOSITION_ROW: Row = { may: Object.keys(TABLE), libraries: ['get-east-asian-width'], builtins: true };

/** In engine/: what every stage may share; every file that is not named here is a stage, and rules/ together are one. */
const ENGINE_SHARED = /^src\/engine\/(state\.ts|lib\/)/;
const ENGINE_PIPELINE = 'src/engine/pipeline.ts';
/** The stages that follow one unit's fixes in event time, in their order: part of the pipeline, and of what restores its state. */
const ENGINE_UNIT_PIPELINE = 'src/engine/fold-unit.ts';
const UNIT_STAGES = new Set(['track', 'fences', 'statements', 'stands'].map((stage) => `src/engine/${stage}.ts`));
/** The pipeline's first two stages again, for who asks what was decided: it knows these, and nothing knows it. */
const ENGINE_DECISIONS = 'src/engine/decisions.ts';
const DECISION_STAGES = new Set(['src/engine/admit.ts', 'src/engine/track.ts']);
/** What stands around the pipeline and turns its state into something else; they may import it and each other. */
const ENGINE_AROUND = new Set(['src/engine/hot-view.ts', 'src/engine/snapshot.ts', 'src/engine/day-view.ts']);

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
  const { specifier, typeOnly } = reference;
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
  if (row.may.includes(targetFolder) || (typeOnly && row.types?.includes(targetFolder))) return null;
  return `imports ${target}; ${folder}/ may import ${[...row.may, ...(row.types ?? []).map((one) => `${one} (types)`)].join(', ') || 'nothing'}`;
}

function stageOf(path: string): string | null {
  if (ENGINE_SHARED.test(path) || path === ENGINE_PIPELINE || path === ENGINE_UNIT_PIPELINE || ENGINE_AROUND.has(path))
    return null;
  return path.startsWith('src/engine/rules/') ? 'rules' : posix.basename(path, '.ts');
}

function engineFault(path: string, target: string): string | null {
  if (target === ENGINE_DECISIONS) return `imports ${target}, which stands above the stages`;
  if (ENGINE_SHARED.test(target) || (path === ENGINE_PIPELINE && !ENGINE_AROUND.has(target))) return null;
  if (path === ENGINE_DECISIONS && DECISION_STAGES.has(target)) return null;
  if (path === ENGINE_UNIT_PIPELINE && UNIT_STAGES.has(target)) return null;
  if (ENGINE_AROUND.has(path) && stageOf(target) === null) return null;
  if (stageOf(target) === null) return `imports ${target}, which stands above the stages`;
  if (stageOf(path) === stageOf(target)) return null;
  return `imports the stage ${target}; only pipeline.ts knows the stages`;
}

function faultsOf(path: string, text: string): string[] {
  return referencesOf(path, text).flatMap((reference) => {
    const found = fault(path, reference);
    return found === null ? [] : [`${path}:${reference.line} ${found}`];
  });
}

t.test('every import in src/ is in the table', async (t) => {
  const paths = filesBelow('src').filter((path) => /\.[cm]?tsx?$/.test(path));
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
    ['src/engine/fences.ts', "import { visits } from './visits.js';", 'a stage that imports another'],
    ['src/engine/fences.ts', "import { gap } from './rules/gap.js';", 'a stage that imports a rule'],
    ['src/engine/rules/gap.ts', "import { visits } from '../visits.js';", 'a rule that imports a stage'],
    ['src/engine/lib/a.ts', "import { visits } from '../visits.js';", 'a shared file that imports a stage'],
    ['src/engine/visits.ts', "import { step } from './pipeline.js';", 'a stage that imports the pipeline'],
    ['src/engine/snapshot.ts', "import { visits } from './visits.js';", 'a stage from beside the pipeline'],
    ['src/engine/pipeline.ts', "import { dump } from './snapshot.js';", 'the pipeline imports what stands around it'],
    ['src/engine/decisions.ts', "import { visits } from './visits.js';", 'decisions import a later stage'],
    [
      'src/engine/fold-unit.ts',
      "import { visits } from './visits.js';",
      'what follows one unit imports a stage of all',
    ],
    [
      'src/engine/fences.ts',
      "import { foldUnit } from './fold-unit.js';",
      'a stage that imports what follows one unit',
    ],
    ['src/engine/pipeline.ts', "import { decideFixes } from './decisions.js';", 'the pipeline imports decisions'],
    ['src/log/a.ts', "import { config } from '../config.js';", 'the composition'],
    ['src/log/a.ts', "import pkg from '../../package.json' with { type: 'json' };", 'a file outside src/'],
    ['src/console/a.ts', "import { limits } from '../model/limits.js';", 'a value where types are allowed'],
    ['src/other/a.ts', "import { limits } from '../model/limits.js';", 'a folder that is not in the table'],
    ['src/cli.ts', "import { Redis } from 'ioredis';", 'a library in the composition'],
  ];
  for (const [path, text, name] of refused) t.equal(faultsOf(path, text).length, 1, name);

  const accepted: [string, string, string][] = [
    ['src/geo/a.ts', "// import '../engine/b.js'\nconst text = \"import '../engine/b.js'\";", 'comments and strings'],
    ['src/engine/pipeline.ts', "import { visits } from './visits.js';", 'the pipeline imports stages'],
    ['src/engine/visits.ts', "import { state } from './state.js';", 'a stage imports what is shared'],
    ['src/engine/decisions.ts', "import { admission } from './admit.js';", 'decisions import the first stages'],
    ['src/engine/rules/gap.ts', "import { other } from './other.js';", 'rules are one stage'],
    ['src/engine/snapshot.ts', "import { step } from './pipeline.js';", 'what stands around it imports the pipeline'],
    ['src/console/a.ts', "import { type Alert } from '../model/alert.js';", 'types where they are allowed'],
    ['src/codec/a.ts', "import { beatwatch } from '#proto/beatwatch.js';", 'generated code'],
    ['src/api/a.ts', "import helmet from '@fastify/helmet';", 'a scope'],
    ['src/app.ts', "import { openRedis } from './redis/open.js';", 'the composition imports everything'],
  ];
  for (const [path, text, name] of accepted) t.strictSame(faultsOf(path, text), [], name);
});
