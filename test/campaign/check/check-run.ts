import { formatLogId } from '../../../src/model/log-id.js';
import { T0 } from '../../engine/support.js';
import { REST_MS, type WorldRun } from '../world/world.js';
import { checkCalls } from './calls.js';
import { decodedLog, foldEntries } from './decoded-log.js';
import { checkConfirmed, checkFinality } from './finality.js';
import { Alternation, checkActions, checkOutages } from './lifecycle.js';
import { checkOrders } from './orders.js';
import { checkAcknowledged, checkArchive, checkCursor, checkOutputs, checkSubscribers } from './outputs.js';
import { type FaultName, metIn } from './met.js';
import { checkResumes, tailOf, undisturbedTail } from './resumed.js';
import { checkBounds, checkSnapshot, checkTail, chosenSnapshots } from './snapshots.js';
import { checkTicks } from './ticks.js';
import { checkTruth } from './truth.js';
import { checkVerdicts } from './verdicts.js';
import { Whereabouts } from './whereabouts.js';
import type { Violation } from './violation.js';

export interface Checked {
  readonly violations: readonly Violation[];
  readonly entries: number;
  readonly alerts: number;
  readonly visits: number;
  readonly met: readonly FaultName[];
}

/** All invariants of a run. Throws where the fold does: that is a violation too. */
export function checkRun(run: WorldRun): Checked {
  const { scenario, redis, history } = run;
  const violations: Violation[] = [];
  const log = decodedLog(history, redis.skipped);
  violations.push(...checkAcknowledged(run, log), ...checkCursor(run), ...checkArchive(run));
  const snapshots = chosenSnapshots(run);
  const alternation = new Alternation();
  const whereabouts = new Whereabouts(scenario, log);
  const folded = foldEntries(log, (sofar, { id }) => {
    violations.push(...alternation.check(sofar.visits), ...whereabouts.look(sofar.state));
    const snapshot = snapshots.get(formatLogId(id));
    if (snapshot !== undefined) violations.push(...checkSnapshot(snapshot, sofar.state));
  });
  const [first] = snapshots.values();
  if (first !== undefined) violations.push(...checkTail(first, log, folded));
  const units = Math.max(...scenario.plans.map((plan) => plan.units.length));
  const places = Math.max(...scenario.plans.map((plan) => plan.places.length)) + 1;
  for (const snapshot of snapshots.values()) violations.push(...checkBounds(snapshot, units, places));
  violations.push(...checkOutputs(run, folded), ...checkSubscribers(run));
  violations.push(...checkActions(log, folded), ...checkOutages(log, folded));
  violations.push(...checkResumes(log, T0 + scenario.endMs + REST_MS));
  const tail = tailOf(log, folded);
  const undisturbed = undisturbedTail(tail);
  violations.push(...checkVerdicts(folded, undisturbed), ...checkConfirmed(folded));
  violations.push(...checkTicks(tail, scenario.seed), ...checkTruth(scenario, log, folded), ...whereabouts.end(folded));
  violations.push(...checkCalls(scenario, log, folded), ...checkOrders(log, folded));
  const sizes = { entries: log.length, alerts: folded.alerts.length, visits: folded.visits.length };
  const met = metIn(run, log, folded);
  violations.push(...checkFinality(tail.log, folded, undisturbed));
  return { violations, ...sizes, met };
}
