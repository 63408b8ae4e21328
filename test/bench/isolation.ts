import { setTimeout as sleep } from 'node:timers/promises';
import { MINUTE } from '../engine/support.js';
import { type Figure, tellFigures } from './figures.js';
import { Fleet } from './load/fleet-helper.js';
import { type Figures, figuresOf, startGood } from './load/good-helper.js';
import { startSiteOfAge } from './load/site-clock.js';
import { numbersOf } from './options.js';
import { type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { namesOf, tokensOf } from './site.js';

const SEED = 20_261_130;
const CALLERS = 100;
const CALL_EVERY_MS = 100;
/** How long the backlog flows before it is measured. */
const WARM_UP_MS = 1_500;
const DEFAULTS = { reporting: 100, others: 900, minutes: 25, calls: 150, runs: 3 };

/** Two measurements of the same clients on the same server. */
export interface QuietAndLoaded {
  readonly quiet: Figures;
  readonly loaded: Figures;
}

/** What live trackers and a supervisor notice while the rest of the fleet pours a backlog in, against the same server before that. */
export async function benchIsolation(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `isolation: ${size.reporting} trackers report each second, ${size.others} pour in ${size.minutes} min at 1 Hz; a call for help each ${CALL_EVERY_MS} ms, ${size.calls} of them`,
  );
  const runs: QuietAndLoaded[] = [];
  const progress = new Progress('isolation');
  for (let run = 0; run < size.runs; run += 1) {
    progress.at(run / size.runs);
    runs.push(await withProcesses('isolation', (processes) => measureBoth(processes, size)));
  }
  progress.end();
  tellFigures('isolation', SEED, size, quietFigures(runs, { ack: '≤ 3', alert: '≤ 2' }));
}

/** The p99 under load beside that of the quiet time of the same run. */
export function quietFigures(
  runs: readonly QuietAndLoaded[],
  targets: { readonly ack?: string; readonly alert?: string },
): Figure[] {
  const of = (name: string, figure: 'ackP99Ms' | 'alertP99Ms', target: string | undefined): Figure => ({
    name,
    unit: 'ms',
    ours: runs.map(({ loaded }) => loaded[figure]),
    beside: runs.map(({ quiet }) => quiet[figure]),
    ...(target === undefined ? {} : { target }),
  });
  const lost = runs.map(({ loaded, quiet }) => loaded.unacked + loaded.unheard + quiet.unacked + quiet.unheard);
  return [
    of('ack p99, beside the quiet one', 'ackP99Ms', targets.ack),
    of('alert p99, beside the quiet one', 'alertP99Ms', targets.alert),
    { name: 'reports and calls without an answer', unit: '', ours: lost, target: '0' },
  ];
}

async function measureBoth({ folder, children }: Processes, size: typeof DEFAULTS): Promise<QuietAndLoaded> {
  const others = namesOf(size.others, size.reporting + CALLERS);
  const units = size.reporting + CALLERS + size.others;
  const ageMs = size.minutes * MINUTE;
  const { site, clock } = await startSiteOfAge(
    { folder, district: 'isolation', units, betweenM: 200 },
    ageMs,
    children,
  );
  const fleet = new Fleet(children);
  const toMs = Date.now();
  const drawn = { seed: SEED, extentM: 20_000, perReport: 100, everyMs: 1_000 };
  await fleet.make({ ...drawn, trackers: others, fromMs: toMs - ageMs, toMs });
  const measure = await startGood(site, { reporting: size.reporting, callers: CALLERS }, children);
  await fleet.connect({ url: site.url, tokens: await tokensOf(site, others) });
  const quiet = figuresOf([await measure({ calls: size.calls, everyMs: CALL_EVERY_MS })]);
  const poured = fleet.send({ kind: 'pour' });
  await sleep(WARM_UP_MS);
  const loaded = figuresOf([await measure({ calls: size.calls, everyMs: CALL_EVERY_MS })]);
  await poured;
  clock.stop();
  return { quiet, loaded };
}
