import t, { type Test } from 'tap';
import { BOARD_FIRST_MS, boardFirst } from '../../src/console/store/board-first.js';
import { Store } from '../../src/console/store/store.js';
import type { SnapshotMessage } from '../../src/protocol/live-socket.js';

const SNAPSHOT: SnapshotMessage = {
  type: 'snapshot',
  cursor: null,
  lastAlert: 0,
  openAlerts: [],
  coverage: [],
  positions: [],
  units: [],
  tasks: [],
};

/** What a map needs is asked for after these; the wait ends by nothing but its signal. */
function startWait(t: Test): { readonly store: Store; readonly asked: () => boolean; readonly waitsMs: number[] } {
  const store = new Store((draw) => draw());
  const stop = new AbortController();
  const waitsMs: number[] = [];
  let isAsked = false;
  const pause = (ms: number, signal: AbortSignal): Promise<void> => {
    waitsMs.push(ms);
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  };
  void boardFirst(store, { pause }, stop.signal).then(() => {
    isAsked = true;
  });
  t.teardown(() => stop.abort());
  return { store, asked: () => isAsked, waitsMs };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

t.test('what only a map needs waits until the board has what the server has', async (t) => {
  const { store, asked, waitsMs } = startWait(t);
  store.tell({ is: 'clock', serverMs: 1, askedMs: 1, answeredMs: 1 });
  store.tell({ is: 'linked' });
  await turn();
  t.equal(asked(), false);
  t.strictSame(waitsMs, [BOARD_FIRST_MS], 'and no longer than this');
  store.tell({ is: 'message', message: SNAPSHOT });
  await turn();
  t.equal(asked(), true);
});

t.test('nothing waits for a board that has no link', async (t) => {
  const { store, asked } = startWait(t);
  store.tell({ is: 'unlinked', atMs: 1, why: 'the server does not answer' });
  await turn();
  t.equal(asked(), true);
});
