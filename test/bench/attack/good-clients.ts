import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisorClient } from '../../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../../src/simulator/tracker-pool.js';
import { at, fix } from '../../engine/support.js';
import { DISTRICT } from './district.js';

/** Who the good clients are; sent to the process once. */
export interface GoodClients {
  readonly url: string;
  /** Trackers that report each second, and the callers' after them. */
  readonly tokens: readonly (readonly [tracker: string, token: string])[];
  readonly reporting: number;
  readonly supervisor: string;
}

/** Asks for one measurement: the callers `from … to` (exclusive) call for help, one each `everyMs`. */
export interface Measure {
  readonly from: number;
  readonly to: number;
  readonly everyMs: number;
}

/** Milliseconds of what came; calls that no supervisor heard of in PATIENCE_MS are counted apart. */
export interface Measured {
  readonly ackMs: readonly number[];
  readonly alertMs: readonly number[];
  readonly unheard: number;
}

const EVERY_MS = 1_000;
const PATIENCE_MS = 10_000;

process.once('message', (clients: GoodClients) => void run(clients));
process.on('disconnect', () => process.exit(0));

async function run({ url, tokens, reporting, supervisor }: GoodClients): Promise<void> {
  const byTracker = new Map(tokens);
  const socketUrl = url.replace(/^http/, 'ws');
  const pool = new TrackerPool({ url: `${socketUrl}/v1/ingest`, tokenOf: (tracker) => byTracker.get(tracker) ?? '' });
  const calledAtMs = new Map<string, number>();
  let ackMs: number[] = [];
  let alertMs: number[] = [];
  const client = new SupervisorClient({
    url: `${socketUrl}/v1/districts/${DISTRICT}/live`,
    token: supervisor,
    onAlert: ({ rule, unit, change }) => {
      const sinceMs = calledAtMs.get(unit ?? '');
      if (rule !== 'sos' || change !== 'raised' || sinceMs === undefined) return;
      calledAtMs.delete(unit ?? '');
      alertMs.push(performance.now() - sinceMs);
    },
  });
  await client.untilTold(0);
  const report = async (i: number, sos: boolean): Promise<void> => {
    const sentMs = performance.now();
    await pool.client(`t-${i}`).send([fix(Date.now(), at(i * 40), { speedCmps: 0, sos })]);
    if (!sos) ackMs.push(performance.now() - sentMs);
  };
  for (const [i] of tokens.entries()) await report(i, false);
  for (let i = 0; i < reporting; i += 1) void reportForEver(i, reporting, report);
  process.on('message', (o: Measure) => {
    void (async () => {
      ackMs = [];
      alertMs = [];
      for (let i = o.from; i < o.to; i += 1) {
        calledAtMs.set(`car-${i}`, performance.now());
        void report(i, true);
        await sleep(o.everyMs);
      }
      const acked = ackMs;
      for (const lastMs = performance.now() + PATIENCE_MS; calledAtMs.size > 0 && performance.now() < lastMs; )
        await sleep(20);
      const unheard = calledAtMs.size;
      calledAtMs.clear();
      process.send?.({ ackMs: acked, alertMs, unheard } satisfies Measured);
    })();
  });
  process.send?.('ready');
}

async function reportForEver(i: number, of: number, report: (i: number, sos: boolean) => Promise<void>): Promise<void> {
  await sleep((i * EVERY_MS) / of);
  for (let nextMs = Date.now(); ; nextMs += EVERY_MS) {
    await sleep(Math.max(0, nextMs - Date.now()));
    void report(i, false);
  }
}
