import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../tree/sources.js';

export { projectRoot };

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
  const cli = join(import.meta.dirname, '../../src/cli.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
    encoding: 'utf8',
    cwd: o.cwd ?? projectRoot,
    env: { ...process.env, ...o.env },
  });
  return { status, stdout, stderr };
}
