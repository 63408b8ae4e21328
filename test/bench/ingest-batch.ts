import { PLAN_LEAD_MS } from '../../src/model/limits.js';
import { SupervisorClient } from '../../src/simulator/supervisor-client.js';
import { MINUTE, T0 } from '../engine/support.js';
import { ascending, quantile, tellFigures } from './figures.js';
import { Fleet, startBareServer } from './load/fleet-helper.js';
import type { Sent } from './load/fleet-order.js';
import { SiteClock } from './load/site-clock.js';
import { liveUrl } from './load/subscribers-helper.js';
import { numbersOf } from './options.js';
import { type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { namesOf, type Site, startSite, tokensOf } from './site.js';

const SEED = 20_261_130;
const PER_REPORT = 100;
const EXTENT_M = 20_000;
/** The first fix: the plan is in force by then. */
const FROM_MS = T0 + PLAN_LEAD_MS + 10_000;
const DEFAULTS = { trackers: 1_000, minutes: 25, runs: 5 };

interface Run {
  readonly ackedMs: number;
  readonly caughtUpMs: number;
  readonly bareMs: number;
  readonly ackP50Ms: number;
}

/**
 * How fast a fleet's backlog is acknowledged, and until the engine has judged it, beside a server that only decodes and acknowledges. Each
 * run has a new server on a virtual clock, because a plan judges nothing from before its server's first start.
 */
export async function benchIngestBatch(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  const fixes = size.trackers * size.minutes * 60;
  console.log(
    `ingest-batch: ${size.trackers} trackers, a backlog of ${size.minutes} min at 1 Hz in reports of ${PER_REPORT}: ${fixes} fixes; a supervisor looks on`,
  );
  const runs: Run[] = [];
  const progress = new Progress('ingest-batch');
  for (let run = 0; run < size.runs; run += 1) {
    progress.at(run / size.runs);
    runs.push(await withProcesses('batch', (processes) => runPair(processes, size)));
  }
  progress.end();
  const perSecond = (of: (run: Run) => number): number[] => runs.map((run) => (fixes / of(run)) * 1_000);
  const beside = perSecond(({ bareMs }) => bareMs);
  tellFigures('ingest-batch', SEED, size, [
    { name: 'acknowledged', unit: 'fixes/s', ours: perSecond(({ ackedMs }) => ackedMs), beside, target: '≥ 0.3' },
    { name: 'caught up', unit: 'fixes/s', ours: perSecond(({ caughtUpMs }) => caughtUpMs), beside, target: '≥ 0.15' },
    { name: 'ack p50', unit: 'ms', ours: runs.map(({ ackP50Ms }) => ackP50Ms) },
  ]);
}

async function runPair(
  { folder, children }: Processes,
  { trackers: units, minutes }: { readonly trackers: number; readonly minutes: number },
): Promise<Run> {
  const trackers = namesOf(units);
  const toMs = FROM_MS + minutes * MINUTE;
  const fleet = new Fleet(children);
  const drawn = { seed: SEED, extentM: EXTENT_M, perReport: PER_REPORT };
  await fleet.make({ ...drawn, trackers, fromMs: FROM_MS, toMs, everyMs: 1_000 });
  const bare = { url: await startBareServer(children), tokens: trackers };
  // Compiled code beside compiled code: the server is warm when it has opened its log.
  await fleet.sendTo(bare, { kind: 'pour' });
  const { tookMs: bareMs } = await fleet.sendTo(bare, { kind: 'pour' });
  const site = await startSite({ folder, district: 'batch', units, betweenM: 200, virtualFromMs: T0, proxied: true });
  children.push(site.server);
  const { sent, caughtUpMs } = await pourInto(site, fleet, trackers, toMs);
  return { ackedMs: sent.tookMs, caughtUpMs, bareMs, ackP50Ms: quantile(ascending(sent.ackMs), 0.5) };
}

async function pourInto(
  site: Site,
  fleet: Fleet,
  trackers: readonly string[],
  toMs: number,
): Promise<{ readonly sent: Sent; readonly caughtUpMs: number }> {
  const supervisor = new SupervisorClient({
    url: liveUrl(site),
    token: await site.token('supervisor', 'looks-on'),
    onAlert: () => undefined,
  });
  const clock = await SiteClock.of(site, T0);
  await clock.goTo(toMs);
  const tokens = await tokensOf(site, trackers);
  clock.start();
  const sent = await fleet.sendTo({ url: site.url, tokens }, { kind: 'pour' });
  const ackedMs = performance.now();
  clock.stop();
  await clock.untilPassed();
  const caughtUpMs = sent.tookMs + performance.now() - ackedMs;
  await supervisor.close();
  return { sent, caughtUpMs };
}
