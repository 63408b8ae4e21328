// npm run build:bin: puts the compiled command line and every package that it uses into a few files, dist/bin. Node reads a
// thousand modules otherwise, which is more than half of what a start costs.

import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = 'dist/bin';
/** Packages that are CommonJS call `require` for modules of Node. */
const REQUIRE =
  "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);";

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: {
    beatwatch: 'dist/src/cli.js',
    'archive-worker': 'dist/src/app/archive-worker.js',
    'engine-worker': 'dist/src/app/engine-worker.js',
    'plan-check-worker': 'dist/src/app/plan-check-worker.js',
    'report-worker': 'dist/src/app/report-worker.js',
    'what-if-worker': 'dist/src/app/what-if-worker.js',
  },
  // Native code, loaded from where it lies.
  external: ['@duckdb/node-bindings'],
  outdir: FOLDER,
  bundle: true,
  // A command loads its own part only.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  banner: { js: REQUIRE },
  metafile: true,
  logLevel: 'warning',
});

/** Parts are named by their content: those of the bundle before stay behind. */
const made = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(join(root, FOLDER))) if (!made.has(name)) rmSync(join(root, FOLDER, name));
