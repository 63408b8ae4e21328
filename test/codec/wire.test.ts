import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { createReader, createWriter, type Reader, readSint64, readUint64 } from '../../src/codec/wire.js';
import { holds } from './support.js';

/** The value that a reading answers, or the name of its error, and how far it came. */
function outcome(bytes: Uint8Array, read: (reader: Reader) => number): readonly [number | string, number] {
  const reader = createReader(bytes);
  try {
    return [read(reader), reader.pos];
  } catch (error) {
    return [(error as Error).name, reader.pos];
  }
}

t.test('numbers of 64 bits are read as the library reads them, whole, cut off and too long', async (t) => {
  const written = fc
    .oneof(
      fc.maxSafeInteger(),
      fc.integer(),
      fc.constantFrom(0, -1, 2 ** 48, 2 ** 49 - 1, 2 ** 49, -(2 ** 48), -(2 ** 48) - 1),
    )
    .map((value) => createWriter().sint64(value).finish());
  const any = fc.uint8Array({ maxLength: 12 });
  const bytes = fc.oneof(
    written,
    any,
    fc.tuple(written, any).map(([a, b]) => Uint8Array.of(...a, ...b)),
  );
  holds(
    t,
    fc.property(bytes, fc.nat(3), (whole, cut) => {
      const part = whole.subarray(0, Math.max(0, whole.length - cut));
      const library = (name: 'uint64' | 'sint64') => (reader: Reader) => reader[name]() as unknown as number;
      assert.deepEqual(outcome(part, readUint64), outcome(part, library('uint64')));
      assert.deepEqual(outcome(part, readSint64), outcome(part, library('sint64')));
    }),
  );
});
