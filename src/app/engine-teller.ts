import { isDeepStrictEqual } from 'node:util';
import type { CompiledPlan } from '../model/plan.js';
import type { DistrictRunner } from '../runner/district-runner.js';
import type { DistrictNews } from './engine-messages.js';

/** Tells the main thread what it does not know yet of one engine. */
export class EngineTeller {
  readonly #district: string;
  readonly #say: (news: DistrictNews) => void;
  #plans: readonly CompiledPlan[] = [];
  #state: DistrictNews | null = null;

  constructor(district: string, say: (news: DistrictNews) => void) {
    this.#district = district;
    this.#say = say;
  }

  tell(runner: DistrictRunner): void {
    this.#tellPlans(runner);
    const { status, foldedTo } = runner;
    const state: DistrictNews = { is: 'state', district: this.#district, status, foldedTo };
    if (isDeepStrictEqual(state, this.#state)) return;
    this.#state = state;
    this.#say(state);
  }

  /** This one of its plans is in force, or is the first one before it is. */
  tellPlan(runner: DistrictRunner, { version }: CompiledPlan): void {
    this.#tellPlans(runner);
    this.#say({ is: 'plan-in-force', district: this.#district, version });
  }

  /** A fold that was loaded again has other objects, and may have other plans by the same numbers. */
  #tellPlans({ plans, planVersion }: DistrictRunner): void {
    const known = this.#plans;
    if (plans.length === known.length && plans.every((plan, i) => plan === known[i])) return;
    this.#plans = plans;
    this.#say({ is: 'plans', district: this.#district, plans, planVersion });
  }
}
