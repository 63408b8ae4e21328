import { resumeLog } from '../../../src/log/resumes.js';
import { BeatwatchError } from '../../../src/model/errors.js';
import { compiled, DISTRICT } from '../district.js';
import { Link } from './link.js';
import { Process } from './process.js';
import type { World } from './world.js';

/** After a Redis that was away, or a log that moved. */
const AGAIN_MS = 3_000;

/** So many people run `beatwatch log resume` at once; when it is done the next plan is logged. */
export function playResume(world: World, people: number): void {
  const { scenario } = world;
  for (let who = 0; who < people; who += 1) {
    void resume(world, `operator-${who}`).then((isMine) => {
      for (let index = 1; isMine && index < scenario.plans.length; index += 1)
        void world.append({ kind: 'plan', plan: compiled(scenario.plans, index) });
    });
  }
}

/** Until there is nothing to resume any more: whether this one did it. */
async function resume({ scheduler, sea }: World, actor: string): Promise<boolean> {
  const connection = new Link(sea, new Process(actor, scheduler)).connection();
  while (sea.isRough()) {
    try {
      await resumeLog({ district: DISTRICT, connection, actor, reason: 'campaign', sinceMs: null });
      return true;
    } catch (error) {
      // Somebody has: this one, whose answer was lost, or the other.
      if (error instanceof BeatwatchError && error.code === 'log-not-ahead') return actor === 'operator-0';
    }
    await scheduler.sleep(AGAIN_MS);
  }
  return false;
}
