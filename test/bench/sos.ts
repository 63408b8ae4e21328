import { type ChildProcess, fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { SupervisorClient } from '../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import { at, fix } from '../engine/support.js';
import { ascending, quantile } from './figures.js';
import { Progress } from './progress.js';
import { withProcesses } from './processes.js';
import { forPlan, type Site, startSite } from './site.js';
import type { SosLoad } from './sos-load.js';

const UNITS = 200;
const SUPERVISORS = 20;
const CALLS = 60;
const BETWEEN_CALLS_MS = 500;
/** From the tracker's send to a supervisor's socket, half of the calls at most. */
const MEDIAN_MS = 100;
const DISTRICT = 'sos-bench';
const LOAD = fileURLToPath(new URL('sos-load.js', import.meta.url));

/**
 * How long a call for help takes from a tracker to a supervisor: a server with its own Redis on disk, a load, and the caller
 * with the supervisor, each a process of its own on this machine. Fails when the median misses its bar.
 */
export async function benchSos(): Promise<void> {
  await withProcesses('sos', async ({ folder, children }) => {
    const site = await startSite({ folder, district: DISTRICT, units: UNITS + CALLS, betweenM: 500, proxied: false });
    children.push(site.server);
    console.log(
      `sos: ${UNITS} trackers that report each second, ${SUPERVISORS} supervisors, ${CALLS} calls of as many units; server, load and caller each a process`,
    );
    const { told, acked, load } = await measure(site, children);
    const at = (sorted: readonly number[], share: number): string => quantile(sorted, share).toFixed(1);
    console.log(`  load: ${load.acked} of ${load.sent} reports acknowledged`);
    for (const [name, times] of [
      ['to the ack', acked],
      ["to a supervisor's socket", told],
    ] as const) {
      console.log(`  ${name.padEnd(26)} p50 ${at(times, 0.5)}, p99 ${at(times, 0.99)}, most ${at(times, 1)} ms`);
    }
    const missing = CALLS - told.length;
    if (missing === 0 && (told[Math.ceil(CALLS / 2) - 1] ?? MEDIAN_MS + 1) <= MEDIAN_MS) return;
    console.error(
      `sos: missed: a median of at most ${MEDIAN_MS} ms, and none of ${CALLS} unheard; got ${missing} unheard`,
    );
    process.exitCode = 1;
  });
}

async function measure(site: Site, children: ChildProcess[]) {
  const { url: httpUrl, token } = site;
  const url = httpUrl.replace(/^http/, 'ws');
  const load = await startLoad(url, token, children);
  const sentAtMs = new Map<string, number>();
  const told: number[] = [];
  const acked: number[] = [];
  const supervisor = new SupervisorClient({
    url: `${url}/v1/districts/${DISTRICT}/live`,
    token: await token('supervisor', 'caller'),
    onAlert: ({ rule, unit, change }) => {
      const sentMs = sentAtMs.get(unit ?? '');
      if (rule === 'sos' && change === 'raised' && sentMs !== undefined) told.push(performance.now() - sentMs);
    },
  });
  const callers = Array.from({ length: CALLS }, (_, i) => UNITS + i);
  const tokens = new Map<string, string>(
    await Promise.all(callers.map(async (i) => [`t-${i}`, await token('tracker', `t-${i}`)] as const)),
  );
  const pool = new TrackerPool({ url: `${url}/v1/ingest`, tokenOf: (tracker) => tokens.get(tracker) ?? '' });
  for (const i of callers) await pool.client(`t-${i}`).send([fix(Date.now(), at(i * 40), { sos: false })]);
  await forPlan(site, 'sos');
  const progress = new Progress('sos');
  for (const [n, i] of callers.entries()) {
    const sentMs = performance.now();
    sentAtMs.set(`car-${i}`, sentMs);
    void pool
      .client(`t-${i}`)
      .send([fix(Date.now(), at(i * 40), { sos: true })])
      .then(() => acked.push(performance.now() - sentMs));
    progress.at(n / CALLS);
    await sleep(BETWEEN_CALLS_MS);
  }
  for (let i = 0; i < 50 && told.length < CALLS; i += 1) await sleep(100);
  progress.end();
  await supervisor.close();
  await pool.close();
  return { told: ascending(told), acked: ascending(acked), load: load() };
}

async function startLoad(
  url: string,
  token: Site['token'],
  children: ChildProcess[],
): Promise<() => { sent: number; acked: number }> {
  const child = fork(LOAD, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  let last = { sent: 0, acked: 0 };
  child.on('message', (message: typeof last) => (last = message));
  const trackers = Array.from({ length: UNITS }, (_, i) => `t-${i}`);
  const load: SosLoad = {
    url,
    district: DISTRICT,
    tokens: await Promise.all(trackers.map(async (tracker) => [tracker, await token('tracker', tracker)] as const)),
    supervisor: await token('supervisor', 'load'),
    supervisors: SUPERVISORS,
  };
  child.send(load);
  return () => last;
}
