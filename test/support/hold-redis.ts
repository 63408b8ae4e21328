/** Opens a private Redis in the folder of argv[2], says `{"pid","socketPath"}` on stdout, and holds it until it is killed. */
import { openRedis } from '../../src/redis/handle.js';
import { keptLog } from './redis-server.js';

const handle = await openRedis({ url: null, dataFolder: process.argv[2] ?? '', logger: keptLog() });
await handle.connect('query').ping();
process.stdout.write(`${JSON.stringify({ pid: await handle.pid(), socketPath: handle.socketPath })}\n`);
setInterval(() => undefined, 60_000);
