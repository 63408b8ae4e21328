import { loadArchiveKeys } from '../access/keys.js';
import type { RowsQuery } from '../app/archived-rows.js';
import { archiveKeys } from '../archive/keys.js';
import { verifyArchive } from '../archive/verify.js';
import { readToken } from '../config.js';
import type { Custody } from '../formats/custody.js';
import { FORMATS } from '../formats/formats.js';
import type { Chunks } from '../formats/table.js';
import { type WriteOptions, writeRecords } from '../formats/write-records.js';
import { BeatwatchError, unreachable } from '../model/errors.js';
import { openArchiveSource } from './archive-source.js';
import { type CustodyFile, refuseExisting, writeExport } from './export-file.js';
import { type ExportWish, exportWish, filterOf, required } from './export-options.js';
import type { ExportSource } from './export-source.js';
import { openOutput, type Output } from './output.js';
import { type Options, readOptions, usageError, serverUrl } from './options.js';
import { askServer, patientAsk } from './server-answers.js';
import { openServerSource, subjectOf } from './server-source.js';
import { stopSignal, stoppedEarly } from './stopping.js';

const USAGE = `beatwatch export traces|presence|visits|alerts --purpose TEXT --from INSTANT --to INSTANT --out FILE
                [--url URL] [--district ID] [--format csv] [--unit ID] [--place ID] …
beatwatch export … --archive FOLDER --unrecorded --by NAME

Writes rows of the record to a file: where units were (traces), who was in an area (presence), visits, and alerts with all their
versions. The file appears whole under its name, or not at all. Beside it lies FILE.custody.json: who exported it, when and why,
the filter, and the SHA-256 of the file.

From a running server, with the token in BEATWATCH_TOKEN (traces and presence: of an auditor or an admin): the server records each page that
it answers. A page that did not come whole is asked for again, for up to a minute and a half.

From the archive of one district, without a server: nobody records this, so the command asks for --unrecorded and a name, and the
file says so. With --keys it checks the whole archive first, and stops if anything was changed.`;

const OPTIONS = {
  url: { type: 'string', value: 'URL', help: 'the server; default: http://127.0.0.1:8080' },
  district: { type: 'string', value: 'ID', help: 'the district of the server; the only one of the token unless given' },
  archive: { type: 'string', value: 'FOLDER', help: 'the archive of a district, such as data/archive/meixian' },
  unrecorded: { type: 'boolean', help: 'you know that no access entry is written of what is read from an archive' },
  by: { type: 'string', value: 'NAME', help: 'who exports from an archive; it goes into the custody' },
  keys: { type: 'string', value: 'FILE', help: 'public keys: check the whole archive first, as verify does' },
  purpose: { type: 'string', value: 'TEXT', help: 'why; it goes into the custody, and into the log of the server' },
  from: { type: 'string', value: 'INSTANT', help: 'event time, with an offset: 2026-11-24T00:00:00+08:00' },
  to: { type: 'string', value: 'INSTANT', help: 'event time; what lies before it' },
  unit: { type: 'string', value: 'ID', multiple: true, help: 'these units alone' },
  place: {
    type: 'string',
    value: 'ID',
    multiple: true,
    help: 'visits and alerts of these places; presence in this place',
  },
  circle: { type: 'string', value: 'LNG,LAT,M', help: 'presence in this circle: degrees, metres' },
  area: { type: 'string', value: 'FILE', help: 'presence in this GeoJSON polygon' },
  versions: { type: 'string', value: 'latest|all', help: 'default: latest version of visits, all versions of alerts' },
  out: { type: 'string', value: 'FILE', help: 'where to; - is stdout, and the custody goes to stderr' },
  format: {
    type: 'string',
    value: 'NAME',
    help: 'csv, ndjson, geojson, gpx, mf-json, parquet, geoparquet or xlsx; default: by the name of FILE',
  },
  bom: { type: 'boolean', help: 'CSV: begin with a byte-order mark' },
  force: { type: 'boolean', help: 'replace FILE' },
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const wish = await exportWish(options);
  const open = opener(options, wish);
  await refuseExisting(wish);
  const signal = stopSignal();
  const output = openOutput({ json: true });
  let source: ExportSource | null = null;
  try {
    source = await open(output, signal);
    const written = await exportFrom(source, wish, output, signal);
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
    await source?.close();
  }
}

