import { setImmediate as nextTurn } from 'node:timers/promises';
import t from 'tap';
import { Turns } from '../../src/api/turns.js';

t.test('those who ask at once go on in order, one each round of the event loop', async (t) => {
  const turns = new Turns();
  const gone: number[] = [];
  const all = Array.from({ length: 50 }, async (_, i) => {
    await turns.take();
    gone.push(i);
  });
  while (gone.length < 50) {
    const before = gone.length;
    await nextTurn();
    t.ok(gone.length - before <= 1, `${gone.length - before} in one round`);
  }
  await Promise.all(all);
  t.strictSame(
    gone,
    Array.from({ length: 50 }, (_, i) => i),
  );
});
