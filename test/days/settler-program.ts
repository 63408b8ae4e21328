import { settleOnce } from '../../src/app/day-settling.js';
import { openConnection } from '../../src/redis/connection.js';
import { keptLog } from '../support/redis-server.js';

/** `settler-program SOCKET FOLDER`: settles what is due once, in a process that a test can kill. */
const [socketPath = '', folder = ''] = process.argv.slice(2);
const connection = openConnection({ kind: 'socket', path: socketPath, db: 0 }, 'query', 'settler', () => undefined);
process.send?.('started');
const { signal } = new AbortController();
await settleOnce({ district: 'test', folder, connection, settleAtMinute: 720, logger: keptLog(), signal });
connection.disconnect();
process.exit(0);
