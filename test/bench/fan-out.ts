import { setTimeout as sleep } from 'node:timers/promises';
import { ascending, quantile, tellFigures } from './figures.js';
import type { Broadcast } from './load/bare-broadcast.js';
import { Fleet } from './load/fleet-helper.js';
import { startSiteOfAge } from './load/site-clock.js';
import type { Watched } from './load/subscriber-order.js';
import { liveUrl, Subscribers, supervisorTokens } from './load/subscribers-helper.js';
import { numbersOf } from './options.js';
import { cpuSeconds, memoryMb } from './process-use.js';
import { Helper, type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { namesOf, tokensOf } from './site.js';

const BARE_BROADCAST = new URL('./load/bare-broadcast.js', import.meta.url);
const EVERY_MS = 1_000;
const SLOW_SHARE = 0.1;
/** Before each measurement: what came with the last change is over. */
const REST_MS = 2_000;
const DEFAULTS = { subscribers: 1_000, units: 1_000, seconds: 10, runs: 5 };

interface Run {
  readonly perCpuS: number;
  readonly barePerCpuS: number;
  readonly delayMs: number;
  readonly bareDelayMs: number;
  readonly slowDelayMs: number;
  readonly slowMb: number;
  readonly closed: number;
}

/**
 * What it costs to tell many supervisors of all units: the server's CPU time beyond what the units cost without them, beside a bare broadcast of
 * the same texts at the same instants; and what one subscriber in ten that hardly reads costs the others.
 */
export async function benchFanOut(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `fan-out: ${size.subscribers} subscribers to all of ${size.units} units at 1 Hz, ${size.seconds} s a measurement; then one in ten of them slow`,
  );
  const runs: Run[] = [];
  const progress = new Progress('fan-out');
  for (let run = 0; run < size.runs; run += 1) {
    progress.at(run / size.runs);
    runs.push(await withProcesses('fan-out', (processes) => measure(processes, size)));
  }
  progress.end();
  const all = (of: (run: Run) => number): number[] => runs.map(of);
  tellFigures('fan-out', 0, size, [
    {
      name: 'messages for a CPU second',
      unit: '',
      ours: all(({ perCpuS }) => perCpuS),
      beside: all(({ barePerCpuS }) => barePerCpuS),
      target: '≥ 0.5',
    },
    { name: 'delivery p99', unit: 'ms', ours: all(({ delayMs }) => delayMs), beside: all((run) => run.bareDelayMs) },
    {
      name: 'delivery p99 beside slow ones',
      unit: 'ms',
      ours: all(({ slowDelayMs }) => slowDelayMs),
      beside: all(({ delayMs }) => delayMs),
      target: '1',
    },
    { name: 'memory for the slow ones', unit: 'MB', ours: all(({ slowMb }) => slowMb) },
    { name: 'sockets that were closed', unit: '', ours: all(({ closed }) => closed) },
  ]);
}

async function measure({ folder, children }: Processes, size: typeof DEFAULTS): Promise<Run> {
  const forMs = size.seconds * 1_000;
  const { site, clock } = await startSiteOfAge(
    { folder, district: 'fan-out', units: size.units, betweenM: 200 },
    0,
    children,
  );
  const fleet = new Fleet(children);
  await fleet.connect({ url: site.url, tokens: await tokensOf(site, namesOf(size.units)) });
  void fleet.pace(EVERY_MS);
  const subscribers = new Subscribers(children);
  const url = liveUrl(site);
  const tokens = await supervisorTokens(site, size.subscribers);
  const pid = site.server.pid as number;
  /** What was watched, and the CPU time of a process meanwhile. */
  const watch = async (of: number): Promise<Watched & { readonly cpuS: number }> => {
    await sleep(REST_MS);
    const fromS = cpuSeconds(of);
    const watched = await subscribers.watch(forMs);
    return { ...watched, cpuS: cpuSeconds(of) - fromS };
  };
  await subscribers.open(url, tokens);
  const fast = await watch(pid);
  const fastMb = memoryMb(pid);
  await subscribers.close();
  const alone = await watch(pid);
  const bare = new Helper(BARE_BROADCAST, children);
  const bareUrl = await bare.ask<string>({});
  await subscribers.open(bareUrl, tokens);
  await bare.ask({ messages: fast.recorded.map(([atMs, text]) => [REST_MS + atMs, text]) } satisfies Broadcast);
  const broadcast = await watch(bare.child.pid as number);
  await subscribers.close();
  await subscribers.open(url, tokens, Math.ceil(size.subscribers * SLOW_SHARE));
  const slow = await watch(pid);
  clock.stop();
  const p99 = ({ delayMs }: Watched): number => quantile(ascending(delayMs), 0.99);
  return {
    perCpuS: fast.messages / (fast.cpuS - alone.cpuS),
    barePerCpuS: broadcast.messages / broadcast.cpuS,
    delayMs: p99(fast),
    bareDelayMs: p99(broadcast),
    slowDelayMs: p99(slow),
    slowMb: memoryMb(pid) - fastMb,
    closed: slow.closed,
  };
}
