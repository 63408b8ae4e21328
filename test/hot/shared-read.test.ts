import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import t from 'tap';
import { SharedRead } from '../../src/hot/shared-read.js';

/** A read that ends when it is told to. */
function heldRead() {
  const ends: ((error?: Error) => void)[] = [];
  let version = 0;
  const shared = new SharedRead(
    () =>
      new Promise<number>((resolve, reject) => {
        const seen = version;
        ends.push((error) => (error === undefined ? resolve(seen) : reject(error)));
      }),
  );
  return {
    shared,
    ends,
    write: () => {
      version += 1;
    },
  };
}

t.test('all who ask at once share one read, and those that come while it runs share the next', async (t) => {
  const { shared, ends, write } = heldRead();
  const first = Array.from({ length: 400 }, () => shared.ask());
  await nextTurn();
  t.equal(ends.length, 1);
  write();
  const later = Array.from({ length: 400 }, () => shared.ask());
  await nextTurn();
  t.equal(ends.length, 1, 'the second waits for the end of the first');
  ends[0]?.();
  t.strictSame([...new Set(await Promise.all(first))], [0]);
  await nextTurn();
  ends[1]?.();
  t.strictSame([...new Set(await Promise.all(later))], [1], 'what was written before the question is in the answer');
  t.equal(ends.length, 2);
});

t.test('a read that fails fails for those who shared it, and the next one begins', async (t) => {
  const { shared, ends } = heldRead();
  const failing = [shared.ask(), shared.ask()];
  await nextTurn();
  const next = shared.ask();
  ends[0]?.(new Error('away'));
  for (const result of await Promise.allSettled(failing)) t.match(result, { status: 'rejected', reason: /away/ });
  await nextTurn();
  ends[1]?.();
  t.equal(await next, 0);
});

t.test(
  'reads that rest begin four times as long after the last one as that took, and all who came meanwhile share one',
  async (t) => {
    const spans: { fromMs: number; toMs: number }[] = [];
    const read = async (): Promise<number> => {
      const fromMs = performance.now();
      await sleep(15);
      return spans.push({ fromMs, toMs: performance.now() });
    };
    const shared = new SharedRead(read, { rests: true });
    await shared.ask();
    const asked: Promise<number>[] = [];
    for (let i = 0; i < 5; i += 1) {
      asked.push(shared.ask());
      await sleep(5);
    }
    t.strictSame(new Set(await Promise.all(asked)), new Set([2]));
    const [first, second] = spans;
    if (first === undefined || second === undefined) throw new Error('got no two reads');
    t.ok(second.fromMs - first.toMs >= 4 * (first.toMs - first.fromMs) - 2, JSON.stringify(spans));
  },
);
