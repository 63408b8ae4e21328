import t, { type Test } from 'tap';
import { askWith } from '../../src/console/socket/ask.js';
import { LiveLink } from '../../src/console/socket/live-link.js';
import { Store } from '../../src/console/store/store.js';
import { positionOf, T0_MS } from '../api/records.js';
import { type Rig, startRig } from '../api/rig.js';
import { until } from '../api/until.js';
import { TestMachine } from './support.js';

async function openPage(
  t: Test,
  rig: Rig,
  { token, clock = 'virtual' }: { token?: string; clock?: 'wall' | 'virtual' } = {},
): Promise<{ readonly store: Store; readonly machine: TestMachine; readonly links: string[] }> {
  const links: string[] = [];
  const store = new Store((draw) => setImmediate(draw));
  store.watch(({ link }) => links.at(-1) === link.is || links.push(link.is));
  const machine = new TestMachine(rig.url);
  const link = new LiveLink({
    district: 'meixian',
    clock,
    socketOrigin: rig.url.replace('http', 'ws'),
    ask: askWith(rig.url, token ?? (await rig.token({ role: 'supervisor' }))),
    machine,
    tell: (event) => store.tell(event),
    lastTransition: () => store.state.lastTransition,
  });
  t.teardown(() => link.close());
  return { store, machine, links };
}

t.test('a page follows the server, and no break of its link costs an alert or tells one twice', async (t) => {
  const rig = await startRig(t);
  const { engine } = rig.district();
  await engine.emit({ alerts: [{ alertId: 'open' }], positions: new Map([['car-1', positionOf('car-1')]]) });
  const { store, machine, links } = await openPage(t, rig);
  await until(() => store.state.open.has('open'));
  t.equal(store.state.positions.size, 1);
  t.equal(store.state.link.is, 'live');
  for (let i = 0; i < 5; i += 1) {
    machine.sockets.at(-1)?.terminate();
    await engine.emit({
      alerts: [{ alertId: `a-${i}` }, { alertId: `b-${i}`, condition: 'cleared', acknowledged: true }],
    });
    await until(() => store.state.lastTransition === 1 + 2 * (i + 1));
  }
  t.strictSame([...store.state.open.keys()], ['open', 'a-0', 'a-1', 'a-2', 'a-3', 'a-4']);
  t.equal(store.state.closed.length, 5);
  await until(() => store.state.link.is === 'live');
  t.ok(machine.sockets.length > 5, `${machine.sockets.length} sockets`);
  t.ok(links.includes('away'), 'and it was said');
});

t.test('the clock that is shown is the district’s, whatever this machine’s says', async (t) => {
  const rig = await startRig(t);
  const { store } = await openPage(t, rig);
  await rig.district().engine.emit({ positions: new Map([['car-1', positionOf('car-1', T0_MS + 5_000)]]) });
  await until(() => store.state.clockOffsetMs !== 0);
  const shownMs = Date.now() + store.state.clockOffsetMs;
  t.ok(Math.abs(shownMs - T0_MS) < 60_000, `${new Date(shownMs).toISOString()}, of a virtual clock`);
  const wall = await openPage(t, rig, { clock: 'wall' });
  await until(() => wall.store.state.clockOffsetMs !== 0);
  t.ok(
    Math.abs(wall.store.state.clockOffsetMs) < 5_000,
    `${wall.store.state.clockOffsetMs} ms off, of the same machine`,
  );
  const reads = await rig.district().reads();
  t.ok(
    reads.every(({ what }) => what === 'live'),
    'no read is recorded for it',
  );
});

t.test('a server that says nothing more is away, though no socket closed', async (t) => {
  const rig = await startRig(t);
  const { store, machine } = await openPage(t, rig);
  await until(() => store.state.link.is === 'live');
  machine.isCut = true;
  await until(() => store.state.link.is === 'away');
  machine.isCut = false;
  await until(() => store.state.link.is === 'live');
  t.pass('and comes back by itself');
});

t.test('a session that is over is not tried again, and says why', async (t) => {
  const rig = await startRig(t);
  const tracker = await openPage(t, rig, { token: await rig.token({ role: 'tracker', subject: 't-car-1' }) });
  await until(() => tracker.store.state.link.is === 'ended');
  t.strictSame(tracker.store.state.link, { is: 'ended', why: 'token-role' });
  const wrong = await openPage(t, rig, { token: 'nonsense' });
  await until(() => wrong.store.state.link.is === 'ended');
  t.strictSame(wrong.store.state.link, { is: 'ended', why: 'token-refused' });
  t.equal(wrong.machine.sockets.length, 0, 'no socket was opened for it');
});
