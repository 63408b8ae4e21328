/** Kinds of rows of the record. */
export const RECORD_KINDS = ['traces', 'presence', 'visits', 'alerts'] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export type FormatName = 'geojson' | 'gpx' | 'csv' | 'ndjson' | 'mf-json' | 'parquet' | 'geoparquet' | 'xlsx';

export interface Format {
  readonly mediaType: string;
  /** How the names of its files end, without the dot. */
  readonly extension: string;
  readonly carries: readonly RecordKind[];
  /** Whether the file itself says where it comes from. */
  readonly hasCustody: boolean;
  /** What it is, for documents. */
  readonly is: string;
}

/** Every format that rows of the record are written in. */
export const FORMATS: Readonly<Record<FormatName, Format>> = {
  geojson: {
    mediaType: 'application/geo+json',
    extension: 'geojson',
    carries: RECORD_KINDS,
    hasCustody: true,
    is: 'RFC 7946: traces as lines with the time of each position, a line ends at a hole, and each hole is a feature of its own; other rows as features',
  },
  gpx: {
    mediaType: 'application/gpx+xml',
    extension: 'gpx',
    carries: ['traces'],
    hasCustody: true,
    is: 'GPX 1.1: a track a unit, a segment a stretch without a hole',
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    extension: 'csv',
    carries: RECORD_KINDS,
    hasCustody: false,
    is: 'RFC 4180, UTF-8, with a byte-order mark on request; a text that looks like a formula has an apostrophe before it',
  },
  ndjson: {
    mediaType: 'application/x-ndjson',
    extension: 'ndjson',
    carries: RECORD_KINDS,
    hasCustody: false,
    is: 'a JSON object a line: each row whole, with the fields that the API gives it',
  },
  'mf-json': {
    mediaType: 'application/geo+json',
    extension: 'mf.json',
    carries: ['traces'],
    hasCustody: true,
    is: 'OGC 19-045r3 (MF-JSON Prism): a moving point a unit, a linear piece a stretch without a hole',
  },
  parquet: {
    mediaType: 'application/vnd.apache.parquet',
    extension: 'parquet',
    carries: RECORD_KINDS,
    hasCustody: true,
    is: 'Parquet with zstd; instants in UTC',
  },
  geoparquet: {
    mediaType: 'application/vnd.apache.parquet',
    extension: 'geo.parquet',
    carries: ['traces'],
    hasCustody: true,
    is: 'Parquet with a column `geometry` of points (GeoParquet 1.0)',
  },
  xlsx: {
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
    carries: RECORD_KINDS,
    hasCustody: true,
    is: 'Excel workbook: a sheet a table, and a sheet that says where it comes from; instants on the clocks of the district; at most 1,048,575 rows',
  },
};

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[];

/** The formats that can carry a kind of rows, in the order of the table. */
export function formatsOf(carried: RecordKind): readonly FormatName[] {
  return FORMAT_NAMES.filter((name) => FORMATS[name].carries.includes(carried));
}

/** `beatwatch-meixian-traces-20261124T000000Z-20261125T000000Z.csv`: for ids of districts, which need no escape. */
export function exportFileName(o: {
  readonly format: FormatName;
  readonly district: string;
  readonly what: string;
  readonly fromMs: number;
  readonly toMs: number;
}): string {
  return `beatwatch-${o.district}-${o.what}-${compact(o.fromMs)}-${compact(o.toMs)}.${FORMATS[o.format].extension}`;
}

function compact(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]|\.\d+/g, '');
}
