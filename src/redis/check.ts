import { statfs } from 'node:fs/promises';
import { type BeatwatchError, messageOf } from '../model/errors.js';
import type { Clock } from '../model/ports.js';
import type { RedisConnection } from './connection.js';
import { LEAST_MAJOR_VERSION } from './locate.js';

/** R1: from this share of maxmemory on (inclusive) the server warns. */
export const MEMORY_WARN_RATIO = 0.7;
/** R1: from this share of maxmemory on (inclusive) ingest stops acknowledging. */
export const MEMORY_STOP_RATIO = 0.8;
/** R2: stop acknowledging below this much free space, or below this many times the append-only file. */
export const FREE_DISK_FLOOR_BYTES = 1_073_741_824;
export const FREE_DISK_AOF_MULTIPLE = 2;
/** T2: a larger difference between our clock and Redis's is a clock fault. */
export const CLOCK_DIFFERENCE_MS = 2_000;

/** `warn`: say so. `unready`: `/readyz` fails. `stop`: it fails, and ingest stops acknowledging. */
export type ProblemSeverity = 'warn' | 'unready' | 'stop';
export type RedisProblemCode =
  | 'redis-unreachable'
  | 'redis-version'
  | 'redis-loading'
  | 'redis-not-durable'
  | 'redis-durability-unknown'
  | 'redis-evicts'
  | 'redis-no-maxmemory'
  | 'redis-memory-high'
  | 'redis-memory-full'
  | 'redis-write-failed'
  | 'redis-replica'
  | 'redis-replicas-missing'
  | 'redis-replicas-optional'
  | 'disk-nearly-full'
  | 'clock';

export interface RedisProblem {
  readonly code: RedisProblemCode;
  readonly severity: ProblemSeverity;
  /** Got, expected, and what to do. */
  readonly message: string;
}

export interface RedisFacts {
  /** Changes with each start and each failover. */
  readonly runId: string;
  readonly version: string;
  readonly role: string;
  readonly loading: boolean;
  readonly appendOnly: boolean;
  /** Null when CONFIG is not permitted. */
  readonly appendFsync: string | null;
  readonly lastWriteOk: boolean;
  readonly connectedReplicas: number;
  /** Null when CONFIG is not permitted. */
  readonly minReplicasToWrite: number | null;
  readonly maxmemoryPolicy: string;
  readonly maxmemoryBytes: number;
  readonly usedMemoryBytes: number;
  readonly aofBytes: number;
  /** Free space on the volume of Redis's folder; null when the folder is on another machine. */
  readonly freeDiskBytes: number | null;
  /** Redis's TIME minus our wall clock; null with a virtual clock. */
  readonly clockDifferenceMs: number | null;
}

export interface RedisCheck {
  /** Null when Redis did not answer. */
  readonly facts: RedisFacts | null;
  readonly problems: readonly RedisProblem[];
  /** No problem that makes `/readyz` fail. */
  readonly ready: boolean;
  /** What `Ack.durable` may say: AOF on and synced before each reply, nothing evicted. */
  readonly durable: boolean;
  /** Whether ingest may acknowledge (R1, R2). */
  readonly accepting: boolean;
}

export interface CheckOptions {
  /** Folder on Redis's volume, in private mode. */
  readonly folder: string | null;
  readonly freeDiskFloorBytes: number;
  /** F1: how many replicas must have an entry before it is acknowledged. */
  readonly replicas: number;
  readonly clock: Clock | null;
}

export async function checkRedis(connection: RedisConnection, o: CheckOptions): Promise<RedisCheck> {
  try {
    return judge(await gatherFacts(connection, o), o);
  } catch (error) {
    const message = `Redis does not answer (${messageOf(error as BeatwatchError)}): check that it is up, and the network to it`;
    const problems: RedisProblem[] = [{ code: 'redis-unreachable', severity: 'stop', message }];
    return { facts: null, problems, ready: false, durable: false, accepting: false };
  }
}

async function gatherFacts(connection: RedisConnection, o: CheckOptions): Promise<RedisFacts> {
  const info = parseInfo(await connection.info());
  const setting = async (name: string): Promise<string | null> => {
    const found = await connection.config('GET', name).catch(() => null);
    return Array.isArray(found) ? String(found[1]) : null;
  };
  const minReplicasToWrite = await setting('min-replicas-to-write');
  const disk = o.folder === null ? null : await statfs(o.folder);
  return {
    runId: info.get('run_id') ?? '',
    version: info.get('redis_version') ?? '',
    role: info.get('role') ?? '',
    loading: info.get('loading') === '1',
    appendOnly: info.get('aof_enabled') === '1',
    appendFsync: await setting('appendfsync'),
    lastWriteOk: info.get('aof_last_write_status') !== 'err',
    connectedReplicas: Number(info.get('connected_slaves') ?? 0),
    minReplicasToWrite: minReplicasToWrite === null ? null : Number(minReplicasToWrite),
    maxmemoryPolicy: info.get('maxmemory_policy') ?? '',
    maxmemoryBytes: Number(info.get('maxmemory') ?? 0),
    usedMemoryBytes: Number(info.get('used_memory') ?? 0),
    aofBytes: Number(info.get('aof_current_size') ?? 0),
    freeDiskBytes: disk === null ? null : disk.bavail * disk.bsize,
    clockDifferenceMs: o.clock?.kind === 'wall' ? await clockDifference(connection, o.clock) : null,
  };
}

async function clockDifference(connection: RedisConnection, clock: Clock): Promise<number> {
  const before = clock.nowMs();
  const [seconds, micros] = await connection.time();
  const after = clock.nowMs();
  return Math.round(Number(seconds) * 1_000 + Number(micros) / 1_000 - (before + after) / 2);
}

