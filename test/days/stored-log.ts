import { encodeLogEntry } from '../../src/codec/log-codec.js';
import { logKey } from '../../src/log/raw-entry.js';
import { formatLogId } from '../../src/model/log-id.js';
import type { RedisConnection } from '../../src/redis/connection.js';
import { districtKey } from '../../src/redis/district-key.js';
import type { Bench } from '../engine/support.js';

const DISTRICT = 'test';
const AT_ONCE = 500;

/** Puts what a bench has logged and told, from these places on, into the store as the server would have. */
export async function store(
  connection: RedisConnection,
  bench: Bench,
  from: { readonly entries: number; readonly alerts: number; readonly visits: number } = NOTHING,
): Promise<void> {
  const log = bench.log.slice(from.entries);
  for (let i = 0; i < log.length; i += AT_ONCE) {
    const pipeline = connection.pipeline();
    for (const { id, entry } of log.slice(i, i + AT_ONCE)) {
      const payload = Buffer.from(encodeLogEntry(entry));
      pipeline.xadd(logKey(DISTRICT), formatLogId(id), 'k', entry.kind, 'p', payload);
    }
    await pipeline.exec();
  }
  const pipeline = connection.pipeline();
  for (const version of bench.alerts.slice(from.alerts))
    pipeline.xadd(districtKey(DISTRICT, 'alerts'), `${version.transition}-0`, 'json', JSON.stringify(version));
  for (const version of bench.visits.slice(from.visits))
    pipeline.xadd(districtKey(DISTRICT, 'visits'), `${version.transition}-0`, 'json', JSON.stringify(version));
  const { state } = bench;
  const current = state.plans.find(({ plan }) => plan.version === state.planVersion)?.plan;
  pipeline.set(districtKey(DISTRICT, 'plan'), JSON.stringify(current));
  await pipeline.exec();
}
const NOTHING = { entries: 0, alerts: 0, visits: 0 };

export function stored(bench: Bench): { readonly entries: number; readonly alerts: number; readonly visits: number } {
  return { entries: bench.log.length, alerts: bench.alerts.length, visits: bench.visits.length };
}
