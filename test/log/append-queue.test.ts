import t from 'tap';
import { type AppendLane, AppendQueue, laneOf, MAX_WAITING_APPENDS } from '../../src/log/append-queue.js';

/** Work that runs until the test ends it, and tells when it ran. */
function journal(queue: AppendQueue) {
  const ran: string[] = [];
  const ends: (() => void)[] = [];
  return {
    ran,
    offer: (lane: AppendLane, name: string, signal?: AbortSignal) =>
      queue.run(lane, signal, () => {
        ran.push(name);
        return new Promise<string>((resolve) => ends.push(() => resolve(name)));
      }),
    endAll: async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        ends.shift()?.();
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

t.test('lanes take turns, and within a lane work is done in order, one piece at a time', async (t) => {
  const { ran, offer, endAll } = journal(new AppendQueue());
  for (const name of ['act 1', 'act 2', 'act 3', 'act 4']) void offer('people', name);
  for (const name of ['read 1', 'read 2']) void offer('reads', name);
  void offer('reports', 'report 1');
  void offer('time', 'tick');
  t.strictSame(ran, ['act 1'], 'one at a time');
  await endAll(8);
  t.strictSame(ran, ['act 1', 'tick', 'report 1', 'read 1', 'act 2', 'read 2', 'act 3', 'act 4']);
});

t.test('a failure fails its own work only', async (t) => {
  const queue = new AppendQueue();
  const failing = queue.run('people', undefined, () => Promise.reject(new Error('no')));
  const next = queue.run('people', undefined, async () => 'yes');
  await t.rejects(failing, { message: 'no' });
  t.equal(await next, 'yes');
});

t.test('a signal ends the wait for a turn at once, and not the work that has begun', async (t) => {
  const queue = new AppendQueue();
  const { ran, offer, endAll } = journal(queue);
  const stop = new AbortController();
  const begun = offer('reads', 'begun', stop.signal);
  const waiting = offer('reads', 'waits', stop.signal);
  stop.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
  await t.rejects(offer('reads', 'too late', stop.signal), { message: 'enough' });
  t.equal(queue.waiting('reads'), 0);
  await endAll(1);
  t.equal(await begun, 'begun');
  t.strictSame(ran, ['begun']);
});

t.test('each lane has room, and each kind of entry a lane', async (t) => {
  for (const [lane, most] of Object.entries(MAX_WAITING_APPENDS)) t.ok(most >= 16, lane);
  const kinds = ['fixes', 'heartbeat', 'action', 'task', 'statement', 'access', 'plan', 'tick'] as const;
  t.strictSame(kinds.map(laneOf), ['reports', 'reports', 'people', 'people', 'people', 'reads', 'time', 'time']);
});
