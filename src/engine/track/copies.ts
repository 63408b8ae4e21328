import type { Ruler } from '../../geo/ruler.js';
import type { Fix } from '../../model/fix.js';
import { MAX_COPIES_PER_INSTANT } from '../../model/limits.js';
import type { AreaE7, PlanUnit } from '../../model/plan.js';
import type { TrackPoint } from './fold.js';
import { pointOf, reachable } from './points.js';
import { sigmaM } from './sigma.js';

/** A total order on copies of one instant: those that say where first, then by σ, then by the fields in the order of the type, absent first. */
export function compareCopies(a: Fix, b: Fix): number {
  const byUse = Number(!saysWhere(a)) - Number(!saysWhere(b));
  if (byUse !== 0) return byUse;
  const bySigma = sigmaOf(a) - sigmaOf(b);
  if (bySigma !== 0) return bySigma;
  const left = fieldsOf(a);
  const right = fieldsOf(b);
  for (const [i, value] of left.entries()) {
    const difference = value - (right[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether it says where the unit was, as far as that can be told without a plan. */
export function saysWhere(fix: Fix): boolean {
  return typeof pointOf(fix, undefined) !== 'string';
}

export function samePosition(a: Fix, b: Fix): boolean {
  return a.position?.lngE7 === b.position?.lngE7 && a.position?.latE7 === b.position?.latE7;
}

/**
 * The copies of one instant that are held once another has come: of each position the least, and of those the least
 * MAX_COPIES_PER_INSTANT. It depends on which copies have come and not on their order, for a copy that was let go is never
 * among them again: those that are held are only ever replaced by lesser ones.
 */
export function withCopy(held: readonly Fix[], copy: Fix): readonly Fix[] {
  const same = held.find((one) => samePosition(one, copy));
  if (same !== undefined && compareCopies(copy, same) >= 0) return held;
  const all = [...held.filter((one) => one !== same), copy].sort(compareCopies);
  const kept = all.slice(0, MAX_COPIES_PER_INSTANT);
  return kept.includes(copy) ? kept : held;
}

/**
 * The copy of an instant that counts: of those that say where the unit was the surest; of equally sure ones one that the unit can
 * have reached from the position last believed; of several the least. The least by its fields alone would be the westernmost.
 *
 * @param copies of one instant, as `withCopy` holds them: in order
 */
export function countingCopy(
  copies: readonly Fix[],
  last: TrackPoint | null,
  unit: PlanUnit,
  { ruler, area }: { readonly ruler: Ruler; readonly area?: AreaE7 },
): Fix {
  const usable = copies.flatMap((copy) => {
    const point = pointOf(copy, area);
    return typeof point === 'string' ? [] : [{ copy, point }];
  });
  const surest = usable.filter(({ point }) => point.sigmaM === usable[0]?.point.sigmaM);
  const reached = last === null ? undefined : surest.find(({ point }) => reachable(ruler, last, point, unit));
  return (reached ?? surest[0])?.copy ?? (copies[0] as Fix);
}

function sigmaOf(fix: Fix): number {
  return sigmaM(fix) ?? Number.MAX_VALUE;
}

function fieldsOf(fix: Fix): number[] {
  const values = [
    fix.position?.lngE7 ?? null,
    fix.position?.latE7 ?? null,
    fix.altitudeDm,
    fix.speedCmps,
    fix.courseCdeg,
    fix.located,
    fix.satellites,
    fix.beidouSatellites,
    fix.hdopCenti,
    fix.accuracyDm,
    fix.power,
    fix.batteryPercent,
    fix.ignition,
    fix.lightbar,
    fix.sos,
    fix.backfill,
  ];
  return values.map((value) => (value === null ? Number.MIN_SAFE_INTEGER : Number(value)));
}
