import { distanceM } from '../geo/ruler.js';
import { unreachable } from '../model/errors.js';
import type { PlanPlace, PlanUnit } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { TaskSpan } from './assignment.js';
import { centreOf, keepsClear, keepsInside, positionsOf, randomInside, randomNear } from './ground.js';
import type { Path } from './path.js';
import { CLEAR_M, DEPTH_M, type PatrolMap } from './patrol-map.js';
import { isDwellWatched } from './periods.js';
import type { Random } from './random.js';
import type { Span } from './spans.js';
import { type Ban, Walker } from './walker.js';

export interface ItineraryInput {
  readonly map: PatrolMap;
  readonly unit: PlanUnit;
  /** The whole duty; it may begin before and end after the fleet's own time. */
  readonly duty: Span;
  /** The fleet's own time. */
  readonly whole: Span;
  /** What the unit does, gapless, over the part of the duty inside `whole`. */
  readonly tasks: readonly TaskSpan[];
  readonly bans: readonly Ban[];
  readonly random: Random;
}

/** A unit is in its place so long before it is wanted there, ms. */
const EARLY_MS = [45_000, 100_000] as const;
/** … and stays so long after it is wanted no more, ms: visits end outside the window beyond doubt. */
const LATE_MS = [35_000, 60_000] as const;
/** Who only passes keeps out of a place for so long before and after it is left alone: who is last there, and first, is plain. */
const BAN_EDGE_MS = 300_000;
/** A foot team's beat around its checkpoint. */
const BEAT_RADIUS_M = 350;

/**
 * Draws the true way of one unit over one duty: from its depot, if the duty begins inside the fleet's time, through its
 * tasks, and back. For what is wanted more urgently next it sets out early; else it leaves when its task ends.
 */
export function drawItinerary(input: ItineraryInput): Path {
  const { map, unit, duty, whole, tasks, bans, random } = input;
  const depot = map.depotOf(unit);
  let task = tasks[0] as TaskSpan;
  let target = entryPoint(input, task, depot);
  let walker: Walker;
  if (duty.fromMs <= whole.fromMs) {
    walker = new Walker(map.ruler, unit, bans, random, { atMs: whole.fromMs, position: target });
  } else {
    const speedMps = drawSpeedMps(unit, random);
    const setsOutMs = duty.fromMs - random.between(...EARLY_MS) - travelMs(input, depot, target, speedMps);
    const startMs = Math.max(whole.fromMs, Math.round(setsOutMs - 40_000));
    walker = new Walker(map.ruler, unit, bans, random, { atMs: startMs, position: depot });
    walker.standUntil(setsOutMs, 'transit');
    walker.goTo(target, speedMps, 'transit');
  }
  for (let index = 0; index < tasks.length; index++) {
    const next = tasks[index + 1] ?? null;
    const leave = leaveRule(input, task, next, target);
    perform(input, task, walker, leave.atMs);
    if (next === null) break;
    task = next;
    target = leave.target;
    walker.goTo(target, leave.speedMps, 'transit');
  }
  if (duty.toMs < whole.toMs) {
    walker.goTo(depot, drawSpeedMps(unit, random), 'transit');
    walker.standFor(random.between(70_000, 110_000), 'transit');
  }
  return walker.end();
}

/** When to leave a task, by where the unit then is, and where to. */
interface Leave {
  readonly target: PositionE7;
  readonly speedMps: number;
  readonly atMs: (from: PositionE7) => number;
}

function leaveRule(input: ItineraryInput, task: TaskSpan, next: TaskSpan | null, at: PositionE7): Leave {
  const { unit, random } = input;
  const speedMps = drawSpeedMps(unit, random);
  const lateMs = random.between(...LATE_MS);
  const earlyMs = random.between(...EARLY_MS);
  if (next === null) return { target: at, speedMps, atMs: () => task.toMs + lateMs };
  const target = entryPoint(input, next, at);
  const banned = input.bans.some(
    (ban) =>
      ban.toMs >= task.toMs &&
      ban.fromMs < task.toMs &&
      !keepsClear(input.map.ruler, ban.shape, target, target, CLEAR_M, false),
  );
  const awaited = Number.isFinite(next.limitMs) && next.limitMs <= task.limitMs;
  const wanted = (awaited || next.task.kind === 'refuge') && !banned;
  if (!wanted) return { target, speedMps, atMs: () => task.toMs + (Number.isFinite(task.limitMs) ? lateMs : 0) };
  return { target, speedMps, atMs: (from) => task.toMs - earlyMs - travelMs(input, from, target, speedMps) };
}

