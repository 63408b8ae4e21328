import { courseVector } from '../../geo/course.js';
import { type LineReference, type LineSpot, spotsOn } from '../../geo/line-reference.js';
import { distanceM } from '../../geo/ruler.js';
import {
  COURSE_SPEED_CMPS,
  CROSS_GAP_MS,
  ROUTE_HOLE_MS,
  ROUTE_LEAST_CMPS,
  ROUTE_ON_M,
  ROUTE_ON_SIGMA_M,
  TOP_SPEED_CMPS,
} from '../../model/limits.js';
import type { PlanUnit, UnitKind } from '../../model/plan.js';
import type { PlanInForce, WatchedRoute } from '../plan/slice.js';
import { type RouteDrive, type RouteLeg, type RouteSpot, withDrive } from '../track/drives.js';
import type { TrackPoint, UnitFold } from '../track/fold.js';
import type { HeldFixes } from '../track/held-fixes.js';

/** Less far along a line a leg is not kept: the next position may be as near to the one before. */
const LEAST_LEG_M = 20;
/** By so much, and a quarter of the direct way, the way along the line may be longer or shorter than it. */
const SLACK_M = 60;
const SLACK_SHARE = 1 / 4;
/** A course fits a line that it makes less than 60° with, either way. */
const LEAST_COSINE = 0.5;

/**
 * What a believed position says of the routes that a rule watches: the stretch of the line that its unit has driven since its last position
 * there. A unit that never comes near one costs a look-up.
 */
export function observeRoutes(
  fold: UnitFold,
  fixes: HeldFixes,
  point: TrackPoint,
  unit: PlanUnit,
  { routes }: PlanInForce,
): void {
  for (const [placeId, route] of routes) {
    const track = fold.near.get(placeId);
    const known = fold.drives.get(placeId);
    if (track === undefined && known === undefined) continue;
    const drive = known?.line === route.line.id ? known : begin(route, known?.legs);
    const isFar = track === undefined || track.isOutside;
    const next = isFar ? left(drive) : step(drive, fixes, point, unit, route);
    fold.drives = withDrive(fold.drives, placeId, next);
  }
}

function begin({ line }: WatchedRoute, legs: readonly RouteLeg[] = []): RouteDrive {
  return { line: line.id, on: null, near: null, missed: 0, off: 0, legs };
}

/** One position far from the line, or two off it: what the unit does until it comes back is nothing along the route. */
function left(drive: RouteDrive): RouteDrive {
  if (drive.on === null && drive.near === null) return drive;
  return { ...drive, on: null, near: null, missed: 0, off: 0 };
}

function step(
  drive: RouteDrive,
  fixes: HeldFixes,
  point: TrackPoint,
  unit: PlanUnit,
  { line, corridorM }: WatchedRoute,
): RouteDrive {
  const onM = Math.min(corridorM, ROUTE_ON_M);
  const fits = courseFilter(point, fixes);
  const on = point.sigmaM <= ROUTE_ON_SIGMA_M ? spotsOn(line, point, onM).filter(fits) : [];
  if (on.length > 0) return comeOn(drive, point, on, unit.kind, line);
  const near = spotsOn(line, point, onM + point.sigmaM).filter(fits);
  const missed = drive.missed + 1;
  const isLost = missed > 1;
  if (near.length === 0) {
    const off = drive.off + 1;
    return off > 1 ? left(drive) : { ...drive, on: isLost ? null : drive.on, missed, off };
  }
  const way = drive.near === null ? null : wayOn(drive.near, point, near, unit.kind, line, false);
  return {
    ...drive,
    on: isLost ? null : drive.on,
    near: spotAfter(drive.near, way, point, near),
    missed,
    off: 0,
    legs: withWay(drive, way, drive.near, point, false),
  };
}

