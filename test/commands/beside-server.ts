import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DISTRICT_FILES, projectPath, readProject } from '../documents/project.js';
import type { TestScope } from '../support/redis-server.js';

/** A command of `beatwatch` beside a server in this process. */
export async function beside(t: TestScope, token: string, words: readonly string[], cwd?: string) {
  const child = spawn(process.execPath, [projectPath('dist/src/cli.js'), ...words], {
    env: { ...process.env, BEATWATCH_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
  });
  t.teardown(() => child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  child.stdout.on('data', (part: Buffer) => (said.stdout += String(part)));
  child.stderr.on('data', (part: Buffer) => (said.stderr += String(part)));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...said };
}

/** The block of the manual after `<!-- program: NAME -->`. */
export function shown(name: string): string {
  const text = new RegExp(`<!-- program: ${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(
    readProject(DISTRICT_FILES),
  )?.[1];
  if (text === undefined) throw new Error(`got no ${name} in the manual, expected it`);
  return text;
}

/** The words of a command line of the manual, without those that start the program. */
export function wordsOf(name: string): readonly string[] {
  const words = [
    ...shown(name)
      .trim()
      .matchAll(/'([^']*)'|(\S+)/g),
  ].map(([, quoted, plain]) => quoted ?? plain ?? '');
  if (words.splice(0, 2).join(' ') !== 'npx beatwatch') throw new Error(`got ${name} of another program`);
  return words;
}
