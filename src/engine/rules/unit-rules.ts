import { nextBoundary } from '../../model/intervals.js';
import { LATE_INTERVALS } from '../../model/limits.js';
import type { PlanUnit } from '../../model/plan.js';
import { placeSubject, unitSubject } from '../../model/subject.js';
import { earlier } from '../agenda/instants.js';
import type { Judgement } from '../alerts/topics.js';
import { silentAfterMs } from '../plan/plans.js';
import { rulesAbout } from '../plan/so-far.js';
import { nextTaskMs } from '../plan/tasks.js';
import { dutyIntervals } from '../plan/windows.js';
import { nextEndMs } from '../presence/spoken.js';
import type { UnitState } from '../track/unit.js';
import type { RuleFindings } from './rule-kind.js';
import type { RuleScope } from './slice.js';
import { ruleKind } from './table.js';

export interface UnitFindings extends RuleFindings {
  /** A silence began or ended: the network as a whole is worth a look. */
  readonly silenceChanged: boolean;
}

/**
 * All rules about a unit, at the engine's clock.
 *
 * @param planned as the newest plan so far that has it
 * @param places where its visits may have changed
 */
export function judgeUnit(
  state: RuleScope,
  unit: UnitState,
  planned: PlanUnit,
  places: readonly string[],
): UnitFindings {
  const judgements: Judgement[] = [];
  let nextMs = nextLookMs(state, unit, planned);
  let silenceChanged = false;
  for (const { plan, rule } of rulesAbout(state, unitSubject(unit.id))) {
    const kind = ruleKind(rule);
    if (kind.about !== 'unit') continue;
    const found = kind.judge(state, { plan, rule, unit, planned });
    judgements.push(...found.judgements);
    nextMs = earlier(nextMs, found.nextMs);
    silenceChanged ||= found.silenceChanged === true;
  }
  for (const placeId of places) judgements.push(...judgeVisits(state, unit, planned, placeId));
  if (judgements.length > 1) judgements.sort(byRule);
  return { judgements, nextMs, silenceChanged };
}

function judgeVisits(state: RuleScope, unit: UnitState, planned: PlanUnit, placeId: string): Judgement[] {
  const judgements: Judgement[] = [];
  for (const { plan, rule } of rulesAbout(state, placeSubject(placeId))) {
    const place = plan.placeById.get(placeId);
    const kind = ruleKind(rule);
    if (kind.about === 'visits' && place !== undefined)
      judgements.push(kind.judge(state, { plan, rule, unit, planned, place }));
  }
  return judgements;
}

function byRule(a: Judgement, b: Judgement): number {
  const [left, right] = [a.topic.rule.id, b.topic.rule.id];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** When the unit's health changes though it says nothing: late, silent, out of sight, on or off duty. */
function nextLookMs(state: RuleScope, unit: UnitState, planned: PlanUnit): number | null {
  const { nowMs } = state;
  const heardMs = unit.lastHeardMs;
  const fixMs = unit.head?.lastFence?.eventTimeMs ?? null;
  let nextMs = laterThan(nowMs, nextBoundary(dutyIntervals(state, unit.id), nowMs), null);
  nextMs = laterThan(nowMs, nextTaskMs(state, unitSubject(unit.id), nowMs), nextMs);
  nextMs = laterThan(nowMs, nextEndMs(state, unit.id), nextMs);
  if (heardMs !== null) {
    nextMs = laterThan(nowMs, heardMs + LATE_INTERVALS * planned.expectedIntervalMs, nextMs);
    nextMs = laterThan(nowMs, heardMs + silentAfterMs(planned), nextMs);
  }
  return fixMs === null ? nextMs : laterThan(nowMs, fixMs + silentAfterMs(planned), nextMs);
}

/** The earlier of two instants, of which the first counts only if it is still to come. */
function laterThan(nowMs: number, atMs: number | null, nextMs: number | null): number | null {
  return atMs === null || atMs <= nowMs ? nextMs : earlier(nextMs, atMs);
}
