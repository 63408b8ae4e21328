import { unreachable } from '../model/errors.js';
import type { PlanPlace } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { TaskSpan } from './assignment.js';
import { keepsClear, keepsInside, randomInside } from './ground.js';
import { drawSpeedMps, type ItineraryInput, travelMs } from './itinerary-input.js';
import type { Path } from './path.js';
import { CLEAR_M, DEPTH_M } from './patrol-map.js';
import { isDwellWatched } from './periods.js';
import { areaStop, beatStop, entryPoint, lineOf, nearestIndex } from './stops.js';
import { Walker } from './walker.js';

/** How long before it is wanted in its place a unit is there: least and most, ms. */
const EARLY_MS = [45_000, 100_000] as const;
/** How long a unit stays in its place after it is wanted no more: least and most, ms. So visits end outside the window beyond doubt. */
const LATE_MS = [35_000, 60_000] as const;

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

/** Walks the unit from stop to stop, as long as it can reach the next one before it is time to leave. */
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
