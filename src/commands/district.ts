import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { firstPlan, loadLoggable } from '../app/read-district.js';
import { DistrictError, type DistrictFault } from '../district/faults.js';
import { planChanges } from '../district/plan-diff.js';
import { loadDistrict } from '../district/load-district.js';
import { loadRoads } from '../district/load-roads.js';
import { ROADS_FILE } from '../district/read-files.js';
import { schemas } from '../district/schemas.js';
import { warningsOf } from '../district/warnings.js';
import { isTimeZone } from '../district/local-time.js';
import { newDistrict } from '../district/new-district.js';
import type { CompiledPlan } from '../model/plan.js';
import { isId } from '../model/roles.js';
import { planChangeWords } from '../protocol/words/plan-change-words.js';
import { type Options, readOptions, usageError } from './options.js';
import { endOrderOf, makeOrderOf, ORDER_OPTIONS } from './order.js';
import { setRosterOf } from './roster.js';
import { PUBLISH_OPTIONS, publishFolder } from './publish.js';

const USAGE = `beatwatch district new FOLDER       make a district that is right as it is, to be edited
beatwatch district check FOLDER     print every fault in a district's files
beatwatch district plan FOLDER      print the plan that the engine would get, as JSON
beatwatch district diff OLD NEW     print what the files of another folder would change
beatwatch district publish FOLDER   print what a folder would change on a running server, and publish it
beatwatch district order FILE       make the operation order of a JSON file on a running server
beatwatch district end ORDER        end an operation order before its time
beatwatch district roster FILE      say on a running server who crews which unit
beatwatch district schema           print the JSON Schemas of the files

publish, order and end ask as an admin, roster as a supervisor or an admin, whose token they read from BEATWATCH_TOKEN.`;

const OPTIONS = {
  id: { type: 'string', value: 'ID', help: 'new: id of the district; the name of the folder unless given' },
  'name-zh': { type: 'string', value: '新区', help: 'new: its name in Chinese; the id unless given' },
  'name-en': { type: 'string', value: 'NAME', help: 'new: its name in English; the id unless given' },
  'time-zone': { type: 'string', value: 'Asia/Shanghai', help: 'new: its IANA time zone' },
  at: { type: 'string', value: '116.06,24.27', help: 'new: where its first zone lies, degrees east and north, WGS-84' },
  ...PUBLISH_OPTIONS,
  ...ORDER_OPTIONS,
} as const;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, OPTIONS, args);
  if (options === null) return 0;
  const [verb, folder, other] = options.words;
  if (verb === 'schema') return print(schemas);
  if (verb === 'diff' && folder !== undefined && other !== undefined) return await printChanges(folder, other);
  if (folder !== undefined && verb === 'end') return await endOrderOf(folder, options);
  if (folder !== undefined && verb === 'order')
    return await makeOrderOf(folder, options).catch((error: unknown) => printFaults(folder, faultsOf(error)));
  if (folder !== undefined && verb === 'roster')
    return await setRosterOf(folder, options).catch((error: unknown) => printFaults(folder, faultsOf(error)));
  if (folder === undefined || (verb !== 'new' && verb !== 'check' && verb !== 'plan' && verb !== 'publish')) {
    const got = JSON.stringify(options.words.join(' '));
    throw usageError(
      `got ${got}, expected new, check, plan or publish FOLDER, order or roster FILE, end ORDER, diff OLD NEW or schema`,
    );
  }
  if (verb === 'new') return await makeNew(folder, options);
  if (verb === 'check') return await check(folder);
  try {
    if (verb === 'publish') return await publishFolder(folder, options);
    return print(firstPlan(await loadDistrict(folder), Date.now()));
  } catch (error) {
    return printFaults(folder, faultsOf(error));
  }
}

