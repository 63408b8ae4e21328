import { distanceM } from '../geo/ruler.js';
import type { PlanUnit } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import type { TaskSpan } from './assignment.js';
import type { PatrolMap } from './patrol-map.js';
import type { Random } from './random.js';
import type { Span } from './spans.js';
import type { Ban } from './walker.js';

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

/** Speeds on the way, of all kinds of units. */
const SPEED_KMH = { car: [32, 50], motorcycle: [32, 50], foot: [4.4, 5.6] } as const;

export function drawSpeedMps(unit: PlanUnit, random: Random): number {
  const [from, to] = SPEED_KMH[unit.kind];
  return random.between(from, to) / 3.6;
}

/** How long a straight way takes. */
export function travelMs({ map }: ItineraryInput, from: PositionE7, to: PositionE7, speedMps: number): number {
  return Math.ceil((distanceM(map.ruler, from, to) / speedMps) * 1_000);
}
