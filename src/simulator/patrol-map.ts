import { distanceM, type Ruler } from '../geo/ruler.js';
import { signedDistanceM } from '../geo/shape.js';
import { BeatwatchError } from '../model/errors.js';
import type { CompiledPlan, GapRule, PlanPlace, PlanUnit, Shape } from '../model/plan.js';
import type { PositionE7 } from '../model/position.js';
import { boxOf, centreOf, isNear, randomInBox, randomNear } from './ground.js';
import { createRandom, type Random } from './random.js';

/** What stays the same over a fleet's day: who belongs where. */
export interface PatrolMap {
  readonly plan: CompiledPlan;
  readonly ruler: Ruler;
  readonly placeById: ReadonlyMap<string, PlanPlace>;
  readonly gapRules: readonly GapRule[];
  /** Where vehicles roam when nothing else is asked of them: the zones, or one disc when the plan has none. */
  readonly areas: readonly PlanPlace[];
  /** Shapes that roaming units do not stop in or near. */
  readonly checkpoints: readonly PlanPlace[];
  areaOf(unit: PlanUnit): PlanPlace;
  /** The checkpoint at which a foot team works; null for vehicles, and where the plan has no checkpoint. */
  homeOf(unit: PlanUnit): PlanPlace | null;
  /** Where the unit's tracker is switched on and off: outside everything that is watched. */
  depotOf(unit: PlanUnit): PositionE7;
}

/** A parked unit this far outside a place is outside beyond doubt. */
export const CLEAR_M = 120;
/** A parked unit this deep inside a place is inside beyond doubt. */
export const DEPTH_M = 30;

export function createPatrolMap(plan: CompiledPlan, seed: number): PatrolMap {
  const { ruler } = plan;
  const zones = plan.places.filter((place) => place.kind === 'zone');
  const checkpoints = plan.places.filter((place) => place.kind === 'checkpoint');
  const routes = plan.places.filter((place) => place.kind === 'route');
  if (plan.places.length === 0 || plan.units.length === 0) {
    throw new BeatwatchError('fleet-impossible', 'plan: got no places or no units, expected at least one of each');
  }
  const areas = zones.length > 0 ? zones : [discOver(plan)];
  const groups = [...new Set(plan.units.map((unit) => unit.group))].sort();
  const areaOf = (unit: PlanUnit): PlanPlace =>
    areas.find((area) => unit.group.endsWith(area.id)) ??
    (areas[groups.indexOf(unit.group) % areas.length] as PlanPlace);

  const homes = new Map<string, PlanPlace | null>();
  const depots = new Map<string, PositionE7>();
  for (const unit of plan.units) {
    const random = createRandom(seed, 'depot', unit.kind === 'foot' ? unit.id : unit.group);
    const home = unit.kind === 'foot' ? homeWithin(ruler, areaOf(unit), checkpoints, routes) : null;
    homes.set(unit.id, home);
    depots.set(unit.id, home === null ? vehicleDepot(plan, areaOf(unit), random) : footDepot(plan, home, random));
  }
  return {
    plan,
    ruler,
    placeById: new Map(plan.places.map((place) => [place.id, place])),
    gapRules: plan.rules.filter((rule) => rule.kind.endsWith('-gap')) as GapRule[],
    areas,
    checkpoints,
    areaOf,
    homeOf: (unit) => homes.get(unit.id) ?? null,
    depotOf: (unit) => depots.get(unit.id) as PositionE7,
  };
}

/** The first-tier checkpoint with the most room in the area, rather off the routes; else the nearest of any. */
function homeWithin(
  ruler: Ruler,
  area: PlanPlace,
  checkpoints: readonly PlanPlace[],
  routes: readonly PlanPlace[],
): PlanPlace | null {
  const score = (place: PlanPlace): number => {
    const centre = centreOf(place.shape);
    const awayM = Math.max(0, signedDistanceM(ruler, area.shape, centre));
    const roomM = -signedDistanceM(ruler, place.shape, centre);
    const onRoute = routes.some((route) => isNear(ruler, route.shape, place.shape, CLEAR_M));
    return roomM - awayM - (onRoute ? 500 : 0) - (place.tier ?? 9) * 1_000;
  };
  const inArea = checkpoints.filter(({ shape }) => signedDistanceM(ruler, area.shape, centreOf(shape)) < 0);
  return best(inArea.length > 0 ? inArea : checkpoints, score);
}

function vehicleDepot(plan: CompiledPlan, area: PlanPlace, random: Random): PositionE7 {
  const { ruler } = plan;
  const centre = centreOf(area.shape);
  const shapes = plan.places.map(({ shape }) => shape);
  const box = boxOf(ruler, shapes, 1_000);
  const draws = Array.from({ length: 600 }, () => randomInBox(box, random));
  const clear = draws.filter((draw) => clearanceM(ruler, shapes, draw) > 1.5 * CLEAR_M);
  return best(clear, (draw) => -distanceM(ruler, draw, centre)) ?? centre;
}

/** A short walk outside the home and outside every other checkpoint and corridor. */
function footDepot(plan: CompiledPlan, home: PlanPlace, random: Random): PositionE7 {
  const { ruler } = plan;
  const centre = centreOf(home.shape);
  const shapes = plan.places.filter(({ kind }) => kind !== 'zone').map(({ shape }) => shape);
  const draws = Array.from({ length: 600 }, () => randomNear(ruler, centre, 700, random));
  const clear = draws.filter((draw) => clearanceM(ruler, shapes, draw) > CLEAR_M);
  return best(clear, (draw) => -distanceM(ruler, draw, centre)) ?? centre;
}

function clearanceM(ruler: Ruler, shapes: readonly Shape[], position: PositionE7): number {
  return Math.min(...shapes.map((shape) => signedDistanceM(ruler, shape, position)));
}

function discOver(plan: CompiledPlan): PlanPlace {
  const centres = plan.places.map(({ shape }) => centreOf(shape));
  const mean = (values: number[]): number => Math.round(values.reduce((sum, value) => sum + value, 0) / values.length);
  const center = { lngE7: mean(centres.map((c) => c.lngE7)), latE7: mean(centres.map((c) => c.latE7)) };
  const shape: Shape = { type: 'circle', center, radiusM: 1_200 };
  return { id: '', kind: 'zone', name: { zh: '', en: '' }, shape, stopAllowed: false, tier: null };
}

function best<T>(items: readonly T[], score: (item: T) => number): T | null {
  let winner: T | null = null;
  let highest = Number.NEGATIVE_INFINITY;
  for (const item of items) {
    const value = score(item);
    if (value > highest) [winner, highest] = [item, value];
  }
  return winner;
}