type Opener = (output: Output, signal: AbortSignal) => Promise<ExportSource>;

/** How the source is opened that the options name; code `usage` where they do not fit together. */
function opener(options: Options, wish: ExportWish): Opener {
  const folder = options.text('archive');
  if (folder === null) return (output, signal) => openServer(options, wish, output, signal);
  if (options.text('url') !== null) throw usageError('got --url and --archive, expected one of them');
  const by = required(options, 'by');
  if (!options.flag('unrecorded'))
    throw usageError('--unrecorded is missing: no access entry is written of what is read from an archive');
  return async (output) => {
    const checked = await checkedArchive(options, folder, output);
    return await openArchiveSource({ folder, by, checked, ...wish });
  };
}

function openServer(options: Options, wish: ExportWish, output: Output, signal: AbortSignal): Promise<ExportSource> {
  const token = readToken();
  const url = serverUrl(options);
  const onTrouble = (message: string): void => {
    process.stderr.write(`${message}: asking again\n`);
    output.state(`no answer from ${url}: asking again`);
  };
  const ask = patientAsk((path, body) => askServer(`${url}${path}`, token, wish.purpose, { body, signal }), {
    signal,
    onTrouble,
  });
  const district = options.text('district');
  return openServerSource({ ask, url, district, by: subjectOf(token), withPlaces: wish.format === 'geojson' });
}

/** What the custody says of a check; stops at the first fault. */
async function checkedArchive(options: Options, folder: string, output: Output): Promise<string> {
  const path = options.text('keys');
  if (path === null) return 'the archive was not checked before';
  const keys = archiveKeys(await loadArchiveKeys(path));
  const onProgress = (done: number, total: number): void =>
    output.state(`${done} of ${total} lines and parts are checked`, done / total);
  const { faults } = await verifyArchive({ folder, keys, onProgress });
  const [first] = faults;
  if (first === undefined) return `the whole archive was checked before, with the keys ${[...keys.keys()].join(', ')}`;
  throw new BeatwatchError(
    'archive-changed',
    `${first.file}: ${first.what}: ${first.detail}; verify names every fault`,
  );
}

async function exportFrom(
  source: ExportSource,
  wish: ExportWish,
  output: Output,
  signal: AbortSignal,
): Promise<CustodyFile> {
  const { kind, format, purpose, bom } = wish;
  const custody: Custody = {
    ...source.custody,
    district: source.district,
    kind,
    filter: filterOf(wish),
    exportedAtMs: Date.now(),
    purpose,
  };
  let rows = 0;
  const onRow = (): void => {
    rows += 1;
    if (rows % 1_000 === 0) output.state(`${rows} rows of ${kind}`);
  };
  const o = { custody, timeZone: source.timeZone, bom };
  const chunks = chunksOf(source, wish, { ...wish, signal }, o, onRow);
  const { mediaType } = FORMATS[format];
  const custodyOf = (facts: { readonly bytes: number; readonly sha256: string }): CustodyFile => ({
    ...custody,
    file: wish.path,
    mediaType,
    rows,
    findings: source.findings(),
    ...facts,
  });
  return await writeExport(wish, chunks, custodyOf, signal);
}

function chunksOf(
  source: ExportSource,
  { kind, format, area }: ExportWish,
  query: RowsQuery,
  o: WriteOptions,
  onRow: () => void,
): Chunks {
  const geometryOf = ({ place }: { readonly place: string | null }) =>
    place === null ? null : source.geometryOf(place);
  switch (kind) {
    case 'traces':
      return writeRecords(format, kind, counted(source.traces(query), onRow), o);
    case 'presence':
      if (area === null) throw usageError('got no area, expected one: --place, --circle or --area');
      return writeRecords(format, kind, counted(source.presence(query, area), onRow), o);
    case 'visits':
      return writeRecords(format, kind, counted(source.visits(query), onRow), { ...o, geometryOf });
    case 'alerts':
      return writeRecords(format, kind, counted(source.alerts(query), onRow), { ...o, geometryOf });
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
