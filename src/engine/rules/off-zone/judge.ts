import type { OffZoneRule } from '../../../model/plan.js';
import type { RuleKind } from '../rule-kind.js';
import { judgeRuns } from '../run-findings.js';

/** A unit that has left the zones of its group. */
export const OFF_ZONE: RuleKind<OffZoneRule> = {
  about: 'unit',
  judge: (state, about) => judgeRuns(state, about, ({ places, most }) => ({ offZone: { zones: places, awayM: most } })),
};
