import type { PositionE7 } from '../../model/position.js';

/** A stretch of a route between two positions of a unit. Never changed in place. */
export interface RouteLeg {
  /** The line that the metres are of (`LineReference.id`). */
  readonly line: string;
  /** Metres along it, whole; with `toM` below `fromM` the unit drove against the line. */
  readonly fromM: number;
  readonly toM: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** The unit drove it; false: it may have, for its positions were not precise, or were few. */
  readonly isSure: boolean;
}

/** The last position of a unit on a route, or maybe on it, with where along the line it may be. */
export interface RouteSpot extends PositionE7 {
  /** Until when the unit was seen to be near it. */
  readonly atMs: number;
  /** Metres along the line, ascending. */
  readonly alongM: readonly number[];
}

/** What the positions of one unit say of it along one route. Never changed in place. */
export interface RouteDrive {
  readonly line: string;
  /** The last position on the line; null: none that the next one can go on from. */
  readonly on: RouteSpot | null;
  /** The last position that may be on it, and is one with `on` if that is the later one. */
  readonly near: RouteSpot | null;
  /** How many positions since the last one on the line were not, and how many since the last that may be on it were surely not. */
  readonly missed: number;
  readonly off: number;
  /** By end. */
  readonly legs: readonly RouteLeg[];
}

/** By route. Never changed in place, so that folds share them. */
export type DrivesByRoute = ReadonlyMap<string, RouteDrive>;

export const NO_DRIVES: DrivesByRoute = new Map();
const NO_LEGS: readonly RouteLeg[] = [];

export function legsOf(all: DrivesByRoute, route: string): readonly RouteLeg[] {
  return all.get(route)?.legs ?? NO_LEGS;
}

/** The same with another drive on a route; one that says nothing is left out. */
export function withDrive(all: DrivesByRoute, route: string, drive: RouteDrive): DrivesByRoute {
  const known = all.get(route);
  const isEmpty = drive.on === null && drive.near === null && drive.legs.length === 0;
  if (known === drive || (known === undefined && isEmpty)) return all;
  const others = new Map(all);
  if (isEmpty) others.delete(route);
  else others.set(route, drive);
  return others.size === 0 ? NO_DRIVES : others;
}

/** Without legs that ended before the cutoff. */
export function keptDrives(all: DrivesByRoute, cutoffMs: number): DrivesByRoute {
  let kept = all;
  for (const [route, drive] of all) {
    const isKept = ({ toMs }: RouteLeg): boolean => toMs >= cutoffMs;
    if (!drive.legs.every(isKept)) kept = withDrive(kept, route, { ...drive, legs: drive.legs.filter(isKept) });
  }
  return kept;
}

/** Routes on which two folds of one unit say different things, sorted. */
export function routesWithOther(before: DrivesByRoute, after: DrivesByRoute): readonly string[] {
  if (before === after) return [];
  const routes = [...new Set([...before.keys(), ...after.keys()])].sort();
  return routes.filter((route) => {
    const [a, b] = [legsOf(before, route), legsOf(after, route)];
    return a !== b && (a.length !== b.length || a.some((leg, i) => !isSameLeg(leg, b[i] as RouteLeg)));
  });
}

function isSameLeg(a: RouteLeg, b: RouteLeg): boolean {
  return (
    a === b ||
    (a.line === b.line &&
      a.fromM === b.fromM &&
      a.toM === b.toM &&
      a.fromMs === b.fromMs &&
      a.toMs === b.toMs &&
      a.isSure === b.isSure)
  );
}
