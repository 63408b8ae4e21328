import type { Fix } from '../../model/fix.js';
import type { TrackPoint, UnitFold } from './fold.js';
import { sigmaM } from './sigma.js';

type Positions = Pick<UnitFold, 'recent' | 'candidates' | 'last' | 'lastFence' | 'lastVague' | 'holes'>;

/** The positions of a fold as places in one list of fixes, where each stands once, by event time. */
export interface PointIndex {
  readonly recent: readonly number[];
  readonly candidates: readonly number[];
  readonly last: number | null;
  readonly lastFence: number | null;
  readonly lastVague: number | null;
  /** From, to and when the first position came; from null: there was none before. */
  readonly holes: readonly (readonly [from: number | null, to: number, firstMs: number])[];
}

/** S2: a snapshot keeps these fixes in columns, a few bytes each; in words a unit's last five minutes are ten times the rest. */
export function indexPoints(fold: UnitFold): { readonly fixes: readonly Fix[]; readonly index: PointIndex } {
  const { recent, candidates, last, lastFence, lastVague, holes } = fold;
  const singles = [last, lastFence, lastVague].filter((point) => point !== null);
  const all = [
    ...recent,
    ...candidates,
    ...singles,
    ...holes.flatMap(({ from, to }) => (from === null ? [to] : [from, to])),
  ];
  // One fix an instant is ever folded.
  const byTime = new Map(all.map(({ eventTimeMs, fix }) => [eventTimeMs, fix]));
  const fixes = [...byTime.values()].sort((a, b) => a.eventTimeMs - b.eventTimeMs);
  const places = new Map(fixes.map(({ eventTimeMs }, place) => [eventTimeMs, place]));
  const placeOf = ({ eventTimeMs }: TrackPoint): number => places.get(eventTimeMs) as number;
  const index = {
    recent: recent.map(placeOf),
    candidates: candidates.map(placeOf),
    last: last && placeOf(last),
    lastFence: lastFence && placeOf(lastFence),
    lastVague: lastVague && placeOf(lastVague),
    holes: holes.map(({ from, to, firstMs }) => [from && placeOf(from), placeOf(to), firstMs] as const),
  };
  return { fixes, index };
}

/** The positions that `indexPoints` told. */
export function pointsAt(
  fixes: readonly Fix[],
  { recent, candidates, last, lastFence, lastVague, holes }: PointIndex,
): Positions {
  const points = fixes.map(believedPoint);
  const at = (place: number): TrackPoint => points[place] as TrackPoint;
  return {
    recent: recent.map(at),
    candidates: candidates.map(at),
    last: last === null ? null : at(last),
    lastFence: lastFence === null ? null : at(lastFence),
    lastVague: lastVague === null ? null : at(lastVague),
    holes: holes.map(([from, to, firstMs]) => ({ from: from === null ? null : at(from), to: at(to), firstMs })),
  };
}

/** The point of a fix that was one before, so it has a position and a σ. */
function believedPoint(fix: Fix): TrackPoint {
  const { lngE7, latE7 } = fix.position as NonNullable<Fix['position']>;
  return { fix, eventTimeMs: fix.eventTimeMs, lngE7, latE7, sigmaM: sigmaM(fix) as number };
}
