import t from 'tap';
import { runRealSeed } from './real/run-real-seed.js';

/** A day with a training server on another database of the same Redis. `npm run campaign -- --real N` does many more. */
const SEED = 2;
/** A quarter of a minute on an idle machine. */
const LONGEST_RUN_MS = 300_000;

t.setTimeout(LONGEST_RUN_MS);

t.test(
  'a day with a training server on the same Redis, both killed with it: neither sees anything of the other [deployments]',
  async (t) => {
    const { violations, met, alerts } = await runRealSeed(SEED);
    t.same(violations, []);
    t.ok(met.includes('two deployments on one Redis'), met.join());
    t.ok(alerts > 0, `${alerts} alert versions`);
  },
);
