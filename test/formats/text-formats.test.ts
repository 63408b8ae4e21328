import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import t from 'tap';
import { defuse, writeCsv } from '../../src/formats/csv.js';
import { writeJsonRows } from '../../src/formats/ndjson.js';
import type { Cell, Column, Table } from '../../src/formats/table.js';
import { bytesOf, ODD_TEXTS, START_MS, textOf } from './support.js';

const SEED = 20_261_129;
const COLUMNS: readonly Column[] = [
  { name: 'name', type: 'text', is: '' },
  { name: 'speedMps', type: 'number', is: '' },
  { name: 'count', type: 'integer', is: '' },
  { name: 'on', type: 'boolean', is: '' },
  { name: 'at', type: 'instant', is: '' },
  { name: 'facts', type: 'json', is: '' },
];
const row = (name: string): readonly Cell[] => [name, -12.5, -3, true, START_MS + 5, { a: '=1', b: ['"', '\n'] }];
const table = (rows: Table['rows']): Table => ({ columns: COLUMNS, rows });

/** What a reader does that knows the rule: one apostrophe before a formula goes away. */
function armed(text: string): string {
  return text.startsWith("'") && defuse(text.slice(1)) === text ? text.slice(1) : text;
}

t.test('CSV is read back with the same cells, whatever the names are', async (t) => {
  const text = await textOf(writeCsv(table(ODD_TEXTS.map(row))));
  t.ok(text.endsWith('\r\n'));
  const [header, ...lines] = parse(text) as string[][];
  t.strictSame(
    header,
    COLUMNS.map(({ name }) => name),
  );
  t.strictSame(
    lines.map(([name = '']) => armed(name)),
    ODD_TEXTS,
  );
  for (const [, ...values] of lines)
    t.strictSame(values, ['-12.5', '-3', 'true', '2026-11-24T00:30:00.005Z', '{"a":"=1","b":["\\"","\\n"]}']);
});

t.test('no text of a CSV is a formula for a spreadsheet, and negative numbers stay numbers', async (t) => {
  for (const text of ['=1+1', '+1', '-1+1', '@A1', '\t=1', '\r=1', "=cmd|' /C calc'!A0", '＝1', '＋1', '－1', '＠1']) {
    t.equal(defuse(text), `'${text}`, JSON.stringify(text));
  }
  for (const text of ['-5', '-0.25', 'a=1', ' =1', "'a", '', '0012']) t.equal(defuse(text), text, JSON.stringify(text));
  t.equal(await textOf(writeCsv({ columns: [{ name: '=1', type: 'text', is: '' }], rows: [] })), "'=1\r\n");
});

t.test(`seed ${SEED}: a defused text has one way back`, async (t) => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: fc.constantFrom("'", '=', '-', '1', '.', '\t', '@') }),
  );
  fc.assert(
    fc.property(text, (one) => armed(defuse(one)) === one),
    { seed: SEED, numRuns: 2_000 },
  );
  t.pass('all texts');
});

t.test('a CSV says which cells have no value, and has a byte-order mark only on request', async (t) => {
  const rows = [
    [null, null, null, null, null, null],
    ['', 0, 0, false, 0, null],
  ];
  const lines = `${COLUMNS.map(({ name }) => name).join(',')}\r\n,,,,,\r\n"",0,0,false,1970-01-01T00:00:00.000Z,\r\n`;
  t.equal(await textOf(writeCsv(table(rows))), lines);
  t.strictSame(await bytesOf(writeCsv(table(rows), { bom: true })), Buffer.from(`\uFEFF${lines}`));
});

t.test('NDJSON of the record has each row whole', async (t) => {
  const rows = [
    { type: 'hole', unit: 'two\nlines', fromMs: 1 },
    { type: 'fix', lng: null, evidence: { stated: ['🚓'] } },
  ];
  const text = await textOf(writeJsonRows(rows));
  t.strictSame(
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
    rows,
  );
});

t.test('rows are read no faster than chunks are taken, and no more once the consumer stops', async (t) => {
  let read = 0;
  let ended = false;
  async function* rows(): AsyncGenerator<readonly Cell[]> {
    try {
      for (;;) {
        read += 1;
        yield row(`unit ${read}`);
      }
    } finally {
      ended = true;
    }
  }
  const chunks = writeCsv(table(rows()));
  await chunks.next();
  const afterOne = read;
  t.ok(afterOne < 5_000, `${afterOne} rows for the first chunk`);
  await chunks.next();
  t.ok(read < 3 * afterOne);
  const before = read;
  await chunks.return();
  t.ok(ended, 'the source was told');
  t.equal(read, before);
});

t.test('a failure of the rows is a failure of the chunks', async (t) => {
  async function* rows(): AsyncGenerator<readonly Cell[]> {
    yield row('one');
    throw new Error('the disk is gone');
  }
  await t.rejects(textOf(writeCsv(table(rows()))), /the disk is gone/);
});
