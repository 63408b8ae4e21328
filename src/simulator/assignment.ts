import { distanceM } from '../geo/ruler.js';
import { BeatwatchError, unreachable } from '../model/errors.js';
import type { PlanPlace, PlanUnit } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { centreOf } from './ground.js';
import type { PatrolMap } from './patrol-map.js';
import { type Demand, isDwellWatched, type Period } from './periods.js';
import type { Random } from './random.js';
import type { Span } from './spans.js';

/** What a unit does for a stretch of time. */
export type Task =
  /** Is at a checkpoint (foot teams walk about inside). */
  | { readonly kind: 'post'; readonly place: PlanPlace }
  /** Drives a route end to end and back. */
  | { readonly kind: 'line'; readonly place: PlanPlace }
  /** Roams an area, with stops. */
  | { readonly kind: 'area'; readonly place: PlanPlace }
  /** A foot team walks around its checkpoint, in and out. */
  | { readonly kind: 'beat'; readonly place: PlanPlace }
  /** A foot team waits where it is in nobody's way. */
  | { readonly kind: 'refuge'; readonly position: PositionE7 }
  /** On purpose: comes to a checkpoint and leaves too soon. */
  | { readonly kind: 'short-stay'; readonly place: PlanPlace; readonly stayMs: number }
  /** On purpose: stands too long in its area. */
  | { readonly kind: 'long-stand'; readonly place: PlanPlace; readonly standMs: number };

export interface TaskSpan extends Span {
  readonly task: Task;
  /** The limit of the demand that it serves; +∞ when it serves none. */
  readonly limitMs: number;
}

/** Refuges of foot teams while the place around their home is left alone, by place id and home id. */
export type Refuges = ReadonlyMap<string, PositionE7>;

export function refugeKey(forbiddenPlaceId: string, homeId: string): string {
  return `${forbiddenPlaceId}|${homeId}`;
}

interface Given {
  readonly task: Task;
  readonly limitMs: number;
}

/** A unit is not moved from its group's area for less than this. */
const OTHER_GROUP_M = 1_500;
/** A unit whose duty ends before the demand does is taken last. */
const LEAVES_SOON_M = 4_000;

/**
 * Who does what: gives every demand of every period a unit, the same one as long as it can, and lets the others roam.
 * Throws `fleet-impossible` when there are more demands than units.
 */
export function assignTasks(
  map: PatrolMap,
  periods: readonly Period[],
  refuges: Refuges,
  random: Random,
): Map<string, TaskSpan[]> {
  const spans = new Map<string, TaskSpan[]>(map.plan.units.map((unit) => [unit.id, []]));
  let before = new Map<string, Given>();
  periods.forEach((period, index) => {
    const given = assignPeriod(map, period, periods.slice(index + 1), before, refuges, random);
    for (const [unitId, { task, limitMs }] of given) {
      const list = spans.get(unitId) as TaskSpan[];
      const last = list.at(-1);
      if (last !== undefined && last.toMs === period.fromMs && isSameTask(last.task, task)) {
        list[list.length - 1] = { ...last, toMs: period.toMs, limitMs: Math.min(last.limitMs, limitMs) };
      } else {
        list.push({ fromMs: period.fromMs, toMs: period.toMs, task, limitMs });
      }
    }
    before = given;
  });
  return spans;
}

function assignPeriod(
  map: PatrolMap,
  period: Period,
  later: readonly Period[],
  before: ReadonlyMap<string, Given>,
  refuges: Refuges,
  random: Random,
): Map<string, Given> {
  const given = new Map<string, Given>();
  const open = new Map(period.demands.map((demand) => [demand.place.id, demand]));
  for (const unit of period.onDuty) {
    const home = map.homeOf(unit);
    if (home !== null) given.set(unit.id, footTask(map, period, unit, home, refuges, open));
  }
  const zoneDemands = [...open.values()].filter(({ place }) => place.kind === 'zone');
  const posts = [...open.values()].filter(({ place }) => place.kind !== 'zone');
  const free = new Set(period.onDuty.filter((unit) => !given.has(unit.id)));
  const served = posts.filter((demand) => {
    const holder = [...free].find(
      (unit) => serves(before.get(unit.id)?.task, demand) && demand.kinds.includes(unit.kind),
    );
    if (holder === undefined) return true;
    free.delete(holder);
    given.set(holder.id, { task: taskFor(demand), limitMs: demand.limitMs });
    return false;
  });
  for (const demand of served) {
    const unit = cheapest(
      [...free].filter(({ kind }) => demand.kinds.includes(kind)),
      (candidate) => costM(map, candidate, demand, later, before, random),
    );
    if (unit === null) {
      const at = new Date(period.fromMs).toISOString();
      const message = `got no unit left for ${demand.place.id} at ${at}, expected a unit on duty for each place that a gap rule binds`;
      throw new BeatwatchError('fleet-impossible', message, { place: demand.place.id, fromMs: period.fromMs });
    }
    free.delete(unit);
    given.set(unit.id, { task: taskFor(demand), limitMs: demand.limitMs });
  }
  for (const [unit, place] of spreadOverAreas(map, period, [...free], zoneDemands)) {
    const demand = zoneDemands.find((zone) => zone.place.id === place.id);
    given.set(unit.id, { task: { kind: 'area', place }, limitMs: demand?.limitMs ?? Number.POSITIVE_INFINITY });
  }
  return given;
}

