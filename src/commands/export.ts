import { loadArchiveKeys } from '../access/keys.js';
import { openArchivedRecord, type ArchivedRecord } from '../app/archived-record.js';
import {
  archivedAlerts,
  archivedPresence,
  archivedTraces,
  archivedVisits,
  type RowsQuery,
} from '../app/archived-rows.js';
import { archiveKeys } from '../archive/keys.js';
import { verifyArchive } from '../archive/verify.js';
import type { Custody } from '../formats/custody.js';
import { FORMATS } from '../formats/formats.js';
import type { Chunks } from '../formats/table.js';
import { type WriteOptions, writeRecords } from '../formats/write-records.js';
import { shapeGeometry } from '../geo/shape-geojson.js';
import { BeatwatchError, unreachable } from '../model/errors.js';
import type { Shape } from '../model/plan.js';
import { refuseExisting, writeExport } from './export-file.js';
import { type Area, type ExportWish, exportWish, filterOf, required } from './export-options.js';
import { openOutput, type Output } from './output.js';
import { type Options, readOptions, usageError } from './options.js';
import { stopSignal, stoppedEarly } from './stopping.js';

const USAGE = `beatwatch export traces|presence|visits|alerts --archive FOLDER --unrecorded --by NAME --purpose TEXT
                --from INSTANT --to INSTANT --out FILE [--format csv] [--unit ID] [--place ID] …

Writes rows of the record to a file, from the archive of one district, without a server: where units were (traces), who was in an
area (presence), visits, and alerts with all their versions. The file appears whole under its name, or not at all. Beside it lies
FILE.custody.json: who exported it, when and why, the filter, the archive's last manifest line, and the SHA-256 of the file.

A server records who reads what; nobody records this. So the command asks for --unrecorded, and the file says so. With --keys
it checks the whole archive first, and stops if anything was changed.`;

const OPTIONS = {
  archive: { type: 'string', value: 'FOLDER', help: 'the archive of a district, such as data/archive/meixian' },
  unrecorded: { type: 'boolean', help: 'you know that no access entry is written' },
  by: { type: 'string', value: 'NAME', help: 'who exports; it goes into the custody' },
  purpose: { type: 'string', value: 'TEXT', help: 'why; it goes into the custody' },
  keys: { type: 'string', value: 'FILE', help: 'public keys: check the whole archive first, as verify does' },
  from: { type: 'string', value: 'INSTANT', help: 'event time, with an offset: 2026-11-24T00:00:00+08:00' },
  to: { type: 'string', value: 'INSTANT', help: 'event time; what lies before it' },
  unit: { type: 'string', value: 'ID', multiple: true, help: 'these units alone' },
  place: {
    type: 'string',
    value: 'ID',
    multiple: true,
    help: 'visits and alerts of these places alone; presence in this place',
  },
  circle: { type: 'string', value: 'LNG,LAT,M', help: 'presence in this circle: degrees, metres' },
  area: { type: 'string', value: 'FILE', help: 'presence in this GeoJSON polygon' },
  versions: {
    type: 'string',
    value: 'latest|all',
    help: 'of visits and alerts; default: latest visits, all versions of alerts',
  },
  out: { type: 'string', value: 'FILE', help: 'where to; - is stdout, and the custody goes to stderr' },
  format: {
    type: 'string',
    value: 'NAME',
    help: 'csv, ndjson, geojson, gpx, mf-json, parquet, geoparquet or xlsx; default: by the name of FILE',
  },
  bom: { type: 'boolean', help: 'CSV: begin with a byte-order mark' },
  force: { type: 'boolean', help: 'replace FILE' },
} as const;

const NOTICE = 'read from an archive without a server: no access entry was written';

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const wish = await exportWish(options);
  const folder = required(options, 'archive');
  const by = required(options, 'by');
  if (!options.flag('unrecorded'))
    throw usageError('--unrecorded is missing: no access entry is written of what is read from an archive');
  await refuseExisting(wish);
  const signal = stopSignal();
  const output = openOutput({ json: true });
  const checked = await checkedArchive(options, folder, output);
  const record = await openArchivedRecord(folder);
  try {
    const written = await exportArchived(record, wish, { by, notice: `${NOTICE}${checked}` }, output, signal);
    output.end();
    process.stderr.write(
      wish.path === null
        ? `${JSON.stringify(written)}\n`
        : `${wish.path}: ${written.rows} rows, ${written.bytes} bytes, SHA-256 ${written.sha256}\n`,
    );
    return 0;
  } catch (error) {
    if (signal.aborted) throw stoppedEarly('write the whole export');
    throw error;
  } finally {
    output.end();
    await record.close();
  }
}

