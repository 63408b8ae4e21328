import { join } from 'node:path';
import t from 'tap';
import { keepPlan } from '../../src/app/plan-keeper.js';
import { compileEntryPlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { planSeries } from '../../src/district/plan-series.js';
import { PLAN_LEAD_MS } from '../../src/model/limits.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { projectPath } from '../documents/project.js';
import { keptLog } from '../support/redis-server.js';

const T0 = Date.UTC(2026, 10, 24);

t.test('a plan that comes into the log too late for its instant is logged again with a later one (E3)', async (t) => {
  const source = await loadDistrict(projectPath(join('fixtures', 'example')));
  const clock = createVirtualClock(T0);
  const logged: CompiledPlan[] = [];
  const plan = await keepPlan({
    source,
    clock,
    logger: keptLog(),
    plans: () => [],
    append: async (entries) => {
      // Redis is away for two minutes: the append is held up, and made all the same.
      if (logged.length === 0) clock.setMs(T0 + 120_000);
      logged.push(...entries.map(({ plan }) => plan));
      return { atMs: clock.nowMs() };
    },
  });
  t.match(logged, [
    { version: 1, inForceFromMs: T0 + PLAN_LEAD_MS },
    { version: 1, inForceFromMs: T0 + 120_000 + PLAN_LEAD_MS },
  ]);
  t.equal(plan, logged[1]);
});

t.test('a log whose time is ahead of the clock takes no plan in time, and is not tried again at once', async (t) => {
  const source = await loadDistrict(projectPath(join('fixtures', 'example')));
  const logged: CompiledPlan[] = [];
  const plan = await keepPlan({
    source,
    clock: createVirtualClock(T0),
    logger: keptLog(),
    plans: () => [],
    append: async (entries) => {
      logged.push(...entries.map(({ plan }) => plan));
      return { atMs: T0 + 3_600_000 };
    },
  });
  t.equal(plan, null);
  t.equal(logged.length, 1);
});

t.test(
  'after a resume a published plan goes on, and not the files of the server; files that somebody wants do',
  async (t) => {
    const source = await loadDistrict(projectPath(join('fixtures', 'example')));
    const published = { actionId: 'fair-1', actor: 'anna', reason: 'the fair', basedOn: null };
    const inForce = compileEntryPlan(source, { version: 4, inForceFromMs: T0, nowMs: T0 });
    const resumed = { ...inForce, published, sourceSha256: 'ab'.repeat(32) };
    const kept = async (o: { isWanted?: boolean; source?: typeof source | null; resumed: CompiledPlan | null }) => {
      const logged: CompiledPlan[] = [];
      const append = async (entries: readonly { plan: CompiledPlan }[]) => {
        logged.push(...entries.map(({ plan }) => plan));
        return { atMs: T0 };
      };
      const clock = createVirtualClock(T0);
      await keepPlan({ source, clock, logger: keptLog(), plans: () => [], lastVersion: () => 4, append, ...o });
      return logged;
    };
    const again = { version: 5, inForceFromMs: T0 + PLAN_LEAD_MS, sourceSha256: resumed.sourceSha256, published };
    t.match(await kept({ resumed }), [again]);
    t.match(await kept({ resumed, source: null }), [again], 'also where the files were refused');
    t.match(await kept({ resumed, isWanted: true }), [{ version: 5, sourceSha256: source.sha256 }]);
    t.match(
      await kept({ resumed: inForce }),
      [{ version: 5, sourceSha256: source.sha256 }],
      'one that came from files',
    );
  },
);

t.test('files that become the plan while an operation order stands lie under it, and it still ends', async (t) => {
  const source = await loadDistrict(projectPath(join('fixtures', 'example')));
  const inForce = compileEntryPlan(source, { version: 1, inForceFromMs: T0 - 3_600_000, nowMs: T0 });
  const order = {
    id: 'night',
    name: { zh: '夜间', en: 'Night' },
    fromMs: T0 - 60_000,
    toMs: T0 + 3_600_000,
    reason: 'the night',
    actor: 'anna',
    actionId: 'night-1',
    layer: { places: [], closed: ['square'], modes: [], duty: [], rules: [] },
  };
  const wish = { id: 'night-1', standing: [inForce], newestVersion: 1, beforeVersion: 1, fromMs: order.fromMs };
  const series = planSeries({ ...wish, nowMs: T0, base: null, orders: [order] }) ?? [];
  const log = keptLog();
  const kept = async (o: { source: typeof source; plans: readonly CompiledPlan[]; resumed?: CompiledPlan }) => {
    const logged: CompiledPlan[] = [];
    const append = async (entries: readonly { plan: CompiledPlan }[]) => {
      logged.push(...entries.map(({ plan }) => plan));
      return { atMs: T0 };
    };
    const { plans, ...rest } = o;
    const clock = createVirtualClock(T0);
    await keepPlan({ ...rest, clock, logger: log, plans: () => plans, lastVersion: () => 3, append });
    return logged;
  };
  const other = { ...source, sha256: 'ab'.repeat(32), places: source.places.filter(({ id }) => id !== 'square') };
  const soon = T0 + PLAN_LEAD_MS;
  const [under, after] = [{ orders: [{ id: 'night' }] }, { version: 5, inForceFromMs: order.toMs, orders: undefined }];
  t.match(await kept({ source: other, plans: [inForce, ...series] }), [
    { version: 4, inForceFromMs: soon, withdraws: 1, sourceSha256: other.sha256, series: { nth: 0 }, ...under },
    { sourceSha256: other.sha256, series: { nth: 1 }, ...after },
  ]);
  t.ok(
    log.lines.some(({ message }) => /does not fit the new plan/.test(message)),
    'what does not fit is said',
  );
  const [layered] = series;
  t.match(
    await kept({ source, plans: [], ...(layered === undefined ? {} : { resumed: layered }) }),
    [{ version: 4, inForceFromMs: soon, ...under }, after],
    'and after a resume, too',
  );
  const late = compileEntryPlan(source, { version: 4, inForceFromMs: order.toMs, nowMs: T0 - 30 * 86_400_000 });
  t.match(
    await kept({ source, plans: [inForce, ...series.slice(0, 1), late] }),
    [{ version: 5, inForceFromMs: order.toMs + 1, orders: undefined }],
    'the calendar of the plan after an order is renewed as any',
  );
});
