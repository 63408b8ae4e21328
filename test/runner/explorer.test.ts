import { env } from 'node:process';
import t from 'tap';
import { superfluous } from '../../src/runner/snapshot-folder.js';
import { BREAKS } from './explorer/breaks.js';
import { type Exploration, explore } from './explorer/search.js';
import { BROKEN_WORLDS, LARGE_WORLDS, UNNUMBERED, WORLDS } from './explorer/worlds.js';

// Of two engines on one district, driven by the runner's own protocol, every order of every event: nothing is doubled, nothing
// is lost, nobody is stuck. And with each rule taken away there is an order in which something is. BEATWATCH_EXPLORE=all
// explores larger worlds too.

// Explorations throw and catch without end; nobody reads those stacks.
Error.stackTraceLimit = 0;

function describe({ states, steps, settled }: Exploration): string {
  return `${states} states, ${steps} steps, ${settled} ends`;
}

const worlds = env.BEATWATCH_EXPLORE === 'all' ? { ...WORLDS, ...LARGE_WORLDS } : WORLDS;
for (const [name, bounds] of Object.entries(worlds)) {
  t.test(`in every order: ${name} [once]`, (t) => {
    const explored = explore(bounds);
    t.comment(describe(explored));
    t.equal(explored.found, null);
    t.ok(explored.settled > 0, 'everything can be committed');
    t.end();
  });
}

t.test('where streams number their entries, the cursor alone keeps commits apart', (t) => {
  t.equal(explore(UNNUMBERED).found, null);
  t.end();
});

for (const [name, [bounds, what]] of Object.entries(BROKEN_WORLDS)) {
  const broken = name as keyof typeof BREAKS;
  t.test(`needed: ${broken} (${BREAKS[broken]})`, (t) => {
    const explored = explore({ ...bounds, broken });
    t.comment([describe(explored), ...(explored.found?.trace ?? [])].join('\n'));
    t.match(explored.found, { what });
    t.end();
  });
}

t.test('snapshot files: the pointed one, the one before, each day’s first and all newer ones are kept', (t) => {
  const name = (ms: number, hash = 'a') => `${String(ms).padStart(16, '0')}-000000-${hash.repeat(16)}.snapshot`;
  const day = 86_400_000;
  const files = [0, 1, 2, 3, day, day + 1, day + 2, day + 3].map((ms) => name(ms));
  t.strictSame(
    superfluous(files, name(day + 2)),
    [1, 2, 3].map((ms) => name(ms)),
  );
  const twice = [name(0), name(1), name(2, 'a'), name(2, 'b'), name(3)];
  t.strictSame(superfluous(twice, name(2, 'b')), [], 'one of another history at the same place is not older');
  t.strictSame(superfluous(twice, name(3)), [name(1), name(2, 'a')]);
  t.end();
});
