import { isRejected, parseFix, wireFixOf } from '../../../src/codec/fix-parser.js';
import type { Outcome } from '../../../src/ingest/group-commit.js';
import { canonicalJson } from '../../../src/model/canonical-json.js';
import type { Fix } from '../../../src/model/fix.js';
import type { TrackerBatch } from '../../../src/model/log-entry.js';
import { createRandom } from '../../../src/simulator/random.js';
import { T0 } from '../../engine/support.js';
import { fixOf } from '../district.js';
import type { ServerProcess } from './server-process.js';
import type { Acknowledged, World } from './world.js';

/** A tracker that hears nothing for this long connects again and sends what has no ack. */
const ACK_WAIT_MS = 10_000;

/** Every tracker hands over what the scenario says, and again until it is acknowledged. */
export function playTrackers(world: World, acknowledged: Acknowledged[]): void {
  const { scenario, scheduler } = world;
  const fixes = scenario.fixes.map(fixOf);
  for (const [index, delivery] of scenario.deliveries.entries()) {
    const report: Report = {
      tracker: delivery.tracker,
      reportId: index.toString(16).padStart(8, '0'),
      fixes: delivery.fixes.map((at) => fixes[at] as Fix),
    };
    scheduler.at(T0 + delivery.atMs, () => void handOver(world, index, report, acknowledged));
  }
}

/** What a tracker sends again until it is acknowledged. */
type Report = Pick<TrackerBatch, 'tracker' | 'reportId' | 'fixes'>;

async function handOver(world: World, index: number, report: Report, acknowledged: Acknowledged[]): Promise<void> {
  const { scheduler, sea, redis } = world;
  const random = createRandom(world.scenario.seed, 'tracker', index);
  while (sea.isRough()) {
    const server = world.anyServer();
    if (server !== null) {
      const batch = parsed(report, scheduler.nowMs);
      const heard = { fixes: batch.fixes.map((fix) => fixKey(batch.tracker, fix)) };
      if (sea.broken === 'durable-acks') acknowledged.push({ ...heard, logId: redis.lastId });
      const outcome = await Promise.race([taken(server, batch), scheduler.sleep(ACK_WAIT_MS)]);
      if (sea.broken === 'durable-acks') return;
      const isHeard = server.process.alive && !random.chance(sea.server.lostAcks);
      if (outcome?.kind === 'logged' && isHeard) {
        acknowledged.push({ ...heard, logId: outcome.id });
        return;
      }
    }
    await scheduler.sleep(random.integer(1_000, 5_000));
  }
}

/** What the door makes of a report: the fixes that it takes, and why it refuses the others. */
function parsed({ tracker, reportId, fixes }: Report, nowMs: number): TrackerBatch {
  const all = fixes.map((fix, index) => parseFix(wireFixOf(fix), index, nowMs));
  const accepted = all.filter((one): one is Fix => !isRejected(one));
  return { tracker, reportId, fixes: accepted, rejected: all.filter(isRejected) };
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
