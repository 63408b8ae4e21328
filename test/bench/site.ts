import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKeyPair } from '../../src/access/keys.js';
import { MAX_TOKEN_LIFE_S, signToken } from '../../src/access/tokens.js';
import { DEFAULT_ROLES } from '../../src/config.js';
import { PLAN_LEAD_MS } from '../../src/model/limits.js';
import type { Role } from '../../src/model/roles.js';
import { writeDistrict } from '../campaign/real/write-district.js';
import { COMMAND_LINE } from '../support/command-line.js';
import { Progress } from './progress.js';

const PLACES = 16;
const DM_PER_M = 10;
const EVERYTHING_BINDS = { gapMs: 600_000, graceMs: 60_000, shortMs: 600_000, standMs: 1_500_000, binds: null };

/** A server in a process of its own, with its own Redis on disk. */
export interface Site {
  /** `http://…` */
  readonly url: string;
  readonly district: string;
  readonly server: ChildProcess;
  /** Of its own Redis. */
  readonly redisSocket: string;
  readonly token: (role: Role, subject: string) => Promise<string>;
}

export interface ServeOptions {
  /** Where its clock begins, which then goes only where it is set; absent: a wall clock. */
  readonly virtualFromMs?: number;
  /** Clients count as coming through a proxy: what one address may ask for stops no fleet of this machine. */
  readonly proxied: boolean;
  /** It archives, and trims its log. */
  readonly archives?: boolean;
}

export interface SiteOptions extends ServeOptions {
  /** Empty; the server's data lies there. */
  readonly folder: string;
  readonly district: string;
  /** Units `car-0` … with the trackers `t-0` …. */
  readonly units: number;
  /** Metres between two of the posts, which stand in a row to the east. */
  readonly betweenM: number;
  /** Posts; PLACES by default. */
  readonly places?: number;
  /** As the plan's; absent: as districts have it. */
  readonly possibleForMs?: number;
}

/** So many trackers, from this unit on. */
export function namesOf(trackers: number, from = 0): string[] {
  return Array.from({ length: trackers }, (_, i) => `t-${from + i}`);
}

export function tokensOf(site: Site, trackers: readonly string[]): Promise<string[]> {
  return Promise.all(trackers.map((tracker) => site.token('tracker', tracker)));
}

/** Serves one district on a free port. */
export async function startSite({
  folder,
  district: id,
  units,
  betweenM,
  places = PLACES,
  possibleForMs,
  ...o
}: SiteOptions): Promise<Site> {
  const district = join(folder, 'district');
  await mkdir(district);
  await writeDistrict(district, id, {
    loggedAtMs: 0,
    inForceMs: 0,
    places: Array.from({ length: places }, (_, i) => ({
      id: `post-${i}`,
      kind: 'circle' as const,
      at: [i * betweenM * DM_PER_M, 0] as const,
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
    ...(possibleForMs === undefined ? {} : { possibleForMs }),
  });
  const key = await createKeyPair(join(folder, 'keys'));
  const { server, url } = await serve(folder, o);
  return {
    url,
    district: id,
    server,
    redisSocket: join(folder, 'redis', 'redis.sock'),
    token: (role, subject) =>
      signToken({ key, role, subject, districts: [id], ttlS: MAX_TOKEN_LIFE_S[role], nowMs: Date.now() }),
  };
}

/** Starts a server on the district and the data that lie in the folder, and resolves when it listens. */
export async function serve(
  folder: string,
  { virtualFromMs, proxied, archives = false }: ServeOptions,
): Promise<{ readonly server: ChildProcess; readonly url: string }> {
  const server = spawn(process.execPath, [COMMAND_LINE, 'serve', join(folder, 'district')], {
    env: {
      ...process.env,
      BEATWATCH_DATA: folder,
      BEATWATCH_PORT: '0',
      BEATWATCH_ROLES: [...DEFAULT_ROLES, ...(archives ? ['archive'] : [])].join(),
      BEATWATCH_LOG_LEVEL: 'error',
      BEATWATCH_TRUSTED_PROXIES: proxied ? '127.0.0.1' : '',
      BEATWATCH_CLOCK: virtualFromMs === undefined ? 'wall' : `virtual@${new Date(virtualFromMs).toISOString()}`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit').then(([code]) => {
    throw new Error(`the server ended with ${code} before it listened`);
  });
  const [line] = (await Promise.race([once(server.stdout, 'data'), ended])) as [Buffer];
  const { url } = JSON.parse(String(line).split('\n')[0] ?? '') as { url: string };
  return { server, url };
}

/** Until a plan is in force nothing is judged but calls, and a quiet server would be quieter than it ever is. */
export async function forPlan({ server }: Site, bench: string): Promise<void> {
  const progress = new Progress(bench);
  const readyMs = performance.now() + PLAN_LEAD_MS + 6_000;
  for (let leftMs = readyMs - performance.now(); leftMs > 0; leftMs = readyMs - performance.now()) {
    if (server.exitCode !== null) throw new Error(`the server ended with ${server.exitCode}`);
    progress.at(1 - leftMs / (PLAN_LEAD_MS + 6_000));
    await sleep(200);
  }
  progress.end();
}

/** Resolves when no entry of the log waits for the engine, as the server sees it once a second. */
export async function untilFolded(site: Site): Promise<void> {
  do await sleep(1_500);
  while ((await readMetric(site, 'beatwatch_engine_lag_age_ms')) > 0);
}

async function readMetric({ url }: Site, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1];
  if (value === undefined) throw new Error(`metrics: got no ${name}`);
  return Number(value);
}
