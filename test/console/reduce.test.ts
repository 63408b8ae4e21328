import t from 'tap';
import { reduce } from '../../src/console/store/reduce.js';
import { type ConsoleState, INITIAL } from '../../src/console/store/state.js';
import { Store } from '../../src/console/store/store.js';
import type { LiveMessage, SnapshotMessage } from '../../src/protocol/live-socket.js';
import { coverageOf, positionOf, T0_MS, unitOf } from '../api/records.js';
import { random } from '../engine/verdicts.js';
import { alertOf } from './support.js';

function heard(messages: readonly LiveMessage[], from: ConsoleState = INITIAL): ConsoleState {
  return messages.reduce((state, message) => reduce(state, { is: 'message', message }), from);
}

function snapshot(o: Partial<SnapshotMessage> = {}): SnapshotMessage {
  return {
    type: 'snapshot',
    cursor: null,
    lastAlert: 0,
    openAlerts: [],
    coverage: [],
    positions: [],
    units: [],
    tasks: [],
    ...o,
  };
}

function told(transition: number, alertId: string, state: 'unack-active' | 'cleared' = 'unack-active'): LiveMessage {
  const condition = state === 'cleared' ? 'cleared' : 'active';
  return { type: 'alert', ...alertOf({ alertId, transition, state, condition }) };
}

t.test('a snapshot, then every change', async (t) => {
  const state = heard([
    snapshot({
      lastAlert: 4,
      openAlerts: [alertOf({ alertId: 'a', transition: 3 })],
      positions: [positionOf('car-1')],
      units: [unitOf('car-1')],
      coverage: [coverageOf('square')],
    }),
    { type: 'positions', positions: [positionOf('car-2')] },
    { type: 'units', units: [], removed: ['car-1'] },
    { type: 'coverage', coverage: [coverageOf('bridge', 'uncovered')], complete: true },
    told(5, 'b'),
    told(6, 'a', 'cleared'),
    { type: 'stale', stale: { reason: 'log-ahead', sinceMs: T0_MS, detail: 'nobody folds' } },
    { type: 'missing', from: 2, to: 2 },
  ]);
  t.strictSame([...state.positions.keys()], ['car-1', 'car-2']);
  t.equal(state.units.size, 0);
  t.strictSame([...state.coverage.keys()], ['bridge'], 'these are all there are');
  t.strictSame([...state.open.keys()], ['b']);
  t.strictSame(
    state.closed.map(({ alertId }) => alertId),
    ['a'],
  );
  t.equal(state.lastTransition, 6);
  t.equal(state.stale?.reason, 'log-ahead');
  t.strictSame(state.lost, [{ from: 2, to: 2 }]);
});

t.test('a state is never changed in place', async (t) => {
  const first = heard([snapshot({ lastAlert: 1, openAlerts: [alertOf({ alertId: 'a' })] })]);
  const before = structuredClone(first);
  heard([told(2, 'b'), told(3, 'a', 'cleared'), { type: 'positions', positions: [positionOf('car-1')] }], first);
  t.strictSame(first, before);
});

t.test('a link that breaks anywhere and resumes comes to the same alerts', async (t) => {
  const seed = Number(process.env.BEATWATCH_TEST_SEED ?? 20_261_130);
  t.comment(`seed ${seed}`);
  const next = random(seed);
  const transitions = Array.from({ length: 300 }, (_, i) =>
    told(i + 1, `alert-${Math.floor(next() * 40)}`, next() < 0.4 ? 'cleared' : 'unack-active'),
  );
  const whole = heard([snapshot(), ...transitions]);
  let broken = heard([snapshot()]);
  for (let sent = 0; sent < transitions.length; ) {
    // What was sent in the last second before a break is sent again, and a snapshot without alerts follows.
    const from = Math.max(0, sent - Math.floor(next() * 5));
    const to = Math.min(transitions.length, sent + 1 + Math.floor(next() * 60));
    broken = heard([...transitions.slice(from, to), snapshot({ lastAlert: to, openAlerts: null })], broken);
    sent = to;
  }
  t.strictSame([...broken.open].sort(), [...whole.open].sort());
  t.strictSame(broken.closed, whole.closed);
  t.equal(broken.lastTransition, whole.lastTransition);
});

t.test('what cannot be told any more is said to be lost', async (t) => {
  const state = heard([snapshot({ lastAlert: 10 }), { type: 'resync', first: 14, last: 20 }]);
  t.strictSame(state.lost, [{ from: 11, to: 13 }]);
  const after = heard([snapshot({ lastAlert: 20, openAlerts: [alertOf({ alertId: 'z', transition: 19 })] })], state);
  t.strictSame([...after.open.keys()], ['z']);
});

t.test('the link is away since its first break, and the clock is the server’s', async (t) => {
  const away = [1_000, 5_000].reduce<ConsoleState>(
    (state, atMs) => reduce(state, { is: 'unlinked', atMs, why: `at ${atMs}` }),
    reduce(INITIAL, { is: 'linked' }),
  );
  t.strictSame(away.link, { is: 'away', sinceMs: 1_000, why: 'at 5000' });
  const ahead = reduce(INITIAL, { is: 'clock', serverMs: 3_600_100, askedMs: 0, answeredMs: 200 });
  t.equal(ahead.clockOffsetMs, 3_600_000, 'a clock an hour behind');
});

t.test('however much comes between two frames, it is drawn once', async (t) => {
  const frames: (() => void)[] = [];
  const store = new Store((draw) => frames.push(draw));
  const drawn: number[] = [];
  const end = store.watch(({ positions }) => drawn.push(positions.size));
  for (let i = 0; i < 100; i += 1)
    store.tell({ is: 'message', message: { type: 'positions', positions: [positionOf(`car-${i}`)] } });
  t.equal(frames.length, 1);
  frames.pop()?.();
  t.strictSame(drawn, [100]);
  end();
  store.tell({ is: 'linked' });
  frames.pop()?.();
  t.strictSame(drawn, [100], 'nobody watches any more');
});
