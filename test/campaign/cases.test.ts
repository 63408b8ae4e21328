import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { isModelBreak } from './breaks/model-breaks.js';
import { patched, SOURCE_BREAKS } from './breaks/source-patches.js';
import { readCases } from './cases.js';
import { drawScenario } from './draw/draw-scenario.js';
import { runScenario } from './run-scenario.js';
import { WorkerPool } from './worker-pool.js';

/** `npm run campaign` does many more. */
const SEEDS = [1, 2, 3, 4];
const SOURCES = join(import.meta.dirname, '../../src');

t.test('each committed case holds, and does not without the mechanism that it needs', async (t) => {
  const cases = readCases();
  t.comment(`${cases.length} committed cases`);
  for (const { file, one } of cases) {
    const { violations } = await runScenario(one.scenario);
    t.same(violations, [], `${file}: ${one.what}`);
    if (one.broken === null) continue;
    const found = isModelBreak(one.broken)
      ? await runScenario(one.scenario, one.broken)
      : await runWithout(one.broken, one.scenario);
    t.ok(
      found.violations.some(({ invariant }) => invariant === one.invariant),
      `${file}: without ${one.broken} it breaks: ${one.invariant}`,
    );
  }
});

for (const seed of SEEDS) {
  t.test(`seed ${seed}: all promises hold`, async (t) => {
    const { violations, entries } = await runScenario(drawScenario(seed));
    t.same(violations, []);
    t.ok(entries > 100, `${entries} log entries`);
  });
}

t.test('every mechanism of the engine that the campaign takes away is where it is looked for', async (t) => {
  for (const [name, { patches }] of Object.entries(SOURCE_BREAKS)) {
    const modules = new Map<string, string>();
    for (const patch of patches) {
      const source = modules.get(patch.module) ?? readFileSync(join(SOURCES, patch.module), 'utf8');
      t.doesNotThrow(() => modules.set(patch.module, patched(source, patch)), name);
    }
  }
});

async function runWithout(broken: string, scenario: Parameters<typeof runScenario>[0]): ReturnType<typeof runScenario> {
  const pool = new WorkerPool(broken);
  try {
    const answer = await pool.ask({ do: 'scenario', scenario });
    if (answer.did !== 'run') throw new Error(`got ${answer.did}, expected a run`);
    return answer.outcome;
  } finally {
    pool.close();
  }
}
