import { intersect, normalise, pairsOf, subtract } from '../../../src/model/intervals.js';
import { FOREVER_MS, isAnnounced } from '../../../src/engine/plan/plans.js';
import { coveredSpans, findWhereabouts, possibleSpans } from '../../../src/engine/presence/presence.js';
import type { EngineState } from '../../../src/engine/state.js';
import type { Fix } from '../../../src/model/fix.js';
import {
  HORIZON_MS,
  MAX_TRACK_SIGMA_M,
  POSSIBLE_FOR_MS,
  TOP_SPEED_CMPS,
  VISIT_MERGE_MS,
} from '../../../src/model/limits.js';
import type { AreaE7, Intervals, UnitKind } from '../../../src/model/plan.js';
import { areaAround, MINUTE, T0 } from '../../engine/support.js';
import { positionOf } from '../district.js';
import type { FixSpec, Scenario, Stay } from '../scenario.js';
import { type Folded, isResumed, type TimedEntry } from './decoded-log.js';
import { type Fixes, inTimeByTracker, isStated } from './truth.js';
import type { Violation } from './violation.js';

/** Until the first fix from inside, and after the last, a unit in sight counts as where it was seen. */
const SIGHT_MS = 3 * MINUTE;
/** By then whatever comes in time has come, and is folded; what it is about is not forgotten yet. */
const KNOWN_AFTER_MS = HORIZON_MS + MINUTE;
const LOOK_EACH_MS = 3 * MINUTE;

/**
 * A unit that is truly in a place is never left out for certain, however vague it is and however long it sleeps: at each instant it
 * is seen there or possible, and no gap there that stands calls it sure that nobody was. (A silence of which no doubt is
 * left is another matter: then the words say that the unit is not reporting.)
 */
export class Whereabouts {
  readonly #stays: readonly { readonly stay: Stay; readonly there: Intervals }[];
  /** Where a plan wants two, one who is there is too few. */
  readonly #wantsOne: boolean;
  #lookedToMs = T0;

  constructor(scenario: Scenario, log: readonly TimedEntry[]) {
    const fixes = inTimeByTracker(log);
    const planless = withoutPlan(log);
    this.#wantsOne = scenario.plans.every(({ rules: { strength } }) => (strength?.atLeast ?? 1) === 1);
    this.#stays = scenario.stays
      .filter((stay) => stay.kind === 'doubtful' && !isStated(scenario, stay))
      .map((stay) => ({ stay, there: subtract(surelyThere(scenario, stay, fixes), planless) }));
  }

  /** After an entry: where the units were said to be in the time that became known since the last look. */
  look(state: EngineState): Violation[] {
    const toMs = state.nowMs - KNOWN_AFTER_MS;
    return toMs < this.#lookedToMs + LOOK_EACH_MS ? [] : this.#lookTo(toMs, state);
  }

  #lookTo(toMs: number, state: EngineState): Violation[] {
    const asked = [Math.max(this.#lookedToMs, state.finalToMs), toMs];
    this.#lookedToMs = toMs;
    const where = findWhereabouts(state);
    return this.#stays.flatMap(({ stay, there }) => {
      const known = intersect(there, asked);
      if (known.length === 0) return [];
      const spans = [...coveredSpans(state, where, stay.place), ...possibleSpans(state, where, stay.place)];
      const granted = spans
        .filter(({ unit }) => unit === stay.unit)
        .map(({ fromMs, toMs: untilMs }): [number, number] => [fromMs, untilMs]);
      const leftOut = subtract(known, normalise(granted));
      return leftOut.length === 0 ? [] : [violation(stay, `left out over ${leftOut}`)];
    });
  }

  /** In the end: of the rest of the time, and what alerts say. */
  end({ state, alerts }: Folded): Violation[] {
    const last = [...new Map(alerts.map((alert) => [alert.alertId, alert])).values()];
    const wrongly = this.#stays.flatMap(({ stay, there }) => {
      for (const { rule, place, condition, transition, episodes, evidence } of last) {
        const isOfNobody = rule.endsWith('-gap') || (this.#wantsOne && evidence.strength?.atLeast === 1);
        if (condition === 'retracted' || !isOfNobody || place !== stay.place) continue;
        const wrong = pairsOf(episodes.flatMap(({ sure = [] }) => sure))
          .map((pair) => intersect(there, pair))
          .find((both) => both.length > 0);
        if (wrong !== undefined) return [violation(stay, `alert ${transition} is sure of nobody over ${wrong}`)];
      }
      return [];
    });
    return [...this.#lookTo(state.nowMs, state), ...wrongly];
  }
}

function violation(stay: Stay, what: string): Violation {
  return { invariant: 'truth', detail: `${JSON.stringify(stay)}: ${what}` };
}

