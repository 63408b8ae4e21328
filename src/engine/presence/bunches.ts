import type { Ruler } from '../../geo/ruler.js';
import type { BunchingRule } from '../../model/plan.js';
import { furthestM, middleOfSpot, type Spot } from '../track/spots.js';

/** Where a unit was in one slice of event time. */
export interface UnitSpot {
  readonly unit: string;
  readonly spot: Spot;
}

/** A unit in the row from west to east, with what is found of it. */
interface InRow extends UnitSpot {
  readonly lngE7: number;
  /** Units near it with itself, counted up to `atLeast`. */
  near: number;
  /** One with which it shares a bunch; itself: none was found yet, or it speaks for them. */
  with: InRow;
}

/**
 * The units of one slice that stand together: at least `atLeast`, one of which is near each of the others at the furthest that their
 * positions and errors allow. Bunches that share a unit are one: so these are the clusters of DBSCAN (Ester et al., 1996), but for units at
 * the edge of two, which join them. Each is sorted by unit, and they by their first.
 *
 * @param spots of units that count, one each
 */
export function bunchesAmong(
  spots: readonly UnitSpot[],
  { atLeast, withinM }: Pick<BunchingRule, 'atLeast' | 'withinM'>,
  ruler: Ruler,
): readonly (readonly UnitSpot[])[] {
  const row = spots.map((one): InRow => {
    const placed = { ...one, lngE7: middleOfSpot(one.spot).lngE7, near: 1 };
    return Object.assign(placed, { with: placed as InRow });
  });
  row.sort((a, b) => a.lngE7 - b.lngE7);
  const widthE7 = withinM / ruler.metresPerLngE7;
  const isNear = (a: InRow, b: InRow): boolean => furthestM(a.spot, b.spot, ruler) <= withinM;
  eachPair(row, widthE7, (a, b) => {
    if ((a.near >= atLeast && b.near >= atLeast) || !isNear(a, b)) return;
    a.near += 1;
    b.near += 1;
  });
  eachPair(row, widthE7, (a, b) => {
    if (a.near < atLeast && b.near < atLeast) return;
    const [left, right] = [speakerOf(a), speakerOf(b)];
    if (left !== right && isNear(a, b)) left.with = right;
  });
  const bunches = new Map<InRow, UnitSpot[]>();
  for (const { unit, spot, ...one } of row) {
    const speaker = speakerOf(one.with);
    const bunch = bunches.get(speaker);
    if (bunch === undefined) bunches.set(speaker, [{ unit, spot }]);
    else bunch.push({ unit, spot });
  }
  return [...bunches.values()]
    .filter(({ length }) => length >= atLeast)
    .map((bunch) => bunch.sort(byUnit))
    .sort(([a], [b]) => byUnit(a as UnitSpot, b as UnitSpot));
}

/** Those that are no further apart from west to east. */
function eachPair(row: readonly InRow[], widthE7: number, look: (a: InRow, b: InRow) => void): void {
  for (const [i, a] of row.entries()) {
    for (let j = i + 1; j < row.length; j += 1) {
      const b = row[j] as InRow;
      if (b.lngE7 - a.lngE7 > widthE7) break;
      look(a, b);
    }
  }
}

function speakerOf(one: InRow): InRow {
  let speaker = one.with;
  while (speaker.with !== speaker) speaker = speaker.with;
  one.with = speaker;
  return speaker;
}

export function byUnit({ unit: a }: { readonly unit: string }, { unit: b }: { readonly unit: string }): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
