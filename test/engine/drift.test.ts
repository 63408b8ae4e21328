import t from 'tap';
import { runDrift } from '../support/drift-run.js';

/** `npm run bench -- drift` is the measurement; this is small, so its bars are wider. */
const SEEDS = [11, 12, 13];
const HOURS = 250;
const RADIUS_M = 50;

t.test(`a drifting car parked 20 m inside seldom leaves and covers the checkpoint (seeds ${SEEDS})`, async (t) => {
  const runs = SEEDS.map((seed) => runDrift(seed, HOURS, 30, RADIUS_M));
  const exits = mean(runs.map((run) => run.exitsPerHour));
  const naive = mean(runs.map((run) => run.naiveExitsPerHour));
  const covered = mean(runs.map((run) => run.coveredShare));
  t.ok(exits <= 0.12, `${exits} false exits an hour, at most 0.12`);
  t.ok(naive >= 16 && naive <= 22, `${naive} by the naive rule, 16 to 22`);
  t.ok(covered >= 0.965, `covered ${covered} of the time, at least 0.965`);
});

t.test(`a drifting car parked 15 m outside hardly ever covers the checkpoint (seeds ${SEEDS})`, async (t) => {
  const covered = mean(SEEDS.map((seed) => runDrift(seed, HOURS, 65, RADIUS_M).coveredShare));
  t.ok(covered <= 0.035, `covered ${covered} of the time, at most 0.035`);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
