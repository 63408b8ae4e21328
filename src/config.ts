import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseTrustedProxies, type TrustedProxies } from './access/client-address.js';
import { RETAINED_KINDS, type RetainedKind } from './archive/manifest-line.js';
import { LEAST_KEPT_MS, type Retention } from './archive/retention.js';
import { BeatwatchError, messageOf } from './model/errors.js';
import { EXPECTED_TILES, type MapTiles, parseMapTiles } from './model/map-tiles.js';
import { LOG_LEVELS, type LogLevel } from './ops/logger.js';

export const SERVER_ROLES = ['ingest', 'engine', 'api', 'archive', 'notify'] as const;
export type ServerRole = (typeof SERVER_ROLES)[number];
/** What a server does unless it is told. */
export const DEFAULT_ROLES: readonly ServerRole[] = ['ingest', 'engine', 'api'];

/** More threads than the largest machines have cores only cost memory. */
const MAX_ENGINE_THREADS = 256;

/** What the environment says; every variable stands in the table of .github/OPERATIONS.md. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly dataFolder: string;
  readonly districtFolders: readonly string[];
  /** Null: a private Redis in the data folder. */
  readonly redisUrl: string | null;
  /** The Redis program of private mode; null: found on PATH. */
  readonly redisServer: string | null;
  readonly redisMaxmemoryBytes: number | null;
  /** Replicas of the external Redis that must have an entry before it is acknowledged. */
  readonly redisReplicas: number;
  /** JWKS file with the keys that tokens are verified with; null: `keys/public.jwks` of the data folder. */
  readonly publicKeys: string | null;
  readonly roles: readonly ServerRole[];
  /** Threads that the districts' engines share. */
  readonly engineThreads: number;
  /** Minute of the next local day at which a day is settled. */
  readonly settleAtMinute: number;
  /** A virtual clock begins at an instant, and then goes only where a driver sets it. */
  readonly clock: { readonly kind: 'wall' } | { readonly kind: 'virtual'; readonly startMs: number };
  readonly allowedOrigins: readonly string[];
  /** Proxies whose word about the address of a client is believed. */
  readonly trustedProxies: TrustedProxies;
  readonly logLevel: LogLevel;
  /** The ground under the console's map; null: the district's own geometry alone. */
  readonly mapTiles: MapTiles | null;
  /** File of the channels that the role `notify` sends over; null: it has none. */
  readonly channelsFile: string | null;
  /** What a variable of the environment says that a channel names for its secret; null: nothing. */
  readonly secretOf: (name: string) => string | null;
  /** How long the archive keeps what, ms; null: for ever. */
  readonly archiveKeep: Retention;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment, and over it the file that BEATWATCH_ENV_FILE names; `config-invalid` names the variable, what it says and what
 * was expected. Read again, it sees a changed file.
 */
export function readConfig(environment: Environment = process.env): Config {
  let all = environment;
  const text = (name: string): string | null => all[name]?.trim() || null;
  const file = text('BEATWATCH_ENV_FILE');
  if (file !== null) all = { ...environment, ...readEnvironmentFile(file) };
  const roles = rolesOf(text('BEATWATCH_ROLES'));
  const channelsFile = optional(text('BEATWATCH_CHANNELS'), (path) => resolve(path));
  if (roles.includes('notify') && channelsFile === null)
    throw invalid('BEATWATCH_CHANNELS', '', 'the file of the channels that the role notify sends over');
  return {
    host: text('BEATWATCH_HOST') ?? '127.0.0.1',
    port: wholeNumber('BEATWATCH_PORT', text('BEATWATCH_PORT') ?? '8080', 0, 65_535),
    dataFolder: resolve(text('BEATWATCH_DATA') ?? 'data'),
    districtFolders: list(text('BEATWATCH_DISTRICTS')).map((folder) => resolve(folder)),
    redisUrl: text('REDIS_URL'),
    redisServer: text('REDIS_SERVER'),
    redisMaxmemoryBytes: optional(text('BEATWATCH_REDIS_MAXMEMORY'), (value) =>
      wholeNumber('BEATWATCH_REDIS_MAXMEMORY', value, 1_048_576, Number.MAX_SAFE_INTEGER),
    ),
    redisReplicas: replicasOf(text('BEATWATCH_REDIS_REPLICAS') ?? '0', text('REDIS_URL')),
    publicKeys: optional(text('BEATWATCH_PUBLIC_KEYS'), (path) => resolve(path)),
    roles,
    channelsFile,
    secretOf: text,
    engineThreads: wholeNumber(
      'BEATWATCH_ENGINE_THREADS',
      text('BEATWATCH_ENGINE_THREADS') ?? '1',
      1,
      MAX_ENGINE_THREADS,
    ),
    settleAtMinute: minuteOf('BEATWATCH_SETTLE_AT', text('BEATWATCH_SETTLE_AT') ?? '12:00'),
    clock: clockOf(text('BEATWATCH_CLOCK') ?? 'wall'),
    allowedOrigins: list(text('BEATWATCH_ALLOWED_ORIGINS')),
    trustedProxies: parseTrustedProxies(list(text('BEATWATCH_TRUSTED_PROXIES'))),
    logLevel: logLevelOf(text('BEATWATCH_LOG_LEVEL') ?? 'info'),
    mapTiles: optional(text('BEATWATCH_MAP_TILES'), (value) => tilesOf(value, text('BEATWATCH_MAP_ATTRIBUTION'))),
    archiveKeep: keepOf(text('BEATWATCH_ARCHIVE_KEEP') ?? 'fixes 3y, visits 3y, alerts 3y, entries 3y'),
  };
}

