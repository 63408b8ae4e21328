import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { XMLValidator } from 'fast-xml-parser';
import { strFromU8, unzipSync } from 'fflate';
import t from 'tap';
import type { Column } from '../../src/formats/table.js';
import { MAX_CELL_CHARS, MAX_SHEET_ROWS, type Sheet, writeXlsx } from '../../src/formats/xlsx.js';
import { temporaryFolder } from '../support/redis-server.js';
import { bytesOf, ODD_TEXTS, START_MS } from './support.js';

const COLUMNS: readonly Column[] = [
  { name: 'name', type: 'text', is: '' },
  { name: 'speedMps', type: 'number', is: '' },
  { name: 'count', type: 'integer', is: '' },
  { name: 'on', type: 'boolean', is: '' },
  { name: 'at', type: 'instant', is: '' },
  { name: 'facts', type: 'json', is: '' },
];
const ZONE = { timeZone: 'Asia/Shanghai' };
const sheet = (texts: readonly string[], name = 'traces'): Sheet => ({
  name,
  table: { columns: COLUMNS, rows: texts.map((text) => [text, -12.5, 3, true, START_MS + 5, { a: '=1' }]) },
});

async function partsOf(sheets: readonly Sheet[]): Promise<Readonly<Record<string, string>>> {
  const parts = unzipSync(await bytesOf(writeXlsx(sheets, ZONE)));
  return Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, strFromU8(bytes)]));
}

t.test('a workbook has typed cells, and texts that look like formulas are texts', async (t) => {
  const parts = await partsOf([sheet(['=1+1', 'plain']), sheet([], 'empty')]);
  for (const [name, text] of Object.entries(parts)) t.equal(XMLValidator.validate(text), true, name);
  const xml = parts['xl/worksheets/sheet1.xml'] ?? '';
  t.notMatch(xml, /<f>/, 'no formula');
  t.match(xml, '<c r="A2" s="2" t="inlineStr"><is><t xml:space="preserve">=1+1</t></is></c>');
  t.match(xml, '<c r="B2"><v>-12.5</v></c><c r="C2"><v>3</v></c><c r="D2" t="b"><v>1</v></c>');
  t.match(xml, '>at (Asia/Shanghai)<', 'the header says whose clocks');
  // 2026-11-24 08:30:00.005 on the clocks of the district.
  const serial = Number(/<c r="E2" s="3"><v>([\d.]+)</.exec(xml)?.[1]);
  t.ok(Math.abs(serial - (46_350 + (8.5 * 3_600 + 0.005) / 86_400)) < 1e-9, String(serial));
  t.match(parts['xl/workbook.xml'], /<sheet name="traces"[^>]*\/><sheet name="empty"/);
});

t.test('equal rows make equal bytes', async (t) => {
  t.ok((await bytesOf(writeXlsx([sheet(ODD_TEXTS)], ZONE))).equals(await bytesOf(writeXlsx([sheet(ODD_TEXTS)], ZONE))));
});

t.test('a text that is too long for a cell says that it was cut', async (t) => {
  const whole = 'a'.repeat(MAX_CELL_CHARS);
  const parts = await partsOf([sheet([whole, `${whole}a`])]);
  const texts = [...(parts['xl/worksheets/sheet1.xml'] ?? '').matchAll(/<t [^>]*>(a[^<]*)</g)].map(
    ([, text = '']) => text,
  );
  t.equal(
    texts.find((text) => text.length === MAX_CELL_CHARS && text.endsWith('a')),
    whole,
  );
  t.ok(texts.some((text) => text.length === MAX_CELL_CHARS && text.endsWith('a … (cut)')));
});

t.test('more rows than a sheet can have are refused', async (t) => {
  let read = 0;
  function* rows(): Generator<readonly null[]> {
    for (;;) {
      read += 1;
      yield [null];
    }
  }
  const columns: readonly Column[] = [{ name: 'n', type: 'integer', is: '' }];
  await t.rejects(bytesOf(writeXlsx([{ name: 'n', table: { columns, rows: rows() } }], ZONE)), {
    code: 'xlsx-too-large',
  });
  t.equal(read, MAX_SHEET_ROWS, 'with the header, one row less is a sheet');
});

const office = spawnSync('soffice', ['--version']).status === 0;
t.test(
  'LibreOffice opens a workbook with the same cells',
  { skip: office ? false : 'soffice is not installed (Debian: libreoffice-calc)' },
  async (t) => {
    const folder = await temporaryFolder(t);
    const texts = ODD_TEXTS.filter((text) => text !== '');
    await writeFile(join(folder, 'book.xlsx'), await bytesOf(writeXlsx([sheet(texts), sheet([], 'empty')], ZONE)));
    const profile = `-env:UserInstallation=file://${folder}/profile`;
    const made = spawnSync(
      'soffice',
      [
        profile,
        '--headless',
        '--convert-to',
        'csv:Text - txt - csv (StarCalc):44,34,76,1',
        '--outdir',
        folder,
        join(folder, 'book.xlsx'),
      ],
      { encoding: 'utf8', timeout: 100_000 },
    );
    t.equal(made.status, 0, made.stderr);
    const [header, ...lines] = parse(await readFile(join(folder, 'book.csv'), 'utf8')) as string[][];
    t.strictSame(header, ['name', 'speedMps', 'count', 'on', 'at (Asia/Shanghai)', 'facts']);
    t.strictSame(
      lines.map(([name = '']) => name),
      texts.map((text) => text.replaceAll('\r\n', '\n')),
    );
    for (const [, ...values] of lines)
      t.strictSame(values, ['-12.5', '3', 'TRUE', '2026-11-24 08:30:00.005', '{"a":"=1"}']);
  },
);
