// Makes a bare clone runnable: packages, generated code, compiled code, a Redis server, and for tests the test runner.
// Each step looks first whether its work is done already, so that running it again costs a second.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { findBrowser } from './browser.mjs';
import { findRedis } from './redis.mjs';
import { root, run, SetUpError, say, step } from './shell.mjs';

const OLDEST_NODE = [20, 19];
const LOCK_WAIT_MS = 600_000;

/**
 * Everything that `npm start` needs and, with `tests`, everything that the tests need but the compiled code,
 * whose errors are a result of the tests and not of the set-up.
 */
export async function setUp({ tests }) {
  checkNode();
  await withLock(async () => {
    await install();
    const redis = await findRedis();
    process.env.REDIS_SERVER = redis.server;
    if (redis.binFolder !== null) process.env.PATH = `${redis.binFolder}:${process.env.PATH}`;
    if (tests) await buildTestRunner();
    if (tests) await findBrowser();
  });
  if (!tests) await buildOrThrow();
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  throw new SetUpError(
    `this is Node ${process.versions.node}; needed is ${OLDEST_NODE.join('.')} or newer (20, 22, 24)`,
  );
}

/** `npm start` and `npm test` may be started side by side in a fresh clone: one of them installs, the other waits. */
async function withLock(work) {
  const lock = join(root, '.setup.lock');
  const untilMs = Date.now() + LOCK_WAIT_MS;
  for (let told = false; ; await sleep(300)) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readIfThere(lock);
    if (holder === null) continue;
    if (holder !== '' && !isAlive(Number(holder))) {
      rmSync(lock, { force: true });
      continue;
    }
    if (Date.now() > untilMs)
      throw new SetUpError(`another set-up (process ${holder}) does not end; is it gone? Delete ${lock}`);
    if (!told) say(`set-up: waiting for another set-up (process ${holder}) ...`);
    told = true;
  }
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function install() {
  if (isInstalled()) return;
  await step('installing packages (npm ci, about a minute)', async () => {
    const { code, output } = await run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']);
    if (code !== 0) throw new SetUpError(`npm ci failed with exit code ${code}:\n${output}`);
  });
}

/** npm writes what it installed to node_modules/.package-lock.json as its last act; optional packages are per platform. */
function isInstalled() {
  const installed = readIfThere(join(root, 'node_modules/.package-lock.json'));
  if (installed === null) return false;
  const have = JSON.parse(installed).packages;
  const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(want).every(
    ([path, wanted]) => path === '' || wanted.optional || have[path]?.version === wanted.version,
  );
}

/** tap is compiled with its plugins, which .taprc names; the stamp goes when npm ci replaces node_modules. */
async function buildTestRunner() {
  const stamp = join(root, 'node_modules/.tap-build');
  const wanted = hashFiles(['.taprc', 'package-lock.json']);
  if (readIfThere(stamp) === wanted) return;
  await step('building the test runner (tap build, about 20 s)', async () => {
    const { code, output } = await run('node_modules/.bin/tap', ['build']);
    if (code !== 0) throw new SetUpError(`tap build failed with exit code ${code}:\n${output}`);
  });
  writeFileSync(stamp, wanted);
}

/** The compiler writes its output all the same, so that a broken test does not keep the server from starting. */
async function buildOrThrow() {
  const { code, output } = await build({ always: false });
  if (code === 0) return;
  const onlyInTests = /^test\/.*error TS/m.test(output) && !/^(?!test\/)\S.*error/m.test(output);
  if (!onlyInTests) throw new SetUpError(`the build failed:\n${output}`);
  say('set-up: the tests do not compile (npm test tells); the server does');
}

/**
 * Generates and compiles; the compiler writes its output even when it finds errors.
 * @param {{ always: boolean }} options with `always` the compiler runs although nothing changed
 * @returns {Promise<{ code: number, output: string }>}
 */
export function build({ always }) {
  return withLock(() => generateAndCompile(always));
}

async function generateAndCompile(always) {
  const protoStamp = join(root, 'dist/.proto-stamp');
  const protoWanted = hashFiles([...list('proto'), 'package.json']);
  if (readIfThere(protoStamp) !== protoWanted || !existsSync(join(root, 'dist/proto'))) {
    // The generator keeps files of its own, which it leaves behind when it is stopped.
    const ownTemporary = join(root, 'dist/.tmp');
    mkdirSync(ownTemporary, { recursive: true });
    const env = { ...process.env, TMPDIR: ownTemporary };
    const generated = await step('generating code from proto/', () =>
      run('npm', ['run', '--silent', 'build:proto'], { env }),
    );
    rmSync(ownTemporary, { recursive: true, force: true });
    if (generated.code !== 0) return generated;
    writeFileSync(protoStamp, protoWanted);
  }
  const stamp = join(root, 'dist/.stamp');
  const wanted = hashFiles([
    ...list('src'),
    ...list('test'),
    '.dev/bundle.mjs',
    'tsconfig.json',
    'package-lock.json',
    'dist/.proto-stamp',
  ]);
  if (!always && readIfThere(stamp) === wanted) return await buildConsole();
  rmSync(stamp, { force: true });
  const compiled = await step('compiling', () => run('npm', ['run', '--silent', 'build:ts']));
  // What does not compile is written all the same.
  if (compiled.code !== 0) await run('npm', ['run', '--silent', 'build:bin']);
  removeOrphans();
  if (compiled.code !== 0) return compiled;
  writeFileSync(stamp, wanted);
  return await buildConsole();
}

/** The page that the server serves; it is made of the parts of the sources that browsers share. */
async function buildConsole() {
  const stamp = join(root, 'dist/.console-stamp');
  const sources = ['src/console', 'src/protocol', 'src/model'].flatMap(list);
  const wanted = hashFiles([...sources, 'package-lock.json']);
  if (readIfThere(stamp) === wanted && existsSync(join(root, 'dist/console/index.html')))
    return { code: 0, output: '' };
  const built = await step('building the console', () => run('npm', ['run', '--silent', 'build:console']));
  if (built.code === 0) writeFileSync(stamp, wanted);
  return built;
}

/** A compiled test whose source was deleted must not run. */
function removeOrphans() {
  for (const output of [...list('dist/src'), ...list('dist/test')]) {
    const source = output.replace(/^dist\//, '').replace(/\.js(\.map)?$/, '.ts');
    if (/\.js(\.map)?$/.test(output) && !existsSync(join(root, source))) unlinkSync(join(root, output));
  }
}

/** The files below a folder of the project, sorted, as paths from the root. */
export function list(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => (entry.isDirectory() ? list(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]));
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths)
    hash
      .update(`${path}\0`)
      .update(readIfThere(join(root, path)) ?? '')
      .update('\0');
  return hash.digest('hex');
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Ends the process with what the user can do about it. */
export function giveUp(error) {
  say(error instanceof SetUpError ? `set-up: ${error.message}` : `set-up: ${error.stack}`);
  process.exitCode = 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setUp({ tests: false })
    .then(() => setUp({ tests: true }))
    .then(() => say(`set-up: ready; Redis server: ${process.env.REDIS_SERVER}`), giveUp);
}
