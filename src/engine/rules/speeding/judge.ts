import type { LightsSeen } from '../../../model/alert.js';
import type { SpeedingRule } from '../../../model/plan.js';
import type { Run } from '../../track/runs.js';
import type { RuleKind } from '../rule-kind.js';
import { judgeRuns } from '../run-findings.js';

/** A unit that drives faster than it may. */
export const SPEEDING: RuleKind<SpeedingRule> = {
  about: 'unit',
  judge: (state, about) =>
    judgeRuns(state, about, (run) => ({
      speeding: { mostKmh: kmhOf(run.most), limitKmh: kmhOf(run.limit), lights: lightsOf(run) },
    })),
};

/** Whole kilometres an hour, to the nearest: limits are whole ones, and made of them by rounding. */
function kmhOf(cmps: number): number {
  return Math.round((cmps * 36) / 1_000);
}

function lightsOf({ lit, unlit, unsaid }: Run): LightsSeen {
  if (unsaid > 0) return 'not-measured';
  if (unlit === 0) return 'on';
  return lit === 0 ? 'off' : 'partly';
}
