import { distanceM } from '../geo/ruler.js';
import { unreachable } from '../model/errors.js';
import type { PlanPlace } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { TaskSpan } from './assignment.js';
import { centreOf, keepsClear, keepsInside, positionsOf, randomInside, randomNear } from './ground.js';
import type { ItineraryInput } from './itinerary-input.js';
import { CLEAR_M, DEPTH_M } from './patrol-map.js';
import { isDwellWatched } from './periods.js';
import type { Span } from './spans.js';
import type { Walker } from './walker.js';

/**
 * Who only passes keeps out of a place for so long before and after it is left alone: who is last there, and first, is plain.
 */
const BAN_EDGE_MS = 300_000;
/** A foot team's beat around its checkpoint. */
const BEAT_RADIUS_M = 350;
/** Deep enough in an area to be outside its neighbours beyond doubt. */
const AREA_DEPTH_M = 130;

/** Where the unit comes to when it takes up a task. */
export function entryPoint(input: ItineraryInput, { task, fromMs, toMs }: TaskSpan, from: PositionE7): PositionE7 {
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
        drawStop(input, () => randomInside(map.ruler, task.place.shape, AREA_DEPTH_M, random), span) ??
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

export function areaStop(
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
    () => randomInside(map.ruler, area.shape, AREA_DEPTH_M, random),
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

export function beatStop(
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

export function lineOf(route: PlanPlace): PositionE7[] {
  if (route.shape.type === 'corridor') return route.shape.lines.flatMap(positionsOf);
  return [centreOf(route.shape)];
}

export function nearestIndex({ map }: ItineraryInput, vertices: readonly PositionE7[], from: PositionE7): number {
  let nearest = 0;
  let leastM = Number.POSITIVE_INFINITY;
  vertices.forEach((vertex, index) => {
    const awayM = distanceM(map.ruler, vertex, from);
    if (awayM < leastM) [nearest, leastM] = [index, awayM];
  });
  return nearest;
}
