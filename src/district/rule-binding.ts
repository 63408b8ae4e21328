import type { Intervals, Mode, PlaceKind, PlanPlace, PlanUnit } from '../model/plan.js';
import { intersect, unite } from '../model/intervals.js';
import { RULE_DEFAULTS, type RuleFile } from './plan-schemas.js';

interface Binding {
  readonly modes: readonly Mode[] | null;
  readonly during: string | null;
}

/** What of a rule says when it binds. */
export type BoundRule = Pick<RuleFile, 'id' | 'kind' | 'modes' | 'during'>;

/** When a rule binds: in its modes, inside its schedule, where both hold if it has both. */
function bindingOf(rule: BoundRule): Binding {
  const fallback = rule.during === undefined ? RULE_DEFAULTS[rule.kind].modes : null;
  return { modes: rule.modes ?? fallback, during: rule.during ?? null };
}

/** The key into `CompiledPlan.schedules`; a combination gets one of the rule's own. */
export function bindingKey(rule: BoundRule): string {
  const { modes, during } = bindingOf(rule);
  if (modes === null) return during ?? 'always';
  return during === null && modes.length === 1 ? `mode:${modes[0]}` : `rule:${rule.id}`;
}

/** The rule's own intervals out of those of modes and schedules. */
export function boundIntervals(rule: BoundRule, named: (key: string) => Intervals): Intervals {
  const { modes, during } = bindingOf(rule);
  if (modes === null) return named(during ?? 'always');
  const inModes = unite(modes.map((mode) => named(`mode:${mode}`)));
  return during === null ? inModes : intersect(inModes, named(during));
}

/** The kind of place that a rule of a kind watches; `any`: each that it names; null: it watches units. */
export function placeKindOf(rule: RuleFile): PlaceKind | 'any' | null {
  switch (rule.kind) {
    case 'zone-gap':
      return 'zone';
    case 'checkpoint-gap':
    case 'checkpoint-window':
    case 'predictable':
    case 'dwell-short':
      return 'checkpoint';
    case 'route-gap':
    case 'route-pass':
      return 'route';
    case 'strength':
      return rule.in === undefined ? 'any' : null;
    case 'debt':
    case 'lights':
      return 'any';
    case 'bunching':
    case 'dwell-long':
    case 'off-zone':
    case 'speeding':
    case 'tracker-silence':
      return null;
  }
}

/** Kinds that list units; of `strength` those that say `in`. */
type UnitListRule = Extract<
  RuleFile,
  { kind: 'strength' | 'bunching' | 'dwell-long' | 'off-zone' | 'speeding' | 'tracker-silence' }
>;
type PlaceListRule = Exclude<
  RuleFile,
  { kind: 'bunching' | 'dwell-long' | 'off-zone' | 'speeding' | 'tracker-silence' }
>;

/** Ids of the places or units that a rule watches, sorted. */
export function subjectsOf(
  rule: RuleFile,
  places: readonly Pick<PlanPlace, 'id' | 'kind'>[],
  units: readonly Pick<PlanUnit, 'id' | 'kind'>[],
): string[] {
  const kind = placeKindOf(rule);
  if (kind === null) {
    const { units: named = 'all', unitKinds } = rule as UnitListRule;
    return units
      .filter((unit) => (named === 'all' || named.includes(unit.id)) && (unitKinds?.includes(unit.kind) ?? true))
      .map((unit) => unit.id)
      .sort();
  }
  const { places: named = kind === 'any' ? [] : 'all' } = rule as PlaceListRule;
  return places
    .filter((place) => (kind === 'any' || place.kind === kind) && (named === 'all' || named.includes(place.id)))
    .map((place) => place.id)
    .sort();
}
