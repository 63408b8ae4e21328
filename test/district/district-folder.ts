import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DistrictError, type DistrictFault } from '../../src/district/faults.js';
import type { DistrictSource } from '../../src/district/district-source.js';
import { loadDistrict } from '../../src/district/load-district.js';
import { type DistrictFileName, PLAN_FILES } from '../../src/district/read-files.js';

export const FILES = PLAN_FILES;
export type FileName = DistrictFileName;
export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}
const ROOT = projectRoot();
/** Real data that may lie beside the project; tests that use it run only where it does. */
export const SHARED_DATA = join(ROOT, '..', 'shared', 'data');

export function fixture(name: 'meixian' | 'example'): string {
  return join(ROOT, 'fixtures', name);
}

/** The texts of the files of a plan. */
export async function textsOf(folder: string): Promise<Map<FileName, string>> {
  const texts = new Map<FileName, string>();
  for (const file of FILES) texts.set(file, await readFile(join(folder, file), 'utf8'));
  return texts;
}

/** A copy of a district in a folder of its own, which is removed when `use` is done. */
export async function withFolder<T>(
  contents: ReadonlyMap<FileName, string | Uint8Array>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bw-district-'));
  try {
    for (const [file, content] of contents) await writeFile(join(folder, file), content);
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export type Loaded =
  | { readonly source: DistrictSource; readonly faults: null }
  | { readonly source: null; readonly faults: readonly DistrictFault[] };

/** Loads; anything but a source or a DistrictError passes through as the bug that it is. */
export async function load(folder: string): Promise<Loaded> {
  try {
    return { source: await loadDistrict(folder), faults: null };
  } catch (error) {
    if (error instanceof DistrictError && error.code === 'district-invalid')
      return { source: null, faults: error.faults };
    throw error;
  }
}

export async function loadTexts(contents: ReadonlyMap<FileName, string | Uint8Array>): Promise<Loaded> {
  return withFolder(contents, load);
}

/** One change to a file: the value at a JSON Pointer, or undefined to take it away. `-` at the end appends to a list. */
export type Edit = readonly [file: FileName, at: string, to: Json | undefined];

export function edited(texts: ReadonlyMap<FileName, string>, edits: readonly Edit[]): Map<FileName, string> {
  const result = new Map(texts);
  for (const [file, at, to] of edits) {
    const root: Json = JSON.parse(result.get(file) ?? 'null');
    result.set(file, JSON.stringify(at === '' ? (to ?? null) : put(root, at.split('/').slice(1), to)));
  }
  return result;
}

function put(node: Json, [key = '', ...rest]: readonly string[], to: Json | undefined): Json {
  if (Array.isArray(node)) {
    const copy = [...node];
    const index = key === '-' ? copy.length : Number(key);
    if (rest.length > 0) copy[index] = put(copy[index] ?? null, rest, to);
    else if (to === undefined) copy.splice(index, 1);
    else copy[index] = to;
    return copy;
  }
  if (typeof node !== 'object' || node === null) throw new Error(`no ${key} to edit`);
  const copy: { [name: string]: Json } = { ...node };
  if (rest.length > 0) copy[key] = put(copy[key] ?? {}, rest, to);
  else if (to === undefined) delete copy[key];
  else copy[key] = to;
  return copy;
}

/** The value at a JSON Pointer. */
export function at(texts: ReadonlyMap<FileName, string>, file: FileName, path: string): Json {
  let node: Json = JSON.parse(texts.get(file) ?? 'null');
  for (const key of path.split('/').slice(1)) {
    node =
      (Array.isArray(node) ? node[Number(key)] : typeof node === 'object' && node !== null ? node[key] : null) ?? null;
  }
  return node;
}

/** mulberry32: small, seeded, the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
