import { chmod, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PARTS_FOLDER } from '../../../src/archive/manifest.js';
import { Duck, quote } from '../../../src/archive/duck.js';
import type { ArchiveFolder } from '../../../src/archive/archive-folder.js';
import { currentLines } from '../../../src/archive/manifest.js';
import type { Postgres } from './postgres.js';

/** A fix as one row, an instant as one value. */
const CREATE = `CREATE TABLE fixes (
  tracker text NOT NULL, event_time timestamptz(3) NOT NULL, log_ms bigint NOT NULL, log_seq int NOT NULL, place int NOT NULL,
  report_number bigint, report_id bytea, ordinal int NOT NULL, lng_e7 int, lat_e7 int, altitude_dm int, speed_cmps int,
  course_cdeg int, satellites int, beidou_satellites int, hdop_centi int, accuracy_dm int, battery_percent int,
  located boolean, power boolean, ignition boolean, lightbar boolean, sos boolean, backfill boolean)`;
const INDEXES = [
  'CREATE INDEX ON fixes (tracker, event_time)',
  'CREATE INDEX ON fixes (event_time)',
  'CREATE INDEX ON fixes (lat_e7, lng_e7, event_time)',
];

/** What the table takes of the disk, bytes. */
export interface TableSize {
  readonly rows: number;
  readonly tableBytes: number;
  readonly indexBytes: number;
  readonly seconds: number;
}

/** Puts the rows of the archive's fixes into a table, in the order in which they came, as a server would have; by COPY, a part at a time. */
export async function loadTable(postgres: Postgres, archive: ArchiveFolder, folder: string): Promise<TableSize> {
  const startedMs = performance.now();
  await postgres.client.query(CREATE);
  for (const { line } of currentLines(archive.lines)) {
    const file = line.files.find(({ table }) => table === 'fixes');
    if (file === undefined) continue;
    const csv = join(folder, 'fixes.csv');
    await writeCsv(join(archive.folder, PARTS_FOLDER, file.name), csv);
    await chmod(csv, 0o644);
    await postgres.client.query(`COPY fixes FROM ${quote(csv)} (FORMAT csv)`);
    await rm(csv);
  }
  for (const index of INDEXES) await postgres.client.query(index);
  await postgres.client.query('VACUUM ANALYZE fixes');
  const { rows } = await postgres.client.query<Record<'rows' | 'table_bytes' | 'index_bytes', string>>(
    "SELECT count(*) AS rows, pg_table_size('fixes') AS table_bytes, pg_indexes_size('fixes') AS index_bytes FROM fixes",
  );
  return {
    rows: Number(rows[0]?.rows),
    tableBytes: Number(rows[0]?.table_bytes),
    indexBytes: Number(rows[0]?.index_bytes),
    seconds: (performance.now() - startedMs) / 1_000,
  };
}

async function writeCsv(parquet: string, csv: string): Promise<void> {
  const duck = await Duck.open({ folder: '/', memory: '512MB', threads: 1 });
  try {
    await duck.run(
      `COPY (SELECT tracker, strftime(event_time + to_milliseconds(event_milli), '%Y-%m-%d %H:%M:%S.%gZ'), ` +
        `epoch_ms(log_time) + log_milli, log_seq, place, report_number, report_id, * EXCLUDE (tracker, event_time, event_milli, ` +
        `log_time, log_milli, log_seq, place, report_number, report_id) FROM read_parquet(${quote(parquet)}) ` +
        `ORDER BY log_time, log_milli, log_seq, place, ordinal) TO ${quote(csv)} (FORMAT csv, HEADER false)`,
    );
  } finally {
    await duck.close();
  }
}

/** Bytes of the files of an archive that its current lines name. */
export async function bytesOf(archive: ArchiveFolder): Promise<number> {
  let bytes = 0;
  for (const { line } of currentLines(archive.lines))
    for (const { name } of line.files) bytes += (await stat(join(archive.folder, PARTS_FOLDER, name))).size;
  return bytes;
}
