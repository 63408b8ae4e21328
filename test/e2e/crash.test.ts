import t from 'tap';
import { DEFAULT_STEP_MS } from '../../src/simulator/driver.js';
import { drawKills } from './crash-plan.js';
import { playDay } from './played-day.js';
import { versionTold } from '../support/told-version.js';

t.setTimeout(300_000);

const SEED = 20_261_124;
const FROM_MS = Date.parse('2026-11-24T11:25:00+08:00');
const SPAN_MS = 68 * 60_000;
const KILLS_EACH = 10;
const KILLS_AT_ONCE = 3;

t.test('ten kills of the server and ten of its Redis leave no trace in what it says [durable]', async (t) => {
  t.comment(`seed ${SEED}`);
  const day = { seed: SEED, fromMs: FROM_MS, spanMs: SPAN_MS };
  const calm = await playDay(t, { ...day, kills: [] });
  t.ok(calm.alerts.length >= 6, `${calm.alerts.length} transitions`);
  t.ok(calm.visits.length >= 100, `${calm.visits.length} versions of visits`);

  const kills = drawKills(SEED, KILLS_EACH, KILLS_AT_ONCE, SPAN_MS / DEFAULT_STEP_MS);
  t.comment(
    kills.map(({ victims, step, since, afterMs }) => `${victims.join('+')} in ${step}: ${since}+${afterMs}`).join(', '),
  );
  const hard = await playDay(t, { ...day, kills });
  t.strictSame(hard.killed, { server: KILLS_EACH, redis: KILLS_EACH });
  t.ok(hard.starts > KILLS_EACH, `the server was started ${hard.starts} times`);

  t.strictSame(hard.alerts, calm.alerts, 'the same alerts, byte for byte');
  t.strictSame(hard.visits, calm.visits, 'the same visits, byte for byte');
  for (const { told, alerts, resyncs } of [calm, hard]) {
    t.strictSame(told.map(versionTold), alerts.map(versionIn), 'the supervisor saw each transition, once, in order');
    t.equal(resyncs, 0);
  }
  const { acknowledged, handedOver, resentReports } = hard.counters;
  t.equal(acknowledged, handedOver, 'each fix was acknowledged');
  t.strictSame(
    [...hard.sent].filter((fix) => !hard.logged.has(fix)),
    [],
    'no acknowledged fix is missing from the log',
  );
  t.equal(hard.sent.size, handedOver);
  t.strictSame(hard.logged, calm.logged, 'nor does it hold any other');
  t.ok(resentReports > 0, `${resentReports} reports were sent again`);
});

/** `<id> <json>`. */
function versionIn(entry: string): unknown {
  return JSON.parse(entry.slice(entry.indexOf(' ') + 1));
}
