import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BeatwatchError } from '../model/errors.js';

/** A Redis server program that was run once for its version. */
export interface RedisProgram {
  readonly path: string;
  readonly version: string;
}

const ON_PATH = ['redis-server', 'valkey-server'];
/** What `npm run setup` has unpacked: a script that sets LD_LIBRARY_PATH and becomes the server under the same process id. */
const UNPACKED = fileURLToPath(
  new URL('../.redis/bin/redis-server', import.meta.resolve('#proto-files/tracker.proto')),
);
export const LEAST_MAJOR_VERSION = 7;

/**
 * Finds a Redis or Valkey server that is new enough: the given program, or else the first on PATH, or else the one that
 * `npm run setup` has unpacked. Codes: `redis-missing`, `redis-too-old`.
 */
export async function locateRedis(serverBinary?: string, unpacked = UNPACKED): Promise<RedisProgram> {
  const candidates = serverBinary === undefined ? [...ON_PATH, unpacked] : [serverBinary];
  let tooOld: RedisProgram | null = null;
  for (const path of candidates) {
    const version = await versionOf(path);
    if (version === null) continue;
    if (Number.parseInt(version, 10) >= LEAST_MAJOR_VERSION) return { path, version };
    tooOld ??= { path, version };
  }
  if (tooOld !== null) {
    throw new BeatwatchError(
      'redis-too-old',
      `got Redis ${tooOld.version} (${tooOld.path}), expected ${LEAST_MAJOR_VERSION}.0 or newer: install a newer one, or name another with REDIS_SERVER`,
      { ...tooOld },
    );
  }
  throw new BeatwatchError(
    'redis-missing',
    `got no Redis server (tried ${candidates.join(', ')}), expected one on PATH or named by REDIS_SERVER: ` +
      'install one (Debian and Ubuntu: apt-get install redis-server; Fedora: dnf install valkey; macOS: brew install redis), ' +
      'or set REDIS_URL to a Redis that runs already',
    { candidates },
  );
}

/** `7.0.15`, or null when the program is not there or is something else. */
async function versionOf(path: string): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 10_000 });
    return /\bv=(\d+\.\d+\.\d+)/.exec(stdout)?.[1] ?? null;
  } catch {
    return null;
  }
}
