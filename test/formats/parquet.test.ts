import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import t from 'tap';
import { Duck, quote } from '../../src/archive/duck.js';
import { writeParquet } from '../../src/formats/parquet.js';
import type { Cell, Column, Table } from '../../src/formats/table.js';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { bytesOf, ODD_TEXTS, START_MS } from './support.js';

const COLUMNS: readonly Column[] = [
  { name: 'name', type: 'text', is: '' },
  { name: 'a "quoted" column', type: 'number', is: '' },
  { name: 'count', type: 'integer', is: '' },
  { name: 'on', type: 'boolean', is: '' },
  { name: 'at', type: 'instant', is: '' },
  { name: 'facts', type: 'json', is: '' },
];
const NULLS: readonly Cell[] = COLUMNS.map(() => null);
const table = (texts: readonly string[]): Table => ({
  columns: COLUMNS,
  rows: [...texts.map((text) => [text, -12.5, -3, true, START_MS + 5, { a: text }]), NULLS],
});
const expected = (texts: readonly string[]): readonly object[] => [
  ...texts.map((text) => ({
    name: text,
    'a "quoted" column': -12.5,
    count: -3n,
    on: true,
    at: new Date(START_MS + 5),
    facts: JSON.stringify({ a: text }),
  })),
  Object.fromEntries(COLUMNS.map(({ name }) => [name, null])),
];

/** The bytes as hyparquet wants them. */
function arrayBufferOf(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}

async function readByDuck(t: TestScope, bytes: Buffer, columns: string): Promise<readonly unknown[]> {
  const folder = await temporaryFolder(t);
  const path = join(folder, 'export.parquet');
  await writeFile(path, bytes);
  const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
  const rows: unknown[] = [];
  for await (const chunk of duck.chunks(`SELECT ${columns} FROM ${quote(path)}`)) rows.push(...chunk.getRows());
  await duck.close();
  return rows;
}

function exportFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('beatwatch-export-'));
}

t.test('two readers of Parquet read the rows that were written', async (t) => {
  const bytes = await bytesOf(writeParquet(table(ODD_TEXTS), { metadata: { beatwatch: '{"by":"o\'hara"}' } }));
  const file = arrayBufferOf(bytes);
  t.strictSame(await parquetReadObjects({ file, compressors }), expected(ODD_TEXTS));
  t.match(parquetMetadata(file).key_value_metadata, [{ key: 'beatwatch', value: '{"by":"o\'hara"}' }]);
  const byDuck = await readByDuck(t, bytes, 'name, count, epoch_ms("at"), facts');
  t.strictSame(byDuck, [
    ...ODD_TEXTS.map((text) => [text, -3n, BigInt(START_MS + 5), JSON.stringify({ a: text })]),
    [null, null, null, null],
  ]);
});

t.test('a table without rows is a file with its columns', async (t) => {
  const file = arrayBufferOf(await bytesOf(writeParquet({ columns: COLUMNS, rows: [] })));
  t.strictSame(await parquetReadObjects({ file, compressors }), []);
  t.strictSame(
    parquetMetadata(file)
      .schema.slice(1)
      .map(({ name }) => name),
    COLUMNS.map(({ name }) => name),
  );
});

t.test('GeoParquet has a column of points, and says so in its metadata', async (t) => {
  const geometry = { lng: 'lng', lat: 'lat' };
  const columns = ['lng', 'lat'].map((name): Column => ({ name, type: 'number', is: '' }));
  const positions = [
    [116.0501234, 24.2700001],
    [null, null],
    [-0.0000001, -89.9999999],
  ];
  const bytes = await bytesOf(writeParquet({ columns, rows: positions }, { geometry, metadata: { beatwatch: '{}' } }));
  const file = arrayBufferOf(bytes);
  const pairs = new Map(parquetMetadata(file).key_value_metadata?.map(({ key, value }) => [key, value]));
  t.match(JSON.parse(pairs.get('geo') ?? 'null'), {
    primary_column: 'geometry',
    columns: { geometry: { encoding: 'WKB', geometry_types: ['Point'] } },
  });
  t.equal(pairs.get('beatwatch'), '{}');
  const rows = (await parquetReadObjects({ file, compressors })) as readonly Readonly<Record<string, unknown>>[];
  const points = rows.map(({ geometry: point }) => (point as { coordinates: unknown } | null)?.coordinates ?? null);
  t.strictSame(
    points,
    positions.map((position) => (position[0] === null ? null : position)),
  );
});

t.test(
  'no temporary file is left by an export that is taken, that nobody takes to its end, or that fails',
  async (t) => {
    const before = exportFolders();
    await bytesOf(writeParquet(table(ODD_TEXTS)));
    const stopped = writeParquet(table(ODD_TEXTS));
    await stopped.next();
    await stopped.return();
    async function* rows(): AsyncGenerator<readonly Cell[]> {
      yield NULLS;
      throw new Error('the disk is gone');
    }
    await t.rejects(bytesOf(writeParquet({ columns: COLUMNS, rows: rows() })), /the disk is gone/);
    t.strictSame(exportFolders(), before);
  },
);
