import { cp, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyPair, type SigningKey } from '../access/keys.js';
import { signToken } from '../access/tokens.js';
import { ARCHIVE_STOP_MS } from '../app/archive-host.js';
import type { DistrictHost } from '../app/district-host.js';
import { firstPlan } from '../app/first-plan.js';
import { orAborted } from '../app/or-aborted.js';
import { startServer } from '../app.js';
import { DEFAULT_ROLES, readOwnConfig } from '../config.js';
import { BeatwatchError } from '../model/errors.js';
import { OUTAGE_HOLE_MS } from '../model/limits.js';
import type { CompiledPlan } from '../model/plan.js';
import type { Role } from '../model/roles.js';
import { createVirtualClock } from '../ops/clock.js';
import { createLogger } from '../ops/logger.js';
import { livePath } from '../protocol/live-socket.js';
import { SupervisorClient, type ToldAlert } from '../simulator/supervisor-client.js';
import { TrackerPool } from '../simulator/tracker-pool.js';
import type { Output } from './output.js';
import { openVanishingFolder } from './vanishing-folder.js';

/** The plan is logged this long before the first report: it takes effect a minute after, and nobody counts as silent yet. */
export const LEAD_MS = 65_000;
const TOKEN_LIFE_S = 12 * 3_600;
/** What is kept of a long day that went by in minutes may take minutes to write. */
const WHOLE_ARCHIVE_MS = 900_000;

export const KEEP_OPTION = {
  type: 'string',
  value: 'DIR',
  help: 'leave the data folder there, with an archive of what was logged; nothing is left unless given',
} as const;

export interface LocalServerOptions {
  readonly districtFolder: string;
  /** Virtual time of the first report: by then the plan is in force. */
  readonly fromMs: number;
  /** 0: a free one. */
  readonly port: number;
  readonly signal: AbortSignal;
  /** Where its data folder is left, with an archive of all that was logged; null: nothing is left. */
  readonly keep?: string | null;
  /** Gets the server's log; ended with the server. */
  readonly output: Output;
}

export interface LocalServer {
  readonly url: string;
  readonly host: DistrictHost;
  readonly plan: CompiledPlan;
  /** Opens no socket yet: each tracker's opens with its first report. */
  connect(trackers: readonly string[], seed: number): Promise<TrackerPool>;
  /** A token for somebody who reads the record. */
  auditorToken(): Promise<string>;
  /** Rejects once the signal has aborted. */
  supervise(onAlert: (alert: ToldAlert) => void): Promise<Supervision>;
}

export interface Supervision {
  /** The supervisor's token, with which others can look at the server, too. */
  readonly token: string;
  readonly told: readonly ToldAlert[];
  /** Resolves with the transitions told, once every alert that is committed now was; ends the supervision. */
  finish(): Promise<number>;
  close(): Promise<void>;
}

/**
 * A whole server with its own Redis and keys in a fresh folder, on a virtual clock, for as long as `use` runs; nothing is left
 * behind, even when this process is killed. False: the signal ended it before that, whatever `use` was waiting for.
 */
export async function withLocalServer(
  o: LocalServerOptions,
  use: (server: LocalServer) => Promise<void>,
): Promise<boolean> {
  const keep = o.keep ?? null;
  if (keep !== null) await refuseFull(keep);
  const folder = await openVanishingFolder();
  try {
    await serve(o, folder.path, use);
    if (keep !== null) await cp(folder.path, keep, { recursive: true });
    return true;
  } catch (error) {
    if (!o.signal.aborted) throw error;
    return false;
  } finally {
    o.output.end();
    await folder.remove();
  }
}

/** Code `folder-full`. */
async function refuseFull(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const names = await readdir(folder);
  if (names.length === 0) return;
  const got = `a folder with ${names.length} ${names.length === 1 ? 'file' : 'files'}`;
  throw new BeatwatchError('folder-full', `--keep ${folder}: got ${got}, expected an empty one`, { folder });
}

async function serve(
  o: LocalServerOptions,
  folder: string,
  use: (server: LocalServer) => Promise<void>,
): Promise<void> {
  const key = await createKeyPair(join(folder, 'keys'));
  const environment = readOwnConfig();
  const server = await startServer({
    config: {
      ...environment,
      port: o.port,
      dataFolder: folder,
      publicKeys: null,
      redisUrl: null,
      districtFolders: [o.districtFolder],
      roles: (o.keep ?? null) === null ? DEFAULT_ROLES : [...DEFAULT_ROLES, 'archive'],
    },
    clock: createVirtualClock(o.fromMs - LEAD_MS),
    logger: createLogger({
      level: environment.logLevel === 'info' ? 'warn' : environment.logLevel,
      destination: o.output.log,
    }),
    signal: o.signal,
    // Nobody folds this log again: its archive is whole before the server ends, unless somebody waits for the end.
    archiveStopMs: () => (o.signal.aborted ? ARCHIVE_STOP_MS : WHOLE_ARCHIVE_MS),
  });
  const open: Supervision[] = [];
  try {
    const [host] = server.districts.values();
    if (host === undefined) throw new Error('bug: the server started without a district');
    const plan = await firstPlan(host, o.signal);
    await orAborted(tickTo(host, o.fromMs - LEAD_MS, plan.inForceFromMs), o.signal);
    const socketUrl = server.url.replace(/^http/, 'ws');
    const using = use({
      url: server.url,
      host,
      plan,
      connect: async (trackers, seed) => {
        const tokens = new Map(
          await Promise.all(trackers.map(async (id) => [id, await sign(key, host, 'tracker', id)] as const)),
        );
        return new TrackerPool({
          url: `${socketUrl}/v1/ingest`,
          tokenOf: (tracker) => tokens.get(tracker) ?? '',
          seed,
          signal: o.signal,
        });
      },
      auditorToken: () => sign(key, host, 'auditor', 'local'),
      supervise: async (onAlert) => {
        const token = await sign(key, host, 'supervisor', 'local');
        // One that follows a server which has ended tries again for ever.
        o.signal.throwIfAborted();
        const supervision = supervise(host, socketUrl, token, onAlert);
        open.push(supervision);
        return supervision;
      },
    });
    await orAborted(using, o.signal);
  } finally {
    for (const supervision of open) await supervision.close();
    await server.close();
  }
}

/** Moves the virtual clock in steps that do not look like an outage of the server. */
export async function tickTo(host: DistrictHost, fromMs: number, toMs: number): Promise<void> {
  for (let atMs = fromMs; atMs < toMs; ) {
    atMs = Math.min(toMs, atMs + OUTAGE_HOLE_MS);
    await host.setClock(atMs);
  }
}

function sign(key: SigningKey, host: DistrictHost, role: Role, subject: string): Promise<string> {
  return signToken({ key, role, subject, districts: [host.id], ttlS: TOKEN_LIFE_S, nowMs: Date.now() });
}

function supervise(
  host: DistrictHost,
  socketUrl: string,
  token: string,
  onAlert: (alert: ToldAlert) => void,
): Supervision {
  const told: ToldAlert[] = [];
  const supervisor = new SupervisorClient({
    url: `${socketUrl}${livePath(host.id)}`,
    token,
    onAlert: (alert) => {
      told.push(alert);
      onAlert(alert);
    },
  });
  return {
    token,
    told,
    finish: async () => {
      const { lastAlert } = await host.hot.readLive();
      await supervisor.untilTold(lastAlert);
      await supervisor.close();
      return supervisor.seen;
    },
    close: () => supervisor.close(),
  };
}
