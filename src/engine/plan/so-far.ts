import { unreachable } from '../../model/errors.js';
import type { PlanRule, PlanUnit, ScopeRule, UnitKind } from '../../model/plan.js';
import { placeSubject, scopeSubject, subjectName, unitSubject, type Watched } from '../../model/subject.js';
import { planAt } from './plans.js';
import type { PlanInForce, PlanSlice } from './slice.js';

/** Units of the versions so far, those that a later one removed too: what they did while they were in it still counts. */
export function unitsSoFar(state: PlanSlice): readonly PlanUnit[] {
  return soFar(state).units;
}

/** Ids of the places of the versions so far. */
export function placesSoFar(state: PlanSlice): readonly string[] {
  return soFar(state).places;
}

/** The newest version so far that has the place, or the unit; null: none that is kept. */
export function planWithPlace(state: PlanSlice, placeId: string): PlanInForce | null {
  return soFar(state).planWithPlace.get(placeId) ?? null;
}

export function planWithUnit(state: PlanSlice, unitId: string): PlanInForce | null {
  return soFar(state).planWithUnit.get(unitId) ?? null;
}

/** A rule as the newest version so far that has it for some subject. */
export interface RuleInPlan {
  readonly plan: PlanInForce;
  readonly rule: PlanRule;
}

/** Rules about a place or a unit. One that a later version took away still finds what late fixes say of its time. */
export function rulesAbout(state: PlanSlice, watched: Watched): readonly RuleInPlan[] {
  return soFar(state).rules[watched.kind].get(subjectName(watched)) ?? NO_RULES;
}

const NO_RULES: readonly RuleInPlan[] = [];

/** Rules about all their units together, as `rulesAbout`, with all units that any version so far has them count. By rule id. */
export function scopesSoFar(state: PlanSlice): ReadonlyMap<string, ScopeInPlan> {
  return soFar(state).scopes;
}

export interface ScopeInPlan {
  readonly plan: PlanInForce;
  readonly rule: ScopeRule;
  readonly units: ReadonlySet<string>;
}

function soFar(state: PlanSlice): SoFar {
  const known = union.get(state.plans);
  if (known !== undefined && known.planVersion === state.planVersion) return known;
  const before = state.plans.filter(({ plan }) => plan.version <= state.planVersion);
  const made = {
    planVersion: state.planVersion,
    units: new Map<string, PlanUnit>(),
    planWithUnit: new Map<string, PlanInForce>(),
    planWithPlace: new Map<string, PlanInForce>(),
    rules: {
      place: new Map<string, readonly RuleInPlan[]>(),
      unit: new Map<string, readonly RuleInPlan[]>(),
      scope: new Map<string, readonly RuleInPlan[]>(),
    },
    scopes: scopesOf(before),
  };
  for (const version of before) {
    for (const unit of version.plan.units) {
      made.units.set(unit.id, unit);
      made.planWithUnit.set(unit.id, version);
    }
    for (const { id } of version.plan.places) made.planWithPlace.set(id, version);
  }
  for (const plan of before.toReversed()) {
    for (const rule of plan.plan.rules) {
      const one: RuleInPlan = { plan, rule };
      // Subjects that the same rules are about share one list.
      const longer = new Map<readonly RuleInPlan[], readonly RuleInPlan[]>();
      for (const watched of watchedBy(rule, plan.plan.district)) {
        const rules = made.rules[watched.kind];
        const about = rules.get(subjectName(watched)) ?? NO_RULES;
        if (about.some((newer) => newer.rule.id === rule.id && newer.rule.kind === rule.kind)) continue;
        const withOne = longer.get(about) ?? [...about, one];
        longer.set(about, withOne);
        rules.set(subjectName(watched), withOne);
      }
    }
  }
  const lists = { ...made, units: [...made.units.values()], places: [...made.planWithPlace.keys()] };
  union.set(state.plans, lists);
  return lists;
}

/** The newest first, so that its rule is the one that stands; a version of another kind is another rule. */
function scopesOf(plans: readonly PlanInForce[]): ReadonlyMap<string, ScopeInPlan> {
  const scopes = new Map<string, ScopeInPlan>();
  for (const plan of plans.toReversed()) {
    for (const rule of plan.plan.rules) {
      if (!isScopeRule(rule)) continue;
      const newer = scopes.get(rule.id);
      if (newer !== undefined && newer.rule.kind !== rule.kind) continue;
      const units = new Set([...(newer?.units ?? []), ...rule.units]);
      scopes.set(rule.id, { ...(newer ?? { plan, rule }), units });
    }
  }
  return scopes;
}

/** Whether a rule is about all its units together. */
export function isScopeRule(rule: PlanRule): rule is ScopeRule {
  return rule.kind === 'duty-strength' || rule.kind === 'bunching';
}

/** What a rule of a district's plan judges. */
export function watchedBy(rule: PlanRule, district: string): readonly Watched[] {
  if (isScopeRule(rule)) return [scopeSubject(district, rule.id)];
  return 'places' in rule ? rule.places.map(placeSubject) : rule.units.map(unitSubject);
}

export function watches(rule: PlanRule, watched: Watched): boolean {
  switch (watched.kind) {
    case 'place':
      return 'places' in rule && setOf(rule.places).has(watched.place);
    case 'unit':
      return !isScopeRule(rule) && 'units' in rule && setOf(rule.units).has(watched.unit);
    case 'scope':
      return isScopeRule(rule) && rule.id === watched.rule;
    default:
      return unreachable(watched);
  }
}

/** Whether a rule counts a unit. */
export function countsUnit({ units }: ScopeRule, unitId: string): boolean {
  return setOf(units).has(unitId);
}

/** The ids of a list, made once a list: a rule may be about thousands of places, and each asks for it whenever it is judged. */
function setOf(ids: readonly string[]): ReadonlySet<string> {
  const known = sets.get(ids);
  if (known !== undefined) return known;
  const made = new Set(ids);
  sets.set(ids, made);
  return made;
}

const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** Derived from `plans` alone, so kept until they change. */
const union = new WeakMap<readonly PlanInForce[], SoFar>();

interface SoFar {
  readonly planVersion: number;
  readonly units: readonly PlanUnit[];
  readonly places: readonly string[];
  readonly planWithUnit: ReadonlyMap<string, PlanInForce>;
  readonly planWithPlace: ReadonlyMap<string, PlanInForce>;
  readonly rules: Readonly<Record<Watched['kind'], ReadonlyMap<string, readonly RuleInPlan[]>>>;
  readonly scopes: ReadonlyMap<string, ScopeInPlan>;
}

/** A unit as it was at an event time, by the plan of then; else as the newest plan that has it says. Null: none has. */
export function plannedAt(state: PlanSlice, unitId: string, eventTimeMs: number): PlanUnit | null {
  const then = planAt(state, eventTimeMs)?.unitById.get(unitId);
  return then ?? planWithUnit(state, unitId)?.unitById.get(unitId) ?? null;
}

/** The kind of a unit, as `plannedAt`. */
export function kindAt(state: PlanSlice, unitId: string, eventTimeMs: number): UnitKind | null {
  return plannedAt(state, unitId, eventTimeMs)?.kind ?? null;
}
