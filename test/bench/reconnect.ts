import { tellFigures } from './figures.js';
import { quietFigures, type QuietAndLoaded } from './isolation.js';
import { Fleet } from './load/fleet-helper.js';
import { figuresOf, startGood } from './load/good-helper.js';
import { startSiteOfAge } from './load/site-clock.js';
import { numbersOf } from './options.js';
import { peakMemoryMb } from './process-use.js';
import { type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { namesOf, tokensOf } from './site.js';

const REPORTING = 100;
const CALLERS = 100;
const CALL_EVERY_MS = 100;
const FIXES = 30;
const DEFAULTS = { trackers: 4_800, calls: 100, runs: 3 };

interface Run extends QuietAndLoaded {
  readonly tookS: number;
  readonly peakMb: number;
}

/** A whole fleet that comes back at once, each tracker with half a minute of fixes, while others go on reporting. */
export async function benchReconnect(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `reconnect: ${size.trackers} trackers come back at once with ${FIXES} fixes each; ${REPORTING} others report each second`,
  );
  const runs: Run[] = [];
  const progress = new Progress('reconnect');
  for (let run = 0; run < size.runs; run += 1) {
    progress.at(run / size.runs);
    runs.push(await withProcesses('reconnect', (processes) => comeBack(processes, size)));
  }
  progress.end();
  tellFigures('reconnect', 0, size, [
    { name: 'until all are acknowledged', unit: 's', ours: runs.map(({ tookS }) => tookS) },
    { name: 'peak memory of the server', unit: 'MB', ours: runs.map(({ peakMb }) => peakMb) },
    ...quietFigures(runs, { ack: '≤ 3' }),
  ]);
}

async function comeBack({ folder, children }: Processes, size: typeof DEFAULTS): Promise<Run> {
  const trackers = namesOf(size.trackers, REPORTING + CALLERS);
  const units = REPORTING + CALLERS + size.trackers;
  const { site, clock } = await startSiteOfAge({ folder, district: 'reconnect', units, betweenM: 200 }, 0, children);
  const fleet = new Fleet(children);
  const measure = await startGood(site, { reporting: REPORTING, callers: CALLERS }, children);
  const tokens = await tokensOf(site, trackers);
  const quiet = figuresOf([await measure({ calls: size.calls, everyMs: CALL_EVERY_MS })]);
  const back = fleet.send({
    kind: 'return',
    url: site.url,
    tokens: trackers.map((tracker, i) => [tracker, tokens[i] as string]),
    fixes: FIXES,
  });
  const loaded = figuresOf([await measure({ calls: size.calls, everyMs: CALL_EVERY_MS })]);
  const { tookMs } = await back;
  clock.stop();
  return { quiet, loaded, tookS: tookMs / 1_000, peakMb: peakMemoryMb(site.server.pid as number) };
}
