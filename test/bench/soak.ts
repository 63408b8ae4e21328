import { openConnection } from '../../src/redis/connection.js';
import { HORIZON_MS } from '../../src/model/limits.js';
import { tellFigures } from './figures.js';
import { figuresOf, startGood } from './load/good-helper.js';
import { numbersOf } from './options.js';
import { memoryMb } from './process-use.js';
import { withProcesses } from './processes.js';
import { forPlan, startSite } from './site.js';

const CALLERS = 20;
const CALLS_A_MINUTE = 6;
const MINUTE_MS = 60_000;
/** How long doubt about a silent unit lasts: short, for a verdict is final only after it, and until then its parts are held. */
const POSSIBLE_FOR_MS = 300_000;
/** The engine holds what may still be changed by late fixes: until so many minutes have passed its memory grows as it must. */
const FILLED_AFTER_MIN = (HORIZON_MS + POSSIBLE_FOR_MS) / MINUTE_MS + 5;
const DEFAULTS = { trackers: 1_000, minutes: 120 };

interface Minute {
  readonly minute: number;
  readonly serverMb: number;
  readonly redisMb: number;
  readonly ackP99Ms: number;
  readonly callP99Ms: number;
  readonly lost: number;
}

/** A server that archives, under a steady load on the machine's own clock: what it holds at the end of each minute, and how soon it answered in it. */
export async function benchSoak(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `soak: ${size.trackers} trackers report each second for ${size.minutes} min, ${CALLS_A_MINUTE} calls for help a minute; what it holds is whole after ${FILLED_AFTER_MIN} min`,
  );
  const minutes = await withProcesses('soak', async ({ folder, children }) => {
    const units = size.trackers + CALLERS;
    const o = { district: 'soak', units, betweenM: 200, possibleForMs: POSSIBLE_FOR_MS, proxied: true, archives: true };
    const site = await startSite({ folder, ...o });
    children.push(site.server);
    const redis = openConnection({ kind: 'socket', path: site.redisSocket, db: 0 }, 'query', 'bench', () => undefined);
    const redisMb = async (): Promise<number> =>
      Number(/^used_memory:(\d+)/m.exec(await redis.info('memory'))?.[1] ?? Number.NaN) / 1e6;
    const measure = await startGood(site, { reporting: size.trackers, callers: CALLERS }, children);
    await forPlan(site, 'soak');
    const found: Minute[] = [];
    for (let minute = 1; minute <= size.minutes; minute += 1) {
      const measured = await measure({ calls: CALLS_A_MINUTE, everyMs: MINUTE_MS / CALLS_A_MINUTE });
      const { ackP99Ms, alertP99Ms: callP99Ms, unacked, unheard } = figuresOf([measured]);
      const [serverMb, inRedisMb] = [memoryMb(site.server.pid as number), await redisMb()];
      found.push({ minute, serverMb, redisMb: inRedisMb, ackP99Ms, callP99Ms, lost: unacked + unheard });
      console.log(
        `  ${String(minute).padStart(4)} min: server ${serverMb.toFixed(0)} MB, Redis ${inRedisMb.toFixed(1)} MB, ack p99 ${ackP99Ms} ms, call p99 ${callP99Ms} ms`,
      );
    }
    redis.disconnect();
    return found;
  });
  const full = minutes.filter(({ minute }) => minute > FILLED_AFTER_MIN);
  const counted = full.length > 0 ? full : minutes;
  const figure = (name: string, unit: string, of: (minute: Minute) => number) => ({
    name,
    unit,
    ours: counted.map(of),
  });
  tellFigures('soak', 0, size, [
    figure('memory of the server, held whole', 'MB', ({ serverMb }) => serverMb),
    figure('memory in Redis, held whole', 'MB', ({ redisMb }) => redisMb),
    figure('ack p99 of a minute', 'ms', ({ ackP99Ms }) => ackP99Ms),
    figure('call p99 of a minute', 'ms', ({ callP99Ms }) => callP99Ms),
    { ...figure('reports and calls without an answer', '', ({ lost }) => lost), target: '0' },
  ]);
}
