import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';

const MAIN = fileURLToPath(new URL('main.js', import.meta.url));

/** Cases at a size that takes seconds. */
const CASES: readonly (readonly [args: string, figures: readonly string[]])[] = [
  ['ingest-batch --trackers 3 --minutes 2 --runs 1', ['acknowledged', 'caught up', 'ack p50']],
  [
    'reconnect --trackers 20 --calls 5 --runs 1',
    [
      'until all are acknowledged',
      'peak memory of the server',
      'ack p99, beside the quiet one',
      'alert p99, beside the quiet one',
      'reports and calls without an answer',
    ],
  ],
  [
    'places --sizes 1 --units 5 --minutes 1 --points 1000 --runs 1',
    ['fold, 100 places', 'index, 1024 zones of 4 vertices'],
  ],
  ['growth --sizes 1 --minutes 1 --runs 1', ['100 units in each district of 1', '1000 units']],
  ['recovery --units 20 --minutes 2 --runs 1', ['until ready', 'until ready, less 1 s']],
];

for (const [args, expected] of CASES) {
  t.test(`bench ${args} comes to its end and prints a line of JSON a figure`, async (t) => {
    const { stdout } = await promisify(execFile)(process.execPath, [MAIN, ...args.split(' ')]);
    const figures = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { readonly figure: string; readonly runs: number; readonly commit: string });
    t.strictSame(
      figures.map(({ figure }) => figure),
      expected,
    );
    for (const { runs, commit } of figures) t.ok(runs === 1 && commit !== '');
  });
}
