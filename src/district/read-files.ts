import { cleanTexts } from './clean-texts.js';
import type { FaultList } from './faults.js';
import { parseJson } from './json-text.js';

/** What a plan is made of: a district has all of them. */
export const PLAN_FILES = ['district.json', 'places.geojson', 'units.json', 'plan.json'] as const;
export type PlanFileName = (typeof PLAN_FILES)[number];
/** The background of a map, which a district may have: it is no part of the plan. */
export const ROADS_FILE = 'roads.geojson';
export const DISTRICT_FILES = [...PLAN_FILES, ROADS_FILE] as const;
export type DistrictFileName = (typeof DISTRICT_FILES)[number];

/** A larger file is refused unread. */
export const MAX_DISTRICT_FILE_BYTES = 16 * 1_048_576;

/** The bytes of a file, or why they could not be had. */
export type FileRead = Uint8Array | { readonly fault: string };
export type FilesRead = ReadonlyMap<DistrictFileName, FileRead>;

export const NO_SUCH_FILE = { fault: 'got no such file, expected it in the folder' };
export const NO_REGULAR_FILE = { fault: 'got something that is not a regular file, expected a file' };

export function tooLarge(bytes: number): { readonly fault: string } {
  return { fault: `got ${bytes} bytes, expected at most ${MAX_DISTRICT_FILE_BYTES}` };
}

export function unreadable(why: string): { readonly fault: string } {
  return { fault: `got "${why}", expected a readable file` };
}

const NEWLINE = 0x0a;

/** Parsed JSON of the files of a plan; one that could not be read or parsed is missing here and named in the faults. */
export function parseFiles(files: FilesRead, faults: FaultList): ReadonlyMap<DistrictFileName, unknown> {
  const values = new Map<DistrictFileName, unknown>();
  for (const file of PLAN_FILES) {
    const value = parseFile(file, files.get(file) ?? NO_SUCH_FILE, faults);
    if (value !== undefined) values.set(file, value);
  }
  return values;
}

/** The parsed JSON of the roads, which a district may have or not; undefined: there are none, or they could not be read or parsed. */
export function parseRoadsFile(read: FileRead, faults: FaultList): unknown {
  // What went to a worker and back is not the same object.
  const isMissing = !(read instanceof Uint8Array) && read.fault === NO_SUCH_FILE.fault;
  return isMissing ? undefined : parseFile(ROADS_FILE, read, faults);
}

/** The parsed JSON of a file; undefined: it could not be read or parsed, and the faults say why. */
function parseFile(file: DistrictFileName, read: FileRead, faults: FaultList): unknown {
  if (!(read instanceof Uint8Array)) {
    faults.add(file, '', read.fault);
    return undefined;
  }
  const before = faults.count;
  const value = parseBytes(read, (reason) => faults.add(file, '', reason));
  if (faults.count > before) return undefined;
  const clean = cleanTexts(value, faults.in(file));
  return faults.count === before ? clean : undefined;
}

function parseBytes(bytes: Uint8Array, fault: (reason: string) => void): unknown {
  const text = textOf(bytes);
  if (text === null) {
    fault(`got bytes that are not UTF-8 in line ${firstBadLine(bytes)}, expected UTF-8`);
    return undefined;
  }
  const { value, faults } = parseJson(text);
  for (const { line, column, reason } of faults) fault(`line ${line}, column ${column}: ${reason}`);
  return value;
}

/** Null: they are not UTF-8. A byte order mark is not JSON, but editors leave it there, and it harms nobody. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** No UTF-8 sequence holds a newline byte, so lines can be looked at one by one. */
function firstBadLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1 || textOf(bytes.subarray(start, end)) === null) return line;
    start = end + 1;
  }
}
