import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { HeldFixes } from '../../src/engine/track/held-fixes.js';
import type { Fix } from '../../src/model/fix.js';
import { validFix } from '../codec/arbitraries.js';
import { at, fix, T0 } from './support.js';

const SEED = 20_261_130;

t.test('a held fix is given back as it came, whatever its fields', async (t) => {
  fc.assert(
    fc.property(fc.array(validFix, { maxLength: 40 }), (fixes) => {
      const held = HeldFixes.of(fixes);
      assert.deepEqual(held.open(), fixes);
      assert.deepEqual(
        fixes.map((_, i) => [held.timeMs(i), held.sosAt(i), held.isBelieved(i)]),
        fixes.map(({ eventTimeMs, sos }) => [eventTimeMs, sos, false]),
      );
    }),
    { seed: SEED, numRuns: 200 },
  );
  t.throws(
    () => HeldFixes.of([fix(T0, at(0), { satellites: 256 })]),
    /valid in every field/,
    'what does not fit is no fix',
  );
  t.throws(() => HeldFixes.of([fix(T0, at(0), { speedCmps: -1 })]), /valid in every field/);
});

/** What somebody does to held fixes; numbers are taken modulo what is there. */
type Change =
  | { readonly is: 'replace'; readonly at: number; readonly removed: number; readonly added: number }
  | { readonly is: 'leave-behind'; readonly count: number; readonly fromMs: number }
  | { readonly is: 'believe'; readonly at: number }
  | { readonly is: 'disbelieve'; readonly at: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ is: fc.constant('replace'), at: fc.nat(), removed: fc.nat(3), added: fc.nat(12) } as const),
  fc.record({ is: fc.constant('leave-behind'), count: fc.nat(), fromMs: fc.nat() } as const),
  fc.record({ is: fc.constant('believe'), at: fc.nat() } as const),
  fc.record({ is: fc.constant('disbelieve'), at: fc.nat() } as const),
);

/** The same as a list: fixes that know whether they are believed, and how many of them are folded for good. */
interface Model {
  rows: { readonly fix: Fix; isBelieved: boolean }[];
  behind: number;
}

t.test('held fixes are a list that is changed anywhere, and rows keep their mark wherever they move', async (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const held = new HeldFixes();
      const model: Model = { rows: [], behind: 0 };
      for (const one of changes) {
        apply(held, model, one);
        assert.deepEqual(listed(held), model.rows);
        assert.equal(held.behind, model.behind);
        assert.equal(held.lastMs, model.rows.at(-1)?.fix.eventTimeMs ?? 0);
      }
      const half = held.firstOf(held.length >> 1);
      assert.deepEqual(listed(half), model.rows.slice(0, held.length >> 1), 'the first of them');
      half.appendLater(held);
      assert.deepEqual(listed(half), model.rows, 'and the rest again');
    }),
    { seed: SEED, numRuns: 300 },
  );
  t.pass(`seed ${SEED}`);
});

function listed(held: HeldFixes): Model['rows'] {
  return Array.from({ length: held.length }, (_, i) => ({ fix: held.at(i), isBelieved: held.isBelieved(i) }));
}

/** Event times stay in order: each row is later than the one before. */
function apply(held: HeldFixes, model: Model, one: Change): void {
  const { rows } = model;
  const timeOf = (index: number): number => rows[index]?.fix.eventTimeMs ?? 0;
  switch (one.is) {
    case 'replace': {
      const start = model.behind + (one.at % (rows.length - model.behind + 1));
      const removed = Math.min(one.removed, rows.length - start);
      const beforeMs = rows[start + removed]?.fix.eventTimeMs ?? Number.POSITIVE_INFINITY;
      const firstMs = start === 0 ? T0 : timeOf(start - 1) + 1;
      const stepMs = beforeMs === Number.POSITIVE_INFINITY ? 1_000 : 1;
      const added = Array.from({ length: one.added }, (_, i) => fix(firstMs + stepMs * i, at(i)));
      const fitting = added.filter(({ eventTimeMs }) => eventTimeMs < beforeMs);
      held.replace(start, removed, fitting);
      rows.splice(start, removed, ...fitting.map((fix) => ({ fix, isBelieved: false })));
      return;
    }
    case 'leave-behind': {
      const count = model.behind + (one.count % (rows.length - model.behind + 1));
      const fromMs = timeOf(one.fromMs % (rows.length + 1));
      const forgotten = rows.filter(({ fix }, i) => i < count && fix.eventTimeMs < fromMs).length;
      assert.equal(held.leaveBehind(count, fromMs), forgotten);
      rows.splice(0, forgotten);
      model.behind = count - forgotten;
      return;
    }
    case 'believe': {
      const row = rows[one.at % Math.max(1, rows.length)];
      if (row === undefined) return;
      held.believe(row.fix.eventTimeMs, row.fix.position);
      row.isBelieved = true;
      return;
    }
    case 'disbelieve': {
      const atMs = timeOf(one.at % (rows.length + 1));
      held.disbelieveAfter(atMs);
      for (const row of rows) if (row.fix.eventTimeMs > atMs) row.isBelieved = false;
      return;
    }
  }
}

t.test('of copies of one instant the one with the position is believed', async (t) => {
  const held = HeldFixes.of([fix(T0, at(0)), fix(T0, at(10)), fix(T0, at(20))]);
  held.believe(T0, at(10));
  t.same(
    listed(held).map(({ isBelieved }) => isBelieved),
    [false, true, false],
  );
  t.same(held.pointAt(1), { eventTimeMs: T0, ...at(10), sigmaM: 5, speedCmps: held.at(1).speedCmps });
});