/** A foot team serves its home when that is asked for, and stays away from what is left alone. */
function footTask(
  map: PatrolMap,
  period: Period,
  unit: PlanUnit,
  home: PlanPlace,
  refuges: Refuges,
  open: Map<string, Demand>,
): Given {
  for (const placeId of period.forbidden) {
    const position = refuges.get(refugeKey(placeId, home.id));
    if (position !== undefined) return { task: { kind: 'refuge', position }, limitMs: Number.POSITIVE_INFINITY };
  }
  const demand = open.get(home.id);
  if (demand?.kinds.includes(unit.kind)) {
    open.delete(home.id);
    return { task: { kind: 'post', place: home }, limitMs: demand.limitMs };
  }
  const kind = isDwellWatched(map, home.id, period.fromMs) ? 'post' : 'beat';
  return { task: { kind, place: home }, limitMs: Number.POSITIVE_INFINITY };
}

function taskFor(demand: Demand): Task {
  return demand.place.kind === 'route' ? { kind: 'line', place: demand.place } : { kind: 'post', place: demand.place };
}

function serves(task: Task | undefined, demand: Demand): boolean {
  return task !== undefined && (task.kind === 'post' || task.kind === 'line') && task.place.id === demand.place.id;
}

function costM(
  map: PatrolMap,
  unit: PlanUnit,
  demand: Demand,
  later: readonly Period[],
  before: ReadonlyMap<string, Given>,
  random: Random,
): number {
  const task = before.get(unit.id)?.task;
  const from = task === undefined ? map.depotOf(unit) : whereabouts(task);
  const ends = later.findIndex((period) => !period.demands.some(({ place }) => place.id === demand.place.id));
  const stays = later.slice(0, ends < 0 ? later.length : ends).every((period) => period.onDuty.includes(unit));
  const area = map.areaOf(unit);
  const centre = centreOf(demand.place.shape);
  const nearest = cheapest(map.areas, (other) => distanceM(map.ruler, centreOf(other.shape), centre));
  return (
    distanceM(map.ruler, from, centre) +
    (nearest === area ? 0 : OTHER_GROUP_M) +
    (stays ? 0 : LEAVES_SOON_M) +
    random.between(0, 400)
  );
}

/** Each unit to its own area, or the nearest that is not left alone; every area that is asked for gets at least two. */
function spreadOverAreas(
  map: PatrolMap,
  period: Period,
  units: readonly PlanUnit[],
  demands: readonly Demand[],
): [PlanUnit, PlanPlace][] {
  const areas = map.areas.filter(({ id }) => !period.forbidden.includes(id));
  if (areas.length === 0) return units.map((unit) => [unit, map.areaOf(unit)]);
  const places = units.map((unit) => {
    const own = centreOf(map.areaOf(unit).shape);
    return cheapest(areas, (area) => distanceM(map.ruler, centreOf(area.shape), own)) as PlanPlace;
  });
  const countOf = (place: PlanPlace): number => places.filter((other) => other === place).length;
  for (const { place, kinds } of demands) {
    while (countOf(place) < 2) {
      const richest = cheapest(areas, (area) => -countOf(area)) as PlanPlace;
      const moved = places.findIndex(
        (other, index) => other === richest && kinds.includes(units[index]?.kind ?? 'car'),
      );
      if (moved < 0 || countOf(richest) <= countOf(place) + 1) break;
      places[moved] = place;
    }
  }
  return units.map((unit, index) => [unit, places[index] as PlanPlace]);
}

/** About where a unit with the task is. */
export function whereabouts(task: Task): PositionE7 {
  switch (task.kind) {
    case 'refuge':
      return task.position;
    case 'post':
    case 'line':
    case 'area':
    case 'beat':
    case 'short-stay':
    case 'long-stand':
      return centreOf(task.place.shape);
    default:
      return unreachable(task);
  }
}

function isSameTask(a: Task, b: Task): boolean {
  if (a.kind === 'refuge') return b.kind === 'refuge' && a.position === b.position;
  return b.kind !== 'refuge' && a.kind === b.kind && a.place.id === b.place.id;
}

function cheapest<T>(items: readonly T[], cost: (item: T) => number): T | null {
  let winner: T | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const item of items) {
    const value = cost(item);
    if (value < least) [winner, least] = [item, value];
  }
  return winner;
}
