import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { canonicalJson } from '../../src/model/canonical-json.js';
import { holds } from './support.js';

t.test('canonical JSON', async (t) => {
  t.equal(
    canonicalJson({ b: [1, null, 'é\n'], a: { 10: true, 9: -0 }, u: undefined }),
    '{"a":{"10":true,"9":0},"b":[1,null,"é\\n"]}',
  );
  t.equal(canonicalJson(Object.create(null)), '{}');
  for (const bad of [
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1n,
    undefined,
    () => 1,
    new Map(),
    new Date(0),
    [undefined],
    new Uint8Array(1),
  ]) {
    t.throws(() => canonicalJson({ bad: [bad] }), TypeError);
  }
  holds(
    t,
    fc.property(fc.jsonValue(), (value) =>
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value))),
    ),
  );
});
