import t from 'tap';
import { runDemo } from './demo-run.js';
import { checkRun, rulesOf } from './run-check.js';

t.setTimeout(900_000);

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
