import t from 'tap';
import { knownTrackers } from '../../src/app/known-trackers.js';
import { SWEEP_MS } from '../../src/ingest/limits.js';
import { MAX_HEARTBEAT_INTERVAL_MS } from '../../src/model/silence.js';
import type { PlanRule, PlanUnit } from '../../src/model/plan.js';
import { createRandom } from '../../src/simulator/random.js';
import { at, Bench, circle, fix, plan, unit } from '../engine/support.js';
import { connect, DISTRICT, MemoryDistrict, open, startIngest, until } from './support.js';

const KINDS: readonly PlanUnit['kind'][] = ['car', 'motorcycle', 'foot'];
/** All that `expectedIntervalS` may be, around where the silence rule and the heartbeat interval change. */
const INTERVALS_S = [1, 2, 5, 10, 19, 20, 21, 24, 25, 30, 49, 50, 51, 60, 61, 120, 300, 900, 1_800, 3_600];
const SILENCE = { id: 'silence', kind: 'tracker-silence', severity: 'medium', binds: 'always', units: ['car-1'] };

/** What a server asks a tracker of a unit with this interval for. */
async function askedFor(expectedIntervalMs: number, t: Tap): Promise<{ reportMs: number; heartbeatMs: number }> {
  const district = new MemoryDistrict('t-car-1');
  district.plan.set('t-car-1', { unit: 'car-1', expectedIntervalMs });
  const { url } = await startIngest(t, { [DISTRICT]: district });
  const welcome = await (await open(t, url, 't-car-1')).next();
  if (welcome.kind !== 'welcome') throw new Error(`got ${welcome.kind}, expected welcome`);
  return { reportMs: welcome.reportIntervalMs, heartbeatMs: welcome.heartbeatIntervalMs };
}
type Tap = Parameters<typeof startIngest>[0];

/** Six messages as often as asked, each up to a fifth of the interval late, one of them lost; the alerts meanwhile. */
function alertsOf(
  kind: PlanUnit['kind'],
  intervalMs: number,
  everyMs: number,
  says: 'heartbeat' | 'report',
  seed: number,
) {
  const random = createRandom(seed, says, kind);
  const bench = new Bench(
    plan({
      places: [circle('gate', at(0), 100)],
      units: [unit('car-1', { kind, expectedIntervalMs: intervalMs })],
      rules: [SILENCE as PlanRule],
    }),
  );
  const startMs = bench.nowMs;
  const lost = 1 + Math.floor(random.next() * 5);
  for (let i = 0; i <= 6; i += 1) {
    const lateMs = Math.floor((random.next() * everyMs) / 5);
    bench.tickTo(startMs + i * everyMs + lateMs);
    if (i === lost) continue;
    if (says === 'heartbeat') bench.append(bench.nowMs, { kind: 'heartbeat', trackers: ['t-car-1'] });
    else bench.send('car-1', fix(bench.nowMs, at(0)));
  }
  return bench.alerts;
}

t.test(
  'a tracker that does what Welcome asks is never silent, with any kind and interval, late and with one message lost',
  async (t) => {
    for (const intervalS of INTERVALS_S) {
      const { reportMs, heartbeatMs } = await askedFor(intervalS * 1_000, t);
      t.equal(reportMs, intervalS * 1_000);
      t.ok(heartbeatMs <= MAX_HEARTBEAT_INTERVAL_MS);
      for (const kind of KINDS) {
        for (const seed of [1, 2, 3]) {
          const what = `${kind}, ${intervalS} s, seed ${seed}`;
          t.same(
            alertsOf(kind, reportMs, heartbeatMs, 'heartbeat', seed),
            [],
            `${what}: a heartbeat each ${heartbeatMs} ms`,
          );
          t.same(alertsOf(kind, reportMs, reportMs, 'report', seed), [], `${what}: a report each ${reportMs} ms`);
        }
      }
    }
  },
);

t.test('a plan that changes the interval of a unit is told to its tracker on the open socket', async (t) => {
  const district = new MemoryDistrict('t-1');
  const { url, timers } = await startIngest(t, { [DISTRICT]: district });
  const tracker = await connect(t, url, 't-1');
  timers.jump(SWEEP_MS);
  t.strictSame(tracker.waiting, []);
  district.plan.set('t-1', { unit: 'unit-t-1', expectedIntervalMs: 120_000 });
  timers.jump(SWEEP_MS);
  timers.jump(SWEEP_MS);
  await until(() => tracker.waiting.length > 0, 10_000);
  t.match(await tracker.next(), { kind: 'welcome', reportIntervalMs: 120_000, heartbeatIntervalMs: 60_000 });
  t.strictSame(tracker.waiting, [], 'once');
});

t.test(
  'while two plans may judge a tracker it is asked for the shorter interval, as the unit of the later plan',
  async (t) => {
    const one = (id: string, expectedIntervalMs: number) =>
      plan({ places: [], rules: [], units: [unit(id, { tracker: 't-1', expectedIntervalMs })] });
    const of = (...plans: ReturnType<typeof one>[]) => knownTrackers(plans).get('t-1');
    t.strictSame(of(one('a', 10_000), one('b', 60_000)), { unit: 'b', expectedIntervalMs: 10_000 });
    t.strictSame(of(one('a', 60_000), one('b', 10_000)), { unit: 'b', expectedIntervalMs: 10_000 });
  },
);
