import t from 'tap';
import { compilePlan } from '../../src/district/compile-plan.js';
import { parseJson } from '../../src/district/json-text.js';
import { FILES, type FileName, fixture, type Json, loadTexts, seededRandom, textsOf } from './district-folder.js';

t.test('JSON is read as JSON.parse reads it', (t) => {
  const random = seededRandom(7);
  const alphabet = [
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"b\\u0041"',
    '"\\x"',
    '"',
    '0',
    '-1.5e3',
    '01',
    'true',
    'nul',
    ' ',
    '\n',
    '\t',
    '\u0001',
  ];
  let valid = 0;
  for (let run = 0; run < 20_000; run += 1) {
    const text = Array.from(
      { length: 1 + Math.floor(random() * 7) },
      () => alphabet[Math.floor(random() * alphabet.length)],
    ).join('');
    let expected: unknown;
    let isValid = true;
    try {
      expected = JSON.parse(text);
    } catch {
      isValid = false;
    }
    const { value, faults } = parseJson(text);
    const syntax = faults.filter((fault) => !fault.reason.includes('a second time'));
    if (isValid !== (syntax.length === 0)) return t.fail(`${JSON.stringify(text)}: ${JSON.stringify(faults)}`);
    if (isValid) {
      valid += 1;
      if (JSON.stringify(value) !== JSON.stringify(expected)) return t.fail(JSON.stringify(text));
    }
  }
  t.ok(valid > 500, `${valid} of the texts were valid`);
  t.end();
});

/** What may stand where something else stood. */
const STRANGE: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1e308,
  0.5,
  2 ** 53,
  '',
  'x',
  '🚓',
  '__proto__',
  'constructor',
  '24:00',
  '2026-02-29',
  [],
  [[]],
  [null],
  {},
  { id: 'x' },
  { constructor: 1 },
  'x'.repeat(5_000),
];

t.test('any damage to the files gives a district that compiles, or a DistrictError', async (t) => {
  const seed = Number(process.env.SEED ?? 20_261_124);
  t.comment(`seed ${seed}`);
  const random = seededRandom(seed);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const tally = { loaded: 0, refused: 0 };
  for (const [name, runs] of [
    ['example', 600],
    ['meixian', 60],
  ] as const) {
    const texts = await textsOf(fixture(name));
    for (let run = 0; run < runs; run += 1) {
      const file = pick(FILES);
      const damaged = new Map<FileName, string | Uint8Array>(texts);
      const text = texts.get(file) ?? '';
      damaged.set(file, random() < 0.3 ? damageText(text) : damageValue(text));
      const { source, faults } = await loadTexts(damaged);
      if (source !== null) {
        compilePlan(source, { version: 1, inForceFromMs: 0, expandFromMs: Date.UTC(2026, 9, 1), expandDays: 2 });
        tally.loaded += 1;
      } else {
        tally.refused += 1;
        const blank = faults.find(
          (fault) => fault.file === '' || fault.reason === '' || /undefined|NaN|\[object/.test(fault.reason),
        );
        if (faults.length === 0 || blank !== undefined) t.fail(`${name} run ${run}: ${JSON.stringify(faults)}`);
      }
    }
  }
  t.ok(tally.refused > 300 && tally.loaded > 30, `refused ${tally.refused}, loaded ${tally.loaded}`);

  function damageText(text: string): Uint8Array {
    const bytes = Buffer.from(text);
    const where = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.3) return bytes.subarray(0, where);
    if (kind < 0.7) bytes[where] = Math.floor(random() * 256);
    return kind < 0.7
      ? bytes
      : Buffer.concat([bytes.subarray(0, where), bytes.subarray(where + Math.ceil(random() * 20))]);
  }
  /** Replaces, removes, doubles or swaps one value somewhere. */
  function damageValue(text: string): string {
    const root: Json = JSON.parse(text);
    const spots: [Json[] | { [name: string]: Json }, string][] = [];
    const walk = (node: Json) => {
      if (typeof node !== 'object' || node === null) return;
      for (const [key, value] of Object.entries(node)) {
        spots.push([node, key]);
        walk(value);
      }
    };
    walk(root);
    const [parent, key] = pick(spots);
    const [otherParent, otherKey] = pick(spots);
    const read = (from: Json[] | { [name: string]: Json }, name: string) =>
      (Array.isArray(from) ? from[Number(name)] : from[name]) ?? null;
    const write = (value: Json) => {
      if (Array.isArray(parent)) parent[Number(key)] = value;
      else parent[key] = value;
    };
    const kind = random();
    if (kind < 0.4) write(structuredClone(pick(STRANGE)));
    else if (kind < 0.6) write(structuredClone(read(otherParent, otherKey)));
    else if (kind < 0.8 && Array.isArray(parent)) parent.splice(Number(key), 1);
    else if (kind < 0.8 && !Array.isArray(parent)) delete parent[key];
    else if (Array.isArray(parent)) parent.push(structuredClone(read(parent, key)));
    else parent[`${key}x`] = structuredClone(read(parent, key));
    return JSON.stringify(root);
  }
});