/** What the facts mean. Pure. */
export function judge(
  facts: RedisFacts,
  o: Pick<CheckOptions, 'freeDiskFloorBytes' | 'replicas'> = { freeDiskFloorBytes: FREE_DISK_FLOOR_BYTES, replicas: 0 },
): RedisCheck {
  const problems = [
    ...settingProblems(facts),
    ...replicaProblems(facts, o.replicas),
    ...roomProblems(facts, o.freeDiskFloorBytes),
    ...clockProblems(facts),
  ];
  return {
    facts,
    problems,
    ready: problems.every((problem) => problem.severity === 'warn'),
    durable: isDurable(facts),
    accepting: problems.every((problem) => problem.severity !== 'stop'),
  };
}

function isDurable(facts: RedisFacts): boolean {
  return facts.appendOnly && facts.appendFsync === 'always' && !evicts(facts);
}

function evicts(facts: RedisFacts): boolean {
  return facts.maxmemoryBytes > 0 && facts.maxmemoryPolicy !== 'noeviction';
}

function settingProblems(facts: RedisFacts): RedisProblem[] {
  const problems: RedisProblem[] = [];
  const add = (code: RedisProblemCode, severity: ProblemSeverity, message: string) =>
    problems.push({ code, severity, message });
  if (Number.parseInt(facts.version, 10) < LEAST_MAJOR_VERSION) {
    add('redis-version', 'stop', `got Redis ${facts.version}, expected ${LEAST_MAJOR_VERSION}.0 or newer`);
  }
  if (facts.loading) add('redis-loading', 'stop', 'Redis is loading its data: wait');
  if (facts.role !== 'master') add('redis-replica', 'stop', `got a Redis with role ${facts.role}, expected master`);
  if (!facts.lastWriteOk) add('redis-write-failed', 'stop', 'Redis could not write its append-only file: see its log');
  if (!facts.appendOnly) {
    add('redis-not-durable', 'unready', 'got appendonly no, expected yes: an acknowledged fix would not survive Redis');
  } else if (facts.appendFsync === null) {
    const message =
      'Redis does not permit CONFIG GET appendfsync: acks say that they are not durable, because the server cannot check it';
    add('redis-durability-unknown', 'warn', message);
  } else if (facts.appendFsync !== 'always') {
    const message = `got appendfsync ${facts.appendFsync}, expected always: a power cut may lose acknowledged fixes`;
    add('redis-not-durable', 'unready', message);
  }
  if (evicts(facts)) {
    add('redis-evicts', 'unready', `got maxmemory-policy ${facts.maxmemoryPolicy}, expected noeviction`);
  }
  return problems;
}

/** F1. A primary that has lost its replicas must not go on writing what a failover would forget. */
function replicaProblems({ connectedReplicas, minReplicasToWrite }: RedisFacts, replicas: number): RedisProblem[] {
  const problems: RedisProblem[] = [];
  if (connectedReplicas < replicas) {
    const message = `got ${connectedReplicas} replicas, expected ${replicas}: the server acknowledges no fixes without them`;
    problems.push({ code: 'redis-replicas-missing', severity: 'stop', message });
  }
  if (minReplicasToWrite !== null && minReplicasToWrite < replicas) {
    const message = `got min-replicas-to-write ${minReplicasToWrite}, expected ${replicas}: a primary that is cut off from its replicas continues to write`;
    problems.push({ code: 'redis-replicas-optional', severity: 'warn', message });
  }
  return problems;
}

function roomProblems(facts: RedisFacts, freeDiskFloorBytes: number): RedisProblem[] {
  return [...memoryProblems(facts), ...diskProblems(facts, freeDiskFloorBytes)];
}

function memoryProblems({ usedMemoryBytes, maxmemoryBytes }: RedisFacts): RedisProblem[] {
  if (maxmemoryBytes === 0) {
    const message =
      'got maxmemory 0 (no limit), expected a limit: the machine may run out of memory before the server notices';
    return [{ code: 'redis-no-maxmemory', severity: 'warn', message }];
  }
  const ratio = usedMemoryBytes / maxmemoryBytes;
  const got = `got ${Math.round(ratio * 100)} % of maxmemory used`;
  if (ratio >= MEMORY_STOP_RATIO) {
    const message = `${got}, expected below ${MEMORY_STOP_RATIO * 100} %: the server acknowledges no fixes until there is room`;
    return [{ code: 'redis-memory-full', severity: 'stop', message }];
  }
  if (ratio < MEMORY_WARN_RATIO) return [];
  const message = `${got}; at ${MEMORY_STOP_RATIO * 100} % the server no longer acknowledges fixes`;
  return [{ code: 'redis-memory-high', severity: 'warn', message }];
}

function diskProblems({ freeDiskBytes, aofBytes }: RedisFacts, floorBytes: number): RedisProblem[] {
  const leastBytes = Math.max(floorBytes, FREE_DISK_AOF_MULTIPLE * aofBytes);
  if (freeDiskBytes === null || freeDiskBytes >= leastBytes) return [];
  const message =
    `got ${freeDiskBytes} bytes free on Redis's volume, expected at least ${leastBytes}: ` +
    'the server acknowledges no fixes until there is room';
  return [{ code: 'disk-nearly-full', severity: 'stop', message }];
}

function clockProblems({ clockDifferenceMs }: RedisFacts): RedisProblem[] {
  if (clockDifferenceMs === null || Math.abs(clockDifferenceMs) <= CLOCK_DIFFERENCE_MS) return [];
  const message = `got Redis's clock ${clockDifferenceMs} ms from this server's, expected within ${CLOCK_DIFFERENCE_MS} ms: set both clocks by NTP; this server logs no time until they agree`;
  return [{ code: 'clock', severity: 'stop', message }];
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  return fields;
}
