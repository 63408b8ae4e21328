import type { PlanRule } from '../../model/plan.js';
import { BUNCHING } from './bunching/judge.js';
import { CHECKPOINT_WINDOWS } from './checkpoint-window/judge.js';
import { DEBTS } from './debt/judge.js';
import { LONG_STANDS } from './dwell-long/judge.js';
import { SHORT_VISITS } from './dwell-short/judge.js';
import { GAPS } from './gap/judge.js';
import { LIGHTS } from './lights/judge.js';
import { OFF_ZONE } from './off-zone/judge.js';
import { PREDICTABLE } from './predictable/judge.js';
import type { RuleKind } from './rule-kind.js';
import { ROUTE_PASSES } from './route-pass/judge.js';
import { SPEEDING } from './speeding/judge.js';
import { DUTY_STRENGTH } from './strength/judge-duty.js';
import { STRENGTH } from './strength/judge.js';
import { TRACKER_SILENCE } from './tracker-silence/judge.js';

/** A kind of rule is a folder, and a line here. */
const RULE_KINDS: { readonly [Kind in PlanRule['kind']]: RuleKind<Extract<PlanRule, { readonly kind: Kind }>> } = {
  'zone-gap': GAPS,
  'checkpoint-gap': GAPS,
  'route-gap': GAPS,
  'checkpoint-window': CHECKPOINT_WINDOWS,
  debt: DEBTS,
  predictable: PREDICTABLE,
  'route-pass': ROUTE_PASSES,
  strength: STRENGTH,
  'duty-strength': DUTY_STRENGTH,
  bunching: BUNCHING,
  'dwell-short': SHORT_VISITS,
  'dwell-long': LONG_STANDS,
  'off-zone': OFF_ZONE,
  speeding: SPEEDING,
  lights: LIGHTS,
  'tracker-silence': TRACKER_SILENCE,
};

/** How a rule is judged. */
export function ruleKind<Rule extends PlanRule>({ kind }: Rule): RuleKind<Rule> {
  return RULE_KINDS[kind] as RuleKind<Rule>;
}
