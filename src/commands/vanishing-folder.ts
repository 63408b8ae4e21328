import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BeatwatchError, messageOf } from '../model/errors.js';

/** A folder that is gone when this process is, and with it every process that works in it. */
export interface VanishingFolder {
  readonly path: string;
  /** Removes the folder; what worked in it should have ended before. */
  remove(): Promise<void>;
}

/**
 * Waits for the end of its input, which comes with the end of its owner, however that ends: `kill -9` included. The folder is
 * moved first: a program that is being started in it no longer finds it. A program that has started is found by its working
 * folder where there is /proc, and by the pid file of the private Redis elsewhere.
 */
const WATCH = `
cat >/dev/null
gone="$1.gone"
mv "$1" "$gone" 2>/dev/null || exit 0
if [ -f "$gone/redis/socket-path" ]; then rm -rf "$(dirname "$(cat "$gone/redis/socket-path")")"; fi
if [ ! -d /proc/self ]; then kill -9 "$(cat "$gone/redis/redis.pid")"; fi
found=yes
while [ -n "$found" ]; do
  found=
  for folder in "$gone" "$gone"/*/; do
    for works in /proc/[0-9]*/cwd; do
      if [ "$works" -ef "$folder" ]; then
        process="\${works#/proc/}"
        kill -9 "\${process%/cwd}" && found=yes && sleep 0.05
      fi
    done
  done
done
rm -rf "$gone"
`;

/** The watcher has nothing to do when the folder was removed in order. */
const WATCHER_ENDS_WITHIN_MS = 5_000;

/** Makes an empty folder for temporary files. Code `watcher-missing`: this machine has no /bin/sh. */
export async function openVanishingFolder(): Promise<VanishingFolder> {
  const path = join(tmpdir(), `beatwatch-${randomBytes(6).toString('hex')}`);
  const watcher = await startWatcher(path);
  const remove = async (): Promise<void> => {
    await rm(path, { recursive: true, force: true });
    if (watcher.exitCode !== null || watcher.signalCode !== null) return;
    watcher.ref();
    const ended = once(watcher, 'exit', { signal: AbortSignal.timeout(WATCHER_ENDS_WITHIN_MS) });
    watcher.stdin?.end();
    await ended.catch(() => undefined);
  };
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, remove };
}

/** It runs before there is anything to remove, in a session of its own: a Ctrl+C or the end of a terminal does not reach it. */
async function startWatcher(path: string): Promise<ChildProcess> {
  const watcher = spawn('/bin/sh', ['-c', WATCH, 'beatwatch-watcher', path], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  try {
    await once(watcher, 'spawn');
  } catch (error) {
    throw new BeatwatchError(
      'watcher-missing',
      `got no /bin/sh (${messageOf(error)}), expected one: it removes the temporary folder should this process be killed`,
      {},
      { cause: error },
    );
  }
  return watcher;
}
