import { createHash } from 'node:crypto';
import { parse } from 'csv-parse/sync';
import { strFromU8, unzipSync } from 'fflate';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import t from 'tap';
import { counted, custodyLines } from '../../src/formats/custody.js';
import { type FormatName, FORMATS, formatsOf, RECORD_KINDS, type RecordKind } from '../../src/formats/formats.js';
import { RECORD_COLUMNS, type RowsOfKind } from '../../src/formats/record-columns.js';
import { writeRecords } from '../../src/formats/write-records.js';
import { custody, sampleTrace } from './sample-trace.js';
import { bytesOf, START_MS } from './support.js';

const visit: RowsOfKind['visits'] = {
  transition: 3,
  visitId: '=square:car-1',
  version: 2,
  kind: 'visit',
  place: '岗点 "A", east',
  unit: 'car-1',
  state: 'open',
  innerFromMs: START_MS,
  innerToMs: null,
  outerFromMs: START_MS - 10_000,
  outerToMs: null,
  fromHole: true,
  toHole: false,
  atMs: START_MS,
  logId: '1-0',
  mergedInto: null,
  previous: 1,
};

const alert: RowsOfKind['alerts'] = {
  transition: 9,
  alertId: 'sos:car-1:1:1-0',
  version: 1,
  rule: 'sos',
  ruleId: 'sos',
  subject: { kind: 'unit', id: 'car-1' },
  place: null,
  unit: 'car-1',
  severity: 'high',
  change: 'raised',
  condition: 'active',
  acknowledged: false,
  finality: 'provisional',
  shelvedUntilMs: null,
  suppressedBy: null,
  chattering: false,
  fromMs: START_MS,
  toMs: null,
  certainty: 'certain',
  occurrence: 1,
  episodes: [{ fromMs: START_MS, toMs: null, certainty: 'certain' }],
  cause: 'fix',
  atMs: START_MS,
  logId: '1-0',
  evidence: { comment: '=HYPERLINK("http://x")', outOfArea: true },
  mergedInto: null,
  previous: null,
};

const ROWS: { readonly [Kind in RecordKind]: readonly RowsOfKind[Kind][] } = {
  traces: sampleTrace(),
  presence: [
    {
      type: 'presence',
      unit: 'car-1',
      certainty: 'inside',
      cause: 'fix',
      fromMs: START_MS,
      toMs: START_MS + 5,
      fixes: 2,
      hole: null,
    },
    {
      type: 'presence',
      unit: 'car-2',
      certainty: 'unknown',
      cause: 'hole',
      fromMs: 1,
      toMs: 2,
      fixes: 0,
      hole: { fromMs: 0, toMs: 9 },
    },
  ],
  visits: [visit],
  alerts: [alert],
};
const OPTIONS = { custody: custody(), timeZone: 'Asia/Shanghai' };

function written<Kind extends RecordKind>(
  format: FormatName,
  kind: Kind,
  rows: readonly RowsOfKind[Kind][] = ROWS[kind],
) {
  return bytesOf(writeRecords(format, kind, rows, OPTIONS));
}

/** The same file as text, wherever it is packed. */
function unpacked(format: FormatName, bytes: Buffer): string {
  if (format === 'xlsx')
    return Object.values(unzipSync(bytes))
      .map((part) => strFromU8(part))
      .join('\n');
  if (!FORMATS[format].extension.endsWith('parquet')) return bytes.toString();
  return JSON.stringify(parquetMetadata(Uint8Array.from(bytes).buffer).key_value_metadata?.map(({ value }) => value));
}

t.test('every format writes every kind that it carries, without rows too, and says where it comes from', async (t) => {
  for (const kind of RECORD_KINDS) {
    for (const format of formatsOf(kind)) {
      const text = unpacked(format, await written(format, kind));
      if (FORMATS[format].hasCustody) t.match(text, /complaint 2026\/17 &(amp;)? follow-up/, `${kind} as ${format}`);
      const empty = await written(format, kind, []);
      t.ok(format === 'ndjson' ? empty.length === 0 : empty.length > 0, `no ${kind} as ${format}`);
    }
  }
});

t.test('CSV and Parquet have a column for each value, and the same cells', async (t) => {
  for (const kind of RECORD_KINDS) {
    const [header, ...lines] = parse(await written('csv', kind)) as string[][];
    const columns = RECORD_COLUMNS[kind];
    t.strictSame(
      header,
      columns.map(({ name }) => name),
    );
    const file = Uint8Array.from(await written('parquet', kind)).buffer;
    const rows = (await parquetReadObjects({ file, compressors })) as readonly Readonly<Record<string, unknown>>[];
    const texts = rows.map((row) => columns.map(({ name }) => cellText(row[name])));
    t.strictSame(
      lines.map((line) => line.map((cell) => cell.replace(/^'(?==)/, ''))),
      texts,
      kind,
    );
    t.equal(lines.length, ROWS[kind].length);
  }
});

function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return value instanceof Date ? value.toISOString() : String(value);
}

t.test('NDJSON has each row as the query gives it', async (t) => {
  for (const kind of RECORD_KINDS) {
    const text = (await written('ndjson', kind)).toString();
    t.strictSame(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
      ROWS[kind],
    );
  }
});

t.test('a format is not asked for what it cannot carry', async (t) => {
  t.throws(() => writeRecords('gpx', 'visits', ROWS.visits, OPTIONS), /gpx carries visits/);
});

t.test('what goes by is counted and hashed', async (t) => {
  const { chunks, digest } = counted(
    (async function* () {
      yield '梅';
      yield Buffer.from([1, 2]);
    })(),
  );
  t.strictSame(await bytesOf(chunks), Buffer.concat([Buffer.from('梅'), Buffer.from([1, 2])]));
  t.strictSame(digest(), {
    bytes: 5,
    sha256: createHash('sha256')
      .update('梅')
      .update(Buffer.from([1, 2]))
      .digest('hex'),
  });
});

t.test('custody as lines leaves nothing out', async (t) => {
  const lines = new Map(custodyLines(custody({ notice: 'no access entry was written', archiveHead: null })));
  t.equal(lines.get('notice'), 'no access entry was written');
  t.equal(lines.get('archive'), 'none');
  t.equal(lines.get('exported by'), 'auditor <1>');
});
