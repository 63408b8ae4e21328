import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { createRandom } from '../../src/simulator/random.js';
import { projectPath } from '../documents/project.js';
import { COMMAND_LINE } from '../support/command-line.js';
import { temporaryFolder } from '../support/redis-server.js';
import { start } from './programs.js';
import { CTRL_C, kill, openTerminal, type Terminal } from './pseudo-terminal.js';
import { openSite, redisPid, until } from './served-district.js';

t.setTimeout(600_000);
t.jobs = 3;

/** `STOPS=20 npm test -- test/e2e/stop.test.ts` presses Ctrl+C twenty times. */
const STOPS = Number(process.env.STOPS ?? 2);
const SEED = 7;
const FIRST_MS = 1_000;
const LAST_MS = 8_000;
const LOOK_MS = 60;
/** Everything has ended so long after the last signal at the latest. */
const GONE_WITHIN_MS = 12_000;

const NPM_START = 'exec npm start';

/** Nothing runs and nothing lies about; the temporary files are those of whatever the terminal ran. */
async function nothingIsLeft(t: Test, terminal: Terminal, name: string): Promise<void> {
  const untilMs = performance.now() + GONE_WITHIN_MS;
  while (performance.now() < untilMs && (terminal.processes().size > 0 || (await terminal.files()).length > 0)) {
    await sleep(LOOK_MS);
  }
  t.strictSame([...terminal.processes().values()], [], `${name}: no process is left`);
  t.strictSame(await terminal.files(), [], `${name}: no file is left`);
}

const runs = (terminal: Terminal) => until(() => terminal.output().includes('Beatwatch runs'), 'a demo that runs');

/** Process ids by what stands in their command line. */
const pidsOf = (terminal: Terminal, words: string) =>
  [...terminal.processes()].flatMap(([pid, line]) => (line.includes(words) ? [pid] : []));

/** Looks less often than `until` would: each look reads all of /proc. */
async function untilThere(terminal: Terminal, words: string): Promise<void> {
  while (pidsOf(terminal, words).length === 0 && !terminal.hasExited()) await sleep(LOOK_MS);
}

function killAll(terminal: Terminal, words: string): void {
  for (const pid of pidsOf(terminal, words)) kill(pid, 'SIGKILL');
}

/** A clone in which nothing was compiled yet; packages and fixtures are the project's own. */
async function bareClone(t: Test): Promise<string> {
  const folder = await temporaryFolder(t);
  for (const name of ['.dev', 'proto', 'src', 'package.json', 'package-lock.json', 'tsconfig.json', '.taprc'])
    await cp(projectPath(name), join(folder, name), { recursive: true });
  for (const name of ['node_modules', 'fixtures']) await symlink(projectPath(name), join(folder, name));
  await mkdir(join(folder, 'test'));
  return folder;
}

