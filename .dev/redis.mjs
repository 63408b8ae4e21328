// Finds a Redis server, or installs Debian's. It never starts one as a system service.

import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { root, run, SetUpError, step } from './shell.mjs';

const NAMES = ['redis-server', 'valkey-server'];
const OLDEST_MAJOR = 7;
const PACKAGES = ['redis-server', 'redis-tools'];
const OWN_FOLDER = join(root, '.redis');
const POLICY = '/usr/sbin/policy-rc.d';
const ADVICE = `Install one of them and start again:
    Debian, Ubuntu   sudo apt-get install --no-install-recommends redis-server redis-tools
    Fedora           sudo dnf install valkey
    Alpine           sudo apk add redis
    macOS            brew install redis
  or set REDIS_SERVER to the path of a redis-server or valkey-server (version ${OLDEST_MAJOR} or newer).`;

/**
 * $REDIS_SERVER, else PATH, else what an earlier set-up unpacked, else Debian's package: installed as root, unpacked
 * into .redis otherwise.
 * @returns {Promise<{ server: string, binFolder: string | null }>} binFolder must come first on PATH when not null
 */
export async function findRedis() {
  if (process.env.REDIS_SERVER) return chosen(process.env.REDIS_SERVER);
  const tooOld = [];
  const found = (await firstUsable(NAMES.flatMap(onPath), tooOld)) ?? (await ownServer());
  if (found !== null) return found;
  const why =
    tooOld.length > 0
      ? `no Redis server of version ${OLDEST_MAJOR} or newer (${tooOld.join(', ')})`
      : 'no Redis server';
  if (onPath('apt-get').length === 0) throw new SetUpError(`found ${why}. ${ADVICE}`);
  const asRoot = process.getuid?.() === 0;
  try {
    return asRoot ? await installPackages() : await unpackPackages();
  } catch (error) {
    if (!(error instanceof SetUpError)) throw error;
    throw new SetUpError(`found ${why}, and ${error.message}\n${ADVICE}`);
  }
}

async function chosen(path) {
  const version = await versionOf(path);
  if (version !== null && version.major >= OLDEST_MAJOR) return { server: path, binFolder: null };
  const got = version === null ? 'does not run' : `is version ${version.text}`;
  throw new SetUpError(
    `REDIS_SERVER=${path} ${got}; expected a redis-server or valkey-server, version ${OLDEST_MAJOR} or newer`,
  );
}

async function firstUsable(paths, tooOld) {
  for (const path of paths) {
    const version = await versionOf(path);
    if (version !== null && version.major >= OLDEST_MAJOR) return { server: path, binFolder: null };
    if (version !== null) tooOld.push(`${path} is ${version.text}`);
  }
  return null;
}

async function versionOf(path) {
  const { code, output } = await run(path, ['--version']);
  const match = /v=(\d+)(\.[\d.]+)/.exec(output);
  return code === 0 && match !== null ? { major: Number(match[1]), text: match[1] + match[2] } : null;
}

function onPath(name) {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).filter(isExecutable);
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

async function ownServer() {
  const binFolder = join(OWN_FOLDER, 'bin');
  const server = join(binFolder, 'redis-server');
  return existsSync(server) && (await versionOf(server)) !== null ? { server, binFolder } : null;
}

/** As root: the package, with its service denied by policy-rc.d while it installs and disabled afterwards. */
async function installPackages() {
  return step(`installing ${PACKAGES.join(' and ')} (apt-get)`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    const ownPolicy = !existsSync(POLICY);
    const removePolicy = () => rmSync(POLICY, { force: true });
    if (ownPolicy) {
      process.once('exit', removePolicy); // after a signal there is no `finally`
      writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    }
    try {
      await run('apt-get', ['update', '-q'], { env }); // a broken third-party list fails it; the install tells
      await apt(['-o', 'DPkg::Lock::Timeout=120', 'install', '-qy', '--no-install-recommends', ...PACKAGES], { env });
    } finally {
      if (ownPolicy) removePolicy();
    }
    if (existsSync('/run/systemd/system')) await run('systemctl', ['disable', 'redis-server']);
    const tooOld = [];
    const found = await firstUsable([...onPath('redis-server'), '/usr/bin/redis-server'], tooOld);
    if (found === null)
      throw new SetUpError(`this system's package will not do (${tooOld.join(', ') || 'it does not run'}).`);
    return found;
  });
}

/** Not as root: the packages and those that they need and this machine lacks, unpacked into .redis without installing. */
async function unpackPackages() {
  return step(`unpacking ${PACKAGES.join(' and ')} into .redis (apt-get download)`, async () => {
    const debs = join(OWN_FOLDER, 'debs');
    const tree = join(OWN_FOLDER, 'root');
    for (const folder of ['lists/partial', 'cache/archives/partial', 'debs']) {
      mkdirSync(join(OWN_FOLDER, folder), { recursive: true });
    }
    const own = [
      '-o',
      `Dir::State::lists=${join(OWN_FOLDER, 'lists')}`,
      '-o',
      `Dir::Cache=${join(OWN_FOLDER, 'cache')}`,
    ];
    await run('apt-get', [...own, 'update', '-q']);
    const plan = await apt([...own, '-s', 'install', '--no-install-recommends', ...PACKAGES]);
    const missing = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1]);
    await apt([...own, 'download', '-q', ...new Set([...PACKAGES, ...missing])], { cwd: debs });
    for (const file of readdirSync(debs)) {
      const { code, output } = await run('dpkg', ['-x', join(debs, file), tree]);
      if (code !== 0) throw new SetUpError(`dpkg -x ${file} failed:\n${output}`);
    }
    for (const name of ['redis-server', 'redis-cli']) writeWrapper(name);
    for (const folder of ['lists', 'cache', 'debs']) rmSync(join(OWN_FOLDER, folder), { recursive: true, force: true });
    const found = await ownServer();
    if (found === null) throw new SetUpError('the unpacked redis-server does not run.');
    return found;
  });
}

/** Throws with what it printed when it fails. */
export async function apt(args, options) {
  // A dpkg that is ended half-way leaves the system's package database to be repaired by hand.
  const { code, output } = await run('apt-get', args, { ...options, inOrder: true });
  if (code !== 0) throw new SetUpError(`apt-get ${args.join(' ')} failed with exit code ${code}:\n${output}`);
  return output;
}

/** The unpacked programs look for their libraries in the unpacked tree; `exec` keeps the process id. */
function writeWrapper(name) {
  const folder = join(OWN_FOLDER, 'bin');
  const path = join(folder, name);
  mkdirSync(folder, { recursive: true });
  const script = `#!/bin/sh
tree=$(cd "$(dirname "$0")/../root" && pwd)
for folder in "$tree"/usr/lib/*-linux-gnu* "$tree"/lib/*-linux-gnu*; do
  [ -d "$folder" ] && LD_LIBRARY_PATH="$folder\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
export LD_LIBRARY_PATH
exec "$tree/usr/bin/${name}" "$@"
`;
  writeFileSync(path, script);
  chmodSync(path, 0o755);
}
