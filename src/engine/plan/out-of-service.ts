import type { TaskRecord } from '../../model/hot.js';
import { normalise } from '../../model/intervals.js';
import type { Intervals } from '../../model/plan.js';
import { FOREVER_MS } from './plans.js';

/** When each unit is out of service, by its tasks: then it is in no verdict, as if it were off duty. By unit; flat intervals. */
export function findOutOfService(tasks: Iterable<TaskRecord>): Map<string, Intervals> {
  const pairs = new Map<string, [number, number][]>();
  for (const { task, units, fromMs, toMs } of tasks) {
    if (task !== 'out-of-service') continue;
    for (const unit of units) pairs.set(unit, [...(pairs.get(unit) ?? []), [fromMs, toMs ?? FOREVER_MS]]);
  }
  return new Map([...pairs].map(([unit, list]) => [unit, normalise(list)]));
}