t.before(async () => {
  // So that what follows need not compile: npm start does when it finds other sources than the last time.
  const { status, stderr } = spawnSync('npm', ['start', '--silent', '--', '--help'], {
    cwd: projectPath('.'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`npm start -- --help: got exit code ${status}, expected 0:\n${stderr}`);
});

t.test('Ctrl+C in a terminal ends npm start and all that it started, from the first second on', async (t) => {
  const random = createRandom(SEED, 'stops');
  for (let round = 0; round < STOPS; round += 1) {
    const atMs = random.integer(FIRST_MS, LAST_MS);
    const terminal = await openTerminal(t, { command: NPM_START, cwd: projectPath('.') });
    await sleep(atMs);
    terminal.type(CTRL_C);
    await until(terminal.hasExited, `the end of npm start, seed ${SEED}, round ${round}, after ${atMs} ms`);
    await nothingIsLeft(t, terminal, `seed ${SEED}, round ${round}, after ${atMs} ms`);
  }
});

t.test('Ctrl+C while npm start sets up ends the set-up and what it runs', async (t) => {
  const random = createRandom(SEED, 'set-up');
  for (let round = 0; round < Math.ceil(STOPS / 4); round += 1) {
    const terminal = await openTerminal(t, { command: NPM_START, cwd: await bareClone(t) });
    await until(() => terminal.output().includes('set-up:'), 'a set-up that has begun');
    const atMs = random.integer(0, 4_000);
    await sleep(atMs);
    terminal.type(CTRL_C);
    await until(terminal.hasExited, `the end of npm start, seed ${SEED}, round ${round}, after ${atMs} ms`);
    await nothingIsLeft(t, terminal, `seed ${SEED}, round ${round}, ${atMs} ms after its first word`);
  }
});

t.test('whatever ends a demo that runs, its Redis and its folder end with it', async (t) => {
  const ways: readonly [string, (terminal: Terminal) => Promise<void> | void][] = [
    ['Ctrl+C twice', (terminal) => terminal.type(CTRL_C + CTRL_C)],
    ['the window closed', (terminal) => terminal.close()],
    ['npm killed', (terminal) => killAll(terminal, 'npm start')],
  ];
  for (const [name, end] of ways) {
    const terminal = await openTerminal(t, { command: NPM_START, cwd: projectPath('.') });
    await runs(terminal);
    t.equal(pidsOf(terminal, 'redis-server').length > 0, true, 'it has a Redis');
    t.equal((await terminal.files()).length, 1, 'and a folder');
    await end(terminal);
    await nothingIsLeft(t, terminal, name);
  }
});

t.test('a demo that is killed while its Redis starts leaves neither', async (t) => {
  for (const marks of ['beatwatch-', 'redis-server']) {
    const command = `exec ${process.execPath} ${COMMAND_LINE} demo`;
    const terminal = await openTerminal(t, { command, cwd: projectPath('.') });
    await untilThere(terminal, marks);
    killAll(terminal, 'beatwatch.js demo');
    await nothingIsLeft(t, terminal, `killed when there was ${marks}`);
  }
});

t.test('a killed demo leaves no socket elsewhere, where its folder is too deep for one', async (t) => {
  const deep = join(await temporaryFolder(t), 'd'.repeat(120));
  await mkdir(deep);
  const demo = start(t, ['demo'], { TMPDIR: deep });
  await until(() => demo.stdout().includes('Beatwatch runs') || demo.hasExited(), 'a demo that runs');
  const [folder = ''] = await readdir(deep);
  const socketFolder = dirname(await readFile(join(deep, folder, 'redis/socket-path'), 'utf8'));
  t.ok(existsSync(socketFolder));
  demo.process.kill('SIGKILL');
  await until(async () => !existsSync(socketFolder) && (await readdir(deep)).length === 0, 'the end of both folders');
});

t.test('set-up that is killed ends what it runs', async (t) => {
  const terminal = await openTerminal(t, { command: NPM_START, cwd: await bareClone(t) });
  await untilThere(terminal, 'pbjs');
  killAll(terminal, 'run.mjs');
  await nothingIsLeft(t, terminal, 'killed');
});

t.test('the first SIGTERM or SIGHUP ends a replay, even one that waits for what never comes', async (t) => {
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
    const folder = await temporaryFolder(t);
    const trace = join(folder, 'years.csv');
    // Two fixes a month apart: a clock that crosses the time between in small steps takes minutes for it.
    await writeFile(
      trace,
      'veh,fix,lat,lng\nbd-1,2026-11-24T07:30:00Z,24.3,116.1\nbd-1,2026-12-24T07:30:00Z,24.3,116.1\n',
    );
    const own = await temporaryFolder(t);
    const columns = 'vehicle=veh,time=fix,lat=lat,lng=lng';
    const words = ['replay', trace, '--district', projectPath('fixtures/example'), '--columns', columns];
    const replay = start(t, [...words, '--speed', '1'], { TMPDIR: own });
    await until(() => replay.stdout().includes('Beatwatch replays') || replay.hasExited(), 'a replay that runs');
    const atMs = performance.now();
    replay.process.kill(signal);
    t.equal(await replay.exit, 1, signal);
    t.ok(performance.now() - atMs < GONE_WITHIN_MS, `${Math.round(performance.now() - atMs)} ms`);
    t.match(replay.stderr(), /got a signal to stop/);
    t.strictSame(await readdir(own), [], 'nothing is left behind');
  }
});

t.test('SIGTERM in the first seconds of serve leaves no Redis behind, and no error', async (t) => {
  for (const waitedMs of [0, 300]) {
    const site = await openSite(t);
    const server = start(t, ['serve'], site.variables);
    await until(() => redisPid(site.folder) !== null || server.hasExited(), 'a Redis that starts');
    const pid = redisPid(site.folder) ?? 0;
    await sleep(waitedMs);
    server.process.kill('SIGTERM');
    t.equal(await server.exit, 0, server.stderr());
    await until(() => !isThere(pid), `the end of Redis, started ${waitedMs} ms before the signal`);
  }
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
