import { join } from 'node:path';
import { Redis } from 'ioredis';
import { TrackerClient } from '../../src/simulator/tracker-client.js';
import type { TestScope } from '../support/redis-server.js';
import { ALL_DAY, SQUARE, standingAt } from './all-day-district.js';
import { serve, type Site } from './served-district.js';

export const DRIVEN_FROM_MS = Date.parse('2026-11-24T08:00:00+08:00');
/** For `openSite`, beside the district: a virtual clock and an archive. */
export const DRIVEN = {
  BEATWATCH_ROLES: 'ingest,engine,api,archive',
  BEATWATCH_CLOCK: 'virtual@2026-11-24T08:00:00+08:00',
} as const;
const STEP_MS = 5_000;
const MINUTE_MS = 60_000;

/** A server of the all-day district whose clock a test moves, with a car that stands on the square and reports each minute. */
export async function startDriven(t: TestScope, site: Site) {
  const server = await serve(t, site);
  const admin = await site.token('admin', 'zhao');
  const redis = new Redis(join(site.folder, 'redis/redis.sock'));
  t.teardown(() => redis.disconnect());
  const url = `${server.url.replace(/^http/, 'ws')}/v1/ingest`;
  const client = new TrackerClient({ url, tracker: 'bd-1', token: await site.token('tracker', 'bd-1') });
  t.teardown(() => client.close());
  const log = `bw:{${ALL_DAY}}:log`;
  let atMs = DRIVEN_FROM_MS;

  const ask = async (path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${server.url}/v1/districts/${ALL_DAY}/${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json', 'x-purpose': 'a test' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path}: got ${response.status} ${await response.text()}, expected 2xx`);
    return await response.json();
  };

  return {
    ...server,
    ask,
    /** Moves the clock by so much. Rejects when a report is not durable. */
    drive: async (forMs: number): Promise<void> => {
      for (const toMs = atMs + forMs; atMs < toMs; ) {
        atMs += STEP_MS;
        await ask('clock', { nowMs: atMs });
        if (atMs <= DRIVEN_FROM_MS + 70_000 || atMs % MINUTE_MS !== 0) continue;
        const { durable, refusal } = await client.send([standingAt(SQUARE, atMs)]);
        if (!durable) throw new Error(`a report: got ${JSON.stringify(refusal)}, expected a durable ack`);
      }
    },
    /** Moves the clock by so much at once: the server was away for that long. */
    jump: async (byMs: number): Promise<void> => {
      atMs += byMs;
      await ask('clock', { nowMs: atMs });
    },
    /** Versions of alerts that are archived, and gone from hot state. */
    trimmedVersions: async (): Promise<number> =>
      Number((await redis.hget(`bw:{${ALL_DAY}}:trimmed:versions`, 'alerts')) ?? 0),
    /** Entries that Redis has. */
    kept: () => redis.xlen(log),
    /** Entries that it was ever given. */
    added: async (): Promise<number> => {
      const facts = (await redis.call('XINFO', 'STREAM', log)) as unknown[];
      return Number(facts[facts.indexOf('entries-added') + 1]);
    },
    /** The log time up to which Redis knows the log to be archived; 0: none. */
    archivedToMs: async (): Promise<number> =>
      Number((await redis.get(`bw:{${ALL_DAY}}:archived`))?.split('-')[0] ?? 0),
    /** What `/readyz` says of a check. */
    check: async (name: string): Promise<{ readonly ok: boolean; readonly detail: string }> => {
      const response = await fetch(`${server.url}/readyz`);
      const { checks } = (await response.json()) as { checks: { name: string; ok: boolean; detail: string }[] };
      const found = checks.find((one) => one.name === name);
      if (found === undefined) throw new Error(`/readyz: got no check ${name}, expected one`);
      return found;
    },
  };
}
