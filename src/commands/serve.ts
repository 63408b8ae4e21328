import { once } from 'node:events';
import { type RunningServer, startServer } from '../app.js';
import { readConfig } from '../config.js';
import { messageOf } from '../model/errors.js';
import { createVirtualClock, createWallClock } from '../ops/clock.js';
import { createLogger, type LevelledLogger } from '../ops/logger.js';
import { readOptions } from './options.js';
import { onStop } from './stopping.js';

const USAGE = `beatwatch serve [DISTRICT_FOLDER …]

Runs the server until SIGTERM or SIGINT. SIGHUP makes it read public keys, allowed origins, log level and district files
again. All other settings come from the environment; .github/OPERATIONS.md lists them.`;

export async function run(args: readonly string[]): Promise<number> {
  const options = readOptions(USAGE, {}, args);
  if (options === null) return 0;
  const environment = readConfig();
  const config = options.words.length === 0 ? environment : { ...environment, districtFolders: options.words };
  const { signal } = onStop(['SIGTERM', 'SIGINT']);
  const logger = createLogger({ level: config.logLevel });
  const clock = config.clock.kind === 'wall' ? createWallClock() : createVirtualClock(config.clock.startMs);
  let running: RunningServer | null = null;
  // A terminal that goes away, and `kill -HUP`: no reason to end.
  process.on('SIGHUP', () => void readAgain(running, logger, options.words));
  const server = await startServer({ config, clock, logger, signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
    return null;
  });
  if (server === null) return 0;
  running = server;
  process.stdout.write(
    `${JSON.stringify({ type: 'listening', url: server.url, districts: [...server.districts.keys()] })}\n`,
  );
  if (!signal.aborted) await once(signal, 'abort');
  logger.info({}, 'stopping');
  await server.close();
  return 0;
}

/** What cannot be read changes nothing. */
async function readAgain(
  server: RunningServer | null,
  logger: LevelledLogger,
  folders: readonly string[],
): Promise<void> {
  if (server === null)
    return logger.warn(
      {},
      'got SIGHUP while the server is starting: it is ignored; send it again when the server listens',
    );
  try {
    const environment = readConfig();
    logger.setLevel(environment.logLevel);
    await server.reload(folders.length === 0 ? environment : { ...environment, districtFolders: folders });
  } catch (error) {
    logger.error(
      { error: messageOf(error) },
      'the configuration cannot be read again, so the old one stays in force: correct it, then send SIGHUP',
    );
  }
}
