import { readdir } from 'node:fs/promises';
import t from 'tap';
import { temporaryFolder } from '../support/redis-server.js';
import { runDemo } from './demo-run.js';
import { start } from './programs.js';
import { checkRun, rulesOf } from './run-check.js';
import { until } from './served-district.js';

t.setTimeout(900_000);
t.jobs = 2;

/** Off-peak and peak. */
const TWO_MODES = '--span 90m --from 2026-11-24T10:40:00+08:00';
const FAULTS =
  '--drift 4 --silences 2 --silence-for 6m --backlogs 2 --backlog-for 8m --duplicates 0.05 --outliers 0.01 --clock-faults 1 --clock-fault-for 8m --dead-links 4';

t.test('a signal ends a demo in order, and only one without a span has nothing more to say', async (t) => {
  const folder = await temporaryFolder(t);
  for (const [options, code] of [
    [[], 0],
    [['--span', '12h'], 1],
  ] as const) {
    const demo = start(t, ['demo', '--json', ...options], { TMPDIR: folder });
    await until(() => demo.stdout().includes('"started"') || demo.hasExited(), 'a demo that runs');
    demo.process.kill('SIGINT');
    t.equal(await demo.exit, code);
    // A machine under load may leave the store or the engine unheard for a while, and that is said.
    const said = demo
      .stderr()
      .split('\n')
      .filter((line) => !/"reason":"(store-away|behind)"/.test(line));
    t.match(said.join('\n'), code === 0 ? /^$/ : /got a signal to stop, expected to drive the whole span/);
    t.strictSame(await readdir(folder), [], 'nothing is left behind');
  }
});

t.test('nothing left alone, no gap alert', async (t) => {
  const run = await runDemo(t, `${TWO_MODES} --neglect 0 --seed 3`);
  checkRun(t, run);
  t.strictSame(run.neglects, []);
  t.notMatch(rulesOf(run.alerts).join(), 'gap', 'not even one that was retracted');
});

t.test(
  'faults of receivers, clocks and links do not change what the alerts say; nor does a second run [clock]',
  async (t) => {
    const first = await runDemo(t, `${TWO_MODES} --neglect 1 ${FAULTS} --seed 4`);
    checkRun(t, first);
    const kinds = [...new Set(first.faults.map(({ kind }) => kind))].sort();
    t.strictSame(kinds, ['backlog', 'clock', 'dead-link', 'drift', 'silence'], 'each kind of fault');
    t.equal(first.neglects.length, 1);
    t.ok(first.summary.fixes.duplicate > 0 && first.summary.fixes.flagged > 0);

    const second = await runDemo(t, `${TWO_MODES} --neglect 1 ${FAULTS} --seed 4`);
    t.equal(
      second.alertLines.join('\n'),
      first.alertLines.join('\n'),
      'the same seed gives the same alerts, byte for byte',
    );
    t.strictSame({ ...second.summary, wallS: 0 }, { ...first.summary, wallS: 0 }, 'and the same summary');
  },
);
