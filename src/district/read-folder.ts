import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../model/errors.js';
import {
  type DistrictFileName,
  type FileRead,
  type FilesRead,
  MAX_DISTRICT_FILE_BYTES,
  NO_REGULAR_FILE,
  NO_SUCH_FILE,
  PLAN_FILES,
  type PlanFileName,
  ROADS_FILE,
  tooLarge,
  unreadable,
} from './read-files.js';

export interface FolderRead {
  readonly files: FilesRead;
  /** Over names, lengths and bytes of the files of the plan. */
  readonly sha256: string;
}

/** Reads the files of a plan out of a district folder. */
export async function readFolder(folder: string): Promise<FolderRead> {
  const files = new Map<DistrictFileName, FileRead>();
  for (const file of PLAN_FILES) files.set(file, await readCapped(join(folder, file)));
  return { files, sha256: digestOf(files) };
}

/** The files of a district folder by their texts; one that is not there is a fault of the folder. */
export function readTexts(texts: Readonly<Partial<Record<PlanFileName, string>>>): FolderRead {
  const files = new Map<DistrictFileName, FileRead>();
  for (const file of PLAN_FILES) {
    const text = texts[file];
    const bytes = text === undefined ? NO_SUCH_FILE : Buffer.from(text, 'utf8');
    files.set(
      file,
      bytes instanceof Uint8Array && bytes.length > MAX_DISTRICT_FILE_BYTES ? tooLarge(bytes.length) : bytes,
    );
  }
  return { files, sha256: digestOf(files) };
}

function digestOf(files: FilesRead): string {
  const hash = createHash('sha256');
  for (const [file, read] of files)
    if (read instanceof Uint8Array) hash.update(`${file} ${read.length}\n`).update(read);
  return hash.digest('hex');
}

/** Reads the roads of a district folder; the answer is `NO_SUCH_FILE` where it has none. */
export function readRoads(folder: string): Promise<FileRead> {
  return readCapped(join(folder, ROADS_FILE));
}

async function readCapped(path: string): Promise<FileRead> {
  try {
    // Non-blocking: opening a named pipe would otherwise wait for a writer that never comes.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = await handle.stat();
      if (!stat.isFile()) return NO_REGULAR_FILE;
      return stat.size > MAX_DISTRICT_FILE_BYTES ? tooLarge(stat.size) : await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    return missing ? NO_SUCH_FILE : unreadable(messageOf(error));
  }
}
