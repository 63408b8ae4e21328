import { setTimeout as sleep } from 'node:timers/promises';
import { SupervisorClient } from '../../src/simulator/supervisor-client.js';
import { TrackerPool } from '../../src/simulator/tracker-pool.js';
import { at, fix } from '../engine/support.js';

/** What the bench tells its load: who reports, and how many look on. */
export interface SosLoad {
  readonly url: string;
  readonly district: string;
  /** By tracker. */
  readonly tokens: readonly (readonly [tracker: string, token: string])[];
  readonly supervisor: string;
  readonly supervisors: number;
}

/** Each tracker reports once a second, at an instant of its own. */
const EVERY_MS = 1_000;

process.once('message', (load: SosLoad) => void run(load));

async function run({ url, district, tokens, supervisor, supervisors }: SosLoad): Promise<void> {
  const live = `${url}/v1/districts/${district}/live`;
  for (let i = 0; i < supervisors; i += 1)
    new SupervisorClient({ url: live, token: supervisor, onAlert: () => undefined });
  const byTracker = new Map(tokens);
  const pool = new TrackerPool({ url: `${url}/v1/ingest`, tokenOf: (tracker) => byTracker.get(tracker) ?? '' });
  let sent = 0;
  let acked = 0;
  setInterval(() => process.send?.({ sent, acked }), EVERY_MS).unref();
  process.on('disconnect', () => process.exit(0));
  await Promise.all(
    tokens.map(async ([tracker], i) => {
      await sleep((i * EVERY_MS) / tokens.length);
      for (let nextMs = Date.now(); ; nextMs += EVERY_MS) {
        await sleep(Math.max(0, nextMs - Date.now()));
        const eastM = i * 40 + (sent % 50);
        sent += 1;
        void pool
          .client(tracker)
          .send([fix(Date.now(), at(eastM), { speedCmps: 0, sos: false })])
          .then(() => (acked += 1));
      }
    }),
  );
}
