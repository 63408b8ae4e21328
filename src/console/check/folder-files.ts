import {
  DISTRICT_FILES,
  type DistrictFileName,
  type FileRead,
  MAX_DISTRICT_FILE_BYTES,
  NO_REGULAR_FILE,
  NO_SUCH_FILE,
  tooLarge,
  unreadable,
} from '../../district/read-files.js';

/** The part of a browser's `File` that is used. */
export interface PickedFile {
  readonly name: string;
  readonly size: number;
  /** Behind a choice of a folder `folder/name`; empty: the file was chosen alone. */
  readonly webkitRelativePath: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

type Failed = (error: { readonly name: string; readonly message: string }) => void;

/** The part of a browser's `FileSystemEntry` that is used: something that was dropped, a file or a folder. */
export interface DroppedEntry {
  readonly name: string;
  readonly isDirectory: boolean;
  file?(found: (file: PickedFile) => void, failed: Failed): void;
  getFile?(name: string, options: object, found: (entry: DroppedEntry) => void, failed: Failed): void;
  createReader?(): { readEntries(found: (entries: DroppedEntry[]) => void, failed: Failed): void };
}

/** The files of a district folder, and what else lies there. */
export interface FolderFiles {
  readonly files: ReadonlyMap<DistrictFileName, FileRead>;
  /** The first names of others; nobody looks at those. */
  readonly others: readonly string[];
}

/** Names of others that are told. */
const MAX_OTHERS = 8;

/** Reads the files of a district out of what was dropped: a folder, or files. However much lies in the folder, only those are asked for. */
export async function readDropped(entries: readonly DroppedEntry[]): Promise<FolderFiles> {
  const [only] = entries;
  const folder = entries.length === 1 && only?.isDirectory === true ? only : null;
  const named = new Map(entries.map((entry) => [entry.name, entry]));
  const found = folder === null ? async (name: string) => named.get(name) ?? NO_SUCH_FILE : entryIn(folder);
  const files = new Map<DistrictFileName, FileRead>();
  for (const name of DISTRICT_FILES) {
    const entry = await found(name);
    files.set(name, 'fault' in entry ? entry : await readEntry(entry));
  }
  const names = folder === null ? [...named.keys()] : await firstNames(folder);
  return { files, others: othersOf(names) };
}

/** Reads the files of a district out of a folder that was chosen, or out of files that were. */
export async function readPicked(picked: Iterable<PickedFile>): Promise<FolderFiles> {
  const named = new Map<string, PickedFile>();
  for (const file of picked) {
    const folders = file.webkitRelativePath.split('/').length - 1;
    if (folders <= 1) named.set(file.name, file);
  }
  const files = new Map<DistrictFileName, FileRead>();
  for (const name of DISTRICT_FILES) {
    const file = named.get(name);
    files.set(name, file === undefined ? NO_SUCH_FILE : await readFile(file));
  }
  return { files, others: othersOf([...named.keys()]) };
}

function othersOf(names: readonly string[]): readonly string[] {
  return names.filter((name) => !(DISTRICT_FILES as readonly string[]).includes(name)).slice(0, MAX_OTHERS);
}

function entryIn(folder: DroppedEntry): (name: string) => Promise<DroppedEntry | { readonly fault: string }> {
  return (name) =>
    new Promise((resolve) => {
      folder.getFile?.(name, {}, resolve, ({ name: kind, message }) => {
        if (kind === 'NotFoundError') resolve(NO_SUCH_FILE);
        else resolve(kind === 'TypeMismatchError' ? NO_REGULAR_FILE : unreadable(message));
      });
    });
}

/** A browser lists a folder a hundred names at a time; the first are enough. */
function firstNames(folder: DroppedEntry): Promise<readonly string[]> {
  return new Promise((resolve) => {
    folder.createReader?.().readEntries(
      (entries) => resolve(entries.map(({ name }) => name)),
      () => resolve([]),
    );
  });
}

async function readEntry(entry: DroppedEntry): Promise<FileRead> {
  if (entry.isDirectory) return NO_REGULAR_FILE;
  return await new Promise((resolve) => {
    entry.file?.(
      (file) => void readFile(file).then(resolve),
      ({ message }) => resolve(unreadable(message)),
    );
  });
}

/** A file that is too large is not read. */
async function readFile(file: PickedFile): Promise<FileRead> {
  if (file.size > MAX_DISTRICT_FILE_BYTES) return tooLarge(file.size);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}