function perform(input: ItineraryInput, span: TaskSpan, walker: Walker, leaveAtMs: (from: PositionE7) => number): void {
  const { unit } = input;
  const { task } = span;
  switch (task.kind) {
    case 'post':
      if (unit.kind === 'foot') walkInside(input, task.place, walker, leaveAtMs);
      break;
    case 'line':
      driveLine(input, task.place, walker, leaveAtMs);
      break;
    case 'area':
      roam(input, walker, leaveAtMs, 'area', [120_000, 420_000], (speedMps) =>
        areaStop(input, span, task.place, walker, speedMps),
      );
      break;
    case 'beat':
      roam(input, walker, leaveAtMs, 'area', [90_000, 240_000], (speedMps) =>
        beatStop(input, span, task.place, walker, speedMps),
      );
      break;
    case 'refuge':
      break;
    case 'short-stay':
      walker.standFor(task.stayMs, 'post');
      return;
    case 'long-stand':
      walker.standFor(task.standMs, 'area');
      return;
    default:
      unreachable(task);
  }
  walker.standUntil(leaveAtMs(walker.at), task.kind === 'post' ? 'post' : task.kind === 'line' ? 'route' : 'area');
}

/** A foot team at its post: stands, and walks from point to point inside. */
function walkInside(
  input: ItineraryInput,
  place: PlanPlace,
  walker: Walker,
  leaveAtMs: (from: PositionE7) => number,
): void {
  const { map, unit, random } = input;
  for (;;) {
    walker.standUntil(Math.min(leaveAtMs(walker.at), walker.nowMs + random.between(150_000, 420_000)), 'post');
    const speedMps = drawSpeedMps(unit, random);
    const point = randomInside(map.ruler, place.shape, DEPTH_M, random);
    const arrivesMs = walker.nowMs + travelMs(input, walker.at, point, speedMps);
    if (arrivesMs >= leaveAtMs(point)) return;
    if (keepsInside(map.ruler, place.shape, walker.at, point, DEPTH_M / 2)) walker.goTo(point, speedMps, 'post');
  }
}

/** Vertex by vertex to the end, a pause, and back. */
function driveLine(
  input: ItineraryInput,
  place: PlanPlace,
  walker: Walker,
  leaveAtMs: (from: PositionE7) => number,
): void {
  const { map, random, unit } = input;
  const vertices = lineOf(place);
  let index = nearestIndex(input, vertices, walker.at);
  let direction = random.chance(0.5) ? 1 : -1;
  let speedMps = drawSpeedMps(unit, random);
  for (;;) {
    const vertex = vertices[index + direction];
    if (vertex === undefined) {
      direction = -direction;
      speedMps = drawSpeedMps(unit, random);
      const watched = map.checkpoints.some(
        ({ id, shape }) =>
          isDwellWatched(map, id, walker.nowMs) && !keepsClear(map.ruler, shape, walker.at, walker.at, CLEAR_M, false),
      );
      if (!watched)
        walker.standUntil(Math.min(leaveAtMs(walker.at), walker.nowMs + random.between(50_000, 150_000)), 'route');
      if (vertices[index + direction] === undefined || walker.nowMs >= leaveAtMs(walker.at)) return;
      continue;
    }
    if (walker.nowMs + travelMs(input, walker.at, vertex, speedMps) > leaveAtMs(vertex)) return;
    walker.goTo(vertex, speedMps, 'route');
    index += direction;
  }
}

/** From stop to stop as long as the next one can be reached before it is time to leave. */
function roam(
  input: ItineraryInput,
  walker: Walker,
  leaveAtMs: (from: PositionE7) => number,
  activity: 'area',
  stopMs: readonly [number, number],
  nextStop: (speedMps: number) => PositionE7 | null,
): void {
  const { unit, random } = input;
  for (let misses = 0; misses < 5; ) {
    const speedMps = drawSpeedMps(unit, random);
    const stop = nextStop(speedMps);
    if (stop === null || walker.nowMs + travelMs(input, walker.at, stop, speedMps) > leaveAtMs(stop)) {
      misses += 1;
      continue;
    }
    misses = 0;
    walker.goTo(stop, speedMps, activity);
    walker.standUntil(Math.min(leaveAtMs(stop), walker.nowMs + random.between(...stopMs)), activity);
  }
}

