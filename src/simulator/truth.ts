import { signedDistanceM } from '../geo/shape.js';
import { EXIT_BUFFER_M, VISIT_MERGE_MS } from '../model/limits.js';
import type { GapRule, PlanUnit } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { isStand, type Path } from './path.js';
import type { PatrolMap } from './patrol-map.js';
import { presenceOf } from './presence.js';
import { intersection, merged, type Span, spansWithin, uncovered } from './spans.js';

/** One unit's true stay in one place; stays less than VISIT_MERGE_MS apart are one. */
export interface TrueVisit extends Span {
  readonly unit: string;
  readonly place: string;
}

/** A stretch of a binding window in which nobody was in the place. */
export interface Absence extends Span {
  readonly rule: GapRule;
  readonly place: string;
  /** The window closed, or the fleet's time ended, before anybody came. */
  readonly untilWindowEnd: boolean;
}

/** A unit on duty that stood in one spot where it may not. */
export interface TrueStand extends Span {
  readonly ruleId: string;
  readonly unit: string;
  readonly maxStandMs: number;
}

/** How presence is counted: as it was, or with the doubt on one side. */
export interface Counting {
  readonly marginM: number;
  /** Least presence that counts, from the rule's own least. */
  readonly leastMs: (minPresenceMs: number) => number;
}
export const EXACT: Counting = { marginM: 0, leastMs: (minMs) => minMs };
/** Presence that no fence could miss: two reports at least, deep enough. */
export const SURE: Counting = { marginM: -12, leastMs: (minMs) => 25_000 + 2 * minMs };
/** Presence that a fence with its buffer might see. */
export const CONCEIVABLE: Counting = { marginM: 45, leastMs: (minMs) => minMs / 2 };

/** Presence of every path in every place that a rule or a visit is about: computed once for each way of counting. */
export class PresenceTable {
  readonly #map: PatrolMap;
  readonly #paths: readonly Path[];
  readonly #untilMs: number;
  readonly #known = new Map<string, readonly (readonly Span[])[]>();

  constructor(map: PatrolMap, paths: readonly Path[], untilMs: number) {
    this.#map = map;
    this.#paths = paths;
    this.#untilMs = untilMs;
  }

  /** When each path is no further than `marginM` metres outside the place, in the order of the paths. */
  of(placeId: string, marginM: number): readonly (readonly Span[])[] {
    const key = `${placeId} ${marginM}`;
    let known = this.#known.get(key);
    if (known === undefined) {
      const place = this.#map.placeById.get(placeId);
      const { ruler } = this.#map;
      known = this.#paths.map((path) => (place ? presenceOf(ruler, path, place.shape, marginM, this.#untilMs) : []));
      this.#known.set(key, known);
    }
    return known;
  }

  get paths(): readonly Path[] {
    return this.#paths;
  }
}

export function trueVisits(map: PatrolMap, table: PresenceTable): TrueVisit[] {
  return map.plan.places.flatMap(({ id }) =>
    table.of(id, 0).flatMap((spans, index) => {
      const { unit } = table.paths[index] as Path;
      return merged(spans, VISIT_MERGE_MS).map((span) => ({ unit, place: id, ...span }));
    }),
  );
}

/** Every stretch of every binding window of every gap rule in which no unit that counts was there. */
export function absencesOf(map: PatrolMap, table: PresenceTable, whole: Span, counting: Counting): Absence[] {
  const unitById = new Map(map.plan.units.map((unit) => [unit.id, unit]));
  return map.gapRules.flatMap((rule) => {
    const windows = spansWithin(map.plan.schedules[rule.binds] ?? [], whole.fromMs, whole.toMs);
    return rule.places.flatMap((place) => {
      const present = merged(qualifying(map, table, rule, place, counting, unitById), 1);
      return windows.flatMap((window) =>
        uncovered(window, present).map((span) => ({ rule, place, ...span, untilWindowEnd: span.toMs === window.toMs })),
      );
    });
  });
}

function qualifying(
  map: PatrolMap,
  table: PresenceTable,
  rule: GapRule,
  place: string,
  counting: Counting,
  unitById: ReadonlyMap<string, PlanUnit>,
): Span[] {
  const leastMs = counting.leastMs(rule.minPresenceMs);
  return table.of(place, counting.marginM).flatMap((spans, index) => {
    const unit = unitById.get((table.paths[index] as Path).unit);
    if (unit === undefined || !rule.unitKinds.includes(unit.kind)) return [];
    const duty = map.plan.schedules[unit.duty] ?? [];
    return spans
      .flatMap((span) => spansWithin(duty, span.fromMs, span.toMs))
      .filter((span) => span.toMs - span.fromMs >= leastMs);
  });
}

/** Stands closer together than this are one: the fence of a stand is no point. */
const SAME_SPOT_M = 110;

/** Where units on duty stood though no place allows it, by dwell-long rule. */
export function trueStands(map: PatrolMap, paths: readonly Path[], untilMs: number): TrueStand[] {
  const unitById = new Map(map.plan.units.map((unit) => [unit.id, unit]));
  return map.plan.rules.flatMap((rule) => {
    if (rule.kind !== 'dwell-long') return [];
    return paths.flatMap((path) => {
      const unit = unitById.get(path.unit);
      if (unit === undefined || !rule.units.includes(unit.id)) return [];
      return standsOf(map, path, untilMs)
        .filter(({ at }) => !mayStandAt(map, at))
        .flatMap(({ span }) => spansWithin(map.plan.schedules[unit.duty] ?? [], span.fromMs, span.toMs))
        .flatMap((span) => spansWithin(map.plan.schedules[rule.binds] ?? [], span.fromMs, span.toMs))
        .map((span) => ({ ruleId: rule.id, unit: unit.id, maxStandMs: rule.maxStandMs, ...span }));
    });
  });
}

function standsOf(map: PatrolMap, path: Path, untilMs: number): { at: PositionE7; span: Span }[] {
  const stands: { at: PositionE7; span: Span }[] = [];
  for (const leg of path.legs) {
    const span = intersection(leg, { fromMs: path.fromMs, toMs: untilMs });
    if (!isStand(leg) || span === null) continue;
    const last = stands.at(-1);
    const near = last !== undefined && metresBetween(map, last.at, leg.from) <= SAME_SPOT_M;
    if (last !== undefined && near && span.fromMs - last.span.toMs < 60_000) {
      stands[stands.length - 1] = { at: last.at, span: { fromMs: last.span.fromMs, toMs: span.toMs } };
    } else stands.push({ at: leg.from, span: { fromMs: span.fromMs, toMs: span.toMs } });
  }
  return stands;
}

/** Places that allow it, and checkpoints at which some gap rule asks for somebody. */
function mayStandAt(map: PatrolMap, at: PositionE7): boolean {
  return map.plan.places.some(({ id, kind, shape, stopAllowed }) => {
    const post = kind === 'checkpoint' && map.gapRules.some((rule) => rule.places.includes(id));
    return (stopAllowed || post) && signedDistanceM(map.ruler, shape, at) <= EXIT_BUFFER_M;
  });
}

function metresBetween(map: PatrolMap, a: PositionE7, b: PositionE7): number {
  const eastM = (a.lngE7 - b.lngE7) * map.ruler.metresPerLngE7;
  const northM = (a.latE7 - b.latE7) * map.ruler.metresPerLatE7;
  return Math.sqrt(eastM * eastM + northM * northM);
}
