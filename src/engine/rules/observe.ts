import { contains } from '../../model/intervals.js';
import type { ObservingRule, PlanUnit } from '../../model/plan.js';
import type { PlanInForce } from '../plan/slice.js';
import type { TrackPoint, UnitFold } from '../track/fold.js';
import type { HeldFixes } from '../track/held-fixes.js';
import { measureMovement } from '../track/movement.js';
import { endRuns, type Observation, type RunTerms, runsOf, stepRuns, withRuns } from '../track/runs.js';
import { isUsable } from '../track/sight.js';
import { spotPoint } from '../track/spots.js';
import { measureLights } from './lights/measured.js';
import { observeZones, zoneTerms } from './off-zone/excursions.js';
import { observeRoutes } from '../routes/driven.js';
import { observeSpeed, speedTerms } from './speeding/measured.js';

/** A believed position, and what its fix says of the lightbar: asked for only where it matters. */
export interface Observed {
  readonly point: TrackPoint;
  readonly unit: PlanUnit;
  readonly plan: PlanInForce;
  readonly lightbar: () => boolean | null;
}

/** What rules that look at each position make of one of them, by the plan of its time. Most plans have none, and most units no runs. */
export function observePoint(
  fold: UnitFold,
  fixes: HeldFixes,
  point: TrackPoint,
  unit: PlanUnit,
  plan: PlanInForce,
): void {
  if (plan.lit.size > 0 && isUsable(point)) measureLights(fold, fixes, point, unit, plan);
  if (plan.moving.size > 0 && isUsable(point)) measureMovement(fold, point, unit, plan);
  if (plan.bunching.size > 0 && isUsable(point)) spotPoint(fold, point, unit, plan);
  if (plan.routes.size > 0 && isUsable(point)) observeRoutes(fold, fixes, point, unit, plan);
  const rules = plan.observing.get(unit.id);
  if ((rules === undefined && fold.runs.size === 0) || !isUsable(point)) return;
  const { eventTimeMs } = point;
  const observed: Observed = { point, unit, plan, lightbar: () => fixes.fixOf(point).lightbar };
  for (const ruleId of fold.runs.keys()) {
    if (rules?.some(({ id }) => id === ruleId) === true) continue;
    fold.runs = withRuns(fold.runs, ruleId, endRuns(runsOf(fold.runs, ruleId), eventTimeMs));
  }
  for (const rule of rules ?? []) {
    const seen = isAskedAt(plan, rule, unit, eventTimeMs) ? observe(rule, observed) : null;
    if (seen === 'unsaid') continue;
    const runs = stepRuns(runsOf(fold.runs, rule.id), eventTimeMs, seen, termsOf(rule, unit, plan));
    fold.runs = withRuns(fold.runs, rule.id, runs);
  }
}

/** Whether the rule binds and the unit is on duty, both. */
function isAskedAt({ plan }: PlanInForce, { binds }: ObservingRule, { duty }: PlanUnit, atMs: number): boolean {
  return contains(plan.schedules[binds] ?? [], atMs) && contains(plan.schedules[duty] ?? [], atMs);
}

function observe(rule: ObservingRule, observed: Observed): Observation | null | 'unsaid' {
  return rule.kind === 'off-zone' ? observeZones(rule, observed) : observeSpeed(rule, observed);
}

function termsOf(rule: ObservingRule, unit: PlanUnit, { plan }: PlanInForce): RunTerms {
  return rule.kind === 'off-zone' ? zoneTerms(rule, unit, plan.version) : speedTerms(rule, plan.version);
}
