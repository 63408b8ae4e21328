import type { Outcome } from '../../../src/ingest/group-commit.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import type { Fix } from '../../../src/model/fix.js';
import type { TrackerBatch } from '../../../src/model/log-entry.js';
import { createRandom } from '../../../src/simulator/random.js';
import { T0 } from '../../engine/support.js';
import { fixOf } from '../district.js';
import type { FixSpec } from '../scenario.js';
import type { ServerProcess } from './server-process.js';
import type { Acknowledged, World } from './world.js';

/** A tracker that hears nothing for this long connects again and sends what has no ack. */
const ACK_WAIT_MS = 10_000;

/** Every tracker hands over what the scenario says, and again until it is acknowledged. */
export function playTrackers(world: World, acknowledged: Acknowledged[]): void {
  const { scenario, scheduler } = world;
  const fixes = scenario.fixes.map(fixOf);
  for (const [index, delivery] of scenario.deliveries.entries()) {
    const batch: TrackerBatch = {
      tracker: delivery.tracker,
      reportId: index.toString(16).padStart(8, '0'),
      fixes: delivery.fixes.map((at) => fixes[at] as Fix),
      rejected: [],
    };
    scheduler.at(T0 + delivery.atMs, () => void handOver(world, index, batch, acknowledged));
  }
}

async function handOver(world: World, index: number, batch: TrackerBatch, acknowledged: Acknowledged[]): Promise<void> {
  const { scheduler, sea, redis } = world;
  const random = createRandom(world.scenario.seed, 'tracker', index);
  while (sea.isRough()) {
    const server = world.anyServer();
    if (server !== null) {
      if (sea.broken === 'durable-acks') acknowledged.push({ delivery: index, logId: redis.lastId });
      const outcome = await Promise.race([taken(server, batch), scheduler.sleep(ACK_WAIT_MS)]);
      if (sea.broken === 'durable-acks') return;
      const isHeard = server.process.alive && !random.chance(sea.server.lostAcks);
      if (outcome?.kind === 'logged' && isHeard) {
        acknowledged.push({ delivery: index, logId: outcome.id });
        return;
      }
    }
    await scheduler.sleep(random.integer(1_000, 5_000));
  }
}

function taken(server: ServerProcess, batch: TrackerBatch): Promise<Outcome> {
  return new Promise((resolve) => {
    server.take(batch, resolve);
  });
}

/** What tells two fixes of one tracker apart. */
export function fixKey(tracker: string, fix: Fix): string {
  return `${tracker}/${fix.eventTimeMs}/${canonicalJson(fix)}`;
}

export function keysOf(fixes: readonly FixSpec[], indices: readonly number[]): string[] {
  return indices.map((at) => {
    const spec = fixes[at] as FixSpec;
    return fixKey(spec.tracker, fixOf(spec));
  });
}
