import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import t from 'tap';
import { temporaryFolder, type TestScope } from '../support/redis-server.js';
import { startExampleServer } from './example-server.js';
import { beatwatch, COMMANDS, projectPath, readProject, TRACKERS } from './project.js';

/** The block of a document after `<!-- program: NAME -->`. */
function programOf(document: string, name: string): string {
  const match = new RegExp(`<!-- program: ${name} -->\n\`\`\`\\w+\n([\\s\\S]*?)\`\`\``).exec(readProject(document));
  if (match?.[1] === undefined) throw new Error(`got no program ${name} in ${document}, expected one`);
  return match[1];
}

/** A folder as the manual asks for: the program, the .proto and the two libraries. */
async function trackerFolder(t: TestScope): Promise<string> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'proto'));
  await writeFile(join(folder, 'proto/tracker.proto'), readProject('proto/tracker.proto'));
  await writeFile(join(folder, 'tracker.mjs'), programOf(TRACKERS, 'tracker.mjs'));
  await symlink(projectPath('node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** Resolves with the next line that matches. */
function lineOf(child: ChildProcess, lines: string[], wanted: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const found = lines.findIndex((line) => wanted.test(line));
      if (found < 0) return;
      child.off('line', look);
      resolve(lines.splice(0, found + 1).at(-1) ?? '');
    };
    child.on('line', look);
    child.once('exit', (code) =>
      reject(new Error(`the tracker ended with ${code} before ${wanted}: ${lines.join('; ')}`)),
    );
    look();
  });
}

function runTracker(
  t: TestScope,
  folder: string,
  url: string,
  token: string,
): { child: ChildProcess; lines: string[] } {
  const child = spawn(process.execPath, ['tracker.mjs', `${url.replace(/^http/, 'ws')}/v1/ingest`, token], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.teardown(() => child.kill('SIGKILL'));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface(stream).on('line', (line) => {
      lines.push(line);
      child.emit('line');
    });
  }
  return { child, lines };
}

t.test('the example tracker gets its reports acknowledged, and sends again what had no answer', async (t) => {
  const folder = await trackerFolder(t);
  const first = await startExampleServer(t, { startMs: null });
  const { child, lines } = runTracker(t, folder, first.url, await first.token('tracker', 'bd-1'));
  t.match(await lineOf(child, lines, /^acknowledged/), /^acknowledged [0-9a-f]{16} durable \[\]$/);
  const port = Number(new URL(first.url).port);
  await first.close();
  t.match(await lineOf(child, lines, /^closed/), /^closed 1001 shutdown$/);
  await startExampleServer(t, { startMs: null, port, dataFolder: first.dataFolder });
  t.match(await lineOf(child, lines, /^acknowledged/), /durable/, 'it came back by itself');
});

t.test('the example tracker gives up when a newer connection takes its place', async (t) => {
  const folder = await trackerFolder(t);
  const server = await startExampleServer(t, { startMs: null });
  const token = await server.token('tracker', 'bd-1');
  const older = runTracker(t, folder, server.url, token);
  await lineOf(older.child, older.lines, /^acknowledged/);
  const ended = once(older.child, 'exit');
  const newer = runTracker(t, folder, server.url, token);
  await lineOf(newer.child, newer.lines, /^acknowledged/);
  const [code] = (await ended) as [number];
  t.equal(code, 1);
  t.match(older.lines.join('\n'), /closed 4011 superseded/);
});

t.test('the recording is replayed as shown', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, 'shift.csv'), programOf(COMMANDS, 'shift.csv'));
  await symlink(projectPath('fixtures'), join(folder, 'fixtures'));
  const words = [
    ...programOf(COMMANDS, 'replay')
      .trim()
      .matchAll(/'([^']*)'|(\S+)/g),
  ].map(([, quoted, plain]) => quoted ?? plain ?? '');
  t.strictSame(words.splice(0, 2), ['npx', 'beatwatch']);
  const { status, stdout } = beatwatch(words, { cwd: folder });
  t.equal(status, 0);
  const shown = programOf(COMMANDS, 'replay-output').trimEnd().split('\n');
  const printed = stdout.split('\n').filter((line) => shown.includes(line));
  t.strictSame(printed, shown);
});
