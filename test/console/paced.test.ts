import t from 'tap';
import { paced } from '../../src/console/map/paced.js';

/** A clock that the test moves, with what is to be called later. */
function machine() {
  const calls: { readonly atMs: number; readonly call: () => void }[] = [];
  const self = {
    ms: 0,
    nowMs: () => self.ms,
    later: (call: () => void, afterMs: number) => {
      const one = { atMs: self.ms + afterMs, call };
      calls.push(one);
      return () => void calls.splice(calls.indexOf(one), 1);
    },
    to: (ms: number) => {
      self.ms = ms;
      for (const one of calls.filter(({ atMs }) => atMs <= ms)) {
        calls.splice(calls.indexOf(one), 1);
        one.call();
      }
    },
    calls,
  };
  return self;
}

t.test('the first value is drawn at once, and of those that follow soon the newest, once', async (t) => {
  const clock = machine();
  const drawn: string[] = [];
  const { tell } = paced((value: string) => drawn.push(`${value} ${clock.ms}`), 500, clock);
  tell('a');
  for (const [ms, value] of [
    [16, 'b'],
    [32, 'c'],
    [499, 'd'],
  ] as const) {
    clock.to(ms);
    tell(value);
  }
  t.strictSame(drawn, ['a 0']);
  clock.to(500);
  t.strictSame(drawn, ['a 0', 'd 500']);
  clock.to(900);
  tell('e');
  clock.to(1_000);
  t.strictSame(drawn, ['a 0', 'd 500', 'e 1000'], 'no more than one in 500 ms');
  clock.to(5_000);
  tell('f');
  t.equal(drawn.at(-1), 'f 5000', 'after a rest at once');
});

t.test('what waits to be drawn when the map goes is not', async (t) => {
  const clock = machine();
  const drawn: string[] = [];
  const { tell, end } = paced((value: string) => drawn.push(value), 500, clock);
  tell('a');
  tell('b');
  end();
  t.strictSame(clock.calls, []);
  clock.to(1_000);
  t.strictSame(drawn, ['a']);
});
