import type { AlertVersion } from '../../../src/model/alert.js';
import { createRandom } from '../../../src/simulator/random.js';
import { T0 } from '../../engine/support.js';
import type { SubscriberSpec } from '../scenario.js';
import type { World } from './world.js';

/** What one supervisor's client was sent, in that order. */
export interface Seen {
  readonly alerts: readonly AlertVersion[];
  /** How often it was told that what it asked for is not there any more. */
  readonly resyncs: number;
}

/**
 * A client that reads when it gets to it, a page at a time, and loses answers: it resumes after the last transition that it
 * has. Answers what it has seen.
 */
export function subscribe(world: World, spec: SubscriberSpec, index: number): () => Seen {
  const { scheduler, redis, sea } = world;
  const random = createRandom(world.scenario.seed, 'subscriber', index);
  const alerts: AlertVersion[] = [];
  let last = 0;
  let resyncs = 0;
  const read = (): void => {
    const page = redis.up ? redis.alertsAfter(last, spec.page) : [];
    const isLost = random.chance(spec.lostAnswers);
    if (page === null) resyncs += 1;
    else if (!isLost) alerts.push(...page);
    if (page !== null && (!isLost || sea.broken === 'resume-where-it-was')) last = page.at(-1)?.transition ?? last;
    if (sea.isRough()) scheduler.after(random.integer(1, spec.everyMs), read);
  };
  scheduler.at(T0 + spec.fromMs, read);
  return () => {
    for (;;) {
      const page = redis.alertsAfter(last, 1_000);
      if (page === null || page.length === 0) return { alerts, resyncs };
      alerts.push(...page);
      last = page.at(-1)?.transition ?? last;
    }
  };
}
