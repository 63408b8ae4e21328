import t from 'tap';
import { isArchiveBreak } from './breaks/archive-breaks.js';
import { SEED_BREAKS } from './breaks/breaks.js';
import { isModelBreak } from './breaks/model-breaks.js';
import { readCases } from './cases.js';
import { INVARIANTS } from './check/violation.js';
import { drawScenario } from './draw/draw-scenario.js';
import { runScenario } from './run-scenario.js';
import { WorkerPool } from './worker-pool.js';

/** `npm run campaign` does many more. */
/** The last three: a restored engine came to other bytes. */
const SEEDS = [1, 2, 3, 4, 162, 1025, 1117];
/** Each takes a process that loads the engine without it; `npm run campaign -- --case all` does all of them. */
const SOURCE_BREAKS_TO_CHECK = ['timers-first', 'frozen-ids', 'repeated-actions', 'late-insertion'];
/** An engine without a log to read tries for ever: a minute. */
const LONG_BREAK = 'trim-to-snapshot';
/** A quarter of a minute on an idle machine; five minutes have been too few beside other tests on a slow one. */
const LONGEST_RUN_MS = 900_000;

const cases = readCases();
t.setTimeout(LONGEST_RUN_MS);

for (const { file, one } of cases) {
  t.test(`${file}: ${one.what}`, async (t) => {
    const { violations } = await runScenario(one.scenario);
    t.same(violations, [], one.broken === null ? 'it holds' : 'it holds with every protection');
    if (one.broken === null) return;
    const { broken } = one;
    const isShort = isModelBreak(broken) ? broken !== LONG_BREAK : SOURCE_BREAKS_TO_CHECK.includes(broken);
    if (!isShort) return;
    const found = isModelBreak(broken)
      ? await runScenario(one.scenario, broken)
      : await runWithout(broken, one.scenario);
    t.ok(
      found.violations.some(({ invariant }) => invariant === one.invariant),
      `without ${broken} it breaks: ${INVARIANTS[one.invariant]} (made anew by npm run campaign -- --break ${broken} --shrink 60)`,
    );
  });
}

t.test(
  'each protection that the campaign takes away has a case that needs it, and real failures have theirs',
  async (t) => {
    const needed = new Set(cases.map(({ one }) => one.broken));
    for (const name of SEED_BREAKS.keys()) if (!isArchiveBreak(name)) t.ok(needed.has(name), name);
    t.ok(needed.has(null), 'what went wrong once');
  },
);

for (const seed of SEEDS) {
  t.test(`seed ${seed}: all promises hold`, async (t) => {
    const { violations, entries } = await runScenario(drawScenario(seed));
    t.same(violations, []);
    t.ok(entries > 100, `${entries} log entries`);
  });
}

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
