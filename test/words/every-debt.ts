import { placeTopic } from '../../src/engine/alerts/topics.js';
import type { AlertEvidence, DebtFacts } from '../../src/model/alert.js';
import type { PlanPlace, PlanRule } from '../../src/model/plan.js';
import { MINUTE } from '../engine/support.js';
import type { Findings } from './every-change.js';

/** What a debt rule says at every change that its alerts can have. */
export function owedFindings(rule: PlanRule, place: PlanPlace, at: (minute: number) => number): Findings {
  return {
    topic: placeTopic(rule, place),
    certainty: 'uncovered',
    goesOn: { ...owed({}), lastUnit: 'm306', lastSeenMs: at(-12) },
    over: [
      { ...owed({}), ending: 'arrival', byUnit: 'm306', byEventTimeMs: at(64) },
      { ...owed({}), ending: 'arrival' },
      { ...owed({}), ending: 'window' },
    ],
    variants: [
      { ...owed({ mostMs: 12 * MINUTE }), certainty: 'unknown', possibleUnits: ['m301'], unseenUnits: ['m301'] },
      { ...owed({ mostMs: MINUTE }), certainty: 'unknown', possibleUnits: ['m301', 'm302'] },
      { ...owed({ mostMs: MINUTE }), certainty: 'unknown' },
      owed({ presentMs: 0 }),
    ],
    disproof: { byUnit: 'm301', byEventTimeMs: at(-4) },
  };
}

function owed(more: Partial<DebtFacts>): AlertEvidence {
  const rule = { creditMs: 30 * MINUTE, worth: 8, clearMs: 8 * MINUTE };
  return {
    debt: { ...rule, leastMs: -2 * MINUTE, mostMs: -2 * MINUTE, presentMs: 40_000, ...more },
    graceMs: 2 * MINUTE,
    planVersion: 1,
  };
}
