import { distanceM } from '../geo/ruler.js';
import { signedDistanceM } from '../geo/shape.js';
import type { GapRule, PlanPlace, Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { refugeKey } from './assignment.js';
import { centreOf, isNear, randomNear } from './ground.js';
import { CLEAR_M, type PatrolMap } from './patrol-map.js';
import { demandsAt, type Hole, isDwellWatched } from './periods.js';
import { createRandom, type Random } from './random.js';
import { overlaps, type Span, spansWithin } from './spans.js';

const MINUTE_MS = 60_000;
/** A neglect is longer than what raises the alert by at least this. */
const SURE_MS = 4 * MINUTE_MS;
/** Before a place is left alone, its window has been open, and somebody there, for at least this. */
const SETTLED_MS = 6 * MINUTE_MS;
/** Two neglects of one place are further apart than the time in which an alert reopens. */
const APART_MS = 60 * MINUTE_MS;
const FOOT_MPS = 1.2;
const REFUGE_REACH_M = 1_300;

export interface Neglects {
  readonly holes: readonly Hole[];
  /** Where foot teams go whose home lies in a zone that is left alone; keys by `refugeKey`. */
  readonly refuges: ReadonlyMap<string, PositionE7>;
}

interface Candidate {
  readonly rule: GapRule;
  readonly place: PlanPlace;
  readonly window: Span;
  /** Ways out for the foot teams that are at home in a zone; empty for other places. */
  readonly walks: readonly Walk[];
}

/**
 * Chooses places to leave alone, of the three kinds of gap rules in turn where that is possible, each at a time when the plan
 * lets everybody stay away: nobody's work, and no foot team's home, is in or beside it. Fewer than asked for when the plan
 * has no room for more.
 */
export function chooseNeglects(map: PatrolMap, whole: Span, count: number, random: Random): Neglects {
  const holes: Hole[] = [];
  const refuges = new Map<string, PositionE7>();
  const kinds = random.shuffled(['checkpoint-gap', 'route-gap', 'zone-gap'] as const);
  const walks = new Map(map.areas.map((zone) => [zone, refugeWalks(map, zone)]));
  const candidates = kinds.map((kind) => random.shuffled(candidatesOf(map, whole, kind, walks)));
  for (let turn = 0, misses = 0; holes.length < count && misses < kinds.length; turn++) {
    const list = candidates[turn % kinds.length] as Candidate[];
    const hole = firstFitting(map, list, holes, refuges, random);
    if (hole === null) misses += 1;
    else {
      misses = 0;
      holes.push(hole);
    }
  }
  return { holes: holes.sort((a, b) => a.fromMs - b.fromMs), refuges };
}

function candidatesOf(
  map: PatrolMap,
  whole: Span,
  kind: GapRule['kind'],
  walksOf: ReadonlyMap<PlanPlace, readonly Walk[] | null>,
): Candidate[] {
  return map.gapRules
    .filter((rule) => rule.kind === kind)
    .flatMap((rule) =>
      spansWithin(map.plan.schedules[rule.binds] ?? [], whole.fromMs, whole.toMs).flatMap((window) =>
        rule.places.flatMap((id) => {
          const place = map.placeById.get(id);
          if (place === undefined || !isOnlyRule(map, rule, id, window)) return [];
          const walks = place.kind === 'zone' ? (walksOf.get(place) ?? null) : [];
          return walks === null ? [] : [{ rule, place, window, walks }];
        }),
      ),
    );
}

/** Whether no other gap rule binds for the place in the window: one neglect is to be one alert. */
function isOnlyRule(map: PatrolMap, rule: GapRule, placeId: string, window: Span): boolean {
  return !map.gapRules.some(
    (other) =>
      other !== rule &&
      other.places.includes(placeId) &&
      spansWithin(map.plan.schedules[other.binds] ?? [], window.fromMs, window.toMs).length > 0,
  );
}

function firstFitting(
  map: PatrolMap,
  candidates: readonly Candidate[],
  holes: readonly Hole[],
  refuges: Map<string, PositionE7>,
  random: Random,
): Hole | null {
  const fresh = candidates.filter(({ place }) => !holes.some((hole) => hole.place === place));
  for (const candidate of [...fresh, ...candidates.filter((again) => !fresh.includes(again))]) {
    for (let tries = 0; tries < 25; tries++) {
      const hole = drawHole(map, candidate, holes, refuges, random);
      if (hole !== null) return hole;
    }
  }
  return null;
}

function drawHole(
  map: PatrolMap,
  { rule, place, window, walks }: Candidate,
  holes: readonly Hole[],
  refuges: Map<string, PositionE7>,
  random: Random,
): Hole | null {
  const walkMs = Math.max(0, ...walks.map((walk) => walk.walkMs));
  const needMs = rule.thresholdMs + rule.graceMs + SURE_MS;
  const settledMs = Math.max(SETTLED_MS, watchedStayMs(map, place, window), walkMs);
  const firstMs = window.fromMs + settledMs;
  const lastMs = window.toMs - needMs;
  if (firstMs > lastMs) return null;
  const fromMs = Math.round(random.between(firstMs, lastMs));
  const endMs = fromMs + needMs + random.between(0, 10 * MINUTE_MS);
  // Too late to come back inside the window: it stays alone until the window closes.
  const closesMs = endMs > window.toMs - 12 * MINUTE_MS ? window.toMs + MINUTE_MS : endMs;
  const footMs = footComesMs(map, place, { fromMs: fromMs - walkMs - 5 * MINUTE_MS, toMs: closesMs }, walks.length > 0);
  const toMs = Math.round(Math.min(closesMs, footMs));
  const hole = { rule, place, fromMs, toMs };
  if (toMs < fromMs + needMs || !isApart(hole, holes) || !isIdle(map, hole)) return null;
  for (const walk of walks) refuges.set(refugeKey(place.id, walk.home.id), walk.refuge);
  return hole;
}

/** Whoever stood there before must have stayed long enough not to be a short visit. */
function watchedStayMs(map: PatrolMap, place: PlanPlace, window: Span): number {
  const stays = map.plan.rules.flatMap((rule) =>
    rule.kind === 'dwell-short' && isDwellWatched(map, place.id, window.fromMs) ? [rule.minVisitMs] : [],
  );
  return 1.4 * Math.max(0, ...stays) + 4 * MINUTE_MS;
}

function isApart(hole: Hole, holes: readonly Hole[]): boolean {
  const wide = { fromMs: hole.fromMs - APART_MS, toMs: hole.toMs + APART_MS };
  const atOnce = holes.filter((other) => overlaps(other, hole));
  if (atOnce.length > 2) return false;
  if (hole.place.kind === 'zone' && atOnce.some(({ place }) => place.kind === 'zone')) return false;
  return !holes.some((other) => other.place === hole.place && overlaps(other, wide));
}

/** Whether nobody is wanted in or beside the place meanwhile. */
function isIdle(map: PatrolMap, hole: Hole): boolean {
  if (hole.place.kind === 'zone' && map.areas.length < 2) return false;
  for (let ms = hole.fromMs - 5 * MINUTE_MS; ms < hole.toMs + 12 * MINUTE_MS; ms += MINUTE_MS) {
    const disturbs = demandsAt(map, ms).some(({ place }) => {
      if (place.id === hole.place.id || place.kind === 'zone') return false;
      return isNear(map.ruler, hole.place.shape, workShape(place.shape), 100);
    });
    if (disturbs) return false;
  }
  return true;
}

/** Where a unit that works there really goes: along the line, not beside it. */
function workShape(shape: Shape): Shape {
  return shape.type === 'corridor' ? { ...shape, corridorM: 0 } : shape;
}

/**
 * When a foot team first is in or beside the place: its home is there, and it has no refuge or comes on duty there. +∞ when
 * none is.
 */
function footComesMs(map: PatrolMap, place: PlanPlace, around: Span, hasRefuges: boolean): number {
  const comes = map.plan.units.flatMap((unit) => {
    const home = map.homeOf(unit);
    if (home === null || !isNear(map.ruler, place.shape, home.shape, CLEAR_M)) return [];
    const duties = spansWithin(map.plan.schedules[unit.duty] ?? [], around.fromMs, around.toMs);
    return duties.map((duty) => duty.fromMs).filter((fromMs) => !hasRefuges || fromMs > around.fromMs);
  });
  return Math.min(Number.POSITIVE_INFINITY, ...comes);
}

interface Walk {
  readonly home: PlanPlace;
  readonly refuge: PositionE7;
  readonly walkMs: number;
}

/** The way from each foot team's home in the zone to the nearest point clear of it; null when one of them has none. */
function refugeWalks(map: PatrolMap, zone: PlanPlace): Walk[] | null {
  const homes = new Set(map.plan.units.flatMap((unit) => map.homeOf(unit) ?? []));
  const walks: Walk[] = [];
  for (const home of homes) {
    if (!isNear(map.ruler, zone.shape, home.shape, CLEAR_M)) continue;
    const refuge = refugeOf(map, zone, home);
    if (refuge === null) return null;
    const awayM = distanceM(map.ruler, centreOf(home.shape), refuge);
    walks.push({ home, refuge, walkMs: ((awayM + 350) / FOOT_MPS) * 1_000 });
  }
  return walks;
}

function refugeOf(map: PatrolMap, zone: PlanPlace, home: PlanPlace): PositionE7 | null {
  const centre = centreOf(home.shape);
  const random = createRandom(0, 'refuge', zone.id, home.id);
  const kept = [zone, ...map.checkpoints.filter(({ id }) => id !== home.id)];
  let nearest: PositionE7 | null = null;
  for (let draw = 0; draw < 800; draw++) {
    const reachM = nearest === null ? REFUGE_REACH_M : distanceM(map.ruler, centre, nearest);
    const point = randomNear(map.ruler, centre, reachM, random);
    if (kept.every(({ shape }) => signedDistanceM(map.ruler, shape, point) > CLEAR_M)) nearest = point;
  }
  return nearest;
}
