import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyPair, type SigningKey } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import type { Role } from '../../src/model/roles.js';
import { BROKEN } from '../campaign/breaks/variables.js';
import { stopWithUs, type TestScope, temporaryFolder } from '../support/redis-server.js';
import { MEIXIAN, type Program, start } from './programs.js';

const DISTRICTS = ['meixian', 'all-day'];
// A server looks after its plan each minute, and may find it too late the first time. A test that lacks a protection waits in vain, and need not do so for long.
const START_MS = process.env[BROKEN] === undefined ? 180_000 : 30_000;
const POLL_MS = 10;

/** A data folder with keys, and the settings of servers that work on it. */
export interface Site {
  readonly folder: string;
  readonly port: number;
  readonly url: string;
  readonly socketUrl: string;
  readonly variables: Readonly<Record<string, string>>;
  token(role: Role, subject: string): Promise<string>;
}

/** The Meixian fixture in a fresh folder on a free port. Its private Redis ends with the test, whoever left it behind. */
export async function openSite(
  t: TestScope,
  variables: Readonly<Record<string, string>> = {},
  where?: string,
): Promise<Site> {
  const folder = await temporaryFolder(t, where);
  stopWithUs(folder);
  t.teardown(() => killRedis(folder));
  const key = await createKeyPair(join(folder, 'keys'));
  const port = await freePort();
  return {
    folder,
    port,
    url: `http://127.0.0.1:${port}`,
    socketUrl: `ws://127.0.0.1:${port}`,
    variables: {
      BEATWATCH_DATA: folder,
      BEATWATCH_DISTRICTS: MEIXIAN,
      BEATWATCH_PORT: String(port),
      BEATWATCH_LOG_LEVEL: 'warn',
      ...variables,
    },
    token: (role, subject) => sign(key, role, subject),
  };
}

function sign(key: SigningKey, role: Role, subject: string): Promise<string> {
  return signToken({ key, role, subject, districts: DISTRICTS, ttlS: 3_600, nowMs: Date.now() });
}

/** A server that listens. */
export interface Served extends Program {
  readonly url: string;
}

/** Starts `beatwatch serve`, and resolves when it listens. */
export async function serve(
  t: TestScope,
  site: Site,
  variables: Readonly<Record<string, string>> = {},
): Promise<Served> {
  const program = start(t, ['serve'], { ...site.variables, ...variables });
  await until(() => program.stdout().includes('"listening"') || program.hasExited());
  if (program.hasExited()) throw new Error(`serve: got exit code ${await program.exit}:\n${program.stderr()}`);
  return { ...program, url: /"url":"([^"]+)"/.exec(program.stdout())?.[1] ?? '' };
}

/** Process id of the site's private Redis; null: none has said, or its file is there and still empty. */
export function redisPid(folder: string): number | null {
  try {
    return Number(readFileSync(join(folder, 'redis', 'redis.pid'), 'utf8')) || null;
  } catch {
    return null;
  }
}

export function killRedis(folder: string): void {
  const pid = redisPid(folder);
  if (pid !== null) kill(pid);
}

/** `kill -9`; a process that has ended already is fine. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

export async function until(condition: () => boolean | Promise<boolean>, what = 'what it waits for'): Promise<void> {
  for (const lastMs = performance.now() + START_MS; !(await condition()); await sleep(POLL_MS)) {
    if (performance.now() > lastMs) throw new Error(`got nothing within ${START_MS} ms, expected ${what}`);
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('got no port');
  return address.port;
}