/** Faults of the plan and of the roads, all at once. */
async function check(folder: string): Promise<number> {
  const nowMs = Date.now();
  const [source, faults] = await settled(loadLoggable(folder, nowMs));
  const [roads, roadFaults] = await settled(loadRoads(folder, source?.area ?? null));
  if (source === null || roadFaults.length > 0) return printFaults(folder, [...faults, ...roadFaults]);
  for (const warning of [...warningsOf(firstPlan(source, nowMs)), ...source.warnings])
    printLine({ type: 'warning', ...warning });
  for (const ignored of source.ignored) printLine({ type: 'ignored', file: 'places.geojson', ...ignored });
  for (const ignored of roads?.ignored ?? []) printLine({ type: 'ignored', file: ROADS_FILE, ...ignored });
  const { id, places, units, rules } = source;
  const counts = { places: places.length, units: units.length, rules: rules.length };
  return printLine({
    type: 'ok',
    district: id,
    ...counts,
    ...(roads === null ? {} : { roads: roads.features.length }),
  });
}

async function settled<T>(loading: Promise<T>): Promise<readonly [T | null, readonly DistrictFault[]]> {
  try {
    return [await loading, []];
  } catch (error) {
    return [null, faultsOf(error)];
  }
}

/** What is wrong with a folder; rethrows what is no word about one. */
function faultsOf(error: unknown): readonly DistrictFault[] {
  if (!(error instanceof DistrictError)) throw error;
  return error.faults;
}

/** A line a change, with its sentence. */
async function printChanges(oldFolder: string, newFolder: string): Promise<number> {
  const nowMs = Date.now();
  const plans: CompiledPlan[] = [];
  for (const folder of [oldFolder, newFolder]) {
    try {
      plans.push(firstPlan(await loadLoggable(folder, nowMs), nowMs));
    } catch (error) {
      return printFaults(folder, faultsOf(error));
    }
  }
  const [before, after] = plans as [CompiledPlan, CompiledPlan];
  if (before.district !== after.district)
    throw usageError(`got the districts ${before.district} and ${after.district}, expected two plans of one district`);
  const changes = planChanges(before, after);
  for (const change of changes) printLine({ type: 'change', sentence: planChangeWords(change), ...change });
  return printLine({ type: 'ok', district: after.district, changes: changes.length });
}

/** A folder that has anything in it is left as it is. */
async function makeNew(folder: string, options: Options): Promise<number> {
  const id = options.text('id') ?? basename(resolve(folder)).toLowerCase();
  if (!isId(id)) throw usageError(`--id: got ${JSON.stringify(id)}, expected 1 to 32 characters out of a-z, 0-9 and -`);
  const timeZone = options.text('time-zone') ?? OPTIONS['time-zone'].value;
  if (!isTimeZone(timeZone))
    throw usageError(`--time-zone: got ${JSON.stringify(timeZone)}, expected an IANA time zone`);
  const [lng, lat] = degreesOf(options.text('at') ?? OPTIONS.at.value);
  const files = newDistrict({
    id,
    nameZh: options.text('name-zh') ?? id,
    nameEn: options.text('name-en') ?? id,
    timeZone,
    lng,
    lat,
  });
  await mkdir(folder, { recursive: true });
  const there = await readdir(folder);
  if (there.length > 0) {
    throw usageError(`${folder}: got a folder with ${there.length} entries, expected an empty one, or none`);
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text, { flag: 'wx' });
  await loadLoggable(folder, Date.now());
  return printLine({ type: 'made', folder, district: id, files: Object.keys(files) });
}

function degreesOf(text: string): readonly [lng: number, lat: number] {
  const [, lng = Number.NaN, lat = Number.NaN] = (/^(-?\d+(?:\.\d+)?),(-?\d+(?:\.\d+)?)$/.exec(text) ?? []).map(Number);
  if (Math.abs(lng) <= 179 && Math.abs(lat) <= 80) return [lng, lat];
  throw usageError(
    `--at: got ${JSON.stringify(text)}, expected LNG,LAT in degrees, within 179 and 80, such as 116.06,24.27`,
  );
}

function printFaults(folder: string, faults: readonly DistrictFault[]): number {
  for (const fault of faults) process.stdout.write(`${JSON.stringify({ type: 'fault', ...fault })}\n`);
  process.stderr.write(`${folder}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}\n`);
  return 1;
}

function printLine(value: object): number {
  process.stdout.write(`${JSON.stringify(value)}\n`);
  return 0;
}

function print(value: unknown): number {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  return 0;
}