/** A position on the line. What lies between it and the last one on the line was driven, if one at most between them was not. */
function comeOn(
  drive: RouteDrive,
  point: TrackPoint,
  on: readonly LineSpot[],
  kind: UnitKind,
  line: LineReference,
): RouteDrive {
  const sure = drive.on === null ? null : wayOn(drive.on, point, on, kind, line, true);
  const maybe = sure !== null || drive.near === null ? null : wayOn(drive.near, point, on, kind, line, false);
  const [from, way] = sure === null ? [drive.near, maybe] : [drive.on, sure];
  const spot = spotAfter(from, way, point, on);
  return {
    ...drive,
    on: spot,
    near: spot,
    missed: 0,
    off: 0,
    legs: withWay(drive, way, from, point, sure !== null),
  };
}

/** How the unit can have come along the line to each of the spots where it may be now: from where, and to where. */
type Way = readonly { readonly fromM: number; readonly toM: number }[];

/**
 * Null: along the line it cannot have come from there, or took too long. A unit that was slow in a hole of its trace may have turned round
 * in it: nobody can be sure of that way.
 */
function wayOn(
  from: RouteSpot,
  point: TrackPoint,
  spots: readonly LineSpot[],
  kind: UnitKind,
  { ruler }: LineReference,
  isSure: boolean,
): Way | null {
  const tookMs = point.eventTimeMs - from.atMs;
  if (tookMs > ROUTE_HOLE_MS) return null;
  const directM = distanceM(ruler, from, point);
  const slackM = SLACK_M + directM * SLACK_SHARE;
  const mostM = (TOP_SPEED_CMPS[kind] * tookMs) / 100_000 + SLACK_M;
  const leastM = isSure && tookMs > CROSS_GAP_MS ? (ROUTE_LEAST_CMPS[kind] * tookMs) / 100_000 : 0;
  const way: { fromM: number; toM: number }[] = [];
  for (const { alongM: toM } of spots) {
    let best: number | null = null;
    let bestOffM = slackM;
    for (const fromM of from.alongM) {
      const stepM = Math.abs(toM - fromM);
      const offM = Math.abs(stepM - directM);
      if (offM > bestOffM || stepM > mostM || (stepM < leastM && stepM >= LEAST_LEG_M)) continue;
      if (best !== null && offM === bestOffM) continue;
      [best, bestOffM] = [fromM, offM];
    }
    if (best !== null) way.push({ fromM: best, toM });
  }
  return way.length === 0 ? null : way;
}

/** Where the next position goes on from: here; or there, while the unit has hardly moved. */
function spotAfter(from: RouteSpot | null, way: Way | null, point: TrackPoint, spots: readonly LineSpot[]): RouteSpot {
  const atMs = point.eventTimeMs;
  const { lngE7, latE7 } = point;
  if (from === null || way === null) return { lngE7, latE7, atMs, alongM: spots.map(({ alongM }) => alongM) };
  if (!way.every(isShort)) return { lngE7, latE7, atMs, alongM: way.map(({ toM }) => toM) };
  return { ...from, atMs };
}

function isShort({ fromM, toM }: Way[number]): boolean {
  return Math.abs(toM - fromM) < LEAST_LEG_M;
}

/** A line that goes the same way twice was driven on both. */
function withWay(
  { line, legs }: RouteDrive,
  way: Way | null,
  from: RouteSpot | null,
  { eventTimeMs }: TrackPoint,
  isSure: boolean,
): readonly RouteLeg[] {
  if (way === null || from === null) return legs;
  const driven = way.filter((one) => !isShort(one));
  if (driven.length === 0) return legs;
  return [...legs, ...driven.map((one) => ({ line, ...one, fromMs: from.atMs, toMs: eventTimeMs, isSure }))];
}

/** Whether the line goes the way that the unit does there, or against it; a unit that is slow, or whose fix does not say, may go any way. */
function courseFilter(point: TrackPoint, fixes: HeldFixes): (spot: LineSpot) => boolean {
  if (point.speedCmps === null || point.speedCmps < COURSE_SPEED_CMPS) return () => true;
  const { courseCdeg } = fixes.fixOf(point);
  if (courseCdeg === null) return () => true;
  const { east, north } = courseVector(courseCdeg);
  return (spot) => Math.abs(east * spot.east + north * spot.north) >= LEAST_COSINE;
}
