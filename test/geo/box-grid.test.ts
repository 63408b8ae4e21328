import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { BoxGrid } from '../../src/geo/box-grid.js';

const SEED = 20_261_130;

t.test('the grid of boxes finds those that meet a box, as if all were looked at', async (t) => {
  const coordinate = fc.integer({ min: -1_000, max: 1_000 });
  const size = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 1_500 }));
  const box = fc.tuple(coordinate, coordinate, size, size).map(([westE7, southE7, width, height]) => ({
    westE7,
    southE7,
    eastE7: westE7 + width,
    northE7: southE7 + height,
  }));
  fc.assert(
    fc.property(
      fc.array(box, { maxLength: 40 }),
      fc.array(box, { minLength: 1, maxLength: 10 }),
      (boxes, questions) => {
        const grid = new BoxGrid(boxes);
        for (const question of questions) {
          const { westE7, southE7, eastE7, northE7 } = question;
          const expected = boxes.flatMap((box, i) => {
            const meets =
              box.eastE7 >= westE7 && box.westE7 <= eastE7 && box.northE7 >= southE7 && box.southE7 <= northE7;
            return meets ? [i] : [];
          });
          assert.deepEqual(grid.meeting(question), expected);
        }
      },
    ),
    { seed: SEED, numRuns: 500 },
  );
  t.pass(`seed ${SEED}`);
});
