import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { HotStore } from '../../src/hot/hot-store.js';
import type { Cursor } from '../../src/model/hot.js';
import { openRedis, type RedisHandle } from '../../src/redis/handle.js';
import { createRandom, type Random } from '../../src/simulator/random.js';
import { commitOf, cursor, position } from '../support/hot-records.js';
import { keptLog, startTestRedis } from '../support/redis-server.js';
import { startReplyCuttingProxy } from '../support/reply-cutting-proxy.js';

function storeOn(handle: RedisHandle): HotStore {
  return new HotStore({ district: 'meixian', commit: handle.connect('commit'), query: handle.connect('query') });
}

t.test(
  'two engines, random batches, cut replies, kills of Redis: every alert and visit once, in order (C1) [once]',
  async (t) => {
    const seed = 20_260_711;
    t.comment(`seed ${seed}`);
    const { handle, socketPath, folder } = await startTestRedis(t);
    const hot = storeOn(handle);
    const lastEntry = 250;
    // The fold: entry n raises n mod 3 alerts and, when n is even, begins a visit.
    const alertsOf = (n: number) => n % 3;
    const visitsOf = (n: number) => (n % 2 === 0 ? 1 : 0);
    const after = (from: Cursor | null, to: number): Cursor => {
      let [lastAlert, lastVisit] = [from?.lastAlert ?? 0, from?.lastVisit ?? 0];
      for (let n = (from?.logId.ms ?? 0) + 1; n <= to; n += 1) {
        lastAlert += alertsOf(n);
        lastVisit += visitsOf(n);
      }
      return cursor(to, lastAlert, lastVisit);
    };
    let kills = 0;
    const killOnceBy = async (entry: number) => {
      const pid = await handle.pid();
      if (pid === null || entry < 50 * (kills + 1)) return;
      kills += 1;
      process.kill(pid, 'SIGKILL');
    };
    const engine = async (random: Random) => {
      const proxy = await startReplyCuttingProxy(t, socketPath);
      let calls = 0;
      proxy.decide = (chunk) => {
        if (!/evalsha/i.test(chunk)) return 'pass';
        calls += 1;
        return calls % 4 === 3 ? random.pick(['cut-reply', 'cut-reply', 'cut-request'] as const) : 'pass';
      };
      const cut = await openRedis({ url: proxy.socketPath, dataFolder: folder, logger: keptLog() });
      t.teardown(() => cut.close());
      const store = storeOn(cut);
      let state = await store.openCursor();
      while ((state?.logId.ms ?? 0) < lastEntry) {
        const at = state?.logId.ms ?? 0;
        const target = after(state, Math.min(lastEntry, at + random.integer(1, 12)));
        await killOnceBy(at);
        const commit = commitOf(state, target, {
          positions: new Map([[`u${target.logId.ms % 9}`, position('u', at)]]),
        });
        try {
          const found: Cursor | null = await store.commit(commit);
          const wrote = JSON.stringify(found) === JSON.stringify(state);
          state = wrote ? target : found;
        } catch (error) {
          t.match(error, { code: 'redis-run-changed' });
          state = await store.openCursor();
        }
        if (random.chance(0.2)) await sleep(random.between(0, 10));
      }
      return proxy.cuts;
    };
    const cuts = await Promise.all([engine(createRandom(seed, 1)), engine(createRandom(seed, 2))]);
    t.comment(`${cuts.join(' + ')} connections cut, ${kills} kills`);
    t.equal(kills, 4, 'it was disturbed');
    const end = after(null, lastEntry);
    t.strictSame(await hot.readCursor(), end);
    const numbers = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
    const alerts = await hot.readAlerts({ after: 0, count: 1_000 });
    t.strictSame(
      alerts.kind === 'page' && alerts.versions.map((version) => version.transition),
      numbers(end.lastAlert),
    );
    const visits = await hot.readVisits({ after: 0, count: 1_000 });
    t.strictSame(
      visits.kind === 'page' && visits.versions.map((version) => version.transition),
      numbers(end.lastVisit),
    );
  },
);
