import t from 'tap';
import type { ManifestLine } from '../../src/archive/manifest-line.js';
import { estimateFixes, filesOf, partFiles, slicesOf } from '../../src/archive/read-plan.js';
import type { FixStretch } from '../../src/log/fix-history.js';

const HOUR = 3_600_000;

/** A line whose fixes lie evenly in `[fromH, toH)`, hours. */
function line(number: number, fromH: number, toH: number, rows: number): ManifestLine {
  const file = (table: 'entries' | 'fixes') => ({
    table,
    name: `${number}.${table}.parquet`,
    bytes: rows * 10,
    rows,
    sha256: '0'.repeat(64),
  });
  const span = { fromMs: fromH * HOUR, toMs: toH * HOUR - 1 };
  const hash = '0'.repeat(64);
  return {
    format: 1,
    line: number,
    kind: 'flush',
    district: 'test',
    log: { after: '0-0', upTo: '1-0', entries: 1 },
    logTime: span,
    eventTime: rows === 0 ? null : span,
    chain: { from: hash, to: hash },
    files: rows === 0 ? [file('entries')] : [file('entries'), file('fixes')],
    replaces: [],
    foldVersion: 1,
    madeAtMs: 0,
    previous: hash,
  };
}

const PARTS = partFiles([line(1, 0, 10, 10_000), line(2, 10, 20, 20_000), line(3, 20, 30, 0), line(4, 8, 30, 2_200)]);
const stretch = (tracker: string, fromH: number, toH: number): FixStretch => ({
  tracker,
  fromMs: fromH * HOUR,
  toMs: toH * HOUR,
});

t.test('a part is read when its fixes touch the period, and a part without any never is', async (t) => {
  const names = (fromH: number, toH: number) =>
    filesOf(PARTS, stretch('a', fromH, toH)).map(({ file }) => Number(file.name[0]));
  t.strictSame(names(0, 5), [1]);
  t.strictSame(names(0, 10), [1, 4]);
  t.strictSame(names(10, 11), [2, 4]);
  t.strictSame(names(9, 10), [1, 4]);
  t.strictSame(names(20, 25), [4]);
  t.strictSame(names(30, 40), []);
});

t.test('an estimate is the share of the rows and bytes that the period and the trackers have', async (t) => {
  t.strictSame(estimateFixes(PARTS, [stretch('a', 0, 8)], 10), { rows: 800, bytes: 8_000 });
  t.strictSame(estimateFixes(PARTS, [stretch('a', 0, 8), stretch('b', 0, 8)], 10), { rows: 1_600, bytes: 16_000 });
  t.strictSame(estimateFixes(PARTS, [stretch('a', 40, 50)], 10), { rows: 0, bytes: 0 });
});

t.test('slices hold every stretch whole and in order, about as many rows each as they may', async (t) => {
  const stretches = [stretch('a', 0, 30), stretch('b', 0, 1), stretch('c', 0, 1), stretch('d', 0, 20)];
  const slices = slicesOf(PARTS, stretches, 10, { sliceRows: 500 });
  const pieces = slices.flat();
  for (const [index, { tracker, fromMs, toMs }] of stretches.entries()) {
    const own = pieces.filter((piece) => piece.index === index);
    t.equal(own[0]?.fromMs, fromMs);
    t.equal(own.at(-1)?.toMs, toMs);
    for (const [i, piece] of own.entries()) {
      t.equal(piece.tracker, tracker);
      if (i > 0) t.equal(piece.fromMs, own[i - 1]?.toMs, 'pieces touch');
    }
  }
  t.strictSame(
    pieces.map(({ index }) => index),
    pieces.map(({ index }) => index).sort((a, b) => a - b),
  );
  t.ok(
    slices.some((slice) => slice.length === 2),
    'short stretches share one',
  );
  for (const slice of slices) t.ok(estimateFixes(PARTS, slice, 10).rows <= 1_000);
  t.strictSame(slicesOf([], stretches, 10).length, 1, 'nothing archived: one slice');
});
