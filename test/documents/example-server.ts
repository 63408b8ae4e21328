import { createKeyPair, loadSigningKey, PRIVATE_KEY_FILE } from '../../src/access/keys.js';
import { signToken } from '../../src/access/tokens.js';
import { startServer } from '../../src/app.js';
import { readConfig } from '../../src/config.js';
import type { Role } from '../../src/model/roles.js';
import { createVirtualClock, createWallClock } from '../../src/ops/clock.js';
import { join } from 'node:path';
import { until } from '../api/until.js';
import { keptLog, temporaryFolder, type TestScope } from '../support/redis-server.js';
import { projectPath } from './project.js';

export interface ExampleServer {
  readonly url: string;
  readonly dataFolder: string;
  close(): Promise<void>;
  token(role: Role, subject: string): Promise<string>;
  /** GET or, with a body, POST; the answer's JSON. */
  ask(path: string, token: string, body?: object): Promise<unknown>;
}

export interface ExampleServerOptions {
  /** Null: on the wall clock. */
  readonly startMs: number | null;
  readonly port?: number;
  /** A folder that an earlier server left. */
  readonly dataFolder?: string;
}

/** A whole server for `fixtures/example`, with a Redis and keys of its own; stopped with the test, or before by its `close`. */
export async function startExampleServer(t: TestScope, o: ExampleServerOptions): Promise<ExampleServer> {
  const dataFolder = o.dataFolder ?? (await temporaryFolder(t));
  const keys = join(dataFolder, 'keys');
  const key =
    o.dataFolder === undefined ? await createKeyPair(keys) : await loadSigningKey(join(keys, PRIVATE_KEY_FILE));
  const server = await startServer({
    config: {
      ...readConfig({}),
      redisServer: readConfig().redisServer,
      port: o.port ?? 0,
      dataFolder,
      districtFolders: [projectPath('fixtures/example')],
    },
    clock: o.startMs === null ? createWallClock() : createVirtualClock(o.startMs),
    logger: keptLog(),
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= server.close());
  t.teardown(close);
  // The first plan is announced a minute ahead: where a test moves the clock before it is, it never comes into force.
  await until(async () => !(await (await fetch(`${server.url}/readyz`)).text()).includes('the log has no plan'));
  return {
    close,
    url: server.url,
    dataFolder,
    token: (role, subject) =>
      signToken({ key, role, subject, districts: ['example'], ttlS: 12 * 3_600, nowMs: Date.now() }),
    ask: async (path, token, body) => {
      const response = await fetch(`${server.url}${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      if (!response.ok) throw new Error(`${path}: got ${response.status} ${await response.text()}, expected 2xx`);
      return await response.json();
    },
  };
}
