import t from 'tap';
import { BEHIND_AFTER_MS, Freshness, STORE_AWAY_AFTER_MS } from '../../src/app/freshness.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import type { ClockKind } from '../../src/model/ports.js';
import type { Lag } from '../../src/model/staleness.js';
import { createMetrics } from '../../src/ops/metrics.js';
import { T0_MS, testPlan } from '../api/records.js';
import { keptLog } from '../support/redis-server.js';

const FOLDED: Lag = { foldedToMs: T0_MS, lastMs: T0_MS, waiting: null };
const waitingSince = (ms: number): Lag => ({ foldedToMs: T0_MS, lastMs: ms, waiting: `${ms}-0` });

function scene(kind: ClockKind = 'wall') {
  const now = { logMs: T0_MS, elapsedMs: 0 };
  const world: { lag: Lag | Error | Promise<Lag>; plan: CompiledPlan | null; isStarting: boolean } = {
    lag: FOLDED,
    plan: testPlan('meixian'),
    isStarting: false,
  };
  const logger = keptLog();
  const metrics = createMetrics({ strict: true });
  const freshness = new Freshness({
    district: 'meixian',
    readLag: async () => {
      if (world.lag instanceof Error) throw world.lag;
      return await world.lag;
    },
    plan: () => world.plan,
    isStarting: () => world.isStarting,
    clock: { kind, nowMs: () => now.logMs },
    elapsedMs: () => now.elapsedMs,
    logger,
    metrics,
  });
  const pass = async (ms: number) => {
    now.elapsedMs += ms;
    if (kind === 'wall') now.logMs += ms;
    await freshness.look();
  };
  return { world, freshness, metrics, logger, pass };
}

t.test(
  'entries that wait for an engine make the state stale, from the first of them on, until they are folded',
  async (t) => {
    const { world, freshness, metrics, pass } = scene();
    await pass(1_000);
    t.equal(freshness.staleness(), null);
    world.lag = waitingSince(T0_MS + 1_500);
    await pass(1_000);
    await pass(BEHIND_AFTER_MS - 1_500);
    t.equal(freshness.staleness(), null, 'a standby may still take over');
    await pass(1_000);
    t.match(freshness.staleness(), {
      reason: 'behind',
      sinceMs: T0_MS + 1_500,
      detail: /has waited for an engine for 5000 ms/,
    });
    t.match(await metrics.text(), /beatwatch_district_stale\{district="meixian",reason="behind"\} 1/);
    t.match(await metrics.text(), /beatwatch_engine_lag_ms\{district="meixian"\} 1500/);
    t.match(await metrics.text(), /beatwatch_engine_lag_age_ms\{district="meixian"\} 5000/);
    world.lag = { foldedToMs: T0_MS + 9_000, lastMs: T0_MS + 9_000, waiting: null };
    await pass(1_000);
    t.equal(freshness.staleness(), null);
    t.match(await metrics.text(), /beatwatch_district_stale\{district="meixian",reason="behind"\} 0/);
  },
);

t.test('an engine that moves on, but lies minutes behind, leaves the state stale all the same', async (t) => {
  const { world, freshness, pass } = scene();
  for (let i = 1; i <= 20; i += 1) {
    world.lag = waitingSince(T0_MS - 600_000 + i * 5_000);
    await pass(1_000);
    t.equal(freshness.staleness()?.reason ?? null, i < 2 ? null : 'behind', `look ${i}`);
  }
});

t.test(
  'one look between an append and its commit says nothing, whatever the clocks of two processes say',
  async (t) => {
    const { world, freshness, pass } = scene();
    for (let i = 1; i <= 10; i += 1) {
      world.lag = i % 2 === 0 ? FOLDED : waitingSince(T0_MS - 60_000);
      await pass(1_000);
      t.equal(freshness.staleness(), null);
    }
  },
);

t.test('on a virtual clock the wait is told by real time', async (t) => {
  const { world, freshness, pass } = scene('virtual');
  world.lag = waitingSince(T0_MS - 86_400_000);
  await pass(1_000);
  await pass(BEHIND_AFTER_MS - 1);
  t.equal(freshness.staleness(), null);
  await pass(1);
  t.match(freshness.staleness(), { reason: 'behind' });
});

t.test('a store that hangs, or answers errors, makes the state stale since its last answer [stale]', async (t) => {
  for (const lag of [new Error('READONLY'), new Promise<Lag>(() => {})]) {
    const { world, freshness, pass } = scene();
    await pass(1_000);
    world.lag = lag;
    void pass(STORE_AWAY_AFTER_MS - 1);
    t.equal(freshness.staleness(), null);
    void pass(1);
    t.match(freshness.staleness(), {
      reason: 'store-away',
      sinceMs: T0_MS + 1_000,
      detail: /Redis has not answered for 5000 ms/,
    });
  }
});

t.test(
  'without a plan in force nothing is judged: no plan, one that is not in force yet, one whose calendar has ended',
  async (t) => {
    const { world, freshness, pass } = scene();
    const plan = testPlan('meixian');
    const cases = [
      { plan: null, sinceMs: null, detail: /the log has no plan/ },
      {
        plan: { ...plan, inForceFromMs: T0_MS + 60_000 },
        sinceMs: null,
        detail: /takes effect at .* nothing is judged before then/,
      },
      { plan: { ...plan, expandedToMs: T0_MS - 5_000 }, sinceMs: T0_MS - 5_000, detail: /calendar of plan 1 ended at/ },
    ];
    for (const { plan: inForce, ...expected } of cases) {
      world.plan = inForce;
      await pass(10);
      t.match(freshness.staleness(), { reason: 'no-plan', ...expected });
    }
    world.plan = plan;
    t.equal(freshness.staleness(), null);
  },
);

t.test('a plan that an engine is about to log, or that is announced, is told, and no warning', async (t) => {
  const { world, logger, pass } = scene();
  const plan = testPlan('meixian');
  const said = () => logger.lines.splice(0).map(({ level, message }) => `${level}: ${message}`);
  world.plan = null;
  world.isStarting = true;
  await pass(10);
  t.strictSame(said(), ['info: the engine has yet to read the log']);
  world.plan = { ...plan, inForceFromMs: T0_MS + 60_000 };
  world.isStarting = false;
  await pass(10);
  await pass(10);
  t.strictSame(said(), ['info: the first plan is not in force yet']);
  world.plan = plan;
  await pass(10);
  t.strictSame(said(), ['info: the state of the district is no longer stale']);
  world.plan = null;
  await pass(10);
  t.strictSame(
    said(),
    ['warn: the state of the district is stale'],
    'an engine that runs and logs none is another matter',
  );
});
