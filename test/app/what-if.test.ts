import t from 'tap';
import { whatIfInThread } from '../../src/app/what-if-threads.js';
import { compileEntryPlan } from '../../src/district/compile-plan.js';
import { loadDistrict } from '../../src/district/load-district.js';
import type { CompiledPlan } from '../../src/model/plan.js';
import { store } from '../days/stored-log.js';
import { projectPath } from '../documents/project.js';
import { at, Bench, checkpointGap, circle, HOUR, MINUTE, plan, T0, unit } from '../engine/support.js';
import { startTestRedis } from '../support/redis-server.js';

/** Nobody comes to the gate for two hours; the log of it, in a real Redis. */
async function unvisited(t: Parameters<typeof startTestRedis>[0]) {
  const scene = plan({
    places: [circle('gate', at(0), 100)],
    units: [unit('car-1')],
    rules: [checkpointGap(['gate'], { thresholdMs: 30 * MINUTE })],
  });
  const bench = new Bench(scene);
  bench.drive(T0 + 2 * HOUR, { 'car-1': () => at(40_000) });
  const { handle } = await startTestRedis(t);
  await store(handle.connect('query'), bench);
  const question = { district: 'test', fromMs: T0, toMs: T0 + 2 * HOUR, operators: 1 };
  const ask = (tried: CompiledPlan) =>
    whatIfInThread({ address: handle.address, archiveFolder: null, question, plan: tried });
  return { scene, ask };
}

/** The scene's plan with a calendar, as published plans have it. */
async function published(scene: CompiledPlan, thresholdMs: number): Promise<CompiledPlan> {
  const source = await loadDistrict(projectPath('fixtures/example'));
  const { calendar } = compileEntryPlan(source, { version: 1, inForceFromMs: T0, nowMs: T0 });
  if (calendar === undefined) throw new Error('the plan says no calendar');
  return {
    ...scene,
    rules: [checkpointGap(['gate'], { thresholdMs })],
    calendar: { ...calendar, bindings: [{ id: 'post-gap', kind: 'checkpoint-gap' }] },
  };
}

t.test('a thread of its own answers from the log', async (t) => {
  const { scene, ask } = await unvisited(t);
  const eager = await ask(await published(scene, 20 * MINUTE));
  t.match(eager, { both: 1, added: [], gone: [], recorded: { load: { asked: 1 } }, tried: { load: { asked: 1 } } });
  const patient = await ask(await published(scene, 3 * HOUR));
  t.match(patient, { both: 0, added: [], gone: [{ rule: 'checkpoint-gap', subject: 'place:gate' }] });
});

t.test('one question at a time; what fails says why', async (t) => {
  const { scene, ask } = await unvisited(t);
  const tried = await published(scene, 20 * MINUTE);
  const [first, second] = await Promise.allSettled([ask(tried), ask(tried)]);
  t.equal(first.status, 'fulfilled');
  t.match(second, { status: 'rejected', reason: { code: 'too-many-what-ifs' } });
  const { calendar: _, ...silent } = tried;
  await t.rejects(ask(silent), { code: 'what-if-incomplete', message: /does not say its calendar/ });
});
