import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { BoxGrid } from '../../src/engine/lib/boxes.js';

const SEED = 20_261_130;

t.test('the grid of boxes finds those that meet a box, as if all were looked at', async (t) => {
  const coordinate = fc.integer({ min: -1_000, max: 1_000 });
  const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1_500 }));
  const box = fc
    .tuple(coordinate, coordinate, size, size)
    .map(([west, south, width, height]) => [west, south, west + width, south + height] as const);
  fc.assert(
    fc.property(
      fc.array(box, { maxLength: 40 }),
      fc.array(box, { minLength: 1, maxLength: 10 }),
      (boxes, questions) => {
        const grid = new BoxGrid(Float64Array.from(boxes.flat()));
        for (const question of questions) {
          const [west, south, east, north] = question;
          const expected = boxes.flatMap(([w, s, e, n], i) =>
            e >= west && w <= east && n >= south && s <= north ? [i] : [],
          );
          assert.deepEqual(grid.meeting(question), expected);
        }
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
  t.pass(`seed ${SEED}`);
});
