import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisorClient } from '../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import { openConnection } from '../../src/redis/connection.js';
import { SILENT_FLOOR_MS } from '../../src/model/limits.js';
import { at, fix } from '../engine/support.js';
import { ascending, type Figure, quantile, tellFigures } from './figures.js';
import { Fleet } from './load/fleet-helper.js';
import { startSiteOfAge } from './load/site-clock.js';
import { liveUrl } from './load/subscribers-helper.js';
import { numbersOf } from './options.js';
import { type Processes, withProcesses } from './processes.js';
import { Progress } from './progress.js';
import { namesOf, type Site, tokensOf } from './site.js';

const EVERY_MS = 100;
const HIGHEST_MS = 5_000;
/** As large as the entry of a report or two. */
const APPEND_BYTES = 200;
const PATIENCE_MS = 10_000;
const DEFAULTS = { trackers: 1_000, calls: 60, runs: 5 };

/** Times of one run, ms. */
interface Run {
  readonly sos: readonly number[];
  readonly silence: readonly number[];
  readonly append: readonly number[];
}

/**
 * From a fix to the alert at a supervisor's socket, at half of the load that the server just took: calls for help, and the ends of silences, which
 * are told at the next whole second. Beside it the round trip of an append that Redis has synced to its disk.
 */
export async function benchAlertLatency(args: readonly string[]): Promise<void> {
  const size = numbersOf(args, DEFAULTS);
  const { runs, rate } = await withProcesses('latency', (processes) => measure(processes, size));
  console.log(
    `alert-latency: ${size.trackers} trackers with ${Math.round(rate)} reports a second, half of the highest; ${size.calls} calls and as many ends of silences a run`,
  );
  const p99 = (of: keyof Run): number[] => runs.map((run) => quantile(ascending(run[of]), 0.99));
  const append = p99('append');
  const figure = (name: string, ours: number[], target: string): Figure => ({
    name,
    unit: 'ms',
    ours,
    beside: append,
    target,
  });
  tellFigures('alert-latency', 0, { ...size, rate: Math.round(rate) }, [
    figure('call for help p99', p99('sos'), '≤ 4'),
    figure(
      'end of a silence p99, less 1 s',
      p99('silence').map((ms) => ms - 1_000),
      '≤ 4',
    ),
    {
      name: 'not told',
      unit: '',
      ours: runs.map((run) => 2 * size.calls - run.sos.length - run.silence.length),
      target: '0',
    },
  ]);
}

async function measure(
  { folder, children }: Processes,
  { trackers, calls, runs: count }: typeof DEFAULTS,
): Promise<{ readonly runs: readonly Run[]; readonly rate: number }> {
  const units = trackers + 2 * calls * count;
  const { site, clock } = await startSiteOfAge({ folder, district: 'latency', units, betweenM: 200 }, 0, children);
  const fleet = new Fleet(children);
  await fleet.connect({ url: site.url, tokens: await tokensOf(site, namesOf(trackers)) });
  const { ackMs, tookMs } = await fleet.send({ kind: 'loop', forMs: HIGHEST_MS });
  const rate = ackMs.length / tookMs / 2;
  const people = await Watchers.start(site, namesOf(2 * calls * count, trackers));
  await fleet.pace(trackers / rate);
  const progress = new Progress('alert-latency');
  // Until those that spoke once are silent.
  await sleep(2 * SILENT_FLOOR_MS);
  const runs: Run[] = [];
  for (let run = 0; run < count; run += 1) {
    progress.at(run / count);
    runs.push(await people.measure(calls));
  }
  progress.end();
  clock.stop();
  await people.close();
  return { runs, rate: rate * 1_000 };
}

/** A supervisor, and trackers that spoke once: each is used for one measurement. */
class Watchers {
  readonly #pool: TrackerPool;
  readonly #supervisor: SupervisorClient;
  readonly #redis;
  readonly #unused: string[];
  /** By unit and rule: when its fix was sent, and where its time goes. */
  readonly #waiting = new Map<string, { readonly sentMs: number; readonly into: number[] }>();

  private constructor(site: Site, pool: TrackerPool, trackers: readonly string[], token: string) {
    this.#pool = pool;
    this.#unused = [...trackers];
    this.#redis = openConnection({ kind: 'socket', path: site.redisSocket, db: 0 }, 'query', 'bench', () => undefined);
    this.#supervisor = new SupervisorClient({
      url: liveUrl(site),
      token,
      onAlert: ({ rule, unit, change }) => {
        const key = `${rule} ${unit} ${change}`;
        const waiting = this.#waiting.get(key);
        waiting?.into.push(performance.now() - waiting.sentMs);
        this.#waiting.delete(key);
      },
    });
  }

  static async start(site: Site, trackers: readonly string[]): Promise<Watchers> {
    const tokens = new Map((await tokensOf(site, trackers)).map((token, i) => [trackers[i] as string, token]));
    const pool = new TrackerPool({
      url: `${site.url.replace(/^http/, 'ws')}/v1/ingest`,
      tokenOf: (tracker) => tokens.get(tracker) ?? '',
    });
    for (const tracker of trackers) await pool.client(tracker).send([fix(Date.now(), at(0), { sos: false })]);
    return new Watchers(site, pool, trackers, await site.token('supervisor', 'looks-on'));
  }

  async measure(calls: number): Promise<Run> {
    const run = { sos: [] as number[], silence: [] as number[], append: [] as number[] };
    for (let i = 0; i < calls; i += 1) {
      this.#send('sos raised', run.sos);
      this.#send('tracker-silence cleared', run.silence);
      const startMs = performance.now();
      await this.#redis.xadd('bench', '*', 'p', randomBytes(APPEND_BYTES));
      run.append.push(performance.now() - startMs);
      await sleep(EVERY_MS);
    }
    for (const endMs = performance.now() + PATIENCE_MS; this.#waiting.size > 0 && performance.now() < endMs; )
      await sleep(50);
    this.#waiting.clear();
    return run;
  }

  #send(what: 'sos raised' | 'tracker-silence cleared', into: number[]): void {
    const tracker = this.#unused.pop() as string;
    const [rule, change] = what.split(' ');
    this.#waiting.set(`${rule} ${tracker.replace('t-', 'car-')} ${change}`, { sentMs: performance.now(), into });
    void this.#pool.client(tracker).send([fix(Date.now(), at(0), { sos: rule === 'sos' })]);
  }

  async close(): Promise<void> {
    this.#redis.disconnect();
    await this.#supervisor.close();
    await this.#pool.close();
  }
}