/** Where the unit comes to when it takes up a task. */
function entryPoint(input: ItineraryInput, { task, fromMs, toMs }: TaskSpan, from: PositionE7): PositionE7 {
  const { map, random } = input;
  switch (task.kind) {
    case 'post':
    case 'short-stay':
      return randomInside(map.ruler, task.place.shape, DEPTH_M, random);
    case 'line': {
      const vertices = lineOf(task.place);
      return vertices[nearestIndex(input, vertices, from)] as PositionE7;
    }
    case 'area':
    case 'long-stand': {
      const span = { fromMs, toMs: Math.min(toMs, fromMs + 1_800_000) };
      return (
        drawStop(input, () => randomInside(map.ruler, task.place.shape, 130, random), span) ??
        centreOf(task.place.shape)
      );
    }
    case 'beat':
      return randomInside(map.ruler, task.place.shape, DEPTH_M, random);
    case 'refuge':
      return task.position;
    default:
      return unreachable(task);
  }
}

function areaStop(
  input: ItineraryInput,
  task: TaskSpan,
  area: PlanPlace,
  walker: Walker,
  speedMps: number,
): PositionE7 | null {
  const { map, random } = input;
  const span = { fromMs: walker.nowMs, toMs: Math.min(task.toMs, walker.nowMs + 1_200_000) };
  const watched = map.checkpoints.filter(({ id }) => isDwellWatched(map, id, walker.nowMs));
  return drawStop(
    input,
    () => randomInside(map.ruler, area.shape, 130, random),
    span,
    (stop) => {
      if (distanceM(map.ruler, walker.at, stop) < 350) return false;
      return (
        walker.isClear(stop, speedMps, BAN_EDGE_MS) &&
        keepsInside(map.ruler, area.shape, walker.at, stop, 40) &&
        watched.every(({ shape }) => keepsClear(map.ruler, shape, walker.at, stop, CLEAR_M / 3, true))
      );
    },
  );
}

function beatStop(
  input: ItineraryInput,
  task: TaskSpan,
  home: PlanPlace,
  walker: Walker,
  speedMps: number,
): PositionE7 | null {
  const { map, random } = input;
  const span = { fromMs: walker.nowMs, toMs: Math.min(task.toMs, walker.nowMs + 900_000) };
  const others = map.checkpoints.filter(({ id }) => id !== home.id);
  const draw = (): PositionE7 => randomNear(map.ruler, centreOf(home.shape), BEAT_RADIUS_M, random);
  return drawStop({ ...input, map: { ...map, checkpoints: others } }, draw, span, (stop) => {
    if (distanceM(map.ruler, walker.at, stop) < 150) return false;
    return (
      walker.isClear(stop, speedMps, BAN_EDGE_MS) &&
      others.every(({ shape }) => keepsClear(map.ruler, shape, walker.at, stop, CLEAR_M / 2, true))
    );
  });
}

/** A point where a unit may stand without being taken for one at a checkpoint; null when none is found. */
function drawStop(
  input: ItineraryInput,
  draw: () => PositionE7,
  span: Span,
  accepts: (stop: PositionE7) => boolean = () => true,
): PositionE7 | null {
  const { map, bans } = input;
  for (let tries = 0; tries < 60; tries++) {
    const stop = draw();
    const away = map.checkpoints.every(({ shape }) => keepsClear(map.ruler, shape, stop, stop, CLEAR_M, false));
    const allowed = bans.every(
      (ban) =>
        ban.fromMs >= span.toMs ||
        ban.toMs <= span.fromMs ||
        keepsClear(map.ruler, ban.shape, stop, stop, CLEAR_M, false),
    );
    if (away && allowed && accepts(stop)) return stop;
  }
  return null;
}

function lineOf(route: PlanPlace): PositionE7[] {
  if (route.shape.type === 'corridor') return route.shape.lines.flatMap(positionsOf);
  return [centreOf(route.shape)];
}

function nearestIndex({ map }: ItineraryInput, vertices: readonly PositionE7[], from: PositionE7): number {
  let nearest = 0;
  let leastM = Number.POSITIVE_INFINITY;
  vertices.forEach((vertex, index) => {
    const awayM = distanceM(map.ruler, vertex, from);
    if (awayM < leastM) [nearest, leastM] = [index, awayM];
  });
  return nearest;
}

const SPEED_KMH = { car: [32, 50], motorcycle: [32, 50], foot: [4.4, 5.6] } as const;

function drawSpeedMps(unit: PlanUnit, random: Random): number {
  const [from, to] = SPEED_KMH[unit.kind];
  return random.between(from, to) / 3.6;
}

function travelMs({ map }: ItineraryInput, from: PositionE7, to: PositionE7, speedMps: number): number {
  return Math.ceil((distanceM(map.ruler, from, to) / speedMps) * 1_000);
}
