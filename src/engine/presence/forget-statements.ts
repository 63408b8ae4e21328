import type { PlanUnit } from '../../model/plan.js';
import { nextSettleMs } from '../agenda/instants.js';
import { planWithUnit } from '../plan/so-far.js';
import type { UnitFold } from '../track/fold.js';
import { foldsOf } from '../track/unit.js';
import { allUnseen, doubtEndMs, unseenOf } from './doubts.js';
import type { PresenceScope, Statement } from './slice.js';
import { endOf, type Spoken, spokenOf } from './spoken.js';

/**
 * Forgets statements that ended before `cutoffMs`, oldest first, with the doubt that came after them: before the stretches out of sight
 * that they were made in.
 *
 * @param remember keeps what matters of the presence that one made
 */
export function forgetStatements(
  state: PresenceScope,
  cutoffMs: number,
  remember: (unit: PlanUnit, spoken: Spoken) => void,
): void {
  for (const unitId of [...state.statements.keys()].sort()) {
    const all = state.statements.get(unitId) ?? [];
    const planned = planWithUnit(state, unitId)?.unitById.get(unitId);
    const spoken = planned === undefined ? [] : spokenOf(state, unitId, allUnseen(unseenOf(state, planned)));
    const isFinal = (statement: Statement, index: number): boolean => {
      const { atMs, by } = endOf(state, unitId, index);
      const one = spoken.find((candidate) => candidate.statement === statement);
      const matters = by === 'time' && one !== undefined ? Math.min(doubtEndMs(state, atMs), one.hiddenToMs) : atMs;
      return matters < cutoffMs;
    };
    const kept = all.slice(firstOr(all, (statement, index) => !isFinal(statement, index)));
    if (kept.length === all.length) continue;
    for (const one of spoken) if (planned !== undefined && !kept.includes(one.statement)) remember(planned, one);
    if (kept.length === 0) state.statements.delete(unitId);
    else state.statements.set(unitId, kept);
    const unit = state.units.get(unitId);
    if (unit !== undefined) for (const fold of foldsOf(unit)) forgetOutranked(fold, kept);
    state.timers.setEarlier({ kind: 'unit', unit: unitId }, nextSettleMs(state.nowMs));
  }
}

/** Index of the first that is wanted, or how many there are. */
function firstOr<T>(list: readonly T[], wanted: (item: T, index: number) => boolean): number {
  const index = list.findIndex(wanted);
  return index < 0 ? list.length : index;
}

function forgetOutranked(fold: UnitFold, kept: readonly Statement[]): void {
  const ids = new Set(kept.map(({ statementId }) => statementId));
  fold.outranked = fold.outranked.filter(({ statementId }) => ids.has(statementId));
}