/**
 * The configuration of the server that demo and replay run for themselves: of the environment only how it logs, and which Redis
 * program it starts. What else is left in the shell is about servers for real.
 */
export function readOwnConfig(environment: Environment = process.env): Config {
  const { BEATWATCH_LOG_LEVEL, REDIS_SERVER } = environment;
  return readConfig({ BEATWATCH_LOG_LEVEL, REDIS_SERVER });
}

/** The token that `watch` asks with: an argument would stand in the list of processes. */
export function readToken(environment: Environment = process.env): string {
  const token = environment.BEATWATCH_TOKEN?.trim() ?? '';
  if (token !== '') return token;
  throw new BeatwatchError('config-invalid', 'BEATWATCH_TOKEN is missing, expected a token of `beatwatch token`');
}

/** Longer files hold something else. */
const MAX_ENV_FILE_BYTES = 65_536;

/** Lines `NAME=value`; empty ones and those that begin with # say nothing. */
function readEnvironmentFile(path: string): Environment {
  const name = 'BEATWATCH_ENV_FILE';
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(name, path, `a file that can be read (${messageOf(error)})`);
  }
  if (content.length > MAX_ENV_FILE_BYTES) throw invalid(name, path, `at most ${MAX_ENV_FILE_BYTES} bytes`);
  const found: Record<string, string> = {};
  for (const [i, line] of content.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    const [, key = '', value = ''] = /^\s*((?:BEATWATCH|REDIS)_[A-Z_]+)=(.*)$/.exec(line) ?? [];
    if (key === '') throw invalid(name, `${path}, line ${i + 1}`, 'NAME=value of a variable of Beatwatch');
    found[key] = value;
  }
  return found;
}

function list(text: string | null): string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

function optional<T>(text: string | null, parse: (text: string) => T): T | null {
  return text === null ? null : parse(text);
}

function wholeNumber(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw invalid(name, text, `a whole number from ${least} to ${most}`);
}

function replicasOf(replicas: string, redisUrl: string | null): number {
  const name = 'BEATWATCH_REDIS_REPLICAS';
  const value = wholeNumber(name, replicas, 0, 8);
  if (value > 0 && redisUrl === null)
    throw invalid(name, replicas, '0 without REDIS_URL: a private Redis has no replicas');
  return value;
}

function rolesOf(text: string | null): readonly ServerRole[] {
  if (text === null) return DEFAULT_ROLES;
  const names = list(text);
  const roles = SERVER_ROLES.filter((role) => names.includes(role));
  if (roles.length > 0 && roles.length === names.length) return roles;
  throw invalid('BEATWATCH_ROLES', text, `some of ${SERVER_ROLES.join(', ')}, each once`);
}

/** A time of the local day. */
function minuteOf(name: string, text: string): number {
  const [, hours, minutes] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined) throw invalid(name, text, 'a time of the local day such as 12:00');
  return Number(hours) * 60 + Number(minutes);
}

/** `wall`, or `virtual@` and an instant with its offset: calendars are expanded around it. */
function clockOf(text: string): Config['clock'] {
  if (text === 'wall') return { kind: 'wall' };
  const start = /^virtual@(.+(?:Z|[+-]\d{2}:\d{2}))$/.exec(text)?.[1];
  const startMs = start === undefined ? Number.NaN : Date.parse(start);
  if (Number.isFinite(startMs)) return { kind: 'virtual', startMs };
  throw invalid('BEATWATCH_CLOCK', text, 'wall, or virtual@2026-11-24T07:17:00+08:00');
}

const DAY_MS = 86_400_000;
/** A year is at least a year, also with a leap day in it. */
const UNIT_MS = { d: DAY_MS, y: 366 * DAY_MS } as const;

/** `fixes 180d, visits 3y, alerts 3y, entries forever`: each kind once. */
function keepOf(text: string): Retention {
  const name = 'BEATWATCH_ARCHIVE_KEEP';
  const expected = `${RETAINED_KINDS.join(', ')}, each with days (180d), years (3y) or forever, and at least ${LEAST_KEPT_MS / DAY_MS}d`;
  const keep = new Map<RetainedKind, number | null>();
  for (const part of list(text)) {
    const [, word = '', time = '', count = '', unit = ''] = /^(\S+)\s+((\d{1,5})([dy])|forever)$/.exec(part) ?? [];
    const kind = RETAINED_KINDS.find((one) => one === word);
    const keepMs = time === 'forever' ? null : Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
    if (kind === undefined || keep.has(kind) || !(keepMs === null || keepMs >= LEAST_KEPT_MS))
      throw invalid(name, text, expected);
    keep.set(kind, keepMs);
  }
  if (keep.size !== RETAINED_KINDS.length) throw invalid(name, text, expected);
  return Object.fromEntries(keep) as unknown as Retention;
}

function tilesOf(text: string, attribution: string | null): MapTiles {
  const tiles = parseMapTiles(text, attribution);
  // Not what was got: it may hold a key.
  if (tiles === null) throw invalid('BEATWATCH_MAP_TILES', `${text.split(/\s/)[0]?.slice(0, 40)}…`, EXPECTED_TILES);
  return tiles;
}

function logLevelOf(text: string): LogLevel {
  const level = LOG_LEVELS.find((known) => known === text);
  if (level === undefined) throw invalid('BEATWATCH_LOG_LEVEL', text, LOG_LEVELS.join(', '));
  return level;
}

function invalid(name: string, got: string, expected: string): BeatwatchError {
  return new BeatwatchError('config-invalid', `${name}: got ${JSON.stringify(got)}, expected ${expected}`, { name });
}
