import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineState } from '../../src/engine/state.js';
import { HORIZON_MS, SETTLE_MS } from '../../src/model/limits.js';
import { drawPlan, extentOf } from './drawn-district.js';
import { tellFigures } from './figures.js';
import { FoldLoad } from './fold-load.js';
import { Fleet } from './load/fleet-helper.js';
import { startSiteOfAge } from './load/site-clock.js';
import { liveUrl, Subscribers, supervisorTokens } from './load/subscribers-helper.js';
import { numbersOf } from './options.js';
import { liveMemory, memoryMb } from './process-use.js';
import { type Processes, withProcesses } from './processes.js';
import { namesOf, tokensOf } from './site.js';

const SEED = 20_261_130;
/** Units whose fixes are held, in the engine alone: so many that what the process itself takes and gives back does not show. */
const REPORTING = 100;
/** How long the server is left alone before its memory is read: what its sockets' opening left behind is collected. */
const REST_MS = 5_000;
const DEFAULTS = { units: 10_000, sockets: 5_000, subscribers: 1_000, minutes: 25, runs: 3 };

/**
 * What the engine holds for a fix within the horizon and for a unit that does not report, after a full collection; and by how much the memory of a
 * whole server grows for a tracker's socket and for a subscriber.
 */
export async function benchMemory(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  console.log(
    `memory: ${REPORTING} units at 1 Hz for ${size.minutes} min and ${size.units} idle ones in an engine; ${size.sockets} trackers' sockets and ${size.subscribers} subscribers of a server`,
  );
  const { fixBytes, unitBytes } = measureEngine(size);
  const servers = [];
  for (let run = 0; run < size.runs; run += 1)
    servers.push(await withProcesses('memory', (processes) => measureServer(processes, size)));
  tellFigures('memory', SEED, size, [
    { name: 'a fix within the horizon', unit: 'bytes', ours: [fixBytes], target: '≤ 64' },
    { name: 'an idle unit', unit: 'bytes', ours: [unitBytes], target: '≤ 2,000' },
    {
      name: "a tracker's socket",
      unit: 'bytes',
      ours: servers.map(({ socketBytes }) => socketBytes),
      target: '≤ 12,000',
    },
    {
      name: 'a subscriber',
      unit: 'bytes',
      ours: servers.map(({ subscriberBytes }) => subscriberBytes),
      target: '≤ 40,000',
    },
  ]);
}

function measureEngine({ units, minutes }: typeof DEFAULTS): { readonly fixBytes: number; readonly unitBytes: number } {
  const seconds = Math.min(minutes * 60, HORIZON_MS / SETTLE_MS);
  // The code that folds is compiled while it runs: none of it is memory of a fix.
  stateOf(REPORTING, seconds);
  const before = heldBytes();
  const idle = stateOf(units, 0);
  const idleBytes = heldBytes() - before;
  const withoutFixes = stateOf(REPORTING, 1);
  const withoutBytes = heldBytes() - before - idleBytes;
  const withFixes = stateOf(REPORTING, seconds);
  const fixesBytes = heldBytes() - before - idleBytes - withoutBytes;
  const held = [idle, withoutFixes, withFixes].reduce((sum, { units: { size } }) => sum + size, 0);
  if (held !== units + 2 * REPORTING) throw new Error(`memory: got ${held} units in the states`);
  return { fixBytes: (fixesBytes - withoutBytes) / (REPORTING * (seconds - 1)), unitBytes: idleBytes / units };
}

/** After full collections: buffers that one of them finds are given back by the next. */
function heldBytes(): number {
  liveMemory();
  liveMemory();
  const { heapUsed, arrayBuffers } = liveMemory();
  return heapUsed + arrayBuffers;
}

/** An engine whose units have reported for so long, with a tick each second. The plan of the units is part of it. */
function stateOf(units: number, seconds: number): EngineState {
  const size = { units, zones: 4, checkpoints: 12, routes: 4 };
  const plan = drawPlan(size, SEED);
  const load = new FoldLoad(plan, { seed: SEED, extentM: extentOf(size), everyMs: SETTLE_MS });
  load.run(seconds);
  return load.state;
}

async function measureServer(
  { folder, children }: Processes,
  { sockets, subscribers }: typeof DEFAULTS,
): Promise<{ readonly socketBytes: number; readonly subscriberBytes: number }> {
  const o = { folder, district: 'memory', units: sockets, betweenM: 200 };
  const { site, clock } = await startSiteOfAge(o, 0, children);
  const rested = async (): Promise<number> => {
    await sleep(REST_MS);
    return memoryMb(site.server.pid as number) * 1e6;
  };
  const fleet = new Fleet(children);
  const tokens = await tokensOf(site, namesOf(sockets));
  const aloneBytes = await rested();
  await fleet.connect({ url: site.url, tokens });
  const connectedBytes = await rested();
  await new Subscribers(children).open(liveUrl(site), await supervisorTokens(site, subscribers));
  const subscribedBytes = await rested();
  clock.stop();
  return {
    socketBytes: (connectedBytes - aloneBytes) / sockets,
    subscriberBytes: (subscribedBytes - connectedBytes) / subscribers,
  };
}
