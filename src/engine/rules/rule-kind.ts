import type { RouteProgress } from '../../model/hot.js';
import type { PlanPlace, PlanRule, PlanUnit } from '../../model/plan.js';
import type { Judgement } from '../alerts/topics.js';
import type { PlanInForce } from '../plan/slice.js';
import type { Whereabouts } from '../presence/presence.js';
import type { UnitState } from '../track/unit.js';
import type { RuleScope } from './slice.js';

/** What a rule finds, and when to look again though nothing was reported. */
export interface RuleFindings {
  readonly judgements: readonly Judgement[];
  readonly nextMs: number | null;
}

/** Of most units and places a rule finds nothing, and no alert stands that says otherwise. */
export const NOTHING_FOUND: RuleFindings = { judgements: [], nextMs: null };

/** A rule about a unit, as the newest plan so far that has it. */
export interface AboutUnit<Rule extends PlanRule> {
  readonly plan: PlanInForce;
  readonly rule: Rule;
  readonly unit: UnitState;
  readonly planned: PlanUnit;
}

export interface AboutPlace<Rule extends PlanRule> {
  readonly plan: PlanInForce;
  readonly rule: Rule;
  readonly place: PlanPlace;
  readonly where: Whereabouts;
}

export interface AboutVisits<Rule extends PlanRule> extends AboutUnit<Rule> {
  readonly place: PlanPlace;
}

export interface AboutScope<Rule extends PlanRule> {
  readonly plan: PlanInForce;
  readonly rule: Rule;
  /** All that some version of the plan so far has it count. */
  readonly units: ReadonlySet<string>;
}

/**
 * How a kind of rule is judged: for each unit, for each place, for each unit at each place where its visits have changed, or once for all its
 * units together.
 */
export type RuleKind<Rule extends PlanRule> =
  | {
      readonly about: 'unit';
      /** `silenceChanged`: a silence began or ended, so the network as a whole is worth a look. */
      readonly judge: (
        state: RuleScope,
        about: AboutUnit<Rule>,
      ) => RuleFindings & { readonly silenceChanged?: boolean };
    }
  | {
      readonly about: 'place';
      /**
       * `dueMs`: when a gap falls due unless somebody comes; null: none is running. `route`: how far a route was driven, of rules that ask
       * for it.
       */
      readonly judge: (
        state: RuleScope,
        about: AboutPlace<Rule>,
      ) => RuleFindings & { readonly dueMs: number | null; readonly route?: RouteProgress | null };
    }
  | {
      readonly about: 'visits';
      readonly judge: (state: RuleScope, about: AboutVisits<Rule>) => Judgement;
    }
  | {
      readonly about: 'scope';
      readonly judge: (state: RuleScope, about: AboutScope<Rule>) => RuleFindings;
    };
