import type { RouteProgress } from '../../model/hot.js';
import type { PlanPlace } from '../../model/plan.js';
import { placeSubject } from '../../model/subject.js';
import { earlier } from '../agenda/instants.js';
import type { Judgement } from '../alerts/topics.js';
import type { PlanInForce } from '../plan/slice.js';
import { rulesAbout } from '../plan/so-far.js';
import { nextTaskMs } from '../plan/tasks.js';
import { nextDoubtMs } from '../presence/doubts.js';
import { nextPresenceMs, type Whereabouts } from '../presence/presence.js';
import { nextSaidMs } from '../presence/spoken.js';
import { isOutOfSight } from '../track/sight.js';
import type { RuleFindings } from './rule-kind.js';
import type { RuleScope } from './slice.js';
import { ruleKind } from './table.js';

export interface PlaceFindings extends RuleFindings {
  /** When a gap falls due unless somebody comes; null when no gap rule binds now. */
  readonly dueMs: number | null;
  /** Null: no rule watches it along its line. */
  readonly route: RouteProgress | null;
}

/** All rules about a place, at the engine's clock. `plan`: the current one, or the last that had the place. */
export function judgePlace(state: RuleScope, where: Whereabouts, plan: PlanInForce, place: PlanPlace): PlaceFindings {
  const judgements: Judgement[] = [];
  let dueMs: number | null = null;
  let route: RouteProgress | null = null;
  const taskMs = nextTaskMs(state, placeSubject(place.id), state.nowMs);
  let nextMs = earlier(nextReachMs(state, where, plan, place), taskMs);
  for (const { plan: version, rule } of rulesAbout(state, placeSubject(place.id))) {
    const kind = ruleKind(rule);
    if (kind.about !== 'place') continue;
    const found = kind.judge(state, { plan: version, rule, place, where });
    judgements.push(...found.judgements);
    nextMs = earlier(nextMs, found.nextMs);
    dueMs = earlier(dueMs, found.dueMs);
    route ??= found.route ?? null;
  }
  return { judgements, dueMs, route, nextMs };
}

/** When the next unit out of sight could reach the place, or is out of sight for too long to be there, or a statement ends. */
function nextReachMs(state: RuleScope, where: Whereabouts, plan: PlanInForce, place: PlanPlace): number | null {
  let nextMs = nextPresenceMs(state, place.id);
  for (const unit of where.changing) {
    if (isOutOfSight(state, unit)) nextMs = earlier(nextMs, nextDoubtMs(state, plan, place, unit));
  }
  for (const unit of where.stated) nextMs = earlier(nextMs, nextSaidMs(state, plan, place, unit));
  return nextMs;
}