/** What the custody says of a check; stops at the first fault. */
async function checkedArchive(options: Options, folder: string, output: Output): Promise<string> {
  const path = options.text('keys');
  if (path === null) return '; the archive was not checked before';
  const keys = archiveKeys(await loadArchiveKeys(path));
  const onProgress = (done: number, total: number): void =>
    output.state(`${done} of ${total} lines and parts are checked`, done / total);
  const { faults } = await verifyArchive({ folder, keys, onProgress });
  const [first] = faults;
  if (first === undefined)
    return `; the whole archive was checked before, with the keys ${[...keys.keys()].join(', ')}`;
  throw new BeatwatchError(
    'archive-changed',
    `${first.file}: ${first.what}: ${first.detail}; verify names every fault`,
  );
}

async function exportArchived(
  record: ArchivedRecord,
  wish: ExportWish,
  { by, notice }: { readonly by: string; readonly notice: string },
  output: Output,
  signal: AbortSignal,
) {
  const { kind, format, purpose, bom } = wish;
  const { plans } = await record.source.plansSince(wish.fromMs);
  const end = new Date(record.endsMs).toISOString();
  const custody: Custody = {
    district: record.district,
    kind,
    filter: filterOf(wish),
    exportedBy: by,
    exportedAtMs: Date.now(),
    purpose,
    accessEntry: null,
    notice: wish.toMs > record.endsMs ? `${notice}; the archive ends at ${end}` : notice,
    archiveHead: record.head,
    plans: plans.map(({ version, inForceFromMs, sourceSha256 }) => ({ version, inForceFromMs, sourceSha256 })),
  };
  let rows = 0;
  const onRow = (): void => {
    rows += 1;
    if (rows % 1_000 === 0) output.state(`${rows} rows of ${kind}`);
  };
  const o = { custody, timeZone: record.plans.at(-1)?.timeZone ?? 'UTC', bom };
  const chunks = archivedChunks(record, wish, { ...wish, signal }, o, onRow);
  const { mediaType } = FORMATS[format];
  return await writeExport(
    wish,
    chunks,
    (facts) => ({ ...custody, file: wish.path, mediaType, rows, ...facts }),
    signal,
  );
}

function archivedChunks(
  record: ArchivedRecord,
  { kind, format, area }: ExportWish,
  query: RowsQuery,
  o: WriteOptions,
  onRow: () => void,
): Chunks {
  switch (kind) {
    case 'traces':
      return writeRecords(format, kind, counted(archivedTraces(record, query), onRow), o);
    case 'presence':
      return writeRecords(format, kind, counted(archivedPresence(record, query, shapeOf(record, area)), onRow), o);
    case 'visits': {
      const geometryOf = ({ place }: { readonly place: string }) => placeGeometry(record, place);
      return writeRecords(format, kind, counted(archivedVisits(record, query), onRow), { ...o, geometryOf });
    }
    case 'alerts': {
      const geometryOf = ({ place }: { readonly place: string | null }) => placeGeometry(record, place);
      return writeRecords(format, kind, counted(archivedAlerts(record, query), onRow), { ...o, geometryOf });
    }
    default:
      return unreachable(kind);
  }
}

async function* counted<Row>(rows: AsyncIterable<Row>, onRow: () => void): AsyncGenerator<Row> {
  for await (const row of rows) {
    onRow();
    yield row;
  }
}

function placeGeometry(record: ArchivedRecord, id: string | null): object | null {
  const place = id === null ? undefined : record.places.get(id);
  return place === undefined ? null : shapeGeometry(place.shape);
}

function shapeOf(record: ArchivedRecord, area: Area | null): Shape {
  if (area === null) throw usageError('got no area, expected one: --place, --circle or --area');
  if ('shape' in area) return area.shape;
  const place = record.places.get(area.place);
  if (place !== undefined) return place.shape;
  throw usageError(`--place: got ${JSON.stringify(area.place)}, expected a place of a plan in the archive`);
}
