import type { GapRule, PlanPlace, PlanUnit, UnitKind } from '../model/plan.js';
import type { PatrolMap } from './patrol-map.js';
import { isWithin, overlaps, type Span } from './spans.js';

/** A place that some gap rule wants somebody at. */
export interface Demand {
  readonly place: PlanPlace;
  /** Kinds of units that all its rules accept. */
  readonly kinds: readonly UnitKind[];
  /** The shortest threshold + grace of its rules. */
  readonly limitMs: number;
}

/** A stretch of time in which the same rules bind, the same units are on duty and the same places are left alone. */
export interface Period extends Span {
  /** Sorted by limit, then by place id; places left alone are not here. */
  readonly demands: readonly Demand[];
  readonly onDuty: readonly PlanUnit[];
  /** Ids of places that nobody may be in. */
  readonly forbidden: readonly string[];
}

/** A place left alone on purpose. */
export interface Hole extends Span {
  readonly rule: GapRule;
  readonly place: PlanPlace;
}

export function periodsOf(map: PatrolMap, whole: Span, holes: readonly Hole[]): Period[] {
  const { plan } = map;
  const lists = [
    ...plan.rules.map((rule) => plan.schedules[rule.binds] ?? []),
    ...plan.units.map((unit) => plan.schedules[unit.duty] ?? []),
    ...holes.map((hole) => [hole.fromMs, hole.toMs]),
    [whole.fromMs, whole.toMs],
  ];
  const edges = [...new Set(lists.flat())].filter((ms) => ms >= whole.fromMs && ms <= whole.toMs).sort((a, b) => a - b);
  return edges.slice(0, -1).map((fromMs, index) => {
    const span = { fromMs, toMs: edges[index + 1] as number };
    const forbidden = holes.filter((hole) => overlaps(hole, span)).map((hole) => hole.place.id);
    return {
      ...span,
      forbidden,
      demands: demandsAt(map, fromMs).filter(({ place }) => !forbidden.includes(place.id)),
      onDuty: plan.units.filter((unit) => isOnDutyAt(map, unit, fromMs)),
    };
  });
}

export function isOnDutyAt(map: PatrolMap, unit: PlanUnit, ms: number): boolean {
  return isWithin(map.plan.schedules[unit.duty] ?? [], ms);
}

/** What the gap rules that bind at an instant ask for. */
export function demandsAt(map: PatrolMap, ms: number): Demand[] {
  const demands = new Map<string, Demand>();
  for (const rule of map.gapRules) {
    if (!isWithin(map.plan.schedules[rule.binds] ?? [], ms)) continue;
    for (const id of rule.places) {
      const place = map.placeById.get(id);
      if (place === undefined) continue;
      const known = demands.get(id);
      const kinds = rule.unitKinds.filter((kind) => known?.kinds.includes(kind) ?? true);
      const limitMs = Math.min(rule.thresholdMs + rule.graceMs, known?.limitMs ?? Number.POSITIVE_INFINITY);
      demands.set(id, { place, kinds, limitMs });
    }
  }
  return [...demands.values()].sort((a, b) => a.limitMs - b.limitMs || (a.place.id < b.place.id ? -1 : 1));
}

/** Whether some dwell-short rule binds for the place at an instant. */
export function isDwellWatched(map: PatrolMap, placeId: string, ms: number): boolean {
  return map.plan.rules.some(
    (rule) =>
      rule.kind === 'dwell-short' &&
      rule.places.includes(placeId) &&
      isWithin(map.plan.schedules[rule.binds] ?? [], ms),
  );
}
