import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import t from 'tap';
import { Duck, quote } from '../../src/archive/duck.js';
import { currentLines } from '../../src/archive/manifest.js';
import { temporaryFolder } from '../support/redis-server.js';
import { archiveLog, drawDays } from './archived-log.js';
import { testKeys } from './support.js';

t.test('two readers of Parquet read the same rows from the files of an archive', async (t) => {
  const folder = await temporaryFolder(t);
  const log = drawDays({ days: 2, entriesADay: 120 }, 7, 'open-files').flat();
  const archive = await archiveLog({ folder, signer: testKeys().signer, log, entriesPerPart: 60 });
  const duck = await Duck.open({ folder, memory: '128MB', threads: 1 });
  for (const { line } of currentLines(archive.lines)) {
    for (const { name, rows } of line.files) {
      const path = join(folder, 'parts', name);
      const file = Uint8Array.from(await readFile(path)).buffer;
      const read = await parquetReadObjects({ file, compressors, utf8: false });
      t.equal(read.length, rows, name);
      t.strictSame(read.map(withHex), (await rowsByDuck(duck, path)).map(withHex), name);
      const chunks = parquetMetadata(file).row_groups.flatMap(({ columns }) => columns);
      t.notOk(
        chunks.some(({ meta_data }) => meta_data?.bloom_filter_offset !== undefined),
        'no file has filters that no query of an archive uses',
      );
    }
  }
  await duck.close();
});

async function rowsByDuck(duck: Duck, path: string): Promise<readonly Record<string, unknown>[]> {
  const reader = await duck.connection.runAndReadAll(`SELECT * FROM read_parquet(${quote(path)})`);
  return reader.getRowObjectsJS();
}

/** The readers have different classes for bytes. */
function withHex(row: Readonly<Record<string, unknown>>): object {
  const values = Object.entries(row).map(([name, value]) => [
    name,
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  ]);
  return Object.fromEntries(values);
}
