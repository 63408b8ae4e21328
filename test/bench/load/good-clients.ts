import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisorClient, type ToldAlert } from '../../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../../src/simulator/tracker-pool.js';
import { at, fix } from '../../engine/support.js';

/** Who the good clients are; sent to the process once. */
export interface GoodClients {
  readonly url: string;
  readonly district: string;
  /** Trackers `t-0` … that report each second, and the callers' after them; the unit of `t-0` is `car-0`. */
  readonly tokens: readonly (readonly [tracker: string, token: string])[];
  readonly reporting: number;
  readonly supervisor: string;
}

/** Asks for one measurement: so many calls for help, one each `everyMs`. */
export interface Measure {
  readonly calls: number;
  readonly everyMs: number;
}

/**
 * Milliseconds of what was sent in the measurement. Calls that no supervisor heard of, and reports without an ack, within
 * PATIENCE_MS after it are counted apart.
 */
export interface Measured {
  readonly ackMs: readonly number[];
  readonly alertMs: readonly number[];
  readonly unheard: number;
  readonly unacked: number;
}

interface Tally {
  readonly ackMs: number[];
  readonly alertMs: number[];
  reports: number;
}

const EVERY_MS = 1_000;
const PATIENCE_MS = 10_000;

process.once('message', (clients: GoodClients) => void run(clients));
process.on('disconnect', () => process.exit(0));

async function run({ url, district, tokens, reporting, supervisor }: GoodClients): Promise<void> {
  const byTracker = new Map(tokens);
  const socketUrl = url.replace(/^http/, 'ws');
  const pool = new TrackerPool({ url: `${socketUrl}/v1/ingest`, tokenOf: (tracker) => byTracker.get(tracker) ?? '' });
  const calls = new Map<string, { readonly sentMs: number; readonly into: Tally }>();
  let tally = newTally();
  const report = async (i: number, sos: boolean): Promise<void> => {
    const into = tally;
    const sentMs = performance.now();
    if (!sos) into.reports += 1;
    await pool.client(`t-${i}`).send([fix(Date.now(), at(i * 40), { speedCmps: 0, sos })]);
    if (!sos) into.ackMs.push(performance.now() - sentMs);
  };
  /** The call is over for the supervisor and for the caller, who may call again. */
  const resolve = async ({ alertId, version, unit }: ToldAlert): Promise<void> => {
    const answer = await fetch(`${url}/v1/districts/${district}/alerts/${alertId}/resolve`, {
      method: 'POST',
      headers: { authorization: `Bearer ${supervisor}`, 'content-type': 'application/json' },
      body: JSON.stringify({ version, reason: 'it was a bench' }),
    });
    if (!answer.ok) throw new Error(`a call of ${unit} was not resolved: ${answer.status} ${await answer.text()}`);
    await report(Number(unit?.slice('car-'.length)), false);
  };
  const client = new SupervisorClient({
    url: `${socketUrl}/v1/districts/${district}/live`,
    token: supervisor,
    onAlert: (alert) => {
      const call = calls.get(alert.unit ?? '');
      if (alert.rule !== 'sos' || alert.change !== 'raised' || call === undefined) return;
      calls.delete(alert.unit ?? '');
      call.into.alertMs.push(performance.now() - call.sentMs);
      void resolve(alert);
    },
  });
  await client.untilTold(0);
  for (const [i] of tokens.entries()) await report(i, false);
  for (let i = 0; i < reporting; i += 1) void reportForEver(i, reporting, report);
  let caller = reporting;
  const measure = async (o: Measure): Promise<Measured> => {
    const mine = newTally();
    tally = mine;
    for (let n = 0; n < o.calls; n += 1) {
      calls.set(`car-${caller}`, { sentMs: performance.now(), into: mine });
      void report(caller, true);
      caller = caller + 1 < tokens.length ? caller + 1 : reporting;
      await sleep(o.everyMs);
    }
    tally = newTally();
    const isSettled = (): boolean => mine.alertMs.length === o.calls && mine.ackMs.length === mine.reports;
    for (const lastMs = performance.now() + PATIENCE_MS; !isSettled() && performance.now() < lastMs; ) await sleep(20);
    const { ackMs, alertMs, reports } = mine;
    return { ackMs, alertMs, unheard: o.calls - alertMs.length, unacked: reports - ackMs.length };
  };
  process.on('message', (o: Measure) => void measure(o).then((measured) => process.send?.(measured)));
  process.send?.('ready');
}

function newTally(): Tally {
  return { ackMs: [], alertMs: [], reports: 0 };
}

async function reportForEver(i: number, of: number, report: (i: number, sos: boolean) => Promise<void>): Promise<void> {
  await sleep((i * EVERY_MS) / of);
  for (let nextMs = Date.now(); ; nextMs += EVERY_MS) {
    await sleep(Math.max(0, nextMs - Date.now()));
    void report(i, false);
  }
}
