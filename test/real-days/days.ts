import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { AlertVersion } from '../../src/model/alert.js';
import type { VisitVersion } from '../../src/model/visit.js';
import type { Summary } from '../../src/commands/summary.js';
import { COMMAND_LINE } from '../support/command-line.js';

const runProgram = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1_048_576;
/** No run outlives its test. */
export const LONGEST_RUN_MS = 400_000;

/** The project's root: the folder of package.json. */
function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
}

/** A recording that is no part of the project; where it lies beside it, or would lie. */
export function recording(name: string): string {
  return join(projectRoot(), '../shared/data/traces', name);
}

export function districtFolder(name: string): string {
  return join(projectRoot(), 'test/real-days/districts', name);
}

/** The small district of fixtures/example. */
export const exampleFolder = join(projectRoot(), 'fixtures/example');

/** Name and options of a test that needs a recording; without it, it is skipped and its name says why. */
export function needs(file: string, name: string): [name: string, options: { readonly skip: boolean }] {
  if (existsSync(recording(file))) return [name, { skip: false }];
  return [`${name} (skipped: ../shared/data/traces/${file} is not there)`, { skip: true }];
}

/** Bounds of a visit, as both sides tell them. */
export type Bounds = Pick<VisitVersion, 'unit' | 'place' | 'innerFromMs' | 'innerToMs' | 'outerFromMs' | 'outerToMs'>;

export interface Replayed {
  readonly summary: Summary;
  readonly alerts: readonly AlertVersion[];
  readonly visits: readonly VisitVersion[];
  readonly flags: Readonly<Record<string, number>>;
  readonly rows: number;
}

/** `beatwatch replay`, as anybody would call it: a server, its Redis and the trackers' sockets in a process of their own. */
export async function replay(path: string, district: string, ...options: string[]): Promise<Replayed> {
  const args = ['replay', path, '--district', district, '--visits', '--json', ...options];
  const lines = await jsonLines(COMMAND_LINE, args);
  const ofType = (type: string) => lines.filter((line) => line.type === type);
  const [trace] = ofType('trace') as unknown as Pick<Replayed, 'flags' | 'rows'>[];
  const [summary] = ofType('summary') as unknown as Summary[];
  if (trace === undefined || summary === undefined) throw new Error('got no summary, expected one at the end');
  return {
    summary,
    alerts: ofType('alert') as unknown as AlertVersion[],
    visits: ofType('visit') as unknown as VisitVersion[],
    flags: trace.flags,
    rows: trace.rows,
  };
}

export interface Reference {
  readonly visits: readonly Bounds[];
  readonly counts: {
    readonly fixes: number;
    readonly duplicates: number;
    readonly nullIsland: number;
    readonly outliers: number;
    readonly admitted: number;
  };
}

/** What the independent script says; it fails when a fix is too near to a threshold to prove anything. */
export async function reference(path: string, district: string): Promise<Reference> {
  const script = join(projectRoot(), 'test/real-days/reference-visits.mjs');
  const lines = await jsonLines(script, [path, district]);
  const counts = lines.pop() as unknown as Reference['counts'];
  return { visits: lines as unknown as Bounds[], counts };
}

/** The text that a script prints. */
export async function printed(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await runProgram(process.execPath, [script, ...args], {
    maxBuffer: MAX_OUTPUT_BYTES,
    timeout: LONGEST_RUN_MS,
  });
  return stdout;
}

async function jsonLines(script: string, args: readonly string[]): Promise<Record<string, unknown>[]> {
  const text = (await printed(script, ...args)).trimEnd();
  return text.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** In one order, and nothing but what both sides tell. */
export function boundsOf(visits: readonly Bounds[]): Bounds[] {
  return visits
    .map(({ unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs }) => {
      return { unit, place, innerFromMs, innerToMs, outerFromMs, outerToMs };
    })
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

export function placesOf(visits: readonly Bounds[]): Set<string> {
  return new Set(visits.map(({ place }) => place));
}

/** What a day came to, for whoever reads the test's output. */
export function dayLine({ summary, visits, flags }: Replayed): string {
  const { fixes, wallS } = summary;
  const flagged = JSON.stringify(flags);
  return `${fixes.admitted} admitted, ${fixes.duplicate} duplicates, flagged ${flagged}, ${visits.length} visits at ${placesOf(visits).size} places, ${wallS} s`;
}
