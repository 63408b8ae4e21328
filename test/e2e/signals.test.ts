import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { SAME_SIGNAL_MS } from '../../src/commands/stopping.js';
import { projectPath } from '../documents/project.js';
import { inherited } from './programs.js';

/** A program that needs a while to end in order. */
const PROGRAM = `
import { onStop } from '${pathToFileURL(projectPath('dist/src/commands/stopping.js')).href}';
const { signal } = onStop(['SIGINT']);
const awake = setInterval(() => undefined, 1_000);
signal.addEventListener('abort', () => setTimeout(() => clearInterval(awake), ${3 * SAME_SIGNAL_MS}));
console.log('runs');
`;

t.test('a signal that comes again within a second is the same one; a later one ends the process at once', async (t) => {
  const codeAfter = async (betweenMs: number): Promise<number | null> => {
    const options = { env: inherited(), stdio: ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit'] };
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], options);
    const ended = once(child, 'close');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    await sleep(betweenMs);
    child.kill('SIGINT');
    const [code] = (await ended) as [number | null];
    return code;
  };
  t.equal(await codeAfter(SAME_SIGNAL_MS / 4), 0, 'it ends in order');
  t.equal(await codeAfter(1.5 * SAME_SIGNAL_MS), 130, 'it ends at once');
});
