import { archivedDays } from '../app/archived-days.js';
import { datesBetween } from '../app/report-days.js';
import { readToken } from '../config.js';
import { writeWholeFile } from '../files/whole-file.js';
import { makePack, packName } from '../reports/pack.js';
import { REPORT_NAMES, type ReportName } from '../reports/report.js';
import { REPORT_FORMATS, type ReportFormat, writeReport } from '../reports/request.js';
import { type Options, readOptions, usageError, serverUrl } from './options.js';
import { openOutput } from './output.js';
import { askForFile, askServer, chosenDistrict } from './server-answers.js';

const USAGE = `beatwatch report NAME --day DATE [--to DATE] [--url URL] [--district ID] [--format html] [--out FILE] …
beatwatch report NAME --day DATE [--to DATE] --archive FOLDER --unrecorded [--format html] [--out FILE] …

Writes a report of settled days to a file: ${REPORT_NAMES.join(', ')}; all: every report;
pack: the daily pack of one day. From a running server, with the token in BEATWATCH_TOKEN; or from the archive of one district, without
a server: then the days are folded again from the log, and nobody records who reads them.`;

const OPTIONS = {
  day: { type: 'string', value: 'DATE', help: 'the local day, such as 2026-11-24' },
  to: { type: 'string', value: 'DATE', help: 'the last day, for a report of several' },
  url: { type: 'string', value: 'URL', help: 'the server; default: http://127.0.0.1:8080' },
  district: { type: 'string', value: 'ID', help: 'the district; the only one of the token unless given' },
  purpose: { type: 'string', value: 'TEXT', help: 'why you look; it goes into the access log' },
  archive: { type: 'string', value: 'FOLDER', help: 'instead of a server: the archive of a district' },
  unrecorded: { type: 'boolean', help: 'with --archive: you know that no access entry is written' },
  format: { type: 'string', value: 'NAME', help: 'json, csv, xlsx or html; default: json' },
  language: { type: 'string', value: 'zh|en', help: 'of the page; default: zh' },
  table: { type: 'string', value: 'NAME', help: 'of csv: which table; default: the first of the report' },
  out: { type: 'string', value: 'FILE', help: 'where to; default: under the name that the report has; - is stdout' },
  force: { type: 'boolean', help: 'replace FILE' },
} as const;

interface Made {
  readonly name: string;
  readonly bytes: Uint8Array;
}

interface Wish {
  readonly report: ReportName | 'all' | 'pack';
  readonly from: string;
  readonly to: string;
  readonly format: ReportFormat;
  readonly language: 'zh' | 'en';
  readonly table: string | null;
}

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const wish = wishOf(options);
  const folder = options.text('archive');
  const { name, bytes } = folder === null ? await fromServer(wish, options) : await fromArchive(wish, folder, options);
  const path = options.text('out') ?? name;
  if (path === '-') {
    process.stdout.write(bytes);
    return 0;
  }
  try {
    await writeWholeFile(path, bytes, { isNew: !options.flag('force') });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    throw usageError(`--out: got ${path}, which exists, expected a free name; --force replaces it`);
  }
  process.stderr.write(`${path}: ${bytes.length} bytes\n`);
  return 0;
}

function wishOf(options: Options): Wish {
  const names = [...REPORT_NAMES, 'all', 'pack'] as const;
  const report = oneOf('NAME', options.words[0] ?? null, names);
  const from = options.text('day');
  if (from === null) throw usageError('got no --day, expected a date such as 2026-11-24');
  const to = options.text('to') ?? from;
  if (report === 'pack' && to !== from) throw usageError(`--to: got ${to}, expected one day: a pack is of one`);
  return {
    report,
    from,
    to,
    format: oneOf('--format', options.text('format') ?? 'json', REPORT_FORMATS),
    language: oneOf('--language', options.text('language') ?? 'zh', ['zh', 'en'] as const),
    table: options.text('table'),
  };
}

function oneOf<Word extends string>(option: string, got: string | null, words: readonly Word[]): Word {
  const found = words.find((word) => word === got);
  if (found !== undefined) return found;
  throw usageError(
    `${option}: got ${got === null ? 'none' : JSON.stringify(got)}, expected one of ${words.join(', ')}`,
  );
}

async function fromServer({ report, from, to, format, language, table }: Wish, options: Options): Promise<Made> {
  const url = serverUrl(options);
  const [token, purpose] = [readToken(), options.text('purpose')];
  const ask = (path: string) => askServer(`${url}${path}`, token, purpose);
  const { district } = await chosenDistrict(ask, options.text('district'));
  const query = new URLSearchParams({ from, to, format, language, ...(table === null ? {} : { table }) });
  const path = report === 'pack' ? `packs/${from}` : `reports/${report}?${query.toString()}`;
  const { headers, bytes } = await askForFile(`${url}/v1/districts/${district}/${path}`, token, purpose);
  const missing = headers.get('beatwatch-missing-days');
  if (missing !== null) process.stderr.write(`Not settled, and not in the report: ${missing}\n`);
  const named = /filename="([\w.-]+)"/.exec(headers.get('content-disposition') ?? '')?.[1];
  return { name: named ?? `${district}-${from}-${report}`, bytes };
}

async function fromArchive(wish: Wish, folder: string, options: Options): Promise<Made> {
  if (!options.flag('unrecorded'))
    throw usageError('--unrecorded is missing: no access entry is written of what is read from an archive');
  const output = openOutput({ json: true });
  const tell = (date: string): void => output.state(`${date} is read and folded`);
  const days = await archivedDays(folder, datesBetween(wish.from, wish.to), tell).finally(() => output.end());
  const { report } = wish;
  if (report !== 'pack') return await writeReport(days, [], { ...wish, report });
  const [day] = days;
  if (day === undefined) throw new Error('bug: no day was folded');
  return { name: `${packName(day.record)}.zip`, bytes: await makePack(day, null) };
}
