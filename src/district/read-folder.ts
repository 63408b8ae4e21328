import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../model/errors.js';
import { cleanTexts } from './clean-texts.js';
import type { FaultList } from './faults.js';
import { parseJson } from './json-text.js';

export const DISTRICT_FILES = ['district.json', 'places.geojson', 'units.json', 'plan.json'] as const;
export type DistrictFileName = (typeof DISTRICT_FILES)[number];

/** A larger file is refused unread. */
export const MAX_DISTRICT_FILE_BYTES = 16 * 1_048_576;

const NEWLINE = 0x0a;

export interface DistrictTexts {
  /** Parsed JSON by file; a file that could not be read or parsed is missing here and named in the faults. */
  readonly values: ReadonlyMap<DistrictFileName, unknown>;
  /** Over names, lengths and bytes of all four files. */
  readonly sha256: string;
}

/** Reads the four files of a district folder. */
export async function readFolder(folder: string, faults: FaultList): Promise<DistrictTexts> {
  const values = new Map<DistrictFileName, unknown>();
  const hash = createHash('sha256');
  for (const file of DISTRICT_FILES) {
    const bytes = await readCapped(join(folder, file), (reason) => faults.add(file, '', reason));
    if (bytes === null) continue;
    hash.update(`${file} ${bytes.length}\n`).update(bytes);
    const before = faults.count;
    const value = parseBytes(bytes, (reason) => faults.add(file, '', reason));
    if (faults.count > before) continue;
    const clean = cleanTexts(value, faults.in(file));
    if (faults.count === before) values.set(file, clean);
  }
  return { values, sha256: hash.digest('hex') };
}

async function readCapped(path: string, fault: (reason: string) => void): Promise<Uint8Array | null> {
  try {
    // Non-blocking: opening a named pipe would otherwise wait for a writer that never comes.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) fault('got something that is not a regular file, expected a file');
      else if (stat.size > MAX_DISTRICT_FILE_BYTES) {
        fault(`got ${stat.size} bytes, expected at most ${MAX_DISTRICT_FILE_BYTES}`);
      } else return await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    fault(
      missing ? 'got no such file, expected it in the folder' : `got "${messageOf(error)}", expected a readable file`,
    );
  }
  return null;
}

function parseBytes(bytes: Uint8Array, fault: (reason: string) => void): unknown {
  if (!isUtf8(bytes)) {
    fault(`got bytes that are not UTF-8 in line ${firstBadLine(bytes)}, expected UTF-8`);
    return undefined;
  }
  // A byte order mark is not JSON, but editors leave it there, and it harms nobody.
  const text = new TextDecoder('utf-8').decode(bytes);
  const { value, faults } = parseJson(text);
  for (const { line, column, reason } of faults) fault(`line ${line}, column ${column}: ${reason}`);
  return value;
}

/** No UTF-8 sequence holds a newline byte, so lines can be looked at one by one. */
function firstBadLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(NEWLINE, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
}
