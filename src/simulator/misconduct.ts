import type { PlanUnit } from '../model/plan.js';
import type { TaskSpan } from './assignment.js';
import type { PatrolMap } from './patrol-map.js';
import type { Hole } from './periods.js';
import type { Random } from './random.js';
import { intersection, isWithin, overlaps, type Span, spansWithin } from './spans.js';

const MINUTE_MS = 60_000;
/** The way there takes less than this, and the way back too. */
const WAY_MS = 9 * MINUTE_MS;
/** Clear of the window's edges. */
const EDGE_MS = 3 * MINUTE_MS;
/** A visit shorter than this would not surely be counted as one. */
const LEAST_STAY_MS = 150_000;

/**
 * Puts visits that are too short and stands that are too long into the time of units that roam. Changes `tasks`; answers how
 * many of each found room.
 */
export function addMisconduct(
  map: PatrolMap,
  tasks: Map<string, TaskSpan[]>,
  holes: readonly Hole[],
  counts: { readonly shortStays: number; readonly longStands: number },
  random: Random,
): { shortStays: number; longStands: number } {
  const busy = new Set<string>();
  const placed = { shortStays: 0, longStands: 0 };
  const rooms = random.shuffled(shortStayRooms(map, tasks));
  for (let i = 0; i < rooms.length && placed.shortStays < counts.shortStays; i++) {
    if (addShortStay(map, tasks, holes, rooms[i] as Room, busy, random)) placed.shortStays += 1;
  }
  const stands = random.shuffled(longStandRooms(map, tasks));
  for (let i = 0; i < stands.length && placed.longStands < counts.longStands; i++) {
    if (addLongStand(map, tasks, stands[i] as Room, busy, random)) placed.longStands += 1;
  }
  return placed;
}

/** A stretch of one unit's roaming in which a rule binds. */
interface Room {
  readonly unit: PlanUnit;
  readonly span: Span;
  readonly limitMs: number;
  readonly places: readonly string[];
}

function shortStayRooms(map: PatrolMap, tasks: ReadonlyMap<string, readonly TaskSpan[]>): Room[] {
  return map.plan.rules.flatMap((rule) => {
    if (rule.kind !== 'dwell-short' || rule.places.length === 0 || 0.6 * rule.minVisitMs < LEAST_STAY_MS) return [];
    return roamingSpans(map, tasks, rule.binds).map(({ unit, span }) => {
      return { unit, span, limitMs: rule.minVisitMs, places: rule.places };
    });
  });
}

function longStandRooms(map: PatrolMap, tasks: ReadonlyMap<string, readonly TaskSpan[]>): Room[] {
  return map.plan.rules.flatMap((rule) => {
    if (rule.kind !== 'dwell-long') return [];
    return roamingSpans(map, tasks, rule.binds)
      .filter(({ unit }) => rule.units.includes(unit.id))
      .map(({ unit, span }) => ({ unit, span, limitMs: rule.maxStandMs, places: [] }));
  });
}

function roamingSpans(
  map: PatrolMap,
  tasks: ReadonlyMap<string, readonly TaskSpan[]>,
  binds: string,
): { unit: PlanUnit; span: Span }[] {
  return map.plan.units.flatMap((unit) =>
    (tasks.get(unit.id) ?? [])
      .filter(({ task }) => task.kind === 'area')
      .flatMap((roaming) => spansWithin(map.plan.schedules[binds] ?? [], roaming.fromMs, roaming.toMs))
      .map((span) => ({ unit, span })),
  );
}

function addShortStay(
  map: PatrolMap,
  tasks: Map<string, TaskSpan[]>,
  holes: readonly Hole[],
  { unit, span, limitMs, places }: Room,
  busy: Set<string>,
  random: Random,
): boolean {
  const stayMs = Math.round(random.between(Math.max(LEAST_STAY_MS, 0.3 * limitMs), 0.6 * limitMs));
  const forMs = WAY_MS + stayMs;
  const fromMs = Math.round(random.between(span.fromMs + EDGE_MS, span.toMs - EDGE_MS - forMs - WAY_MS));
  const place = map.placeById.get(random.pick(places));
  if (fromMs < span.fromMs + EDGE_MS || busy.has(unit.id) || place === undefined || busy.has(place.id)) return false;
  const around = { fromMs: fromMs - 30 * MINUTE_MS, toMs: fromMs + forMs + 30 * MINUTE_MS };
  if (holes.some((hole) => overlaps(hole, around) && (hole.place === place || hole.place.kind === 'zone')))
    return false;
  const stay: TaskSpan = {
    fromMs,
    toMs: fromMs + forMs,
    task: { kind: 'short-stay', place, stayMs },
    limitMs: Number.POSITIVE_INFINITY,
  };
  if (!cutIn(tasks, unit, stay)) return false;
  busy.add(unit.id).add(place.id);
  return true;
}

function addLongStand(
  map: PatrolMap,
  tasks: Map<string, TaskSpan[]>,
  { unit, span, limitMs }: Room,
  busy: Set<string>,
  random: Random,
): boolean {
  const standMs = Math.round(limitMs + random.between(7, 12) * MINUTE_MS);
  const forMs = WAY_MS + standMs;
  const fromMs = Math.round(random.between(span.fromMs + EDGE_MS, span.toMs - EDGE_MS - forMs));
  if (fromMs < span.fromMs + EDGE_MS || busy.has(unit.id)) return false;
  const duty = map.plan.schedules[unit.duty] ?? [];
  if (!isWithin(duty, fromMs) || !isWithin(duty, fromMs + forMs)) return false;
  const roaming = (tasks.get(unit.id) ?? []).find((span) => span.fromMs <= fromMs && span.toMs > fromMs);
  if (roaming === undefined || roaming.task.kind !== 'area' || roaming.task.place.stopAllowed) return false;
  const stand: TaskSpan = {
    fromMs,
    toMs: fromMs + forMs,
    task: { kind: 'long-stand', place: roaming.task.place, standMs },
    limitMs: Number.POSITIVE_INFINITY,
  };
  if (!cutIn(tasks, unit, stand)) return false;
  busy.add(unit.id);
  return true;
}

/** Cuts the roaming around the new task; false when it does not lie inside one. */
function cutIn(tasks: Map<string, TaskSpan[]>, unit: PlanUnit, span: TaskSpan): boolean {
  const list = tasks.get(unit.id) ?? [];
  const index = list.findIndex(
    (other) =>
      other.task.kind === 'area' && intersection(other, span)?.toMs === span.toMs && other.fromMs < span.fromMs,
  );
  const roaming = list[index];
  if (roaming === undefined || roaming.toMs <= span.toMs) return false;
  list.splice(index, 1, { ...roaming, toMs: span.fromMs }, span, { ...roaming, fromMs: span.toMs });
  return true;
}
