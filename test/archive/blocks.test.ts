import fc from 'fast-check';
import t from 'tap';
import { FixBlock, FixRows } from '../../src/archive/fix-block.js';
import { PackedColumn } from '../../src/archive/packed-column.js';
import { RecentlyUsed } from '../../src/archive/recently-used.js';

const SEED = 20_261_130;

t.test(`seed ${SEED}: packed numbers are the numbers again, in as few bytes as their range needs`, async (t) => {
  const ranges = fc.constantFrom(2 ** 8, 2 ** 16, 2 ** 32, 2 ** 52);
  const columns = fc.tuple(fc.maxSafeInteger(), ranges, fc.array(fc.double({ min: 0, max: 1, noNaN: true })));
  fc.assert(
    fc.property(columns, ([base, range, shares]) => {
      const least = Math.max(-(2 ** 52), Math.min(base, 0));
      const values = Float64Array.from(shares, (share) => least + Math.floor(share * (range - 1)));
      const packed = PackedColumn.of(values);
      t.strictSame(
        Array.from(values, (_, row) => packed.at(row)),
        [...values],
      );
    }),
    { seed: SEED, numRuns: 200 },
  );
  const bytesOf = (...values: readonly number[]) => PackedColumn.of(Float64Array.from(values)).bytes;
  t.strictSame(
    [bytesOf(5, 260), bytesOf(5, 261), bytesOf(0, 65_535), bytesOf(0, 65_536), bytesOf(-1, 2 ** 32)],
    [2, 4, 4, 8, 16],
  );
  t.equal(bytesOf(), 0);
});

t.test('what was not asked for the longest is forgotten first, when there is no more room', async (t) => {
  const values = new RecentlyUsed<{ readonly bytes: number }>(10);
  for (const name of ['a', 'b', 'c']) values.set(name, { bytes: 3 });
  values.get('a');
  values.set('d', { bytes: 3 });
  t.strictSame(values.names(), ['c', 'a', 'd']);
  values.set('d', { bytes: 1 });
  values.set('e', { bytes: 3 });
  t.strictSame(values.names(), ['c', 'a', 'd', 'e'], 'a value in place of another is not counted twice');
  values.set('large', { bytes: 11 });
  t.strictSame(values.names(), [], 'what is too large for all of it is not kept');
});

t.test('rows of a file that are not sorted by event time are refused, not searched', async (t) => {
  const rows = new FixRows(2);
  rows.fixes.eventTimeMs.set([2, 1]);
  rows.fixes.count = 2;
  t.throws(() => new FixBlock(rows), /row 1 of a tracker before the one behind it/);
});
