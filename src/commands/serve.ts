import { once } from 'node:events';
import { startServer } from '../app.js';
import { readConfig } from '../config.js';
import { createVirtualClock, createWallClock } from '../ops/clock.js';
import { createLogger } from '../ops/logger.js';
import { readOptions } from './options.js';
import { onStop } from './stopping.js';

const USAGE = `beatwatch serve [DISTRICT_FOLDER …]

Runs the server until SIGTERM or SIGINT. Everything else is read from the environment; the README has the table.`;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, {}, args);
  if (options === null) return 0;
  const environment = readConfig();
  const config = options.words.length === 0 ? environment : { ...environment, districtFolders: options.words };
  const { signal } = onStop(['SIGTERM', 'SIGINT']);
  const logger = createLogger({ level: config.logLevel });
  const clock = config.clock.kind === 'wall' ? createWallClock() : createVirtualClock(config.clock.startMs);
  const server = await startServer({ config, clock, logger, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return null;
  });
  if (server === null) return 0;
  process.stdout.write(
    `${JSON.stringify({ type: 'listening', url: server.url, districts: [...server.districts.keys()] })}\n`,
  );
  if (!signal.aborted) await once(signal, 'abort');
  logger.info({}, 'stopping');
  await server.close();
  return 0;
}
