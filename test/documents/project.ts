import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COMMAND_LINE } from '../support/command-line.js';
import { projectRoot } from '../tree/sources.js';

export { projectRoot };

/** The manuals of the project: each lies in the room that it is about. */
export const DISTRICT_FILES = 'fixtures/README.md';
export const TRACKERS = 'proto/README.md';
export const API = 'src/api/README.md';
export const COMMANDS = 'src/commands/README.md';
export const ENGINE = 'src/engine/README.md';
export const ARCHIVE = 'src/archive/README.md';
export const FORMATS = 'src/formats/README.md';
export const REPORTS = 'src/reports/README.md';
export const HOT_STATE = 'src/hot/README.md';
export const GEOMETRY = 'src/geo/README.md';
export const TESTS = 'test/README.md';
export const OPERATIONS = '.github/OPERATIONS.md';
export const CONTRIBUTING = '.github/CONTRIBUTING.md';

/** Every document of the project, as paths from the root. */
export const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  DISTRICT_FILES,
  TRACKERS,
  API,
  COMMANDS,
  ENGINE,
  HOT_STATE,
  ARCHIVE,
  FORMATS,
  REPORTS,
  GEOMETRY,
  TESTS,
  OPERATIONS,
  CONTRIBUTING,
  '.github/SECURITY.md',
] as const;

export function projectPath(path: string): string {
  return join(projectRoot, path);
}

export function readProject(path: string): string {
  return readFileSync(projectPath(path), 'utf8');
}

/** `npx beatwatch …`, of the same build as the running test. */
export function beatwatch(
  args: readonly string[],
  o: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND_LINE, ...args], {
    encoding: 'utf8',
    cwd: o.cwd ?? projectRoot,
    env: { ...process.env, ...o.env },
  });
  return { status, stdout, stderr };
}
