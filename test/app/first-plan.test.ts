import { setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { firstPlan } from '../../src/app/first-plan.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { plan } from '../engine/support.js';

t.test('a server that listens before it has its plan is waited for', async (t) => {
  const host: { plan: CompiledPlan | null } = { plan: null };
  let found: CompiledPlan | null = null;
  const waiting = firstPlan(host).then((first) => {
    found = first;
  });
  await sleep(50);
  t.equal(found, null);
  host.plan = plan({ places: [], rules: [], units: [] });
  await waiting;
  t.equal(found, host.plan);
  const stop = new AbortController();
  const stopped = t.rejects(firstPlan({ plan: null }, stop.signal), { name: 'AbortError' });
  stop.abort();
  await stopped;
});
