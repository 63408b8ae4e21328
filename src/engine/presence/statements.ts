import { signedDistanceM } from '../../geo/shape.js';
import { EXIT_BUFFER_M, MAX_STATEMENT_MS, MAX_UNIT_STATEMENTS, VAGUE_SIGMAS } from '../../model/limits.js';
import type { StatementEntry } from '../../model/log-entry.js';
import { nextSettleMs } from '../agenda/instants.js';
import { currentPlan, planAt } from '../plan/plans.js';
import type { PlanInForce } from '../plan/slice.js';
import { placesSoFar } from '../plan/so-far.js';
import type { TrackPoint, UnitFold } from '../track/fold.js';
import { recentPoints } from '../track/recent.js';
import { isUsable } from '../track/sight.js';
import { fixesOf, foldsOf, unitState } from '../track/unit.js';
import type { PresenceScope, PresenceSlice, Statement } from './slice.js';

/**
 * What is said of a unit by radio. It speaks from now on; its unit and all places are judged by it at the next settling instant. One
 * about a unit or a place that the plan in force does not have, without a time ahead, or beyond MAX_UNIT_STATEMENTS changes nothing.
 * Answers whether it speaks.
 */
export function addStatement(state: PresenceScope, entry: StatementEntry): boolean {
  const { kind: _kind, unit: unitId, ...said } = entry;
  const plan = currentPlan(state);
  const planned = plan?.unitById.get(unitId);
  const before = state.statements.get(unitId) ?? [];
  if (plan === null || planned === undefined || before.length >= MAX_UNIT_STATEMENTS) return false;
  if (before.some(({ statementId }) => statementId === said.statementId)) return false;
  if (said.untilMs <= state.nowMs || said.untilMs > state.nowMs + MAX_STATEMENT_MS) return false;
  const places = said.at === null ? said.notAt : [said.at];
  if (!places.every((id) => plan.placeById.has(id))) return false;
  state.statements.set(unitId, [...before, { ...said, statedAtMs: state.nowMs }]);
  // A tracker's clock may be ahead: what came before the statement may be from after it.
  const unit = unitState(state, unitId);
  for (const fold of foldsOf(unit)) {
    for (const point of recentPoints(fold, fixesOf(unit, fold))) {
      const version = planAt(state, point.eventTimeMs);
      if (version !== null) outrank(state, fold, unitId, point, version);
    }
  }
  const soonMs = nextSettleMs(state.nowMs);
  state.timers.setEarlier({ kind: 'unit', unit: unitId }, soonMs);
  for (const id of placesSoFar(state)) state.timers.setEarlier({ kind: 'place', place: id }, soonMs);
  return true;
}

/**
 * Which statements a believed position ends: one that fences can use ends all that were made before it, a vague one those that it rules
 * out: beyond VAGUE_SIGMAS and the exit buffer from where the unit is said to be, or within one σ of where it is said not to be.
 */
export function outrank(
  state: Pick<PresenceSlice, 'statements'>,
  fold: UnitFold,
  unitId: string,
  point: TrackPoint,
  plan: PlanInForce,
): void {
  for (const statement of state.statements.get(unitId) ?? []) {
    const { statementId, statedAtMs, untilMs } = statement;
    if (point.eventTimeMs <= statedAtMs || point.eventTimeMs >= untilMs) continue;
    if (fold.outranked.some((one) => one.statementId === statementId)) continue;
    if (isUsable(point) || isRuledOut(statement, point, plan))
      fold.outranked.push({ statementId, atMs: point.eventTimeMs });
  }
}

function isRuledOut({ at, notAt }: Statement, point: TrackPoint, { plan, placeById }: PlanInForce): boolean {
  const distanceM = (id: string): number | null => {
    const place = placeById.get(id);
    return place === undefined ? null : signedDistanceM(plan.ruler, place.shape, point);
  };
  const awayM = at === null ? null : distanceM(at);
  if (awayM !== null) return awayM > VAGUE_SIGMAS * point.sigmaM + EXIT_BUFFER_M;
  return notAt.some((id) => (distanceM(id) ?? Number.POSITIVE_INFINITY) <= point.sigmaM);
}
