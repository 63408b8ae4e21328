import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createKeyPair, loadSigningKey, PRIVATE_KEY_FILE, type SigningKey } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import { startServer } from '../../src/app.js';
import { type Config, readConfig } from '../../src/config.js';
import { PLAN_FILES } from '../../src/district/read-files.js';
import type { Role } from '../../src/model/roles.js';
import { createVirtualClock } from '../../src/ops/clock.js';
import { until } from '../api/until.js';
import { projectPath } from '../documents/project.js';
import { keptLog, stopWithUs, temporaryFolder, type TestScope } from '../support/redis-server.js';

/** A quarter past eight in China: car-1 of the example is on duty and says nothing. */
export const START_MS = Date.parse('2026-11-24T08:15:00+08:00');
export const MINUTE = 60_000;
export const STEP_MS = 5_000;
const EXAMPLE = projectPath('fixtures/example');

/** What answers hold, as far as tests go on from it. */
interface Body extends Readonly<Record<string, unknown>> {
  readonly version: number;
  readonly sourceSha256: string;
  readonly newest: { readonly sourceSha256: string } | null;
  readonly schedules: object;
  readonly expandedToMs: number;
  readonly items: readonly object[];
  readonly details: { readonly faults: readonly object[] };
}
export interface Answer {
  readonly status: number;
  readonly body: Body;
}

export interface Site {
  readonly url: string;
  readonly dataFolder: string;
  /** The folder that the server is given. */
  readonly folder: string;
  readonly log: ReturnType<typeof keptLog>;
  nowMs(): number;
  /** A token of somebody who may see the district. */
  token(role: Role): Promise<string>;
  ask(method: string, path: string, o?: { body?: unknown; role?: Role; subject?: string }): Promise<Answer>;
  goTo(ms: number): Promise<void>;
  readFiles(): Promise<Record<string, string>>;
  /** The plan in force once it is this version: a process hears of it right after its engine has. */
  planOf(version: number): Promise<Body>;
  sighup(): Promise<void>;
  close(): Promise<void>;
}

/** A whole server for a copy of `fixtures/example` on a virtual clock. */
export async function openSite(
  t: TestScope,
  o: { folder?: string; dataFolder?: string; startMs?: number } = {},
): Promise<Site> {
  const dataFolder = o.dataFolder ?? (await temporaryFolder(t));
  const folder = o.folder ?? join(await temporaryFolder(t), 'example');
  if (o.folder === undefined) await cp(EXAMPLE, folder, { recursive: true });
  stopWithUs(dataFolder);
  const keys = join(dataFolder, 'keys');
  const key: SigningKey =
    o.dataFolder === undefined ? await createKeyPair(keys) : await loadSigningKey(join(keys, PRIVATE_KEY_FILE));
  const config: Config = {
    ...readConfig({}),
    redisServer: readConfig().redisServer,
    port: 0,
    dataFolder,
    districtFolders: [folder],
  };
  const clock = createVirtualClock(o.startMs ?? START_MS);
  const log = keptLog();
  const server = await startServer({ config, clock, logger: log });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= server.close());
  t.teardown(close);
  const tokenOf = (role: Role, subject: string): Promise<string> =>
    signToken({ key, role, subject, districts: ['example'], ttlS: 3_600, nowMs: Date.now() });
  const ask: Site['ask'] = async (method, path, { body, role = 'admin', subject = 'anna' } = {}) => {
    const token = await tokenOf(role, subject);
    const response = await fetch(`${server.url}/v1/districts/example${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        'x-purpose': 'case-7',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: JSON.parse(text) as Body };
  };
  return {
    url: server.url,
    dataFolder,
    folder,
    log,
    nowMs: () => clock.nowMs(),
    token: (role) => tokenOf(role, 'anna'),
    ask,
    goTo: async (ms) => {
      for (let at = clock.nowMs() + STEP_MS; at <= ms; at += STEP_MS)
        await ask('POST', '/clock', { body: { nowMs: at } });
    },
    readFiles: async () => {
      const files = PLAN_FILES.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
      return Object.fromEntries(await Promise.all(files));
    },
    planOf: async (version) => {
      await until(async () => (await ask('GET', '/plan')).body.version === version);
      return (await ask('GET', '/plan')).body;
    },
    sighup: () => server.reload(config),
    close,
  };
}
