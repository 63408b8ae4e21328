import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyPair } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import type { Role } from '../../src/model/roles.js';
import { writeDistrict } from '../campaign/real/write-district.js';
import { COMMAND_LINE } from '../support/command-line.js';

const PLACES = 16;
const EVERYTHING_BINDS = { gapMs: 600_000, graceMs: 60_000, shortMs: 600_000, standMs: 1_500_000, binds: null };

/** A server in a process of its own, with its own Redis on disk. */
export interface Site {
  /** `http://…` */
  readonly url: string;
  readonly server: ChildProcess;
  readonly token: (role: Role, subject: string) => Promise<string>;
}

export interface SiteOptions {
  /** Empty; the server's data lies there. */
  readonly folder: string;
  readonly district: string;
  /** Units `car-0` … with the trackers `t-0` …. */
  readonly units: number;
  /** Between two of the posts, which stand in a row to the east. */
  readonly betweenM: number;
}

/** Serves one district on a free port. */
export async function startSite({ folder, district: id, units, betweenM }: SiteOptions): Promise<Site> {
  const district = join(folder, 'district');
  await mkdir(district);
  await writeDistrict(district, id, {
    loggedAtMs: 0,
    inForceMs: 0,
    places: Array.from({ length: PLACES }, (_, i) => ({
      id: `post-${i}`,
      kind: 'circle' as const,
      at: [i * betweenM, 0] as const,
      radiusM: 100,
    })),
    units: Array.from({ length: units }, (_, i) => ({
      id: `car-${i}`,
      kind: 'car' as const,
      tracker: `t-${i}`,
      intervalMs: 10_000,
      duty: null,
    })),
    rules: EVERYTHING_BINDS,
  });
  const key = await createKeyPair(join(folder, 'keys'));
  const server = spawn(process.execPath, [COMMAND_LINE, 'serve', district], {
    env: { ...process.env, BEATWATCH_DATA: folder, BEATWATCH_PORT: '0', BEATWATCH_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(server.stdout, 'data')) as [Buffer];
  const { url } = JSON.parse(String(line).split('\n')[0] ?? '') as { url: string };
  return {
    url,
    server,
    token: (role, subject) => signToken({ key, role, subject, districts: [id], ttlS: 3_600, nowMs: Date.now() }),
  };
}

/** Ends a process that this one started. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'close');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await ended;
  clearTimeout(timer);
}