/** From where a `resume` began anew until the next plan takes force: nothing is judged. */
function withoutPlan(log: readonly TimedEntry[]): Intervals {
  const pairs = log.flatMap(({ entry }, index): [number, number][] => {
    if (entry.kind !== 'resume' || !isResumed(log, index)) return [];
    const inForceMs = log.slice(index + 1).flatMap(({ atMs, entry: next }) => {
      return next.kind === 'plan' && isAnnounced(next.plan, atMs) ? [next.plan.inForceFromMs] : [];
    });
    return [[entry.sinceMs, inForceMs[0] ?? FOREVER_MS]];
  });
  return normalise(pairs);
}

/** When the unit was in the place beyond doubt, on duty, and had been heard of lately enough to be asked about. */
function surelyThere(scenario: Scenario, stay: Stay, fixes: Fixes): Intervals {
  const [plan] = scenario.plans;
  const unit = plan?.units.find(({ id }) => id === stay.unit);
  if (plan === undefined || unit === undefined) return [];
  const [fromMs, toMs] = [T0 + stay.fromMs + SIGHT_MS, T0 + stay.toMs - SIGHT_MS];
  if (toMs <= fromMs || scenario.plans.some(({ inForceMs }) => inForceMs > 0 && T0 + inForceMs < toMs + MINUTE))
    return [];
  const [dutyFromMs, dutyToMs] = unit.duty === null ? [T0, toMs] : [T0 + unit.duty[0], T0 + unit.duty[1]];
  const area = plan.areaM === undefined ? undefined : areaAround(plan.areaM);
  const heard = (fixes.get(unit.tracker) ?? []).filter((fix) => isPosition(fix, area));
  if (scenario.fixes.some((fix) => fix.tracker === unit.tracker && isUnheardOf(fix, heard, unit.kind))) return [];
  const heardMs = heard.map(({ eventTimeMs }) => eventTimeMs);
  const possibleForMs = plan.possibleForMs ?? POSSIBLE_FOR_MS;
  const bounds = [dutyFromMs, ...heardMs.filter((ms) => ms > dutyFromMs && ms < dutyToMs), dutyToMs];
  const lost = bounds.flatMap((ms, i): [number, number][] => {
    const pair: [number, number] = [(bounds[i - 1] ?? ms) + possibleForMs - SIGHT_MS, ms];
    return pair[0] < pair[1] ? [pair] : [];
  });
  return subtract(intersect([fromMs, toMs], [dutyFromMs, dutyToMs]), normalise(lost));
}

/**
 * A position that the receiver had kept, of which the first saying never came or could not be believed, or that comes after no silence:
 * nothing tells it from a new one.
 */
function isUnheardOf(
  { at = [0, 0], kept, ms, accuracyDm = 0 }: FixSpec,
  heard: readonly Fix[],
  kind: UnitKind,
): boolean {
  const { lngE7, latE7 } = positionOf(at);
  const isSaid = (fix: Fix, i: number): boolean =>
    fix.eventTimeMs < T0 + ms &&
    fix.position?.lngE7 === lngE7 &&
    fix.position.latE7 === latE7 &&
    isInReach(fix, heard[i - 1], kind);
  const isLately = ({ eventTimeMs }: Fix): boolean => eventTimeMs < T0 + ms && eventTimeMs > T0 + ms - VISIT_MERGE_MS;
  return kept === true && accuracyDm <= 10 * MAX_TRACK_SIGMA_M && (!heard.some(isSaid) || heard.some(isLately));
}

const METRES_PER_E7 = 0.0111;

/** Whether nobody would take it for a jump. */
function isInReach({ eventTimeMs, position }: Fix, before: Fix | undefined, kind: UnitKind): boolean {
  if (before === undefined || position === null || before.position === null) return true;
  const eastM = (position.lngE7 - before.position.lngE7) * METRES_PER_E7;
  const northM = (position.latE7 - before.position.latE7) * METRES_PER_E7;
  return Math.hypot(eastM, northM) * 100_000 <= TOP_SPEED_CMPS[kind] * (eventTimeMs - before.eventTimeMs);
}

function isPosition({ satellites, accuracyDm, position }: Fix, area: AreaE7 | undefined): boolean {
  if (satellites === 0 || (accuracyDm ?? 0) > 10 * MAX_TRACK_SIGMA_M || position === null) return false;
  const { lngE7, latE7 } = position;
  const { westE7, eastE7, southE7, northE7 } = area ?? { westE7: lngE7, eastE7: lngE7, southE7: latE7, northE7: latE7 };
  return lngE7 >= westE7 && lngE7 <= eastE7 && latE7 >= southE7 && latE7 <= northE7;
}
