import { tellFigures } from './figures.js';
import { Fleet, startBareServer } from './load/fleet-helper.js';
import type { Sent } from './load/fleet-order.js';
import { numbersOf } from './options.js';
import { withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { forPlan, namesOf, startSite, tokensOf, untilFolded } from './site.js';

const DEFAULTS = { sockets: 2_000, seconds: 10, runs: 5 };

/** How many reports of one fix are acknowledged in a second, each socket sending its next one when the last is answered. */
export async function benchIngestLive(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(`ingest-live: ${size.sockets} sockets, one fix a message, ${size.seconds} s a run, all rules in force`);
  await withProcesses('live', async ({ folder, children }) => {
    const trackers = namesOf(size.sockets);
    const fleet = new Fleet(children);
    const bare = { url: await startBareServer(children), tokens: trackers };
    const site = await startSite({ folder, district: 'live', units: size.sockets, betweenM: 200, proxied: true });
    children.push(site.server);
    const tokens = await tokensOf(site, trackers);
    await forPlan(site, 'ingest-live');
    const loop = { kind: 'loop', forMs: size.seconds * 1_000 } as const;
    const perSecond = ({ ackMs, tookMs }: Sent): number => (ackMs.length / tookMs) * 1_000;
    const [ours, beside]: [number[], number[]] = [[], []];
    const progress = new Progress('ingest-live');
    // The first pair is a warm-up.
    for (let run = 0; run <= size.runs; run += 1) {
      progress.at(run / (size.runs + 1));
      const pair = [await fleet.sendTo(bare, loop), await fleet.sendTo({ url: site.url, tokens }, loop)] as const;
      await untilFolded(site);
      if (run === 0) continue;
      beside.push(perSecond(pair[0]));
      ours.push(perSecond(pair[1]));
    }
    progress.end();
    tellFigures('ingest-live', 0, size, [{ name: 'acknowledged', unit: 'fixes/s', ours, beside, target: '≥ 0.6' }]);
  });
}
