import { readdir } from 'node:fs/promises';
import t, { type Test } from 'tap';
import type { ToldAlert } from '../../src/simulator/supervisor-client.js';
import { temporaryFolder } from '../support/redis-server.js';
import { type DemoRun, runDemo } from './demo-run.js';
import { start } from './programs.js';
import { until } from './served-district.js';
import { faultsOf } from './truth-check.js';

t.setTimeout(900_000);
// The day takes as long as all the others together: they run beside it.
t.jobs = 2;

/** Off-peak and peak. */
const TWO_MODES = '--span 90m --from 2026-11-24T10:40:00+08:00';
const FAULTS =
  '--drift 4 --silences 2 --silence-for 6m --backlogs 2 --backlog-for 8m --duplicates 0.05 --outliers 0.01 --clock-faults 1 --clock-fault-for 8m --dead-links 4';

/** Alerts say what was true, once each, and the numbers of the summary are of this run. */
function checkRun(t: Test, run: DemoRun): void {
  t.strictSame(faultsOf(run, 'gaps'), [], 'each neglect has its gap alert, in time, and there are no others');
  t.strictSame(faultsOf(run, 'dwell'), [], 'each short stay and long stand has its alert, and there are no others');
  t.strictSame(faultsOf(run, 'silences'), [], 'each silence of a tracker has its alert, and there are no others');
  const { fixes, alerts, neglects, supervisor } = run.summary;
  t.equal(fixes.sent, fixes.admitted + fixes.duplicate + fixes.flagged + fixes.refused, 'each fix has one disposition');
  t.equal(fixes.acknowledged, fixes.sent);
  t.equal(neglects, run.neglects.length);
  t.strictSame(
    run.alerts.map(({ transition }) => transition),
    run.alerts.map((_, index) => index + 1),
    'the supervisor was told every transition, once, in order',
  );
  t.equal(supervisor.transitions, run.alerts.length);
  t.strictSame(alerts.raised, countByRule(run.alerts, 'raised'));
  t.strictSame(alerts.cleared, countByRule(run.alerts, 'cleared'));
}

function countByRule(alerts: readonly ToldAlert[], change: ToldAlert['change']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const alert of alerts) if (alert.change === change) counts[alert.rule] = (counts[alert.rule] ?? 0) + 1;
  return counts;
}

const rulesOf = (alerts: readonly { readonly rule: string }[]) => [...new Set(alerts.map(({ rule }) => rule))].sort();

t.test('a duty day of 12 hours', async (t) => {
  const run = await runDemo(t, '--span 12h --seed 1');
  checkRun(t, run);
  t.strictSame(rulesOf(run.neglects), ['checkpoint-gap', 'route-gap', 'zone-gap']);
  t.equal(run.neglects.length, 4, 'one for each three hours');
  t.equal(run.shortStays.length, 2);
  t.equal(run.longStands.length, 2);
  t.ok(run.summary.fixes.sent > 90_000, `${run.summary.fixes.sent} fixes`);
  t.ok(run.summary.visits > 400, `${run.summary.visits} visits`);
  t.equal(run.summary.fixes.duplicate + run.summary.fixes.flagged, 0);
});

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
    // A machine under load may leave the store unheard for a while, and that is said.
    const said = demo
      .stderr()
      .split('\n')
      .filter((line) => !line.includes('"reason":"store-away"'));
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

t.test('faults of receivers, clocks and links do not change what the alerts say; nor does a second run', async (t) => {
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
});
